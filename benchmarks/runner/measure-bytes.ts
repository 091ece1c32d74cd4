import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { median } from './statistics.ts'

/** Heap bytes that one operation allocates. */
export interface Bytes {
  readonly bytes: number
  /** Operations between the two readings; fewer than 20,000 when those would not fit. */
  readonly operations: number
}

export interface BytesOptions {
  /** Operations between the two readings. Default 20 000. */
  readonly operations?: number
  /** Longest warm-up. Default 800 ms; enough for the top tier of anything that can run 20,000 times in it. */
  readonly warmUpMs?: number
  /** Bytes of a baseline (the bare `await`), subtracted from the result. Default 0. */
  readonly baseline?: number
}

/**
 * What a process needs for the measurement: a young generation so large that no collection comes between two readings,
 * and `gc()` to empty it beforehand.
 */
export const BYTES_FLAGS: readonly string[] = ['--expose-gc', '--max-semi-space-size=512', '--min-semi-space-size=512']

const OPERATIONS = 20_000
// The 512 MiB semi-space is address space; pages are taken when touched. An eighth of it leaves small machines alive.
const ROOM = 64 * 2 ** 20
// A compiler tier that arrives between two readings spoils one of them in either direction.
const AGREEING = 3
const REPEATS = 6
const WARM_UP_MS = 100

/** The last three differ by less than a tenth of a byte, or half a percent, per operation. */
function agree(readings: readonly number[], operations: number): boolean {
  const last = readings.slice(-AGREEING)
  const most = Math.max(...last)
  return last.length === AGREEING && most - Math.min(...last) <= Math.max(0.1 * operations, most / 200)
}

/** Collections that began after `since`. V8's reports come on a later turn of the event loop. */
async function collectionsSince(since: number, observer: PerformanceObserver, seen: number[]): Promise<number> {
  await turn()
  await turn()
  seen.push(...observer.takeRecords().map((entry) => entry.startTime))
  return seen.filter((start) => start >= since).length
}

/**
 * Exact heap bytes per operation: the growth of the used heap over 20,000 operations during which nothing is collected.
 *
 *     gc()  │ reading │ operation × n │ reading │      n = 0 is read just before and subtracted
 *
 * It is repeated until three readings in a row agree (or their median after six). The unused ends of heap pages count:
 * below 0.1 % for small objects, several percent for arrays of tens of kilobytes. Memory outside the V8 heap (`Buffer`
 * contents) does not count.
 *
 * @param run does that many operations, one after the other
 * @throws {Error} when the process lacks {@link BYTES_FLAGS}, or when collections come even between few operations
 */
export async function bytesPerCall(
  run: (operations: number) => void | Promise<void>,
  options: BytesOptions = {},
): Promise<Bytes> {
  const collect = globalThis.gc
  if (collect === undefined) throw new Error(`bytesPerCall needs node ${BYTES_FLAGS.join(' ')}`)
  const wanted = options.operations ?? OPERATIONS
  const seen: number[] = []
  const observer = new PerformanceObserver((list) => {
    seen.push(...list.getEntries().map((entry) => entry.startTime))
  })
  observer.observe({ entryTypes: ['gc'] })

  // Sync runs are not awaited: an await of undefined would be counted. `pending` is the only difference.
  const growth = async (operations: number): Promise<number | null> => {
    collect()
    collect()
    const since = performance.now()
    const before = getHeapStatistics().used_heap_size
    const pending = run(operations)
    if (pending !== undefined) await pending
    const after = getHeapStatistics().used_heap_size
    return (await collectionsSince(since, observer, seen)) === 0 ? after - before : null
  }

  try {
    const first = run(10)
    if (first !== undefined) await first
    // Enough calls for the top compiler tier.
    const begin = performance.now()
    const most = options.warmUpMs ?? 800
    for (let done = 0, spent = 0; spent < most && (done < wanted || spent < WARM_UP_MS); done += 50) {
      const pending = run(50)
      if (pending !== undefined) await pending
      spent = performance.now() - begin
    }
    const sample = Math.max(1, (await growth(20)) ?? ROOM) / 20
    let operations = Math.max(1, Math.min(wanted, Math.floor(ROOM / sample)))
    for (;;) {
      const readings: number[] = []
      for (let repeat = 0; repeat < REPEATS && !agree(readings, operations); repeat++) {
        const empty = await growth(0)
        const full = await growth(operations)
        if (empty !== null && full !== null) readings.push(full - empty)
      }
      if (readings.length > 0) {
        const grown = median(readings.slice(agree(readings, operations) ? -AGREEING : 0))
        return { bytes: Math.max(0, grown) / operations - (options.baseline ?? 0), operations }
      }
      if (operations === 1) throw new Error(`the heap was collected during one call; run node ${BYTES_FLAGS.join(' ')}`)
      operations = Math.ceil(operations / 4)
    }
  } finally {
    observer.disconnect()
  }
}
