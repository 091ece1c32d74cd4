/**
 * Monotonic milliseconds, read once per socket event: within one, a dozen deadlines and timestamps share the reading.
 * Outside of one it is `performance.now()` itself, so that nothing is armed with the time of an event long past.
 *
 *    socket event ──► begin() ── now() now() now(): one reading ──► end()
 */
export class TurnClock {
  #reading = 0
  #isReading = false

  /** A socket event begins. */
  begin(): void {
    this.#reading = performance.now()
    this.#isReading = true
  }

  end(): void {
    this.#isReading = false
  }

  now(): number {
    return this.#isReading ? this.#reading : performance.now()
  }
}

/** The clock of the process: all sockets are served by one thread. */
export const turnClock: TurnClock = new TurnClock()
