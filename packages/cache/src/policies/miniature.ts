import type { FrequencySketch } from './frequency-sketch.ts'
import { type Plan, WindowedSlots } from './windowed-slots.ts'

/**
 * A small cache that holds only hashes and tells what a plan would have hit (Waldspurger and others, "Cache modeling and
 * optimization using miniature simulations", USENIX ATC 2017).
 *
 *   index   open addressing, at most half full: place = hash mod 2^k, then the next ones   ──► slot
 *   slots   the same code as the cache itself
 *
 * Time: O(1) expected. Space: 21 to 25 bytes per slot.
 */
export class Miniature {
  readonly #slots: WindowedSlots
  readonly #index: Uint16Array
  readonly #mask: number
  readonly #capacity: number
  #size = 0

  /** @param capacity 1…32,768 */
  constructor(capacity: number, sketch: FrequencySketch, plan: Plan) {
    this.#capacity = capacity
    this.#slots = new WindowedSlots(capacity, sketch, plan)
    this.#index = new Uint16Array(2 ** Math.ceil(Math.log2(capacity * 2)))
    this.#mask = this.#index.length - 1
  }

  /** True on a hit; a miss inserts. */
  request(hash: number): boolean {
    const slot = this.#index[this.#placeOf(hash)] as number
    if (slot !== 0) {
      this.#slots.touch(slot)
      return true
    }
    if (this.#size >= this.#capacity) this.#evict()
    const inserted = this.#slots.insert(hash, true)
    this.#index[this.#placeOf(hash)] = inserted
    this.#size++
    return false
  }

  #evict(): void {
    const victim = this.#slots.victim()
    this.#drop(this.#placeOf(this.#slots.lists.hash(victim)))
    this.#slots.lists.remove(victim)
    this.#size--
  }

  /** Where the hash is, or the empty place where it would be. */
  #placeOf(hash: number): number {
    let place = hash & this.#mask
    for (;;) {
      const slot = this.#index[place] as number
      if (slot === 0 || this.#slots.lists.hash(slot) === hash) return place
      place = (place + 1) & this.#mask
    }
  }

  /** Empties a place and moves those up that had probed past it. */
  #drop(from: number): void {
    let hole = from
    for (let place = (from + 1) & this.#mask; ; place = (place + 1) & this.#mask) {
      const slot = this.#index[place] as number
      if (slot === 0) break
      const home = this.#slots.lists.hash(slot) & this.#mask
      if (((place - home) & this.#mask) < ((place - hole) & this.#mask)) continue
      this.#index[hole] = slot
      hole = place
    }
    this.#index[hole] = 0
  }
}
