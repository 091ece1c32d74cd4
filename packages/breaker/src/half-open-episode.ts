import type { Settings } from './settings.ts'

/** Absorbs the rounding of a rate such as 2/3. */
const tolerance = 1e-9

/**
 * One stay in half-open: a limited number of probes, and the decision by their results alone.
 *
 * ```
 *   halfOpenPermits = permitsLeft + in flight + recorded (successes + failures)
 *                        ▲   │ take
 *                        └───┴── giveBack: ignored, aborted, released
 * ```
 */
export class HalfOpenEpisode {
  readonly name = 'half_open'
  readonly generation: number
  /** Moment at which an undecided episode gives up (inclusive). */
  expiresAt: number
  readonly #settings: Settings
  permitsLeft: number
  successes = 0
  failures = 0
  slow = 0

  constructor(generation: number, at: number, settings: Settings) {
    this.generation = generation
    this.expiresAt = at + settings.halfOpenMaxWaitMs
    this.permitsLeft = settings.halfOpenPermits
    this.#settings = settings
  }

  get total(): number {
    return this.successes + this.failures
  }

  take(): boolean {
    if (this.permitsLeft === 0) return false
    this.permitsLeft--
    return true
  }

  /** A permit given back twice must not make room for more probes than the episode has. */
  giveBack(): void {
    if (this.permitsLeft + this.total < this.#settings.halfOpenPermits) this.permitsLeft++
  }

  /** Adds a result; answers where it leads, undefined for no decision yet. */
  record(success: boolean, slow: boolean): 'open' | 'closed' | undefined {
    if (success) this.successes++
    else this.failures++
    if (slow) this.slow++
    const { halfOpenEarly, halfOpenFailuresToOpen, halfOpenPermits, slowCallRate } = this.#settings
    const complete = this.total >= halfOpenPermits
    if (!complete && !halfOpenEarly) return undefined
    if (this.failures >= halfOpenFailuresToOpen) return 'open'
    if (!complete) return undefined
    const tooSlow = !halfOpenEarly && this.slow > 0 && this.slow / this.total >= slowCallRate - tolerance
    return tooSlow ? 'open' : 'closed'
  }
}
