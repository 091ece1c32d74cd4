/** Samples closer together than this count for less: a burst of answers is one piece of news. */
const SMOOTHING_MS = 500
/** The least a sample counts for, so that four in a row always outweigh the past. */
const LEAST_GAIN = 0.2
/** Up to this age a sample counts for the least anyhow: 1 - e^(-111/500) is 0.199. */
const LEAST_GAIN_MS = 111
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
 *   sample l, age = time since the last one     a = max(1 - e^(-age/500), 0.2)      w = w·(1-a) + l·a
 *   mean of all, by successes                   g = 0.99·g + 0.01·l
 *   expected    never sampled                   0.5·g
 *               age up to 500 ms                w
 *               older                           g + (w-g)·e^(-(age-500)/2000)
 *
 * A failure counts as a sample of max(l, 100·g): an endpoint that fails within a fifth of a millisecond would otherwise
 * look like the fastest of all and draw everything to itself. The constants are those measured in the simulator.
 *
 * With the first failure of all, the same is kept of successes alone: a session that is at home there asks how long an
 * answer takes, and one failure is no reason to leave.
 */
export class Latency {
  readonly #penalty: number
  #smoothed: Float64Array = new Float64Array(16)
  #sampledAt: Float64Array = new Float64Array(16).fill(NEVER)
  /** The same two of successes alone; null: there has been no failure yet, so they are the same. */
  #successes: { smoothed: Float64Array; sampledAt: Float64Array } | null = null
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
    this.#smoothed = enlarged(this.#smoothed, length, 0)
    this.#sampledAt = enlarged(this.#sampledAt, length, NEVER)
    if (this.#successes === null) return
    const { smoothed, sampledAt } = this.#successes
    this.#successes = { smoothed: enlarged(smoothed, length, 0), sampledAt: enlarged(sampledAt, length, NEVER) }
  }

  forget(slot: number): void {
    this.#smoothed[slot] = 0
    this.#sampledAt[slot] = NEVER
    if (this.#successes === null) return
    this.#successes.smoothed[slot] = 0
    this.#successes.sampledAt[slot] = NEVER
  }

  /** True when this was the first success of all: every expectation has changed. */
  sample(slot: number, latencyMs: number, failed: boolean, now: number): boolean {
    const first = !failed && this.#mean === 0
    if (!failed) this.#mean = first ? latencyMs : 0.99 * this.#mean + MEAN_GAIN * latencyMs
    const weighed = failed && this.#penalty > 0 ? this.#punish(latencyMs) : latencyMs
    if (failed) this.#successes ??= { smoothed: this.#smoothed.slice(), sampledAt: this.#sampledAt.slice() }
    else if (this.#successes !== null) smooth(this.#successes.smoothed, this.#successes.sampledAt, slot, latencyMs, now)
    smooth(this.#smoothed, this.#sampledAt, slot, weighed, now)
    return first
  }

  expected(slot: number, now: number): number {
    return this.#expect(this.#smoothed[slot] as number, now - (this.#sampledAt[slot] as number))
  }

  /** The same, as if there were no failures. */
  expectedOfSuccess(slot: number, now: number): number {
    if (this.#successes === null) return this.expected(slot, now)
    const { smoothed, sampledAt } = this.#successes
    return this.#expect(smoothed[slot] as number, now - (sampledAt[slot] as number))
  }

  #expect(smoothed: number, age: number): number {
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

function smooth(smoothed: Float64Array, sampledAt: Float64Array, slot: number, latencyMs: number, now: number): void {
  const age = now - (sampledAt[slot] as number)
  // A clock that jumps back: no younger than new.
  const gain = age > LEAST_GAIN_MS ? Math.max(1 - Math.exp(-age / SMOOTHING_MS), LEAST_GAIN) : LEAST_GAIN
  smoothed[slot] = (smoothed[slot] as number) * (1 - gain) + latencyMs * gain
  sampledAt[slot] = now
}

function enlarged(numbers: Float64Array, length: number, filling: number): Float64Array {
  const larger = new Float64Array(length).fill(filling)
  larger.set(numbers)
  return larger
}
