/**
 * Gives every distinct 64-bit key a number 0, 1, 2 … in the order of its first appearance.
 *
 *   hash(high, low) ──► place in an open-addressing table: high[place], low[place], numbers[place] (-1 = empty)
 *
 * Two 32-bit halves, because keys beyond 2^53 do not fit a JavaScript number. Linear probing, doubled at half full.
 * Time: O(1) expected. Space: 24 to 48 bytes per distinct key.
 */
export class KeyNumbers {
  #high = new Int32Array(1 << 12)
  #low = new Int32Array(1 << 12)
  #numbers = new Int32Array(1 << 12).fill(-1)
  #count = 0

  /** Distinct keys seen. */
  get count(): number {
    return this.#count
  }

  /** @param high upper 32 bits @param low lower 32 bits; only the bits count, not the sign */
  of(high: number, low: number): number {
    const place = this.#find(high | 0, low | 0)
    const known = this.#numbers[place] as number
    if (known >= 0) return known
    const number = this.#count++
    this.#high[place] = high
    this.#low[place] = low
    this.#numbers[place] = number
    if (this.#count * 2 > this.#numbers.length) this.#grow()
    return number
  }

  /** A number for a key that is none of the 64-bit ones. */
  next(): number {
    return this.#count++
  }

  #find(high: number, low: number): number {
    const mask = this.#numbers.length - 1
    let hash = Math.imul(high ^ Math.imul(low, 0x9e3779b1), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15) ^ low, 0xc2b2ae35)
    let place = (hash ^ (hash >>> 16)) & mask
    while ((this.#numbers[place] as number) >= 0 && (this.#high[place] !== high || this.#low[place] !== low)) {
      place = (place + 1) & mask
    }
    return place
  }

  #grow(): void {
    const [high, low, numbers] = [this.#high, this.#low, this.#numbers]
    this.#high = new Int32Array(numbers.length * 2)
    this.#low = new Int32Array(numbers.length * 2)
    this.#numbers = new Int32Array(numbers.length * 2).fill(-1)
    for (let from = 0; from < numbers.length; from++) {
      if ((numbers[from] as number) < 0) continue
      const to = this.#find(high[from] as number, low[from] as number)
      this.#high[to] = high[from] as number
      this.#low[to] = low[from] as number
      this.#numbers[to] = numbers[from] as number
    }
  }
}
