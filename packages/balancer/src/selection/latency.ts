/** Samples closer together than this count for less: a burst of answers is one piece of news. */
const SMOOTHING_MS = 500
/** The least a sample counts for, so that ten in a row always outweigh the past. */
const LEAST_GAIN = 0.1
/** A figure older than this begins to be forgotten … */
const TRUSTED_MS = 500
/** … towards the mean of all, to 37 % of its distance in this time: a slow endpoint is tried again. */
const FORGETTING_MS = 2000
/** An endpoint nobody has tried yet is taken for faster than the mean, so that it is tried soon. */
const OPTIMISM = 0.5
/** Share of one success in the mean of all: about the last hundred count. */
const MEAN_GAIN = 0.01
/** Stands in for the mean before the first success. Any figure above 0 makes untried endpoints equal. */
const UNKNOWN_MS = 1

const NEVER = Number.NEGATIVE_INFINITY

/**
 * What is known of each slot's latency, and what is to be expected of it now.
 *
 *   sample l, age = time since the last one     a = max(1 - e^(-age/500), 0.1)      w = w·(1-a) + l·a
 *   mean of all, by successes                   g = 0.99·g + 0.01·l
 *   expected    never sampled                   0.5·g
 *               age up to 500 ms                w
 *               older                           g + (w-g)·e^(-(age-500)/2000)
 *
 * A failure counts as a sample of max(l, 100·g): an endpoint that fails within a fifth of a millisecond would otherwise
 * look like the fastest of all and draw everything to itself. The constants are those measured in the simulator.
 */
export class Latency {
  readonly #penalty: number
  #smoothed: Float64Array = new Float64Array(16)
  #sampledAt: Float64Array = new Float64Array(16).fill(NEVER)
  #mean = 0

  /** `penalty`: a failure counts as this many times the mean; 0 takes failures for what they took. */
  constructor(penalty: number) {
    this.#penalty = penalty
  }

  /** Mean latency of the successes in ms, 1 before the first. */
  get mean(): number {
    return this.#mean > 0 ? this.#mean : UNKNOWN_MS
  }

  grow(length: number): void {
    const smoothed = new Float64Array(length)
    smoothed.set(this.#smoothed)
    this.#smoothed = smoothed
    const sampledAt = new Float64Array(length).fill(NEVER)
    sampledAt.set(this.#sampledAt)
    this.#sampledAt = sampledAt
  }

  forget(slot: number): void {
    this.#smoothed[slot] = 0
    this.#sampledAt[slot] = NEVER
  }

  /** True when this was the first success of all: every expectation has changed. */
  sample(slot: number, latencyMs: number, failed: boolean, now: number): boolean {
    const first = !failed && this.#mean === 0
    if (!failed) this.#mean = first ? latencyMs : 0.99 * this.#mean + MEAN_GAIN * latencyMs
    const weighed = failed && this.#penalty > 0 ? this.#punish(latencyMs) : latencyMs
    const age = now - (this.#sampledAt[slot] as number)
    // A clock that jumps back: no younger than new.
    const gain = age > 0 ? Math.max(1 - Math.exp(-age / SMOOTHING_MS), LEAST_GAIN) : LEAST_GAIN
    const before = this.#smoothed[slot] as number
    this.#smoothed[slot] = before * (1 - gain) + weighed * gain
    this.#sampledAt[slot] = now
    return first
  }

  expected(slot: number, now: number): number {
    const age = now - (this.#sampledAt[slot] as number)
    const smoothed = this.#smoothed[slot] as number
    // Most slots, most of the time.
    if (age <= TRUSTED_MS) return smoothed
    const mean = this.mean
    if (age === Number.POSITIVE_INFINITY) return OPTIMISM * mean
    return mean + (smoothed - mean) * Math.exp(-(age - TRUSTED_MS) / FORGETTING_MS)
  }

  #punish(latencyMs: number): number {
    const mean = this.#mean > 0 ? this.#mean : Math.max(latencyMs, UNKNOWN_MS)
    return Math.max(latencyMs, this.#penalty * mean)
  }
}
