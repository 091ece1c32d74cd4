import type { StoredWindow, WindowCell } from './outcome-window.ts'

/** Counters of one bucket: results, failures, slow calls. */
const width = 3

/**
 * Results of the last `windowMs`, in a ring of time buckets with running totals.
 *
 * ```
 *   bucket number = floor(t / bucketMs)        window = the newest n numbers
 *
 *          oldest                 current
 *            ▼                       ▼
 *   ┌──────┬──────┬──────┬──────┬──────┐
 *   │ n  4 │ n 10 │ n  9 │ n  0 │ n  2 │      total    = 25
 *   │ ko 0 │ ko 1 │ ko 2 │ ko 0 │ ko 0 │      failures =  3
 *   │ sl 0 │ sl 1 │ sl 0 │ sl 0 │ sl 0 │      slow     =  1
 *   └──────┴──────┴──────┴──────┴──────┘
 *      └── time enters the next bucket: subtract it from the totals, zero it, write there
 * ```
 *
 * Recording and reading are O(1); entering a new bucket costs at most one turn of the ring, however long
 * nothing was recorded. Space: 12 bytes a bucket. A result leaves between `windowMs - bucketMs` and `windowMs`
 * after it was recorded. Algorithm: subtract on evict, as in resilience4j's sliding time window.
 */
export class TimeWindow implements StoredWindow {
  readonly readsClock = true
  readonly resolutionMs: number
  total = 0
  failures = 0
  slow = 0
  readonly #bucketMs: number
  readonly #counts: Int32Array
  /** Number of the current bucket since time 0, and its offset in `#counts`. */
  #current: number
  #offset = 0

  /** `bucketMs` Infinity: one bucket that is never left. */
  constructor(bucketMs: number, buckets: number, now: number) {
    this.#bucketMs = bucketMs
    this.resolutionMs = bucketMs
    this.#counts = new Int32Array(buckets * width)
    this.#current = Math.floor(now / bucketMs)
  }

  record(success: boolean, slow: boolean, now: number): void {
    this.expire(now)
    this.#add(this.#offset, 1, success ? 0 : 1, slow ? 1 : 0)
  }

  addSuccesses(count: number, now: number): void {
    this.expire(now)
    this.#add(this.#offset, count, 0, 0)
  }

  expire(now: number): void {
    const bucket = Math.floor(now / this.#bucketMs)
    // A clock that steps back writes into the newest bucket: no result is ever older than the one before it.
    if (bucket <= this.#current) return
    const counts = this.#counts
    const turns = Math.min(bucket - this.#current, counts.length / width)
    this.#current = bucket
    for (let turn = 0; turn < turns; turn++) {
      this.#offset += width
      if (this.#offset === counts.length) this.#offset = 0
      const offset = this.#offset
      this.total -= counts[offset] ?? 0
      this.failures -= counts[offset + 1] ?? 0
      this.slow -= counts[offset + 2] ?? 0
      counts[offset] = 0
      counts[offset + 1] = 0
      counts[offset + 2] = 0
    }
  }

  clear(): void {
    this.#counts.fill(0)
    this.total = 0
    this.failures = 0
    this.slow = 0
  }

  export(now: number): readonly WindowCell[] {
    this.expire(now)
    const counts = this.#counts
    const cells: WindowCell[] = []
    const buckets = counts.length / width
    // In an endless bucket everything is of age 0.
    const phase = this.#bucketMs === Number.POSITIVE_INFINITY ? 0 : now - this.#current * this.#bucketMs
    for (let age = buckets - 1; age >= 0; age--) {
      const at = this.#at(age)
      const total = counts[at] ?? 0
      const ageMs = age === 0 ? phase : phase + age * this.#bucketMs
      if (total > 0) cells.push([ageMs, total, counts[at + 1] ?? 0, counts[at + 2] ?? 0])
    }
    return cells
  }

  import(cells: readonly WindowCell[], now: number, downMs: number): void {
    this.clear()
    this.#current = Math.floor(now / this.#bucketMs)
    const buckets = this.#counts.length / width
    for (const [ageMs, total, failures, slow] of cells) {
      const endless = this.#bucketMs === Number.POSITIVE_INFINITY
      const age = endless ? 0 : this.#bucketsSince(ageMs, now, downMs)
      if (age < buckets) this.#add(this.#at(age), total, failures, slow)
    }
  }

  /**
   * How many buckets back, as seen from `now + downMs`, a bucket begun `ageMs` before the export lies. A millionth
   * of slack: the beginning of a bucket, computed from its age, may fall a rounding error short of it.
   */
  #bucketsSince(ageMs: number, now: number, downMs: number): number {
    const begun = Math.floor((now - ageMs) / this.#bucketMs + 1e-6)
    return Math.max(0, Math.floor((now + downMs) / this.#bucketMs) - begun)
  }

  /** Offset of the bucket `age` before the current one. */
  #at(age: number): number {
    const offset = this.#offset - age * width
    return offset < 0 ? offset + this.#counts.length : offset
  }

  #add(offset: number, total: number, failures: number, slow: number): void {
    const counts = this.#counts
    counts[offset] = (counts[offset] ?? 0) + total
    this.total += total
    if (failures > 0) {
      counts[offset + 1] = (counts[offset + 1] ?? 0) + failures
      this.failures += failures
    }
    if (slow > 0) {
      counts[offset + 2] = (counts[offset + 2] ?? 0) + slow
      this.slow += slow
    }
  }
}
