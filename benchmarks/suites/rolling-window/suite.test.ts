import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { requireEqualAnswers } from '../../runner/answers.ts'
import type { AnySuite } from '../../runner/suite.ts'
import { arrivals, copyCounts, ManualClock, WINDOW_MS } from './cases.ts'
import { suite } from './suite.bench.ts'
import { BUCKETS, type OutcomeCounts, type RollingWindow, type WindowDesign } from './window.ts'

interface Step {
  readonly success: boolean
  readonly advanceMs: number
  readonly read: boolean
}

const WINDOW = 100
/** Steps up to two windows long; long runs without a read too, so that designs which clean on reads only are caught. */
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    success: fc.boolean(),
    advanceMs: fc.oneof(fc.constant(0), fc.nat({ max: 5 }), fc.nat({ max: 2 * WINDOW })),
    read: fc.boolean(),
  }),
  { maxLength: 300 },
)

/** What the counts must be, in the most literal way. */
class Oracle implements RollingWindow {
  readonly #records: { readonly at: number; readonly success: boolean }[] = []
  readonly #clock: ManualClock
  readonly #oldest: () => number

  constructor(clock: ManualClock, oldest: () => number) {
    this.#clock = clock
    this.#oldest = oldest
  }

  record(success: boolean): void {
    this.#records.push({ at: this.#clock.now(), success })
  }

  read(): OutcomeCounts {
    const held = this.#records.filter(({ at }) => at >= this.#oldest())
    const failures = held.filter(({ success }) => !success).length
    return { total: held.length, successes: held.length - failures, failures }
  }
}

function play(window: RollingWindow, clock: ManualClock, sequence: readonly Step[]): OutcomeCounts[] {
  const counts: OutcomeCounts[] = []
  for (const step of sequence) {
    clock.time += step.advanceMs
    window.record(step.success)
    if (step.read) counts.push(copyCounts(window.read()))
  }
  counts.push(copyCounts(window.read()))
  return counts
}

async function design(name: string): Promise<WindowDesign> {
  const contender = suite.contenders.find((candidate) => candidate.name === name)
  if (contender === undefined) throw new Error(`no contender ${name}`)
  return contender.load()
}

describe('every contender counts what a literal filter counts', () => {
  test.each(['circular-buffer', 'seed-ring', 'legacy'])('%s, to the millisecond', async (name) => {
    const { createWindow } = await design(name)
    fc.assert(
      fc.property(steps, (sequence) => {
        const clock = new ManualClock()
        const window = createWindow({ windowMs: WINDOW, capacity: 500, clock })
        const theirs = play(window, clock, sequence)
        const oracleClock = new ManualClock()
        const oracle = new Oracle(oracleClock, () => oracleClock.time - WINDOW)
        expect(theirs).toEqual(play(oracle, oracleClock, sequence))
      }),
    )
  })

  test('breaker, to the bucket', async () => {
    const { createWindow } = await design('breaker')
    const bucket = WINDOW / BUCKETS
    fc.assert(
      fc.property(steps, (sequence) => {
        const clock = new ManualClock()
        const theirs = play(createWindow({ windowMs: WINDOW, capacity: 500, clock }), clock, sequence)
        const oracleClock = new ManualClock()
        const oldest = (): number => (Math.floor(oracleClock.time / bucket) - BUCKETS + 1) * bucket
        expect(theirs).toEqual(play(new Oracle(oracleClock, oldest), oracleClock, sequence))
      }),
    )
  })

  test('two-counters, as long as nothing is old', async () => {
    const { createWindow } = await design('two-counters')
    const clock = new ManualClock()
    const window = createWindow({ windowMs: WINDOW, capacity: 500, clock })
    for (const success of [true, false, true]) window.record(success)
    expect(copyCounts(window.read())).toEqual({ total: 3, successes: 2, failures: 1 })
  })
})

describe('the bound of the legacy design', () => {
  test('more than 1,000 outcomes are cut to the last 500', async () => {
    const { createWindow } = await design('legacy')
    const clock = new ManualClock()
    const window = createWindow({ windowMs: WINDOW, capacity: 2_000, clock })
    for (let record = 0; record < 1_000; record++) window.record(record < 700)
    expect(copyCounts(window.read())).toEqual({ total: 1_000, successes: 700, failures: 300 })
    window.record(true)
    expect(copyCounts(window.read())).toEqual({ total: 500, successes: 200, failures: 300 })
  })
})

describe('cases', () => {
  test('answers agree where they must and differ where that is declared', async () => {
    const answers = new Map<string, Record<string, unknown>>()
    for (const contender of suite.contenders) {
      const subject = await contender.load()
      const own: Record<string, unknown> = {}
      // 50,000 records take the legacy design seconds; the benchmark itself compares them before it measures.
      for (const benchmark of suite.cases.filter(({ name }) => !name.endsWith('50000'))) {
        own[benchmark.name] = benchmark.answer(subject, benchmark.inputs())
      }
      answers.set(contender.name, own)
    }
    const small = { ...suite, cases: suite.cases.filter(({ name }) => !name.endsWith('50000')) }
    expect(() => requireEqualAnswers(small as unknown as AnySuite, answers)).not.toThrow()
  })

  test.each([500, 5_000, 50_000])('%i arrivals per window on average, the same list each time', (records) => {
    const list = arrivals(records)
    const mean = list.reduce((sum, { advanceMs }) => sum + advanceMs, 0) / list.length
    expect(Math.abs(mean / (WINDOW_MS / records) - 1)).toBeLessThan(0.05)
    expect(list.filter(({ success }) => !success).length / list.length).toBeCloseTo(0.3, 1)
    expect(arrivals(records)).toEqual(list)
  })
})
