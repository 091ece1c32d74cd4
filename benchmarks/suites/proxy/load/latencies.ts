const STEP_MS = 0.02
const STEPS = 20_000

/**
 * Latencies in steps of 20 µs up to 400 ms; what takes longer counts as 400 ms. A list of numbers per request would be
 * the load's garbage.
 */
export class Latencies {
  readonly #counts = new Uint32Array(STEPS + 1)
  #total = 0

  record(milliseconds: number): void {
    const step = Math.min(STEPS, (milliseconds / STEP_MS) | 0)
    this.#counts[step] = (this.#counts[step] ?? 0) + 1
    this.#total++
  }

  /** Upper edge of the step in which the quantile lies, in milliseconds; 0 before the first. @param share 0–1 */
  quantile(share: number): number {
    if (this.#total === 0) return 0
    const rank = Math.ceil(share * this.#total)
    let seen = 0
    for (const [step, count] of this.#counts.entries()) {
      seen += count
      if (seen >= rank && count > 0) return (step + 1) * STEP_MS
    }
    return (STEPS + 1) * STEP_MS
  }
}
