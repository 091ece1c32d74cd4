const COUNTERS_PER_ENTRY = 8
/** Halved after this many requests per entry. */
const PERIOD = 10
const ROWS = 4
const SEVENS = 0x77777777

/**
 * How often a key was requested lately, 0 to 15, for keys that are cached or not: a count-min sketch with ageing
 * (TinyLFU: Einziger, Friedman and Manes, ACM Transactions on Storage 2017).
 *
 *   block   |word 0|word 1|word 2| … |word 7|    one cache line; a key has one block, and in it
 *              └ 8 counters of 4 bits            one counter in each of 4 rows of 2 words (16 counters);
 *   era     when the block was last halved       its frequency is the least of them
 *
 * After 10 × entries requests, and every 5 × entries then, all counters halve: a block does so when it is next met, so
 * that no call has to walk the table. A block that nobody meets for 256 such periods misses one halving: nothing depends
 * on it.
 * Time: O(1). Space: about 4 bytes per entry.
 */
export class FrequencySketch {
  readonly #words: Int32Array
  readonly #eras: Uint8Array
  /** Blocks by 2^32. */
  readonly #blocksPerHash: number
  readonly #period: number
  #requests = 0
  /** Number of halvings, 0…255. */
  era = 0

  constructor(entries: number) {
    const blocks = Math.max(1, Math.ceil((entries * COUNTERS_PER_ENTRY) / 64))
    this.#blocksPerHash = blocks / 2 ** 32
    this.#words = new Int32Array(blocks * 8)
    this.#eras = new Uint8Array(blocks)
    this.#period = PERIOD * entries
  }

  /** A request of a key. */
  increment(hash: number): void {
    this.raise(hash, Math.min(15, this.frequency(hash) + 1))
  }

  /** A key was requested at least so often (0…15). */
  raise(hash: number, uses: number): void {
    const words = this.#words
    let base = this.#block(hash)
    let at = Math.imul(hash, 0x9e3779b1) >>> 16
    for (let row = 0; row < ROWS; row++) {
      const word = words[base + (at & 1)] as number
      const shift = (at & 14) << 1
      const more = uses - ((word >>> shift) & 15)
      if (more > 0) words[base + (at & 1)] = word + (more << shift)
      base += 2
      at >>>= 4
    }
  }

  /** So many requests were made, of whichever keys. */
  pass(requests: number): void {
    this.#requests += requests
    if (this.#requests < this.#period) return
    this.#requests >>>= 1
    this.era = (this.era + 1) & 255
  }

  frequency(hash: number): number {
    let base = this.#block(hash)
    let at = Math.imul(hash, 0x9e3779b1) >>> 16
    let least = 15
    for (let row = 0; row < ROWS; row++) {
      const count = ((this.#words[base + (at & 1)] as number) >>> ((at & 14) << 1)) & 15
      if (count < least) least = count
      base += 2
      at >>>= 4
    }
    return least
  }

  /** First word of the key's block, with the halvings it has missed. */
  #block(hash: number): number {
    const block = ((hash >>> 0) * this.#blocksPerHash) | 0
    const base = block << 3
    const missed = (this.era - (this.#eras[block] as number)) & 255
    if (missed !== 0) this.#halve(block, base, Math.min(4, missed))
    return base
  }

  #halve(block: number, base: number, times: number): void {
    const words = this.#words
    for (let round = 0; round < times; round++) {
      for (let at = base; at < base + 8; at++) words[at] = ((words[at] as number) >>> 1) & SEVENS
    }
    this.#eras[block] = this.era
  }
}
