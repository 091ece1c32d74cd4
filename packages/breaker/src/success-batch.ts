/**
 * Successes taken without looking at anything: while credit lasts, one costs a comparison and a countdown.
 *
 * ```
 *   grant(63) ──► left 63 ──take──► 62 ──► … ──► 0 ──► the next success goes the long way (clock, trip check)
 *                    └── drain(): 63 - left of them happened; add them to window, totals, run
 * ```
 */
export class SuccessBatch {
  #left = 0
  #granted = 0

  take(): boolean {
    const left = this.#left
    if (left === 0) return false
    this.#left = left - 1
    return true
  }

  /** Only after `drain`. */
  grant(credit: number): void {
    this.#left = credit
    this.#granted = credit
  }

  /** Ends the credit; answers how many successes were taken on it. */
  drain(): number {
    const taken = this.#granted - this.#left
    this.#left = 0
    this.#granted = 0
    return taken
  }
}
