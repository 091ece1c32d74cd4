import type { Clock } from './clock.ts'
import { clock as checkedClock } from './option-checks.ts'

/** One result: when it came, in milliseconds of the buffer's clock, and whether it was a success. */
export interface RequestRecord {
  readonly timestamp: number
  readonly success: boolean
}

/** Totals of the results a buffer holds. */
export interface RequestCounts {
  readonly total: number
  readonly successes: number
  readonly failures: number
}

/** 2^24 results take 144 MiB; a larger capacity is far more likely a mistake than a wish. */
const maxCapacity = 2 ** 24

const failed = 1
const slowed = 2

/**
 * The last `capacity` results, in a ring with running totals.
 *
 * ```
 *              head (oldest)      tail (next write)
 *                ▼                  ▼
 *   ┌────┬────┬────┬────┬────┬────┬────┬────┐
 *   │    │    │ t3 │ t4 │ t5 │ t6 │    │    │   timestamps  Float64Array, 8 bytes each
 *   │    │    │  0 │  1 │  0 │  2 │    │    │   flags       Uint8Array,   1 byte each: 1 failed, 2 slow
 *   └────┴────┴────┴────┴────┴────┴────┴────┘
 *      size 4, failures 1; when the ring is full, head = tail and a write subtracts what it overwrites
 * ```
 *
 * `push` and `getMetrics` are O(1), `cleanExpired` is O(removed). Timestamps should not decrease: a record with
 * an older timestamp than its predecessor leaves only together with it.
 */
export class CircularRequestBuffer {
  readonly #timestamps: Float64Array
  readonly #flags: Uint8Array
  readonly #clock: Clock
  #head = 0
  #tail = 0
  #size = 0
  #failures = 0
  #slow = 0

  /**
   * @param capacity results kept, an integer from 1 to 16,777,216; default 1000
   * @param clock what `cleanExpired` measures ages by; default the wall clock, since records usually carry `Date.now()`
   * @throws RangeError when the capacity is not such an integer, TypeError for a bad clock
   */
  constructor(capacity = 1000, clock?: Clock) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > maxCapacity) {
      throw new RangeError(`capacity is ${String(capacity)}; expected an integer from 1 to ${maxCapacity}`)
    }
    this.#timestamps = new Float64Array(capacity)
    this.#flags = new Uint8Array(capacity)
    this.#clock = checkedClock(clock, Date)
  }

  /** Results held now, at most `capacity`. */
  get size(): number {
    return this.#size
  }

  get capacity(): number {
    return this.#timestamps.length
  }

  /** Failures among the results held now. */
  get failures(): number {
    return this.#failures
  }

  /** Slow calls among the results held now: those added as such. */
  get slow(): number {
    return this.#slow
  }

  /**
   * Adds a result; a full buffer drops its oldest one first. O(1).
   * @throws TypeError when the timestamp is not a finite number or `success` no boolean
   */
  push(record: RequestRecord): void {
    const { timestamp, success } = record
    if (!Number.isFinite(timestamp)) throw new TypeError(`timestamp is ${String(timestamp)}; expected a finite number`)
    if (typeof success !== 'boolean') throw new TypeError(`success is ${String(success)}; expected a boolean`)
    this.add(timestamp, success)
  }

  /** `push` without the record: no allocation and no checks. O(1). */
  add(timestamp: number, success: boolean, slow = false): void {
    const tail = this.#tail
    if (this.#size === this.#timestamps.length) this.#dropOldest()
    this.#timestamps[tail] = timestamp
    this.#flags[tail] = (success ? 0 : failed) | (slow ? slowed : 0)
    this.#tail = tail + 1 === this.#timestamps.length ? 0 : tail + 1
    this.#size++
    if (!success) this.#failures++
    if (slow) this.#slow++
  }

  /** Adds `count` successes of one moment. O(count), but where nothing failed or was slow, as fast as memory fills. */
  addSuccesses(count: number, timestamp: number): void {
    const capacity = this.#timestamps.length
    if (this.#failures > 0 || this.#slow > 0 || count > capacity) {
      for (let i = 0; i < count; i++) this.add(timestamp, true)
      return
    }
    const tail = this.#tail
    const end = tail + count
    this.#timestamps.fill(timestamp, tail, Math.min(end, capacity))
    this.#flags.fill(0, tail, Math.min(end, capacity))
    if (end > capacity) {
      this.#timestamps.fill(timestamp, 0, end - capacity)
      this.#flags.fill(0, 0, end - capacity)
    }
    this.#tail = end >= capacity ? end - capacity : end
    this.#size = Math.min(this.#size + count, capacity)
    if (this.#size === capacity) this.#head = this.#tail
  }

  /**
   * Drops results older than `windowMs` by the buffer's clock; one of exactly that age stays.
   * @returns how many were dropped
   * @throws RangeError when `windowMs` is negative or not a number
   */
  cleanExpired(windowMs: number): number {
    if (!(windowMs >= 0)) throw new RangeError(`windowMs is ${String(windowMs)}; expected a number >= 0`)
    return this.dropBefore(this.#clock.now() - windowMs)
  }

  /** Drops results from before `cutoff`, oldest first, and returns how many. O(dropped). */
  dropBefore(cutoff: number): number {
    const before = this.#size
    while (this.#size > 0 && (this.#timestamps[this.#head] ?? 0) < cutoff) this.#dropOldest()
    return before - this.#size
  }

  /** Totals of the results held. O(1). */
  getMetrics(): RequestCounts {
    return { total: this.#size, successes: this.#size - this.#failures, failures: this.#failures }
  }

  /** Calls `visit` with each result, oldest first. */
  forEach(visit: (timestamp: number, success: boolean, slow: boolean) => void): void {
    for (let i = 0; i < this.#size; i++) {
      const at = (this.#head + i) % this.#timestamps.length
      const flags = this.#flags[at] ?? 0
      visit(this.#timestamps[at] ?? 0, (flags & failed) === 0, (flags & slowed) !== 0)
    }
  }

  clear(): void {
    this.#slow = 0
    this.#head = 0
    this.#tail = 0
    this.#size = 0
    this.#failures = 0
  }

  #dropOldest(): void {
    const head = this.#head
    const flags = this.#flags[head] ?? 0
    if ((flags & failed) !== 0) this.#failures--
    if ((flags & slowed) !== 0) this.#slow--
    this.#head = head + 1 === this.#timestamps.length ? 0 : head + 1
    this.#size--
  }
}
