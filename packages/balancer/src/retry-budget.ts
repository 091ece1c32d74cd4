/** Budget is saved for this long at most: a quiet hour does not pay for a storm of retries. */
const SAVED_MS = 10_000

/**
 * A bucket of tokens: each request pays in `ratio`, time pays in `minPerSecond`, a retry or hedge takes out one. With an
 * endpoint set that is down, retries add `ratio` to the load instead of multiplying it (Finagle's RetryBudget).
 */
export class RetryBudget {
  readonly #ratio: number
  readonly #perMs: number
  readonly #clock: { now(): number }
  #tokens: number
  #filledAt: number

  /** Starts with what `minPerSecond` pays in ten seconds. */
  constructor(ratio: number, minPerSecond: number, clock: { now(): number }) {
    this.#ratio = ratio
    this.#perMs = minPerSecond / 1000
    this.#clock = clock
    this.#tokens = this.#perMs * SAVED_MS
    this.#filledAt = clock.now()
  }

  /** A request begins. */
  deposit(): void {
    this.#tokens = Math.min(this.#tokens + this.#ratio, this.#cap())
  }

  /** Takes out a token; false when there is none. */
  tryWithdraw(): boolean {
    const now = this.#clock.now()
    const elapsedMs = now - this.#filledAt
    this.#filledAt = now
    if (elapsedMs > 0) this.#tokens = Math.min(this.#tokens + elapsedMs * this.#perMs, this.#cap())
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  #cap(): number {
    return Math.max(this.#perMs * SAVED_MS, this.#ratio * 1000, 1)
  }
}
