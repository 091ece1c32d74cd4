import type { SyncCase } from '../../runner/suite.ts'
import { BUCKETS, type OutcomeCounts, type RollingWindow, type WindowDesign } from './window.ts'

/** One outcome, and how long after the one before it. */
export interface Arrival {
  readonly success: boolean
  readonly advanceMs: number
}

export const WINDOW_MS = 60_000
const BUCKET_MS = WINDOW_MS / BUCKETS
/** Share of failures; that of the original's second scenario. */
const FAILURE_RATE = 0.3
/** Not a multiple of anything else here, and too long for a branch predictor to learn. */
const ARRIVALS = 4_093

const NEVER_FORGETS = 'the floor: two counters that never forget'
const KEEPS_500 = 'keeps only the last 500 once it holds more than 1,000, so it counts (and works on) less'

/** Moved by hand. Beyond 2^31, as every real clock is: a small integer would spare the contenders the boxed doubles. */
export class ManualClock {
  time: number = Date.UTC(2026, 0, 1)

  now(): number {
    return this.time
  }
}

/** Numbers from 0 to 1, the same list for the same seed (mulberry32, Tommy Ettinger, public domain). */
function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Arrivals at random distances, so many that a window holds about `records` of them. */
export function arrivals(records: number, seed = 1): Arrival[] {
  const random = seededRandom(seed)
  const mean = WINDOW_MS / records
  // Whole milliseconds whose mean is exact in the long run: the fraction is carried over.
  let owed = 0
  return Array.from({ length: ARRIVALS }, () => {
    owed += 2 * mean * random()
    const advanceMs = Math.floor(owed)
    owed -= advanceMs
    return { success: random() >= FAILURE_RATE, advanceMs }
  })
}

function createWindow(design: WindowDesign, records: number, clock: ManualClock): RollingWindow {
  return design.createWindow({ windowMs: WINDOW_MS, capacity: Math.max(1_000, 2 * records), clock })
}

export function copyCounts({ total, successes, failures }: OutcomeCounts): OutcomeCounts {
  return { total, successes, failures }
}

/** A bucket's last millisecond: there a window of whole buckets and an exact one cover the same records. */
function isBucketEnd(time: number): boolean {
  return time % BUCKET_MS === BUCKET_MS - 1
}

/**
 * Counts at the end of each bucket while two windows' worth of outcomes arrive. No outcome falls on a bucket's last
 * millisecond, the only one at which "at most 60 s old" and "in the last ten buckets" would disagree.
 */
function countAtBucketEnds(design: WindowDesign, records: number, inputs: readonly Arrival[]): OutcomeCounts[] {
  const clock = new ManualClock()
  const window = createWindow(design, records, clock)
  const counts: OutcomeCounts[] = []
  for (let arrival = 0, time = clock.time; arrival < 2.5 * records; arrival++) {
    const input = inputs[arrival % inputs.length]
    if (input === undefined) throw new RangeError('no inputs')
    time += input.advanceMs
    if (isBucketEnd(time)) time++
    for (let end = clock.time - (clock.time % BUCKET_MS) + BUCKET_MS - 1; end < time; end += BUCKET_MS) {
      clock.time = end
      counts.push(copyCounts(window.read()))
    }
    clock.time = time
    window.record(input.success)
  }
  return counts
}

/** A window in its steady state: as many outcomes leave as arrive. */
function filledWindow(
  design: WindowDesign,
  records: number,
  inputs: readonly Arrival[],
): { readonly window: RollingWindow; readonly clock: ManualClock } {
  const clock = new ManualClock()
  const window = createWindow(design, records, clock)
  for (let arrival = 0; arrival < 1.1 * records; arrival++) {
    const input = inputs[arrival % inputs.length]
    clock.time += input?.advanceMs ?? 0
    window.record(input?.success ?? true)
  }
  return { window, clock }
}

type WindowCase = SyncCase<WindowDesign, Arrival>

function recordAndRead(records: number): WindowCase {
  return {
    kind: 'sync',
    name: `record-and-read-${records}`,
    title: `record one outcome, read the counts; ${records.toLocaleString('en-US')} outcomes in the window`,
    inputs: () => arrivals(records),
    answer: (design, inputs) => countAtBucketEnds(design, records, inputs),
    differs: { 'two-counters': NEVER_FORGETS, ...(records > 500 ? { legacy: KEEPS_500 } : {}) },
    prepare: (design, inputs) => {
      const { window, clock } = filledWindow(design, records, inputs)
      return (arrival) => {
        clock.time += arrival.advanceMs
        window.record(arrival.success)
        return window.read().failures
      }
    },
  }
}

const recordOnly: WindowCase = {
  kind: 'sync',
  name: 'record-only',
  title: 'record one outcome, never read; 500 outcomes arrive per window',
  inputs: () => arrivals(500),
  answer: (design, inputs) => countAtBucketEnds(design, 500, inputs),
  differs: { 'two-counters': NEVER_FORGETS },
  prepare: (design, inputs) => {
    const { window, clock } = filledWindow(design, 500, inputs)
    return (arrival) => {
      clock.time += arrival.advanceMs
      window.record(arrival.success)
      return 1
    }
  },
}

const BURST = 500

const expiryBurst: WindowCase = {
  kind: 'sync',
  name: 'expiry-burst',
  title: `${BURST} outcomes at once, a pause longer than the window, then one read that has to forget them all`,
  unit: 'burst',
  inputs: () => arrivals(BURST),
  answer: (design, inputs) => {
    const clock = new ManualClock()
    const window = createWindow(design, BURST, clock)
    const counts: OutcomeCounts[] = []
    for (let burst = 0; burst < 8; burst++) {
      for (let one = 0; one < BURST; one++) window.record(inputs[burst * BURST + one]?.success ?? true)
      counts.push(copyCounts(window.read()))
      clock.time += WINDOW_MS + 1
      counts.push(copyCounts(window.read()))
    }
    return counts
  },
  differs: { 'two-counters': NEVER_FORGETS },
  prepare: (design, inputs) => {
    const clock = new ManualClock()
    const window = createWindow(design, BURST, clock)
    const outcomes = inputs.map(({ success }) => success)
    let next = 0
    return (arrival) => {
      for (let one = 0; one < BURST; one++) {
        window.record(outcomes[next] === true)
        next = next + 1 === outcomes.length ? 0 : next + 1
      }
      clock.time += WINDOW_MS + 1 + arrival.advanceMs
      return window.read().failures
    }
  },
}

export const cases: readonly WindowCase[] = [
  recordAndRead(500),
  recordAndRead(5_000),
  recordAndRead(50_000),
  recordOnly,
  expiryBurst,
]
