/** Places looked at for one key; a key that finds none free there is not taken. */
const MOST_PROBES = 32
/** 2^32 / golden ratio, odd: Knuth's multiplicative hash spreads runs and strides evenly. */
const MULTIPLIER = 0x9e3779b1

/**
 * Integer keys → slots by open addressing, in one array that is at most half full.
 *
 *   place       0        1        2        3        4        5        6        7
 *   key, slot | 41, 3 |  –, 0 |  –, 0 | 17, 1 | 90, 4 |  5, 2 |  –, 0 |  –, 0 |        slot 0 = free place
 *                                        ▲       └─────── displaced: 90 and 5 hash to place 3 too
 *                                        hash(17) = the upper bits of (17 ^ seed) × multiplier
 *
 * Linear probing (Knuth, TAOCP 3, 6.4) with deletion by backward shift, so there are no tombstones and nothing is ever
 * rehashed: the array has its final size from the start. The seed keeps foreign keys from being chosen to collide, and
 * the limit of probes bounds what is left of that; `insert` refuses such a key.
 * Time: O(1), at most 32 places for `find` and `insert`. Space: 16 to 32 bytes per slot, touched as it is used.
 */
export class IntegerIndex {
  readonly #places: Int32Array
  readonly #mask: number
  readonly #shift: number
  readonly #seed: number
  #size = 0
  /** The free place at which the last `find` ended, -1 if it met none. */
  #vacant = -1

  /** @param capacity most keys, 1…2^23 */
  constructor(capacity: number, seed: number = Math.random() * 2 ** 32) {
    const bits = Math.max(3, 33 - Math.clz32(capacity - 1))
    this.#places = new Int32Array(2 << bits)
    this.#mask = (2 << bits) - 1
    this.#shift = 32 - bits
    this.#seed = seed | 0
  }

  get size(): number {
    return this.#size
  }

  /** Slot of a key, 0 if it is not there. */
  find(key: number): number {
    const places = this.#places
    const mask = this.#mask
    let at = (Math.imul(key ^ this.#seed, MULTIPLIER) >>> this.#shift) << 1
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      const slot = places[at + 1] as number
      if (slot === 0) {
        this.#vacant = at
        return 0
      }
      if (places[at] === key) return slot
      at = (at + 2) & mask
    }
    this.#vacant = -1
    return 0
  }

  /** Adds a key for which `find` has just returned 0; false if its places are all taken. */
  insert(key: number, slot: number): boolean {
    const at = this.#vacant
    if (at < 0) return false
    this.#places[at] = key
    this.#places[at + 1] = slot
    this.#size++
    return true
  }

  /** Removes a key; false if it is not there. */
  delete(key: number): boolean {
    const places = this.#places
    let at = (Math.imul(key ^ this.#seed, MULTIPLIER) >>> this.#shift) << 1
    for (let probe = 0; places[at] !== key || places[at + 1] === 0; probe++) {
      if (probe === MOST_PROBES - 1 || places[at + 1] === 0) return false
      at = (at + 2) & this.#mask
    }
    this.#size--
    this.#close(at)
    return true
  }

  /** Forgets every key. O(capacity). */
  clear(): void {
    if (this.#size !== 0) this.#places.fill(0)
    this.#size = 0
  }

  /** Key and slot of every entry, for tests of the structure. */
  pairs(): [number, number][] {
    const pairs: [number, number][] = []
    for (let at = 0; at < this.#places.length; at += 2) {
      if (this.#places[at + 1] !== 0) pairs.push([this.#places[at] as number, this.#places[at + 1] as number])
    }
    return pairs
  }

  /** Fills a freed place with what was displaced past it. Nothing is displaced by more than the limit of probes. */
  #close(freed: number): void {
    const places = this.#places
    const mask = this.#mask
    let hole = freed
    let at = freed
    for (let far = 1; far < MOST_PROBES; far++) {
      at = (at + 2) & mask
      const slot = places[at + 1] as number
      if (slot === 0) break
      const key = places[at] as number
      const home = (Math.imul(key ^ this.#seed, MULTIPLIER) >>> this.#shift) << 1
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      places[hole] = key
      places[hole + 1] = slot
      hole = at
      far = 0
    }
    places[hole + 1] = 0
  }
}
