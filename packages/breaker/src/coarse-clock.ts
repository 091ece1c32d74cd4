import { Pace } from './pace.ts'
import type { Settings } from './settings.ts'

/** Calls in quick succession that share a reading: half a millisecond at most. */
const shared = 64

/**
 * The time, read once for up to 64 questions that follow each other within microseconds and one turn of the event
 * loop; see pace.ts. What is measured with it may be off by 0.6 ms, and by what blocks the loop within that turn.
 */
export class CoarseClock {
  readonly #settings: Settings
  readonly #pace: Pace
  // Never a small integer: the field holds its double in place, and storing one allocates nothing.
  #now = 0.5
  #left = 0

  constructor(settings: Settings) {
    this.#settings = settings
    this.#pace = new Pace(settings, Number.POSITIVE_INFINITY, () => {
      this.#left = 0
    })
  }

  now(): number {
    if (this.#left === 0) return this.read()
    this.#left--
    return this.#now
  }

  /** The time for sure. */
  read(): number {
    const now = this.#settings.clock.now()
    this.#now = now
    this.#left = this.#pace.isQuick(now, shared) ? shared - 1 : 0
    return now
  }
}
