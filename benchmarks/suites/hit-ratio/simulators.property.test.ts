import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countHits, POLICY_NAMES } from './policies.ts'
import { beladyHits } from './simulators/belady.ts'
import { KeyNumbers } from './traces/key-numbers.ts'

/** The definition: among the cached keys, evict the one whose next use is farthest. */
function naiveBelady(requests: readonly number[], size: number): number {
  const cached = new Set<number>()
  let hits = 0
  for (const [at, key] of requests.entries()) {
    if (cached.has(key)) hits++
    else if (cached.size === size) {
      const next = (held: number): number => {
        const found = requests.indexOf(held, at + 1)
        return found < 0 ? Number.POSITIVE_INFINITY : found
      }
      cached.delete([...cached].reduce((far, held) => (next(held) > next(far) ? held : far)))
    }
    cached.add(key)
  }
  return hits
}

const requests = fc.array(fc.nat(30), { minLength: 1, maxLength: 300 })
const sizes = fc.integer({ min: 1, max: 33 })

describe('simulators', () => {
  it('belady: the optimum, as its definition says', () => {
    fc.assert(
      fc.property(requests, sizes, (keys, size) => {
        expect(beladyHits(Int32Array.from(keys), 31, size)).toBe(naiveBelady(keys, size))
      }),
    )
  })

  it('no policy beats the optimum, and all are perfect when everything fits', () => {
    fc.assert(
      fc.property(requests, sizes, (keys, size) => {
        const all = Int32Array.from(keys)
        const best = beladyHits(all, 31, size)
        for (const policy of POLICY_NAMES) {
          expect(countHits(policy, size, all, 31)).toBeLessThanOrEqual(best)
        }
        const distinct = new Set(keys).size
        for (const policy of ['lru', 'fifo', 'clock', 'sieve', 'arc', 'default'] as const) {
          expect(countHits(policy, 31, all, 31)).toBe(keys.length - distinct)
        }
      }),
    )
  })

  it('keys are numbered in the order of their first appearance', () => {
    const half = fc.integer({ min: -4, max: 4 }).map((value) => value * 0x10001)
    fc.assert(
      fc.property(fc.array(fc.tuple(half, half), { maxLength: 300 }), (keys) => {
        const numbers = new KeyNumbers()
        const naive = new Map<string, number>()
        for (const [high, low] of keys) {
          const name = `${high} ${low}`
          if (!naive.has(name)) naive.set(name, naive.size)
          expect(numbers.of(high, low)).toBe(naive.get(name))
        }
        expect(numbers.count).toBe(naive.size)
      }),
    )
    const many = new KeyNumbers()
    for (let key = 0; key < 50_000; key++) expect(many.of(key >>> 8, key << 24)).toBe(key)
    for (let key = 0; key < 50_000; key++) expect(many.of(key >>> 8, key << 24)).toBe(key)
  })
})
