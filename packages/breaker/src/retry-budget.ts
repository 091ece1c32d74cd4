import type { Clock } from './clock.ts'
import { checkNames, clock, integer, number } from './option-checks.ts'
import { TimeWindow } from './time-window.ts'

export interface RetryBudgetOptions {
  /**
   * Retries allowed per call, 0 to 10: 0.2 adds a fifth to the load at most.
   * @default 0.2
   */
  ratio?: number | undefined
  /**
   * Retries a second that are always allowed, 0 to 1,000,000, so that a service with little traffic can retry at all.
   * @default 10
   */
  minPerSecond?: number | undefined
  /**
   * How long a call counts, in milliseconds, 1000 to 600,000.
   * @default 10000
   */
  ttlMs?: number | undefined
  /** @default performance.now */
  clock?: Clock | undefined
}

const buckets = 10

/**
 * Bounds the retries of many calls together, so that they cannot multiply the load of a service that is in trouble:
 * over the last `ttlMs`, retries ≤ calls × `ratio` + `minPerSecond` × seconds. After Finagle's RetryBudget. One budget
 * is shared by all calls to one service. O(1), a ring of ten buckets, no timer.
 */
export class RetryBudget {
  readonly #ratio: number
  readonly #reserve: number
  readonly #clock: Clock
  /** Calls are its successes, retries its failures. */
  readonly #window: TimeWindow

  /** @throws TypeError, RangeError for bad options */
  constructor(options: RetryBudgetOptions = {}) {
    checkNames(options, ['ratio', 'minPerSecond', 'ttlMs', 'clock'])
    const ttlMs = number('ttlMs', options.ttlMs, 10_000, 1000, 600_000, 'closed')
    this.#ratio = number('ratio', options.ratio, 0.2, 0, 10, 'closed')
    this.#reserve = (integer('minPerSecond', options.minPerSecond, 10, 0, 1_000_000) * ttlMs) / 1000
    this.#clock = clock(options.clock)
    this.#window = new TimeWindow(ttlMs / buckets, buckets, this.#clock.now())
  }

  /** A call is made (not a retry). */
  deposit(): void {
    this.#window.record(true, false, this.#clock.now())
  }

  /** Asks for one retry; true takes it. */
  tryWithdraw(): boolean {
    if (this.balance() < 1) return false
    this.#window.record(false, false, this.#clock.now())
    return true
  }

  /** Retries left now. */
  balance(): number {
    const window = this.#window
    window.expire(this.#clock.now())
    // A product such as 0.2 × 5 may fall short of its integer by a rounding error.
    return Math.floor((window.total - window.failures) * this.#ratio + this.#reserve - window.failures + 1e-9)
  }
}
