import { describe, expect, test } from 'vitest'
import type { Job } from '../runner/interleave.ts'
import type { Nanoseconds } from '../runner/measure-nanoseconds.ts'
import { assembleSuite, type Sample, toJson } from '../runner/result.ts'
import { type AnySuite, defineSuite, type Role } from '../runner/suite.ts'
import { formatNumber, judge, renderSuite } from '../runner/table.ts'

function nanoseconds(p50: number): Nanoseconds {
  return { p50, p25: p50, p75: p50, p99: p50, p999: p50, avg: p50, min: p50, max: p50, calls: 1000 }
}

function suiteOf(roles: Readonly<Record<string, Role>>, more: object = {}): AnySuite {
  return defineSuite<unknown, unknown>({
    name: 'shown',
    title: 'a suite',
    contenders: Object.entries(roles).map(([name, role]) => ({ name, role, load: () => name })),
    cases: [
      {
        kind: 'sync',
        name: 'first',
        title: 'a case',
        inputs: () => [1, 2],
        answer: () => 0,
        prepare: () => () => 0,
        ...more,
      },
    ],
  })
}

function samples(
  figures: Readonly<Record<string, readonly number[]>>,
  bytes: Readonly<Record<string, number>>,
): Sample[] {
  const job = (contender: string, round: number, measure: Job['measure']): Job => ({
    round,
    rounds: 3,
    case: 'first',
    contender,
    measure,
  })
  return [
    ...Object.entries(figures).flatMap(([name, values]) =>
      values.map((value, round) => ({ job: job(name, round, 'nanoseconds'), measured: nanoseconds(value) })),
    ),
    ...Object.entries(bytes).map(([name, value]) => ({
      job: job(name, 0, 'bytes'),
      measured: { bytes: value, operations: 20_000 },
    })),
  ]
}

describe('judgement', () => {
  test.each([
    [{ median: 3.2, min: 2.9, max: 3.6 }, '3.20× faster [2.90–3.60]'],
    [{ median: 0.5, min: 0.4, max: 0.8 }, '2.00× slower [1.25–2.50]'],
    [{ median: 1.1, min: 0.9, max: 1.3 }, 'no clear difference [0.90–1.30]'],
    [{ median: 1, min: 1, max: 1 }, '1.00× faster [1.00–1.00]'],
    [{ median: 1250, min: 1000.4, max: 2000 }, '1,250× faster [1,000–2,000]'],
  ])('%j', (ratio, text) => {
    expect(judge(ratio)).toBe(text)
  })

  test('numbers keep three digits', () => {
    expect([0, 0.123, 1, 9.994, 9.996, 99.94, 99.96, 12345.6, -3].map(formatNumber)).toEqual([
      '0',
      '0.12',
      '1.00',
      '9.99',
      '10.0',
      '99.9',
      '100',
      '12,346',
      '-3.00',
    ])
  })
})

describe('table', () => {
  const roles = { floor: 'baseline', mine: 'ours', old: 'legacy', quick: 'peer' } as const

  test('aligned, with spread, ratio to the baseline, verdicts, and the loss called a loss', () => {
    const suite = suiteOf(roles, { differs: { old: 'forgets' } })
    const figures = { floor: [1, 1, 1], mine: [10, 20, 10], old: [1000, 3000, 2000], quick: [5, 5, 5] }
    const result = assembleSuite(suite, 3, samples(figures, { floor: 0, mine: 40, old: 28_000, quick: 16.2 }))
    expect(renderSuite(result)).toBe(`shown: a suite (medians of 3 rounds)

first: a case
  contender  role      ns per call    min    p25    p75    max              ÷ floor   bytes  over floor
  floor      baseline         1.00   1.00   1.00   1.00   1.00                    –       0           0
  mine       ours             10.0   10.0   10.0   15.0   20.0     10.0 [10.0–20.0]    40.0        40.0
  old *      legacy          2,000  1,000  1,500  2,500  3,000  2,000 [1,000–3,000]  28,000      28,000
  quick      peer             5.00   5.00   5.00   5.00   5.00     5.00 [5.00–5.00]    16.2        16.2
  mine against floor: 10.0× slower [10.0–20.0], 40.0 B more (the floor)
  mine against old: 150× faster [100–200], 27,960 B less
  mine against quick: 2.00× slower [2.00–4.00], 23.8 B more  ← we lose
  * old: forgets`)
  })

  test('a skipped contender is named with its reason and has no figures', () => {
    const suite = suiteOf({ mine: 'ours', old: 'legacy' }, { skip: { old: 'takes minutes' } })
    const text = renderSuite(assembleSuite(suite, 3, samples({ mine: [1, 2, 3] }, {})))
    expect(text).toContain('  mine       ours         2.00  1.00  1.50  2.50  3.00')
    expect(text).toContain('old skipped: takes minutes')
  })

  test('a measure that this machine lacks is named', () => {
    const cpu = { kind: 'process', start: () => null, send: () => null, requests: 1 }
    const suite = suiteOf({ mine: 'ours' }, cpu)
    const text = renderSuite(assembleSuite(suite, 3, [], { cpu: 'CPU per request needs /proc (Linux)' }))
    expect(text).toContain('mine skipped: CPU per request needs /proc (Linux)')
  })

  test('slow contenders are shown in µs or ms', () => {
    const suite = suiteOf({ mine: 'ours' })
    expect(renderSuite(assembleSuite(suite, 3, samples({ mine: [25_000] }, {})))).toMatch(/µs per call[\s\S]*25\.0/)
    expect(renderSuite(assembleSuite(suite, 3, samples({ mine: [4e6] }, {})))).toMatch(/ms per call[\s\S]*4\.00/)
  })
})

describe('JSON', () => {
  test('ratios are per round, and a baseline of zero bytes has none', () => {
    const result = assembleSuite(
      suiteOf({ floor: 'baseline', mine: 'ours' }),
      3,
      samples({ floor: [2, 4, 2], mine: [4, 8, 6] }, { floor: 0, mine: 8 }),
    )
    const mine = result.cases[0]?.contenders[1]
    expect(mine?.nanoseconds).toMatchObject({ values: [4, 8, 6], median: 6, min: 4, max: 8 })
    expect(mine?.nanoseconds?.ratios).toEqual({ floor: { median: 2, min: 2, max: 3 } })
    expect(mine?.bytes?.ratios).toEqual({ floor: null })
  })

  test('is slim, and reads back', () => {
    const value = { big: 10n, third: 1 / 3, text: 'a{"\n}[', nested: { list: [1, 2, { a: 1 }] } }
    const text = toJson(value)
    expect(JSON.parse(text)).toEqual({ ...value, big: '10', third: 0.3333333 })
    expect(text).toContain('{ "a": 1 }')
    expect(text.endsWith('}\n')).toBe(true)
  })
})
