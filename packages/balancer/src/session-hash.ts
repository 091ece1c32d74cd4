/**
 * Seeded 64-bit fingerprint of (tenant, session id).
 *
 *   characters   0 1 │ 2 3 │ 4 5 │ 6 7 …
 *                 h0    h1    h0    h1        two lanes of 32 bits, two characters of 16 bits at a time
 *                 └─ + ─┘     └─ + ─┘         h1 flows into h0 after each four
 *                                         → finalized to a (32 bits) and b (31 bits, lowest bit set: 0 never occurs)
 *
 * For four characters the state (h0, h1) is mapped one to one, so nothing is lost on the way. Reading the characters is
 * most of the cost; four lanes of one character each took a fifth longer. Finalizer: that of MurmurHash3 (Austin Appleby,
 * public domain). Not cryptographic: the seed, drawn per process, keeps an attacker from preparing ids that crowd one
 * bucket; a collision lets two sessions share an endpoint and does no other harm (about 3e-8 for any at all among a
 * million sessions).
 *
 * The tenant enters with its length, so ('ab', 'c') and ('a', 'bc') are different keys and no delimiter can be forged.
 */
export class SessionHash {
  /** The two words of the last `compute`, as int32. Fields rather than a result object: nothing is allocated. */
  a = 0
  b = 1
  readonly seed: Int32Array
  #h0 = 0
  #h1 = 0

  /** `seed`: four integers; drawn from `crypto.getRandomValues` when left out. */
  constructor(seed: ArrayLike<number> = globalThis.crypto.getRandomValues(new Uint32Array(4))) {
    this.seed = Int32Array.from(seed, (word) => word | 0)
  }

  /** Sets `a` and `b`. O(length); the ids are read, never kept. */
  compute(id: string, tenant: string): void {
    const seed = this.seed
    this.#h0 = Math.imul((seed[0] as number) ^ tenant.length, 0x9e3779b1)
    this.#h1 = seed[1] as number
    if (tenant.length > 0) this.#absorb(tenant)
    this.#absorb(id)
    let h0 = this.#h0 ^ id.length ^ (seed[2] as number)
    let h1 = this.#h1 ^ id.length ^ (seed[3] as number)
    h0 = (h0 + h1) | 0
    h1 = (h1 + h0) | 0
    h0 = avalanche(h0)
    h1 = avalanche(h1)
    h0 = (h0 + h1) | 0
    h1 = (h1 + h0) | 0
    this.a = h0
    this.b = avalanche(h1) | 1
  }

  #absorb(text: string): void {
    let h0 = this.#h0
    let h1 = this.#h1
    const { length } = text
    const whole = length - (length & 3)
    let index = 0
    for (; index < whole; index += 4) {
      h0 = Math.imul(h0 ^ (text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16)), 0x85ebca6b)
      h1 = Math.imul(h1 ^ (text.charCodeAt(index + 2) | (text.charCodeAt(index + 3) << 16)), 0xc2b2ae35)
      h0 ^= h0 >>> 15
      h1 ^= h1 >>> 13
      h0 = (h0 + h1) | 0
    }
    for (; index < length; index++) {
      h0 = Math.imul(h0 ^ text.charCodeAt(index), 0x27d4eb2f)
      h0 ^= h0 >>> 15
      h1 = (h1 + h0) | 0
    }
    this.#h0 = h0
    this.#h1 = h1
  }
}

function avalanche(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
