import { describe, expect, test } from 'vitest'
import { judgeGoals } from './goals.ts'
import type { HoldFigures, RunFigures } from './load/orders.ts'
import { renderCase, renderProxy } from './report.ts'
import { assembleCase, assembleIdle, type ProxyResult, type Row } from './result.ts'
import { IDLE, type LoadScenario, SCENARIOS } from './scenarios.ts'

function round(requests: number, total: number, faults: readonly string[] = []): RunFigures {
  const rest = { wallMs: 1_000, p50: 1, p99: 2, foreign: 0, load: 0.5, residentBytes: 2e7 }
  return { requests, total, faults, user: total / 2, system: total / 2, ...rest }
}

function scenario(name: string): LoadScenario {
  const found = SCENARIOS.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(name)
  return found
}

/** Microseconds per request of each round, by row. */
function rows(of: LoadScenario, figures: Readonly<Record<string, readonly number[]>>): Row[] {
  return of.contenders.map((contender) => {
    const own = figures[contender.name]
    if (own === undefined) return { contender, rounds: [], missing: 'it did not start' }
    return { contender, rounds: own.map((cost) => round(1_000, cost * 1_000)) }
  })
}

const GET = scenario('get')

describe('a case', () => {
  const benchmark = assembleCase(GET, rows(GET, { nginx: [10, 20, 12], haproxy: [11, 11, 11], net: [15, 20, 15] }))
  const row = (name: string): (typeof benchmark.contenders)[number] | undefined =>
    benchmark.contenders.find((contender) => contender.name === name)

  test('figures are medians with ranges, ratios are taken within the rounds', () => {
    expect(row('nginx')?.cpu).toMatchObject({ median: 12, min: 10, max: 20, values: [10, 20, 12] })
    expect(row('net')?.cpu?.ratios.nginx).toEqual({ median: 1.25, min: 1, max: 1.5 })
    expect(row('nginx')?.cpu?.ratios).toHaveProperty('net')
    expect(row('nginx')?.cpu?.rounds[0]).toMatchObject({
      microseconds: 10,
      requests: 1_000,
      resolution: 10,
      core: 0.01,
    })
  })

  test('the table names what is left out', () => {
    const text = renderCase(benchmark)
    expect(text).toMatch(/net +ours +15.0 +15.0–20.0 +1.25 \[1.00–1.50] +1.36 \[1.36–1.82] +3,000 /)
    expect(text).toContain('fast-gateway skipped: it did not start')
  })

  test('one fault in one round voids a row, and a wrong answer does', () => {
    const [nginx, haproxy, net] = rows(GET, { nginx: [10], haproxy: [10], net: [10] })
    if (nginx === undefined || haproxy === undefined || net === undefined) throw new Error('no rows')
    const voided = assembleCase(GET, [
      { ...nginx, rounds: [round(1_000, 1e4), round(1_000, 1e4, ['3 × ECONNRESET'])] },
      { ...haproxy, rounds: [round(0, 0), round(1, 1)] },
      { ...net, rounds: [], wrong: 'GET /: status is 404, not 200' },
    ])
    expect(voided.contenders.map((contender) => contender.void)).toEqual([
      '3 × ECONNRESET',
      'nothing was answered',
      'GET /: status is 404, not 200',
    ])
    expect(voided.contenders.every(({ cpu }) => cpu === undefined)).toBe(true)
    expect(renderCase(voided)).toContain('nginx void: 3 × ECONNRESET')
  })

  test('a shared core is mentioned', () => {
    const [nginx] = rows(GET, { nginx: [10] })
    if (nginx === undefined) throw new Error('no row')
    const disturbed = assembleCase(GET, [{ ...nginx, rounds: [{ ...round(1_000, 1e4), foreign: 0.42 }] }])
    expect(renderCase(disturbed)).toContain('others used of that core: nginx 42 %')
  })
})

function held(bytes: number): HoldFigures {
  return { connections: 100, faults: [], before: 1e6, after: 1e6 + 100 * bytes }
}

describe('goals', () => {
  const idle = assembleIdle(
    IDLE.contenders.map((contender) => ({ contender, figures: held(contender.name === 'net' ? 9_000 : 1_000) })),
    100,
  )

  test('are judged by the medians of the ratios', () => {
    const costs = { nginx: [10], haproxy: [10], net: [12.9], 'fast-gateway': [45], 'fastify-http-proxy': [60] }
    const { goals, unjudged } = judgeGoals([assembleCase(GET, rows(GET, costs)), idle])
    expect(goals.map(({ name, met }) => [name, met])).toEqual([
      ['get: net ÷ nginx', true],
      ['get: net ÷ haproxy', true],
      ['get: fast-gateway ÷ net', false],
      ['get: fastify-http-proxy ÷ net', true],
      ['idle: resident bytes of net per connection', true],
    ])
    expect(goals[0]).toMatchObject({ limit: '≤ 1.3× (1.15)', measured: '1.29× [1.29–1.29]' })
    expect(unjudged).toContain('get: http-proxy-3 ÷ net: http-proxy-3 was not measured')
    expect(unjudged).toContain('large: net ÷ nginx-large-buffers: net was not measured')
  })

  test('every goal is about rows that exist', () => {
    const all = SCENARIOS.map((one) =>
      assembleCase(one, rows(one, Object.fromEntries(one.contenders.map(({ name }) => [name, [10]])))),
    )
    const { goals, unjudged } = judgeGoals([...all, idle])
    expect(unjudged).toEqual([])
    expect(goals).toHaveLength(11)
  })

  test('the report ends with them', () => {
    const cases = [assembleCase(GET, rows(GET, { nginx: [10], net: [14] })), idle]
    const result: ProxyResult = { name: 'proxy', title: 'T', rounds: 1, cases, notes: ['a note'], ...judgeGoals(cases) }
    const text = renderProxy(result)
    expect(text).toContain('proxy: T (medians of 1 round)\na note\n')
    expect(text).toMatch(/idle: 100 connections: .*\n +contender +role +bytes per connection/)
    expect(text).toMatch(/NOT MET +get: net ÷ nginx +≤ 1.3× \(1.15\) +1.40× \[1.40–1.40]/)
    expect(text).toContain('not judged: get: net ÷ haproxy: haproxy was not measured')
  })
})
