/** Places of a bucket. */
const WAYS = 8
/** Multipliers for a key's two buckets. */
const FIRST = 0x2c1b3c6d
const SECOND = 0x297a2d39

/**
 * Remembers when evicted keys were last used: 16 bits of hash and 16 of the epoch each, in buckets of 8. A key has two.
 *
 *   bucket   |print epoch|print epoch| … ×8      print 0 = empty
 *               └ chosen by other bits of the hash than the print
 *
 * A wrong answer takes two keys with the same bucket and print, about 1 in 10,000.
 * Time: O(1), 16 places. Space: 4 bytes per place.
 */
export class GhostTable {
  readonly #places: Int32Array
  readonly #bucketsPerHash: number

  constructor(places: number) {
    const buckets = Math.ceil(places / WAYS)
    this.#bucketsPerHash = buckets / 2 ** 32
    this.#places = new Int32Array(buckets * WAYS)
  }

  get size(): number {
    return this.#places.length
  }

  isEmpty(place: number): boolean {
    return this.#places[place] === 0
  }

  /** Epoch of the last use, modulo 65,536. */
  epoch(place: number): number {
    return (this.#places[place] as number) & 0xffff
  }

  /** A place with that hash's print, -1 if there is none. */
  find(hash: number): number {
    const places = this.#places
    const print = printOf(hash)
    const spread = hash ^ (hash >>> 15)
    const first = this.#bucketOf(spread, FIRST)
    for (let place = first; place < first + WAYS; place++) if ((places[place] as number) >>> 16 === print) return place
    const second = this.#bucketOf(spread, SECOND)
    for (let place = second; place < second + WAYS; place++)
      if ((places[place] as number) >>> 16 === print) return place
    return -1
  }

  /** Place to put the hash in: one that is empty or older than `useful` epochs, else that with the oldest epoch. */
  placeFor(hash: number, now: number, useful: number): number {
    const places = this.#places
    const spread = hash ^ (hash >>> 15)
    let chosen = 0
    let oldest = -1
    for (let choice = FIRST; choice !== 0; choice = choice === FIRST ? SECOND : 0) {
      const first = this.#bucketOf(spread, choice)
      for (let place = first; place < first + WAYS; place++) {
        const ghost = places[place] as number
        const age = (now - ghost) & 0xffff
        if (ghost === 0 || age > useful) return place
        if (age <= oldest) continue
        oldest = age
        chosen = place
      }
    }
    return chosen
  }

  put(place: number, hash: number, epoch: number): void {
    this.#places[place] = (printOf(hash) << 16) | (epoch & 0xffff)
  }

  empty(place: number): void {
    this.#places[place] = 0
  }

  clear(): void {
    this.#places.fill(0)
  }

  #bucketOf(spread: number, choice: number): number {
    return (((Math.imul(spread, choice) >>> 0) * this.#bucketsPerHash) | 0) * WAYS
  }
}

function printOf(hash: number): number {
  return hash & 0xffff || 1
}
