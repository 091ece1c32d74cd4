/** Slots looked at by one `set`. Fixed, so that the cost of a `set` does not depend on the size of the cache. */
export const SWEPT_SLOTS = 8

/**
 * When each slot expires, and the hand that looks for slots which have.
 *
 *   slot        1     2     3     4     5     6          0 = no deadline, or a free slot
 *   deadline  | 120 |  0  | 480 |  90 |  0  | 300 |
 *                            ▲
 *                            hand: moves SWEPT_SLOTS on per set, and around
 *
 * A cache of n slots is swept once in n / 8 sets, so what expires leaves memory without a timer and without a pause;
 * a cache of up to 8 slots is looked through whole by every set. The array exists once a finite TTL was used.
 * Time: O(1) each. Space: 8 bytes per slot.
 */
export class Deadlines {
  #at: Float64Array | undefined
  #slots: number
  #hand = 0

  /** @param slots highest slot number there can be */
  constructor(slots: number) {
    this.#slots = slots
  }

  /** Whether any slot may have a deadline; without one nobody needs to read a clock. */
  get inUse(): boolean {
    return this.#at !== undefined
  }

  /** Deadline of a slot in clock time, 0 = none. */
  of(slot: number): number {
    return this.#at === undefined ? 0 : (this.#at[slot] as number)
  }

  /** Gives the slot a deadline; 0 takes it away. */
  set(slot: number, deadline: number): void {
    if (this.#at === undefined) {
      if (deadline === 0) return
      this.#at = new Float64Array(this.#slots + 1)
    }
    this.#at[slot] = deadline
  }

  isPast(slot: number, now: number): boolean {
    const deadline = this.of(slot)
    return deadline !== 0 && deadline <= now
  }

  /** Moves the hand to the next of the slots 1…top (top ≥ 1) and returns it. */
  advance(top: number): number {
    this.#hand = this.#hand >= top ? 1 : this.#hand + 1
    return this.#hand
  }

  /** Forgets every deadline; the slots are numbered up to `slots` from now on. */
  reset(slots: number): void {
    this.#at = undefined
    this.#slots = slots
    this.#hand = 0
  }
}
