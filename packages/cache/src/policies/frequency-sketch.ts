const COUNTERS_PER_ENTRY = 12
/** Halved after this many increments per entry. */
const PERIOD = 10
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
  readonly #blocks: number
  readonly #period: number
  #increments = 0
  #epoch = 0

  constructor(entries: number) {
    this.#blocks = Math.max(1, Math.ceil((entries * COUNTERS_PER_ENTRY) / 64))
    this.#words = new Int32Array(this.#blocks * 8)
    this.#epochs = new Uint8Array(this.#blocks)
    this.#period = PERIOD * entries
  }

  increment(hash: number): void {
    const base = this.#block(hash)
    const at = Math.imul(hash, 0x9e3779b1) >>> 16
    const words = this.#words
    const index0 = base + (at & 1)
    const index1 = base + 2 + ((at >>> 4) & 1)
    const index2 = base + 4 + ((at >>> 8) & 1)
    const index3 = base + 6 + ((at >>> 12) & 1)
    const shift0 = (at & 14) << 1
    const shift1 = ((at >>> 4) & 14) << 1
    const shift2 = ((at >>> 8) & 14) << 1
    const shift3 = ((at >>> 12) & 14) << 1
    const count0 = ((words[index0] as number) >>> shift0) & 15
    const count1 = ((words[index1] as number) >>> shift1) & 15
    const count2 = ((words[index2] as number) >>> shift2) & 15
    const count3 = ((words[index3] as number) >>> shift3) & 15
    if (count0 === 15 && count1 === 15 && count2 === 15 && count3 === 15) return
    if (count0 !== 15) words[index0] = (words[index0] as number) + (1 << shift0)
    if (count1 !== 15) words[index1] = (words[index1] as number) + (1 << shift1)
    if (count2 !== 15) words[index2] = (words[index2] as number) + (1 << shift2)
    if (count3 !== 15) words[index3] = (words[index3] as number) + (1 << shift3)
    if (++this.#increments >= this.#period) {
      this.#increments >>>= 1
      this.#epoch = (this.#epoch + 1) & 255
    }
  }

  frequency(hash: number): number {
    const base = this.#block(hash)
    const at = Math.imul(hash, 0x9e3779b1) >>> 16
    const words = this.#words
    return Math.min(
      ((words[base + (at & 1)] as number) >>> ((at & 14) << 1)) & 15,
      ((words[base + 2 + ((at >>> 4) & 1)] as number) >>> (((at >>> 4) & 14) << 1)) & 15,
      ((words[base + 4 + ((at >>> 8) & 1)] as number) >>> (((at >>> 8) & 14) << 1)) & 15,
      ((words[base + 6 + ((at >>> 12) & 1)] as number) >>> (((at >>> 12) & 14) << 1)) & 15,
    )
  }

  clear(): void {
    this.#words.fill(0)
    this.#epochs.fill(0)
    this.#increments = 0
    this.#epoch = 0
  }

  /** First word of the key's block, with the halvings it has missed. */
  #block(hash: number): number {
    const block = Math.floor(((hash >>> 0) / 2 ** 32) * this.#blocks)
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
