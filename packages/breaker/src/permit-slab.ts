/** Low bits of a permit: its slot. A million calls in flight. */
const slotBits = 20
const maxSlots = 2 ** slotBits
const slotMask = maxSlots - 1
/** High bits: how often the slot was used, from 1 to 2047, so that a permit is a positive small integer (31 bits). */
const oneUse = maxSlots
const lastUse = 2047 * oneUse
const firstSlots = 16

/**
 * Permits that can be settled once: each names a slot that is its own while the call is in flight.
 *
 * ```
 *   permit   = use of the slot (11 bits) | slot (20 bits)         a small integer: nothing is allocated
 *
 *   waiting  ┌─────────┬─────────┬─────────┐  head ► next permit to give    tail ► where a settled slot,
 *            │ use 3|7 │ use 2|1 │ use 5|0 │                                         one use on, lines up
 *            └─────────┴─────────┴─────────┘
 *   held     slot 4: permit in flight, or 0      generation   slot 4: the one it was given in
 * ```
 *
 * A second settlement finds another number, or none, in the slot. Slots wait first in, first out, so a number comes
 * again only after 2,047 rounds of all slots. O(1); 12 bytes a slot, doubled when all are taken. Permits that nobody
 * ever settles cannot pile up: with all 1,048,576 slots taken, the oldest is given to the next call.
 */
export class PermitSlab {
  #waiting: Int32Array = new Int32Array(0)
  #held: Int32Array = new Int32Array(0)
  #generations: Int32Array = new Int32Array(0)
  #head = 0
  #waitingCount = 0
  #mask = -1
  #nextStolen = 0

  /** A permit for a call that was admitted in `generation`. */
  take(generation: number): number {
    if (this.#waitingCount === 0) {
      if (this.#held.length < maxSlots) this.#addSlots()
      else this.#stealOldest()
    }
    const head = this.#head
    const permit = this.#waiting[head] ?? 0
    this.#head = (head + 1) & this.#mask
    this.#waitingCount--
    const slot = permit & slotMask
    this.#held[slot] = permit
    this.#generations[slot] = generation
    return permit
  }

  /** Ends a permit: the generation it was given in, or 0 when it is not in flight (refused, settled, made up). */
  settle(permit: number): number {
    const slot = permit & slotMask
    if (this.#held[slot] !== permit || permit === 0) return 0
    this.#held[slot] = 0
    const tail = (this.#head + this.#waitingCount) & this.#mask
    this.#waiting[tail] = permit >= lastUse ? slot + oneUse : permit + oneUse
    this.#waitingCount++
    return this.#generations[slot] ?? 0
  }

  /** Slot of a permit in flight: a dense index for what else is kept per call. */
  static slotOf(permit: number): number {
    return permit & slotMask
  }

  /** Slots there are, taken or not. */
  get slots(): number {
    return this.#held.length
  }

  #addSlots(): void {
    const before = this.#held.length
    const after = Math.max(firstSlots, before * 2)
    const held = new Int32Array(after)
    const generations = new Int32Array(after)
    const waiting = new Int32Array(after)
    held.set(this.#held)
    generations.set(this.#generations)
    for (let slot = before; slot < after; slot++) waiting[slot - before] = slot + oneUse
    this.#held = held
    this.#generations = generations
    this.#waiting = waiting
    this.#head = 0
    this.#waitingCount = after - before
    this.#mask = after - 1
  }

  #stealOldest(): void {
    const slot = this.#nextStolen
    this.#nextStolen = (slot + 1) & slotMask
    this.settle(this.#held[slot] ?? 0)
  }
}
