import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mixBits } from '../../src/policies/key-hash.ts'
import { ShadowLru, type Stamps } from '../../src/policies/shadow-lru.ts'

function stampsIn(column: Uint32Array): Stamps {
  return {
    stamp: (slot) => column[slot] as number,
    setStamp: (slot, stamp) => {
      column[slot] = stamp
    },
  }
}

/** A cache that evicts whom it is told to, beside a naive LRU; both of `max` keys. */
class Pair {
  readonly shadow: ShadowLru
  readonly stamps: Uint32Array
  readonly lru = new Set<number>()
  readonly slots = new Map<number, number>()
  readonly #keys: (number | undefined)[]
  readonly #max: number
  readonly #hash: (key: number) => number
  time = 0
  behind = 0

  constructor(max: number, hash: (key: number) => number = mixBits, time = 0) {
    this.#max = max
    this.#hash = hash
    this.#keys = new Array<number | undefined>(max).fill(undefined)
    this.stamps = new Uint32Array(max + 1)
    this.shadow = new ShadowLru(max, stampsIn(this.stamps), time)
    this.time = time
  }

  /** @param chosen of the keys held, in the order of insertion, the one to evict if need be */
  request(key: number, chosen: number): void {
    if (this.lru.delete(key)) this.behind++
    this.lru.add(key)
    if (this.lru.size > this.#max) this.lru.delete(this.lru.values().next().value as number)
    const slot = this.slots.get(key)
    if (slot !== undefined) {
      this.behind--
      const last = this.stamps[slot] as number
      this.stamps[slot] = ++this.time
      this.shadow.hit(last, this.time)
      return
    }
    if (this.slots.size === this.#max) this.#evict([...this.slots.keys()][chosen % this.#max] as number)
    const free = this.#keys.indexOf(undefined)
    this.#keys[free] = key
    this.slots.set(key, free + 1)
    this.stamps[free + 1] = ++this.time
    this.shadow.miss(this.#hash(key), this.time)
  }

  #evict(key: number): void {
    const slot = this.slots.get(key) as number
    this.shadow.evicted(this.#hash(key), this.stamps[slot] as number)
    this.slots.delete(key)
    this.#keys[slot - 1] = undefined
  }

  /** What the proof calls the potential. */
  get potential(): number {
    let missing = 0
    for (const key of this.lru) if (!this.slots.has(key)) missing++
    return this.behind + missing
  }
}

const traffic = fc.array(fc.tuple(fc.nat(20), fc.nat(9)), { maxLength: 400 })

describe('ShadowLru', () => {
  it('knows exactly how far any small cache is behind LRU, and what it lacks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 10 }), traffic, (max, requests) => {
        const pair = new Pair(max)
        for (const [key, chosen] of requests) {
          pair.request(key, chosen)
          expect(pair.shadow.behind - pair.shadow.assumed).toBe(pair.behind)
          expect(pair.shadow.behind + pair.shadow.missing).toBe(pair.potential)
        }
      }),
    )
  })

  it('never takes the distance for smaller than it is, whichever keys collide', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.constantFrom(0, 1, 3, 0xff), traffic, (max, bits, requests) => {
        const pair = new Pair(max, (key) => mixBits(key) & bits)
        for (const [key, chosen] of requests) {
          pair.request(key, chosen)
          expect(pair.shadow.behind + pair.shadow.missing).toBeGreaterThanOrEqual(pair.potential)
        }
      }),
    )
  })

  it('never takes it for smaller with long epochs, levels and idle keys', () => {
    const shape = fc.tuple(fc.constantFrom(2, 5, 40, 600, 1500), fc.integer({ min: 10, max: 4000 }), fc.nat(9))
    fc.assert(
      fc.property(fc.constantFrom(3, 64, 600, 1100), fc.array(shape, { maxLength: 8 }), (max, shapes) => {
        const pair = new Pair(max)
        for (const [keys, requests, way] of shapes) {
          for (let at = 0; at < requests; at++) {
            const key =
              way < 4 ? at % keys : way < 7 ? Math.floor(keys * (mixBits(at + way) >>> 0) * 2 ** -32) : 5000 + at
            pair.request(key, way % 2 === 0 ? max - 1 : at * 7)
          }
          expect(pair.shadow.behind + pair.shadow.missing).toBeGreaterThanOrEqual(pair.potential)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('stays right while the number of the request passes 2^32', () => {
    fc.assert(
      fc.property(traffic, fc.nat(300), (requests, before) => {
        const pair = new Pair(9, mixBits, 2 ** 32 - before)
        for (const [key, chosen] of requests) {
          pair.request(key, chosen)
          expect(pair.shadow.behind + pair.shadow.missing).toBe(pair.potential)
        }
      }),
    )
  })

  it('stays right when some keys are in constant use and the others are not touched for very long', () => {
    const max = 6
    const pair = new Pair(max)
    for (let key = 1; key <= max; key++) pair.request(key, 0)
    for (let round = 0; round < 200_000; round++) pair.request(1 + (round % 2), 0)
    for (let key = 10; key < 14; key++) pair.request(key, key)
    for (let key = 1; key <= max; key++) pair.request(key, 0)
    expect(pair.shadow.behind + pair.shadow.missing).toBeGreaterThanOrEqual(pair.potential)
    // What is assumed of idle keys is a key at a time, not a part of the requests.
    expect(pair.shadow.assumed).toBeLessThanOrEqual(10 * max)
  })

  it('forgets deleted keys with the cache', () => {
    const shadow = new ShadowLru(4, stampsIn(new Uint32Array(5)))
    shadow.miss(mixBits(1), 1)
    shadow.deleted(1)
    shadow.miss(mixBits(1), 2)
    expect([shadow.behind, shadow.missing]).toEqual([0, 0])
  })
})
