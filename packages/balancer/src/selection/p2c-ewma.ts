import { TwoChoices } from './two-choices.ts'

const NEVER = Number.NEGATIVE_INFINITY

/**
 * Of two candidates at random the one with the smaller peak EWMA times requests in flight (Finagle's `p2cPeakEwma`).
 *
 *   latency known    w, decayed by e^(-age/tau) since its last sample
 *   sample l         above the decayed w: w = l at once (peak); else w = w·k + l·(1-k) with k = e^(-age/tau)
 *   cost             decayed w · (in flight + 1) / weight
 *
 * An endpoint that was never sampled costs 0; equal costs are decided by requests in flight. Failures are samples like
 * any other: an endpoint that fails fast looks fast. `auto` does not have that weakness.
 */
export class P2cEwma extends TwoChoices {
  readonly #tauMs: number
  #latency: Float64Array = new Float64Array(16)
  #sampledAt: Float64Array = new Float64Array(16)

  constructor(random: () => number, tauMs: number) {
    super(random)
    this.#tauMs = tauMs
  }

  override cost(slot: number, now: number): number {
    const decayed = (this.#latency[slot] as number) * this.#decay(slot, now)
    return decayed * (1 + (this.inflight[slot] as number)) * (this.shares[slot] as number)
  }

  override observe(slot: number, latencyMs: number, _failed: boolean, now: number): void {
    if (slot >= this.#latency.length) return
    const k = this.#decay(slot, now)
    const decayed = (this.#latency[slot] as number) * k
    this.#latency[slot] = latencyMs > decayed ? latencyMs : decayed + latencyMs * (1 - k)
    this.#sampledAt[slot] = now
  }

  protected override reset(slot: number): void {
    this.#latency[slot] = 0
    this.#sampledAt[slot] = NEVER
  }

  protected override grow(length: number): void {
    super.grow(length)
    const latency = new Float64Array(length)
    latency.set(this.#latency)
    this.#latency = latency
    const sampledAt = new Float64Array(length)
    sampledAt.set(this.#sampledAt)
    this.#sampledAt = sampledAt
  }

  // A clock that jumps back makes a sample no younger than new.
  #decay(slot: number, now: number): number {
    const age = now - (this.#sampledAt[slot] as number)
    return age > 0 ? Math.exp(-age / this.#tauMs) : 1
  }
}
