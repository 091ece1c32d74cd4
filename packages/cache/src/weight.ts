/** Entries stored per slot before unused slots are given up. */
const SLACK = 8

/**
 * What each slot weighs and the sum of it, which never exceeds `most`.
 * Weights are whole numbers, so the sum is exact. Space: 8 bytes per slot.
 */
export class Weights {
  total = 0
  /** Most entries of late, and how many more are stored before the slots are fitted to that. */
  #peak = 0
  #patience = 0
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

  limit(most: number): void {
    this.most = most
    this.#patience = 0
  }

  /**
   * How many slots there should be, of at most `max`, for `count` entries with the next one; `full` if others left for
   * it. From the first that leaves on they are as many as are in use: little more as soon as that is too few, and fewer
   * when an eighth was not used for 8 stored entries per slot. So entries are moved O(1) times each on average.
   */
  roomFor(count: number, full: boolean, room: number, max: number): number {
    const peak = Math.max(this.#peak, count)
    this.#peak = peak
    if (count <= room && (!full || this.#patience-- > 0)) return room
    this.#peak = 0
    this.#patience = SLACK * room
    if (count > room) return Math.min(max, count + (count >> 4))
    return peak < room - (room >> 3) ? peak : room
  }

  /** O(1) but for a new array: the slots are written again before they are read. */
  reset(slots: number): void {
    this.total = 0
    this.#of = new Float64Array(slots + 1)
  }
}
