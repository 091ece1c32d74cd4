import { describe, expect, test } from 'vitest'
import { requireEqualAnswers } from '../../runner/answers.ts'
import type { AnySuite } from '../../runner/suite.ts'
import { renderSummary } from '../../runner/summary.ts'
import type { ContextDesign } from './design.ts'
import { SeedPool } from './seed-pool.ts'
import { suite } from './suite.bench.ts'
import { summarize } from './summary.ts'

async function designs(): Promise<(readonly [name: string, design: ContextDesign])[]> {
  return Promise.all(suite.contenders.map(async ({ name, load }) => [name, await load()] as const))
}

const EMPTY = { method: '', path: '', responded: false }

test('all contenders hand out the same contents', async () => {
  const answers = new Map<string, Record<string, unknown>>()
  for (const [name, design] of await designs()) {
    const given: Record<string, unknown> = {}
    for (const item of suite.cases) {
      if (item.skip?.[name] === undefined) given[item.name] = item.answer(design, item.inputs())
    }
    answers.set(name, given)
  }
  expect(() => requireEqualAnswers(suite as unknown as AnySuite, answers)).not.toThrow()
  expect(answers.get('ours')?.burst).toContainEqual({ method: 'GET', path: '/api/orders/0', responded: true })
})

describe('a pool', () => {
  const pools = async (): Promise<(readonly [string, ContextDesign])[]> =>
    (await designs()).filter(([, design]) => design.source(1).hitRate() !== null)

  test('hands out no context twice, also after a double release', async () => {
    for (const [name, design] of await pools()) {
      const source = design.source(2)
      const context = source.take()
      source.give(context)
      source.give(context)
      const [first, second] = [source.take(), source.take()]
      expect(first === second, name).toBe(false)
    }
  })

  test('grows beyond its size, and serves everything from the pool within it', async () => {
    for (const [name, design] of await pools()) {
      const source = design.source(4)
      for (let round = 0; round < 10; round++)
        for (const context of [source.take(), source.take()]) source.give(context)
      expect(source.hitRate(), name).toBe(100)
      const open = Array.from({ length: 8 }, () => source.take())
      expect(new Set(open).size, name).toBe(8)
      expect(open.map((context) => source.content(context))).toEqual(Array.from({ length: 8 }, () => EMPTY))
      expect(source.hitRate(), name).toBeCloseTo((24 / 28) * 100)
    }
  })
})

test('the old pool drops what exceeds its size', () => {
  const pool = new SeedPool(1)
  const [first, second] = [pool.acquire(), pool.acquire()]
  pool.release(first)
  pool.release(second)
  expect([pool.acquire() === first, pool.acquire() === second]).toEqual([true, false])
})

test('the summary names what is met, and leaves criteria out that do not exist', () => {
  const figure = (values: readonly number[]): object => ({ median: values[0], values, ratios: {}, rounds: [] })
  const result = {
    name: 'context',
    title: '',
    rounds: 2,
    cases: ['in-flight-256', 'in-flight-16384', 'allocated', 'burst', 'reset', 'heap-100000'].map((name) => ({
      name,
      title: '',
      unit: '',
      contenders: [
        { name: 'plain-new', role: 'baseline', nanoseconds: figure([40, 40]), bytes: figure([100]) },
        { name: 'ours', role: 'ours', nanoseconds: figure([50, 39]), bytes: figure([10]), retained: figure([1]) },
        { name: 'legacy', role: 'legacy', nanoseconds: figure([100, 100]), bytes: figure([200]) },
      ],
    })),
  } as unknown as Parameters<typeof summarize>[0]
  const summary = summarize(result)
  expect(summary.goals.map(({ name, met }) => [name, met])).toEqual([
    ['acquire and release, 256 in flight', true],
    ['reset', false],
    ['pool ÷ plain new, 256 in flight', true],
    ['pool ÷ plain new, 16,384 in flight', true],
    ['pool ÷ plain new, burst beyond the pool', true],
    ['allocated by 100,000 requests', true],
    ['kept of 100,000 requests', true],
  ])
  expect(summary.average.throughput).toBeCloseTo((100 / 44.5 - 1) * 100)
  const text = renderSummary(summary)
  expect(text).not.toContain('SUCCESS CRITERIA')
  expect(text).toContain('1.11× [0.97–1.25]')
})
