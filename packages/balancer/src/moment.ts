/**
 * The time of the call in progress: one reading of the clock per call, however many parts ask for it. A field of a class
 * is not boxed, so reading and asking allocate nothing.
 */
export class Moment {
  readonly #clock: { now(): number }
  #now: number

  constructor(clock: { now(): number }) {
    this.#clock = clock
    this.#now = clock.now()
  }

  /** Reads the clock. NaN leaves the time where it was. */
  read(): number {
    const now = this.#clock.now()
    if (!Number.isNaN(now)) this.#now = now
    return this.#now
  }

  /** The time last read. */
  now(): number {
    return this.#now
  }
}
