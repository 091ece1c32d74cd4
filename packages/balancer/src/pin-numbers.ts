const PINS = 65_536

/**
 * Hands out the numbers that stand for members in the session table: ascending, so that the pins of a removed member
 * match nobody. When all 65,536 have been used, the caller sweeps dead pins from its tables and counting begins anew.
 *
 *   lap 1   0 1 2 3 … 65,535          sweep: only 7 and 21 are members still
 *   lap 2   0 1 … 6 8 … 20 22 …       their numbers stay out for the whole lap, also when they leave meanwhile
 */
export class PinNumbers {
  #next = 0
  #reserved: ReadonlySet<number> = new Set()

  /** `living`: the numbers of the present members; `sweep`: forget every pin to any other number. */
  take(living: () => Iterable<number>, sweep: () => void): number {
    for (;;) {
      while (this.#next < PINS && this.#reserved.has(this.#next)) this.#next++
      if (this.#next < PINS) return this.#next++
      sweep()
      this.#reserved = new Set(living())
      this.#next = 0
    }
  }
}
