/**
 * What each slot weighs and the sum of it, which never exceeds `most`.
 * Weights are whole numbers, so the sum is exact. Space: 8 bytes per slot.
 */
export class Weights {
  total = 0
  most: number
  #of: Float64Array

  constructor(slots: number, most: number) {
    this.most = most
    this.#of = new Float64Array(slots + 1)
  }

  of(slot: number): number {
    return this.#of[slot] as number
  }

  set(slot: number, weight: number): void {
    this.total += weight - this.of(slot)
    this.#of[slot] = weight
  }

  /** O(1) but for a new array: the slots are written again before they are read. */
  reset(slots: number): void {
    this.total = 0
    this.#of = new Float64Array(slots + 1)
  }
}
