/** What `settle` finds. */
export const notInFlight = 0
export const current = 1
export const outdated = 2

/** Permits are positive numbers below this, so that they are small integers everywhere and nothing is allocated. */
export const sequenceEnd: number = 2 ** 30
const firstWords = 16
/** 8 KiB: the last 65,536 permits. */
const lastWords = 2048

/**
 * Permits as consecutive numbers, with one bit for each of the latest: settled or not.
 *
 * ```
 *     1 … 31 │ 32 …                            first          latest
 *   ┌────────┬────────┬────────┬────────┬────────┼───────┬───────┼┐
 *   │ forgotten       │ 11111111 11011111 11111111 11111101 10010.│   a ring of words, 32 permits each
 *   └────────┴────────┴────────┴────────┴────────┴───────┴────────┘
 *                        numbers below first: given before the last transition, their results mean nothing
 * ```
 *
 * A permit settled again finds its bit set. The ring grows from 512 to 65,536 permits: a permit older than that is
 * believed, whoever brings it. O(1); 64 B to 8 KiB a breaker, however many permits are never settled.
 */
export class PermitSequence {
  #latest: number
  #first: number
  #settled: Int32Array = new Int32Array(firstWords)
  #mask = firstWords - 1
  /** After the numbers began anew: the first number of this generation among the old ones. */
  #firstBefore = sequenceEnd

  /** `latest`: the number before the first one given. */
  constructor(latest = 0) {
    this.#latest = latest
    this.#first = latest + 1
  }

  take(): number {
    let permit = this.#latest + 1
    if ((permit & 31) === 0) permit = this.#enterWord(permit)
    this.#latest = permit
    return permit
  }

  settle(permit: number): number {
    const latest = this.#latest
    if (!(permit >= this.#first && permit <= latest)) return this.#settleOther(permit)
    // Outside the ring: nobody knows whether it was settled.
    if (latest - permit >= this.#mask << 5) return current
    const word = (permit >>> 5) & this.#mask
    const bits = this.#settled[word] ?? 0
    const bit = 1 << permit
    if ((bits & bit) !== 0) return notInFlight
    this.#settled[word] = bits | bit
    return current
  }

  /** A transition: what was given so far has lost its meaning. */
  outdate(): void {
    this.#first = this.#latest + 1
    this.#firstBefore = sequenceEnd
  }

  #settleOther(permit: number): number {
    if (!(permit > 0 && permit < sequenceEnd)) return notInFlight
    if (permit < this.#first) return outdated
    return permit >= this.#firstBefore ? current : notInFlight
  }

  #enterWord(permit: number): number {
    if (permit === sequenceEnd) {
      this.#firstBefore = this.#first
      this.#first = 1
      this.#settled.fill(0)
      return 1
    }
    const number = permit >>> 5
    const size = this.#settled.length
    if ((number & this.#mask) === 0 && size < lastWords) {
      const grown = new Int32Array(size * 2)
      this.#mask = size * 2 - 1
      grown.set(this.#settled, (number - size) & this.#mask)
      this.#settled = grown
    }
    this.#settled[number & this.#mask] = 0
    return permit
  }
}
