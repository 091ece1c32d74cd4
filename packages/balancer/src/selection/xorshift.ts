/**
 * 32-bit xorshift (George Marsaglia, 2003; shifts 13, 17, 5): a draw costs about 1 ns and no call of the outer source,
 * which only seeds it. Good enough to choose endpoints; its zeros and ones are never used for anything secret.
 */
export class XorShift {
  #state: number

  /** `random` gives a number from 0 up to 1; it is called once. */
  constructor(random: () => number) {
    // The state must not be 0; an injected source may return anything.
    this.#state = Math.trunc(random() * 0xffffffff) | 0 || 0x9e3779b9 | 0
  }

  /** An integer from 0 up to `limit`, which is at least 1 and at most 65,536 (multiply and shift of 16 bits). */
  below(limit: number): number {
    return ((this.next() >>> 16) * limit) >>> 16
  }

  /** A number from 0 up to 1. */
  unit(): number {
    return (this.next() >>> 0) / 4294967296
  }

  /** 32 bits, as an int32 other than 0. */
  next(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return x
  }
}
