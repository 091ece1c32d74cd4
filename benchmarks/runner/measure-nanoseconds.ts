import { measure } from 'mitata'

/** Nanoseconds per operation within one process: quantiles over samples, each the mean of a batch of calls. */
export interface Nanoseconds {
  readonly p50: number
  readonly p25: number
  readonly p75: number
  readonly p99: number
  readonly p999: number
  readonly avg: number
  readonly min: number
  readonly max: number
  /** Calls that were timed. */
  readonly calls: number
}

export interface NanosecondsOptions {
  /** Time to measure for. The warm-up before it takes half of it to twice it, see {@link nanoseconds}. Default 250. */
  readonly budgetMs?: number
  /** Operations in one call; the figures are divided by it. Default 1. */
  readonly operations?: number
}

// One sample is about half a millisecond of work: long against the timer (40 ns) and short against the budget, so that
// a pause (GC, a neighbour) lands in few samples and the median does not see it.
const SAMPLE_NS = 500_000
const MAX_BATCH = 65_536
const LONG_CALL_NS = 20e6
const LONG_CALL_SAMPLES = 5

// A call of 40 µs that allocates (the array window of 500 records) reached V8's top tier after 11,000 calls.
const WARM_CALLS = 20_000

/** @returns nanoseconds per call in the later half */
async function warmUp(call: () => unknown, leastMs: number, mostMs: number): Promise<number> {
  const begin = performance.now()
  let calls = 0
  let half = { spent: 0, calls: 0 }
  for (;;) {
    const result = call()
    if (result instanceof Promise) await result
    calls++
    const spent = performance.now() - begin
    if (calls >= 2 * half.calls && spent >= 2 * half.spent) half = { spent, calls }
    const enough = spent >= leastMs && calls >= WARM_CALLS
    if ((enough || spent >= mostMs) && calls >= 3) {
      return calls === half.calls ? (spent * 1e6) / calls : ((spent - half.spent) * 1e6) / (calls - half.calls)
    }
  }
}

/**
 * Times a call with mitata, after a warm-up of 20,000 calls that takes at least half and at most twice the budget: what
 * is slow and called rarely would otherwise be timed before it is optimized, and lose for that reason.
 *
 * mitata decides by its first calls whether to time single calls or batches, so one pause at the wrong moment makes it
 * put the timer (40 ns) into a 3 ns call. Here the warm-up decides, and the batch size follows from the cost.
 * mitata's heap column is not used: it reads once per batch and prints 8 B for a bare `await` that allocates 248.
 */
export async function nanoseconds(call: () => unknown, options: NanosecondsOptions = {}): Promise<Nanoseconds> {
  const { budgetMs = 250, operations = 1 } = options
  const cost = await warmUp(call, budgetMs / 2, budgetMs * 2)
  const batch = Math.min(MAX_BATCH, 4 * Math.round(SAMPLE_NS / 4 / Math.max(cost, 1)))
  const batched = batch >= 4
  const stats = await measure(call, {
    min_cpu_time: budgetMs * 1e6,
    batch_samples: Math.max(4, batch),
    // mitata takes 12 at least; of calls this long a few say the same in a third of the time.
    ...(cost >= LONG_CALL_NS ? { min_samples: LONG_CALL_SAMPLES } : {}),
    // Not left to chance: every call is "fast" and batched, or none is.
    warmup_threshold: batched ? Number.POSITIVE_INFINITY : -1,
    batch_threshold: batched ? Number.POSITIVE_INFINITY : -1,
    // Without --expose-gc mitata would allocate 1 GiB to provoke a collection.
    gc: globalThis.gc === undefined ? false : () => globalThis.gc?.(),
  })
  return {
    p50: stats.p50 / operations,
    p25: stats.p25 / operations,
    p75: stats.p75 / operations,
    p99: stats.p99 / operations,
    p999: stats.p999 / operations,
    avg: stats.avg / operations,
    min: stats.min / operations,
    max: stats.max / operations,
    calls: stats.ticks,
  }
}
