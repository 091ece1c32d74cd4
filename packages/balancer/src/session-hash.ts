/**
 * Seeded 64-bit fingerprint of (tenant, session id).
 *
 *   characters   0 4 8 …  → lane 0 ┐
 *                1 5 9 …  → lane 1 ├─ mixed ─► a (32 bit)
 *                2 6 10 … → lane 2 │           b (31 bit, lowest bit set: 0 never occurs)
 *                3 7 11 … → lane 3 ┘
 *
 * Four lanes do not wait for each other's multiplication; one lane costs three to four times as much for an id of 36
 * characters. Folding: the finalizer of MurmurHash3 x86_128 (Austin Appleby, public domain). Not cryptographic: the
 * seed, drawn per process, keeps an attacker from preparing ids that crowd one bucket; a collision lets two sessions
 * share an endpoint and does no other harm (about 3e-8 for any at all among a million sessions).
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
  #h2 = 0
  #h3 = 0

  /** `seed`: four integers; drawn from `crypto.getRandomValues` when left out. */
  constructor(seed: ArrayLike<number> = globalThis.crypto.getRandomValues(new Uint32Array(4))) {
    this.seed = Int32Array.from(seed, (word) => word | 0)
  }

  /** Sets `a` and `b`. O(length); the ids are read, never kept. */
  compute(id: string, tenant: string): void {
    const seed = this.seed
    this.#h0 = Math.imul((seed[0] as number) ^ tenant.length, 0x9e3779b1)
    this.#h1 = seed[1] as number
    this.#h2 = seed[2] as number
    this.#h3 = seed[3] as number
    if (tenant.length > 0) this.#absorb(tenant)
    this.#absorb(id)
    this.#fold(id.length)
  }

  #absorb(text: string): void {
    let h0 = this.#h0
    let h1 = this.#h1
    let h2 = this.#h2
    let h3 = this.#h3
    const length = text.length
    const whole = length - (length & 3)
    let index = 0
    for (; index < whole; index += 4) {
      h0 = Math.imul(h0 ^ text.charCodeAt(index), 0x85ebca6b)
      h1 = Math.imul(h1 ^ text.charCodeAt(index + 1), 0xc2b2ae35)
      h2 = Math.imul(h2 ^ text.charCodeAt(index + 2), 0x27d4eb2f)
      h3 = Math.imul(h3 ^ text.charCodeAt(index + 3), 0x165667b1)
      h0 ^= h0 >>> 15
      h1 ^= h1 >>> 15
      h2 ^= h2 >>> 15
      h3 ^= h3 >>> 15
    }
    if (index < length) h0 = lane(h0, text.charCodeAt(index), 0x85ebca6b)
    if (index + 1 < length) h1 = lane(h1, text.charCodeAt(index + 1), 0xc2b2ae35)
    if (index + 2 < length) h2 = lane(h2, text.charCodeAt(index + 2), 0x27d4eb2f)
    this.#h0 = h0
    this.#h1 = h1
    this.#h2 = h2
    this.#h3 = h3
  }

  #fold(length: number): void {
    let h0 = this.#h0 ^ length
    let h1 = this.#h1 ^ length
    let h2 = this.#h2 ^ length
    let h3 = this.#h3 ^ length
    h0 = (h0 + h1 + h2 + h3) | 0
    h1 = (h1 + h0) | 0
    h2 = (h2 + h0) | 0
    h3 = (h3 + h0) | 0
    h0 = avalanche(h0)
    h1 = avalanche(h1)
    h2 = avalanche(h2)
    h3 = avalanche(h3)
    h0 = (h0 + h1 + h2 + h3) | 0
    this.a = h0
    this.b = (h1 + h0) | 1
  }
}

function lane(h: number, character: number, factor: number): number {
  const mixed = Math.imul(h ^ character, factor)
  return mixed ^ (mixed >>> 15)
}

function avalanche(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
