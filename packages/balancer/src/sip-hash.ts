/**
 * SipHash-2-4 (Jean-Philippe Aumasson and Daniel Bernstein, 2012): a keyed hash of 64 bits made to authenticate short
 * messages. 64-bit words as pairs of 32 bits, so that it is synchronous and the same in every runtime.
 */
export class SipHash {
  readonly #key: Int32Array
  /** v0 to v3, each as low and high half. */
  readonly #v: Int32Array = new Int32Array(8)

  /** `key`: four words, low halves first. */
  constructor(key: ArrayLike<number>) {
    this.#key = Int32Array.from(key, (word) => word | 0)
  }

  /** The 64 bits of the hash as 16 hexadecimal digits. O(length). */
  hex(message: Uint8Array): string {
    const [low, high] = this.hash(message)
    return hex(high) + hex(low)
  }

  /** Low and high half. */
  hash(message: Uint8Array): readonly [low: number, high: number] {
    const v = this.#v
    const [k0, k1, k2, k3] = this.#key as unknown as readonly [number, number, number, number]
    v[0] = k0 ^ 0x70736575
    v[1] = k1 ^ 0x736f6d65
    v[2] = k2 ^ 0x6e646f6d
    v[3] = k3 ^ 0x646f7261
    v[4] = k0 ^ 0x6e657261
    v[5] = k1 ^ 0x6c796765
    v[6] = k2 ^ 0x79746573
    v[7] = k3 ^ 0x74656462
    const { length } = message
    const whole = length - (length % 8)
    for (let at = 0; at < whole; at += 8) this.#compress(wordAt(message, at), wordAt(message, at + 4))
    this.#compress(wordAt(message, whole), (wordAt(message, whole + 4) & 0xffffff) | (length << 24))
    v[4] = (v[4] as number) ^ 0xff
    for (let round = 0; round < 4; round++) this.#round()
    const low = (v[0] as number) ^ (v[2] as number) ^ (v[4] as number) ^ (v[6] as number)
    const high = (v[1] as number) ^ (v[3] as number) ^ (v[5] as number) ^ (v[7] as number)
    return [low, high]
  }

  #compress(low: number, high: number): void {
    const v = this.#v
    v[6] = (v[6] as number) ^ low
    v[7] = (v[7] as number) ^ high
    this.#round()
    this.#round()
    v[0] = (v[0] as number) ^ low
    v[1] = (v[1] as number) ^ high
  }

  #round(): void {
    this.#add(0, 2)
    this.#rotate(2, 13)
    this.#xor(2, 0)
    this.#rotate(0, 32)
    this.#add(4, 6)
    this.#rotate(6, 16)
    this.#xor(6, 4)
    this.#add(0, 6)
    this.#rotate(6, 21)
    this.#xor(6, 0)
    this.#add(4, 2)
    this.#rotate(2, 17)
    this.#xor(2, 4)
    this.#rotate(4, 32)
  }

  #add(to: number, from: number): void {
    const v = this.#v
    const low = ((v[to] as number) >>> 0) + ((v[from] as number) >>> 0)
    v[to + 1] = (v[to + 1] as number) + (v[from + 1] as number) + (low > 0xffffffff ? 1 : 0)
    v[to] = low
  }

  #xor(to: number, from: number): void {
    const v = this.#v
    v[to] = (v[to] as number) ^ (v[from] as number)
    v[to + 1] = (v[to + 1] as number) ^ (v[from + 1] as number)
  }

  #rotate(at: number, bits: number): void {
    const v = this.#v
    const low = v[at] as number
    const high = v[at + 1] as number
    if (bits === 32) {
      v[at] = high
      v[at + 1] = low
      return
    }
    v[at] = (low << bits) | (high >>> (32 - bits))
    v[at + 1] = (high << bits) | (low >>> (32 - bits))
  }
}

/** Four bytes, the lowest first; 0 for those beyond the end. */
function wordAt(message: Uint8Array, at: number): number {
  return (
    (message[at] ?? 0) | ((message[at + 1] ?? 0) << 8) | ((message[at + 2] ?? 0) << 16) | ((message[at + 3] ?? 0) << 24)
  )
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
