/** Places of a bucket. */
const WAYS = 8
/** Multipliers for a key's two buckets. */
const FIRST = 0x2c1b3c6d
const SECOND = 0x297a2d39

/**
 * Remembers when evicted keys were last used: 16 bits of hash and 16 of the epoch each, in buckets of 8.
 *
 *   bucket   |print epoch|print epoch| … ×8      print 0 = empty
 *               └ chosen by other bits of the hash than the print
 *
 * A wrong answer takes two keys with the same bucket and print, about 1 in 10,000.
 * Time: O(1), 8 places. Space: 4 bytes per place.
 */
export class GhostTable {
  readonly prints: Uint16Array
  readonly epochs: Uint16Array
  readonly #buckets: number

  constructor(places: number) {
    this.#buckets = Math.ceil(places / WAYS)
    this.prints = new Uint16Array(this.#buckets * WAYS)
    this.epochs = new Uint16Array(this.#buckets * WAYS)
  }

  /** A place with that hash's print, -1 if there is none. */
  find(hash: number): number {
    const print = printOf(hash)
    let first = this.#bucketOf(hash, FIRST)
    for (let place = first; place < first + WAYS; place++) if (this.prints[place] === print) return place
    first = this.#bucketOf(hash, SECOND)
    for (let place = first; place < first + WAYS; place++) if (this.prints[place] === print) return place
    return -1
  }

  /** Place to put the hash in: one that is empty or older than `useful` epochs, else that with the oldest epoch. */
  placeFor(hash: number, now: number, useful: number): number {
    let chosen = 0
    let oldest = -1
    for (let choice = FIRST; choice !== 0; choice = choice === FIRST ? SECOND : 0) {
      const first = this.#bucketOf(hash, choice)
      for (let place = first; place < first + WAYS; place++) {
        const age = (now - (this.epochs[place] as number)) & 0xffff
        if (this.prints[place] === 0 || age > useful) return place
        if (age <= oldest) continue
        oldest = age
        chosen = place
      }
    }
    return chosen
  }

  put(place: number, hash: number, epoch: number): void {
    this.prints[place] = printOf(hash)
    this.epochs[place] = epoch
  }

  #bucketOf(hash: number, choice: number): number {
    const spread = Math.imul(hash ^ (hash >>> 15), choice) >>> 0
    return Math.floor((spread / 2 ** 32) * this.#buckets) * WAYS
  }
}

function printOf(hash: number): number {
  return hash & 0xffff || 1
}
