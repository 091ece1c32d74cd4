const ROWS = 4
const MOST = 15

/**
 * How often a key was requested lately, at most 15: a count-min sketch with ageing (TinyLFU).
 *
 *   row 0   |  |  |k |  |  |  |        a key has one counter in each of 4 rows,
 *   row 1   |k |  |  |  |  |  |        its frequency is the least of them;
 *   …                                  after 10 × size increments all are halved
 */
export class FrequencySketch {
  readonly #rows: Uint8Array
  readonly #width: number
  readonly #shift: number
  readonly #period: number
  #increments = 0

  constructor(size: number) {
    const bits = Math.max(4, 2 + Math.ceil(Math.log2(Math.max(1, size))))
    this.#width = 2 ** bits
    this.#shift = 32 - bits
    this.#rows = new Uint8Array(ROWS * this.#width)
    this.#period = 10 * size
  }

  increment(key: number): void {
    let added = false
    for (let row = 0; row < ROWS; row++) {
      const at = this.#index(key, row)
      const count = this.#rows[at] as number
      if (count === MOST) continue
      this.#rows[at] = count + 1
      added = true
    }
    if (added && ++this.#increments >= this.#period) this.#halve()
  }

  frequency(key: number): number {
    let least = MOST
    for (let row = 0; row < ROWS; row++) least = Math.min(least, this.#rows[this.#index(key, row)] as number)
    return least
  }

  #index(key: number, row: number): number {
    let hash = Math.imul(key + 1, 0x9e3779b1) ^ Math.imul(row + 1, 0x7feb352d)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    hash ^= hash >>> 16
    return row * this.#width + (hash >>> this.#shift)
  }

  #halve(): void {
    for (let at = 0; at < this.#rows.length; at++) this.#rows[at] = (this.#rows[at] as number) >>> 1
    this.#increments = Math.floor(this.#increments / 2)
  }
}
