/**
 * The time of the call in progress: one reading of the clock per call, however many parts ask for it. It is kept in an
 * array and handed on by a function small enough to be inlined: a number with a fraction that passes through a field or
 * the return of a larger function would be boxed, 16 bytes per call.
 */
export class Moment {
  readonly #clock: { now(): number }
  readonly #time: Float64Array = new Float64Array(1)

  constructor(clock: { now(): number }) {
    this.#clock = clock
    this.#time[0] = clock.now()
  }

  /** Reads the clock. NaN leaves the time where it was. */
  read(): void {
    const now = this.#clock.now()
    if (!Number.isNaN(now)) this.#time[0] = now
  }

  /** The time last read. */
  now(): number {
    return this.#time[0] as number
  }
}
