import type { OutcomeWindow } from './outcome-window.ts'

/**
 * Results of the last `windowMs`, in a ring of time buckets with running totals.
 *
 * ```
 *   bucket number = floor(t / bucketMs)        window = the newest n numbers
 *
 *          oldest                 current
 *            ▼                       ▼
 *   ┌──────┬──────┬──────┬──────┬──────┐
 *   │ ok 4 │ ok 9 │ ok 7 │ ok 0 │ ok 2 │      total    = 25
 *   │ ko 0 │ ko 1 │ ko 2 │ ko 0 │ ko 0 │      failures =  3
 *   └──────┴──────┴──────┴──────┴──────┘
 *      └── time enters the next bucket: subtract it from the totals, zero it, write there
 * ```
 *
 * Recording and reading are O(1); entering a new bucket costs at most one turn of the ring, however long
 * nothing was recorded. Space: 8 bytes a bucket. A result leaves between `windowMs - bucketMs` and `windowMs`
 * after it was recorded. Algorithm: subtract on evict, as in resilience4j's sliding time window.
 */
export class TimeWindow implements OutcomeWindow {
  readonly readsClock = true
  total = 0
  failures = 0
  readonly #bucketMs: number
  /** Two counters a bucket: results at 2i, failures at 2i + 1. */
  readonly #counts: Int32Array
  /** Number of the current bucket since time 0, and its offset in `#counts`. */
  #current: number
  #offset = 0

  constructor(windowMs: number, buckets: number, now: number) {
    this.#bucketMs = windowMs / buckets
    this.#counts = new Int32Array(buckets * 2)
    this.#current = Math.floor(now / this.#bucketMs)
  }

  record(success: boolean, now: number): void {
    this.expire(now)
    const counts = this.#counts
    const offset = this.#offset
    counts[offset] = (counts[offset] ?? 0) + 1
    this.total++
    if (success) return
    counts[offset + 1] = (counts[offset + 1] ?? 0) + 1
    this.failures++
  }

  expire(now: number): void {
    const bucket = Math.floor(now / this.#bucketMs)
    // A clock that steps back writes into the newest bucket: no result is ever older than the one before it.
    if (bucket <= this.#current) return
    const counts = this.#counts
    const turns = Math.min(bucket - this.#current, counts.length / 2)
    this.#current = bucket
    for (let turn = 0; turn < turns; turn++) {
      this.#offset += 2
      if (this.#offset === counts.length) this.#offset = 0
      this.total -= counts[this.#offset] ?? 0
      this.failures -= counts[this.#offset + 1] ?? 0
      counts[this.#offset] = 0
      counts[this.#offset + 1] = 0
    }
  }

  clear(): void {
    this.#counts.fill(0)
    this.total = 0
    this.failures = 0
  }
}
