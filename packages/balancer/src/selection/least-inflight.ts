import type { Candidates, Selection } from './selection.ts'
import { SlotLinks } from './slot-links.ts'

/**
 * The endpoint with the fewest requests in flight now; among equals the one that has waited longest. Not a lifetime
 * count: a newcomer does not get everything until it has caught up.
 *
 *   in flight   0     1        2     3
 *   head       -1     4       -1     7        one circular list per count, in order of arrival at that count
 *                     ↓              ↓
 *               4 → 0 → 2           7
 *   least = 1
 *
 * A pick takes the head of the list at `least`; a pick or release moves one slot one list up or down: O(1), whatever
 * the number of endpoints. Passing over unusable endpoints costs one step each. Space: two words per slot and one per
 * in-flight count ever reached.
 */
export class LeastInflight implements Selection {
  readonly #links = new SlotLinks()
  #heads: Int32Array = new Int32Array(16).fill(-1)
  /** In-flight count under which a slot is listed, -1 when it is not. */
  #counts: Int32Array = new Int32Array(16).fill(-1)
  #least = 0
  #size = 0

  add(slot: number, _weight: number, inflight: number): void {
    if (slot >= this.#counts.length) this.#counts = grown(this.#counts, slot)
    this.#size++
    this.#enter(slot, inflight)
    if (this.#size === 1 || inflight < this.#least) this.#least = inflight
  }

  remove(slot: number): void {
    this.#leave(slot)
    this.#counts[slot] = -1
    this.#size--
    this.#raiseLeast()
  }

  reweigh(_slot: number, _weight: number): void {}

  block(_slot: number, _blocked: boolean): void {}

  observe(_slot: number, _latencyMs: number, _failed: boolean, _now: number): void {}

  cost(slot: number, _now: number): number {
    return 1 + (slot < this.#counts.length ? (this.#counts[slot] as number) : 0)
  }

  leastCost(): number {
    return 1 + this.#least
  }

  moved(slot: number, inflight: number): void {
    if (slot >= this.#counts.length || this.#counts[slot] === -1) return
    this.#leave(slot)
    this.#enter(slot, inflight)
    if (inflight < this.#least) this.#least = inflight
    else this.#raiseLeast()
  }

  pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    let left = this.#size
    for (let count = this.#least; left > 0 && count < this.#heads.length; count++) {
      const head = this.#heads[count] as number
      if (head === -1) continue
      let slot = head
      do {
        if (candidates.accepts(slot, exclude)) return this.#take(slot)
        slot = this.#links.next(slot)
        left--
      } while (slot !== head && left > 0)
    }
    return -1
  }

  // To the tail, so that picks without a lease (`select`) also take turns among equals.
  #take(slot: number): number {
    const count = this.#counts[slot] as number
    this.#heads[count] = this.#links.rotate(this.#heads[count] as number, slot)
    return slot
  }

  #enter(slot: number, count: number): void {
    if (count >= this.#heads.length) this.#heads = grown(this.#heads, count)
    this.#heads[count] = this.#links.append(this.#heads[count] as number, slot)
    this.#counts[slot] = count
  }

  #leave(slot: number): void {
    const count = this.#counts[slot] as number
    this.#heads[count] = this.#links.unlink(this.#heads[count] as number, slot)
  }

  // One step after a pick. Longer only when the last endpoint of the lowest count was removed.
  #raiseLeast(): void {
    if (this.#size === 0) return
    while (this.#heads[this.#least] === -1) this.#least++
  }
}

function grown(words: Int32Array, index: number): Int32Array {
  const larger = new Int32Array(Math.max(index + 1, words.length * 2)).fill(-1)
  larger.set(words)
  return larger
}
