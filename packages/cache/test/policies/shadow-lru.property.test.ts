import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mixBits } from '../../src/policies/key-hash.ts'
import { ShadowLru } from '../../src/policies/shadow-lru.ts'

/** A cache that evicts whom it likes, beside a naive LRU; both of `max` keys. */
class Pair {
  readonly shadow: ShadowLru
  readonly lru: number[] = []
  readonly slots = new Map<number, number>()
  readonly #keys: (number | undefined)[] = [undefined]
  readonly #max: number
  behind = 0

  constructor(max: number) {
    this.#max = max
    this.shadow = new ShadowLru(max)
  }

  /** @param chosen of the keys held, in the order of insertion, the one to evict if need be */
  request(key: number, chosen: number): void {
    const at = this.lru.indexOf(key)
    if (at >= 0) this.lru.splice(at, 1)
    this.lru.push(key)
    if (this.lru.length > this.#max) this.lru.shift()
    const slot = this.slots.get(key)
    if (at >= 0) this.behind++
    if (slot !== undefined) {
      this.behind--
      this.shadow.hit(slot)
      return
    }
    if (this.slots.size === this.#max) this.#evict([...this.slots.keys()][chosen % this.#max] as number)
    let free = 1
    while (this.#keys[free] !== undefined) free++
    this.#keys[free] = key
    this.slots.set(key, free)
    this.shadow.miss(free, mixBits(key))
  }

  #evict(key: number): void {
    const slot = this.slots.get(key) as number
    this.shadow.evicted(slot, mixBits(key))
    this.slots.delete(key)
    this.#keys[slot] = undefined
  }

  missing(): number {
    return this.lru.filter((key) => !this.slots.has(key)).length
  }
}

describe('ShadowLru', () => {
  it('knows how far any cache is behind LRU, and what it lacks', () => {
    fc.assert(
      fc.property(
        // With so few slots no bucket of the ghost table overflows: 8 places, at most 7 ghosts.
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.tuple(fc.nat(12), fc.nat(6)), { maxLength: 500 }),
        (max, requests) => {
          const pair = new Pair(max)
          for (const [key, chosen] of requests) {
            pair.request(key, chosen)
            expect(pair.shadow.behind).toBe(pair.behind)
            expect(pair.shadow.missing).toBe(pair.missing())
          }
        },
      ),
    )
  })

  it('stays right when two keys alternate for longer than its epochs can be told apart', () => {
    const pair = new Pair(5)
    for (const key of [1, 2, 3, 4, 5]) pair.request(key, 0)
    for (let round = 0; round < 200_000; round++) pair.shadow.hit((round % 2) + 1)
    const before = pair.shadow.behind
    // LRU holds 1 … 5 still, whatever the numbers of the epochs.
    for (const slot of [3, 4, 5]) pair.shadow.hit(slot)
    expect([pair.shadow.behind, pair.shadow.missing]).toEqual([before, 0])
  })

  it('forgets deleted keys with the cache', () => {
    const shadow = new ShadowLru(4)
    shadow.miss(1, mixBits(1))
    shadow.deleted(1)
    shadow.miss(1, mixBits(1))
    expect([shadow.behind, shadow.missing]).toEqual([0, 0])
  })

  it('is never more than an epoch larger than the cache', () => {
    const max = 2560
    const shadow = new ShadowLru(max)
    // A loop a little longer than that: LRU hits nothing, and the cache keeps the first keys.
    const length = max + 40
    for (let round = 0; round < 4; round++) {
      for (let key = 0; key < length; key++) {
        if (key < max - 1) {
          if (round === 0) shadow.miss(key + 1, mixBits(key))
          else shadow.hit(key + 1)
        } else {
          if (round > 0 || key > max - 1) shadow.evicted(max, mixBits(key === max - 1 ? length - 1 : key - 1))
          shadow.miss(max, mixBits(key))
        }
      }
    }
    expect(shadow.behind).toBe(-3 * (max - 1))
  })
})
