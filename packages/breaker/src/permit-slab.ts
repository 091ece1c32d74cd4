import { current, notInFlight, outdated, sequenceEnd } from './permit-sequence.ts'

/** Low bits of a permit: its slot. A quarter of a million calls in flight. */
const slotBits = 18
/** Calls in flight that one breaker can tell apart. */
export const maxSlots: number = 2 ** slotBits
const slotMask = maxSlots - 1
/** High bits: how often the slot was used. From 4096 to 8191: above every number of a sequence, and 31 bits at most. */
const oneUse = maxSlots
const firstUse = sequenceEnd
const lastUse = 8191 * oneUse
const firstSlots = 16

/**
 * Permits for breakers that follow each call in flight: each names a slot that is its own until it is settled.
 *
 * ```
 *   permit = use of the slot (13 bits) | slot (18 bits)           a small integer: nothing is allocated
 *
 *   free   ┌─────────┬─────────┬─────────┐
 *          │ use 3|2 │ use 2|1 │ use 5|0 │ ◄─ top      next permits to give; a settled slot comes back one use on
 *          └─────────┴─────────┴─────────┘
 *   held   slot 4: permit in flight · its negative, when a transition has outdated it · 0
 * ```
 *
 * A second settlement finds another number, or none, in the slot; the same number comes again after 4,096 uses of the
 * slot. `take` and `settle` are O(1), a transition is O(slots). 8 bytes a slot, doubled when all are taken. Permits
 * that nobody ever settles cannot pile up: with all 262,144 slots taken, the oldest is given to the next call.
 */
export class PermitSlab {
  #free: Int32Array = new Int32Array(0)
  #held: Int32Array = new Int32Array(0)
  #top = 0
  #nextStolen = 0

  take(): number {
    if (this.#top === 0) this.#makeRoom()
    const top = this.#top - 1
    const permit = this.#free[top] ?? 0
    this.#top = top
    this.#held[permit & slotMask] = permit
    return permit
  }

  /** Ends a permit; `notInFlight` when it was refused, settled before, or made up. */
  settle(permit: number): number {
    if (!(permit >= firstUse)) return notInFlight
    const held = this.#held[permit & slotMask]
    if (held === permit) {
      this.#giveBack(permit)
      return current
    }
    if (held !== -permit) return notInFlight
    this.#giveBack(permit)
    return outdated
  }

  /** A transition: permits in flight keep their slot and lose their meaning. */
  outdate(): void {
    const held = this.#held
    for (let slot = 0; slot < held.length; slot++) {
      const permit = held[slot] ?? 0
      if (permit > 0) held[slot] = -permit
    }
  }

  /** Slot of a permit in flight: a dense index for what else is kept per call. */
  static slotOf(permit: number): number {
    return permit & slotMask
  }

  /** Slots there are, taken or not. */
  get slots(): number {
    return this.#held.length
  }

  #giveBack(permit: number): void {
    const slot = permit & slotMask
    this.#held[slot] = 0
    this.#free[this.#top] = permit < lastUse ? permit + oneUse : slot + firstUse
    this.#top++
  }

  #makeRoom(): void {
    const before = this.#held.length
    if (before === maxSlots) {
      this.#giveBack(Math.abs(this.#held[this.#nextStolen] ?? 0))
      this.#nextStolen = (this.#nextStolen + 1) & slotMask
      return
    }
    const after = Math.max(firstSlots, before * 2)
    const held = new Int32Array(after)
    held.set(this.#held)
    this.#held = held
    this.#free = new Int32Array(after)
    // The lowest new slot on top.
    for (let slot = after - 1; slot >= before; slot--) this.#free[this.#top++] = slot + firstUse
  }
}
