const COUNTERS_PER_ENTRY = 12
/** Halved after this many increments per entry. */
const PERIOD = 10
const ROWS = 4
const SEVENS = 0x77777777

/**
 * How often a key was requested lately, 0 to 15, for keys that are cached or not: a count-min sketch with ageing
 * (TinyLFU: Einziger, Friedman and Manes, ACM Transactions on Storage 2017).
 *
 *   block   |word 0|word 1|word 2| … |word 7|    one cache line; a key has one block, and in it
 *              └ 8 counters of 4 bits            one counter in each of 4 rows of 2 words (16 counters);
 *   epoch   when the block was last halved       its frequency is the least of them
 *
 * After every 10 × entries increments all counters halve: a block does so when it is next met, so that no call has to
 * walk the table. A block that nobody meets for 256 such periods misses one halving: nothing depends on it.
 * Time: O(1). Space: about 5 bytes per entry.
 */
export class FrequencySketch {
  readonly #words: Int32Array
  readonly #epochs: Uint8Array
  /** Blocks by 2^32. */
  readonly #blocksPerHash: number
  readonly #period: number
  #increments = 0
  #epoch = 0

  constructor(entries: number) {
    const blocks = Math.max(1, Math.ceil((entries * COUNTERS_PER_ENTRY) / 64))
    this.#blocksPerHash = blocks / 2 ** 32
    this.#words = new Int32Array(blocks * 8)
    this.#epochs = new Uint8Array(blocks)
    this.#period = PERIOD * entries
  }

  increment(hash: number): void {
    const words = this.#words
    let base = this.#block(hash)
    let at = Math.imul(hash, 0x9e3779b1) >>> 16
    let full = true
    for (let row = 0; row < ROWS; row++) {
      const word = words[base + (at & 1)] as number
      const shift = (at & 14) << 1
      if (((word >>> shift) & 15) !== 15) {
        words[base + (at & 1)] = word + (1 << shift)
        full = false
      }
      base += 2
      at >>>= 4
    }
    if (full || ++this.#increments < this.#period) return
    this.#increments >>>= 1
    this.#epoch = (this.#epoch + 1) & 255
  }

  frequency(hash: number): number {
    const words = this.#words
    let base = this.#block(hash)
    let at = Math.imul(hash, 0x9e3779b1) >>> 16
    let least = 15
    for (let row = 0; row < ROWS; row++) {
      const count = ((words[base + (at & 1)] as number) >>> ((at & 14) << 1)) & 15
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
    const missed = (this.#epoch - (this.#epochs[block] as number)) & 255
    if (missed !== 0) this.#halve(block, base, Math.min(4, missed))
    return base
  }

  #halve(block: number, base: number, times: number): void {
    const words = this.#words
    for (let round = 0; round < times; round++) {
      for (let at = base; at < base + 8; at++) words[at] = ((words[at] as number) >>> 1) & SEVENS
    }
    this.#epochs[block] = this.#epoch
  }
}
