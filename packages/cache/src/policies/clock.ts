import type { EvictionPolicy } from './policy.ts'

/** Words of 32 slots that one search for a victim looks at, at most: about 1 µs. */
const MOST_STEPS = 1024

/**
 * CLOCK (Corbató, "A paging experiment with the Multics system", 1968): first in, first out, but whoever was used since
 * the hand came by last gets another round. A hit writes one bit, so it is cheaper than LRU and close to it.
 *
 *   slot        1  2  3  4  5 …     slot order is the order of the queue: an evicted slot goes to the newcomer,
 *   used bit    1  0  1  0  0       which is then the last one the hand will reach
 *                  ▲
 *                  hand             victim: the next slot in use whose bit is 0; bits passed on the way are cleared
 *
 * Time: O(1); `victim` looks at 32 slots per step, usually one step and at most 1,024: when all of those were used, the
 * slot that the hand has come to leaves. Up to 32,736 slots that is a whole round, so it is CLOCK exactly.
 * Space: 2 bits per slot, and 4 bytes once entries leave otherwise than by eviction.
 */
export class ClockPolicy implements EvictionPolicy {
  /** Bit per slot: used since the hand passed. */
  readonly #used: Int32Array
  /** Bit per slot: holds an entry. */
  readonly #held: Int32Array
  /** Chain of the slots given back. It exists once one was: evictions alone give none back. */
  #next: Uint32Array | undefined
  readonly #max: number
  #free = 0
  #top = 0
  #hand = 0
  #size = 0

  constructor(max: number) {
    this.#used = new Int32Array((max >>> 5) + 1)
    this.#held = new Int32Array((max >>> 5) + 1)
    this.#max = max
  }

  get size(): number {
    return this.#size
  }

  insert(): number {
    let slot = this.#free
    if (slot === 0) slot = ++this.#top
    else this.#free = this.#next?.[slot] as number
    const word = slot >>> 5
    this.#held[word] = (this.#held[word] as number) | (1 << (slot & 31))
    this.#size++
    return slot
  }

  touch(slot: number): void {
    const word = slot >>> 5
    this.#used[word] = (this.#used[word] as number) | (1 << (slot & 31))
  }

  remove(slot: number): void {
    const word = slot >>> 5
    const others = ~(1 << (slot & 31))
    this.#held[word] = (this.#held[word] as number) & others
    this.#used[word] = (this.#used[word] as number) & others
    this.#next ??= new Uint32Array(this.#max + 1)
    this.#next[slot] = this.#free
    this.#free = slot
    this.#size--
  }

  victim(): number {
    if (this.#size === 0) return 0
    const lastWord = this.#top >>> 5
    if (this.#hand > this.#top) this.#hand = 0
    let word = this.#hand >>> 5
    // The slots of this word that the hand has not passed.
    let ahead = -1 << (this.#hand & 31)
    for (let step = 0; ; step++) {
      const used = this.#used[word] as number
      const held = (this.#held[word] as number) & ahead
      const found = step < MOST_STEPS ? held & ~used : held
      if (found !== 0) {
        const bit = found & -found
        const slot = (word << 5) + 31 - Math.clz32(bit)
        // Those from the hand to the victim have had their chance.
        this.#used[word] = used & ~(ahead & ((bit << 1) - 1))
        this.#hand = slot + 1
        return slot
      }
      this.#used[word] = used & ~ahead
      ahead = -1
      word = word === lastWord ? 0 : word + 1
    }
  }

  /** The newcomer's bit is 0, as the victim's was. */
  replaceVictim(): number {
    return this.victim()
  }

  first(): number {
    return this.after(this.#top + 1)
  }

  /** From the last slot to the first: in a cache that fills, the newest first. */
  after(slot: number): number {
    for (let at = slot - 1; at > 0; at--) {
      if (((this.#held[at >>> 5] as number) & (1 << (at & 31))) !== 0) return at
    }
    return 0
  }

  clear(): void {
    this.#used.fill(0)
    this.#held.fill(0)
    this.#free = 0
    this.#top = 0
    this.#hand = 0
    this.#size = 0
  }

  freeSlots(): number[] {
    const slots: number[] = []
    for (let slot = this.#free; slot !== 0; slot = this.#next?.[slot] as number) slots.push(slot)
    return slots
  }
}
