import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cache } from '../../src/index.ts'
import { AdaptivePolicy } from '../../src/policies/adaptive.ts'
import { createPolicy } from '../../src/policies/create-policy.ts'
import { hashKey } from '../../src/policies/key-hash.ts'
import { LruPolicy } from '../../src/policies/lru.ts'
import { checkStructure, VirtualClock } from '../harness.ts'

function hits(policy: 'adaptive' | 'lru', max: number, keys: readonly number[]): number {
  const cache = new Cache<number, number>({ max, policy })
  let count = 0
  for (const key of keys) {
    if (cache.get(key) === undefined) cache.set(key, key)
    else count++
  }
  return count
}

const range = (length: number, key: (at: number) => number): number[] => Array.from({ length }, (_, at) => key(at))

describe('AdaptivePolicy', () => {
  it('keeps the structure whole under any use', () => {
    const step = fc.tuple(fc.nat(4), fc.nat(90), fc.integer({ min: 1, max: 60 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 500 }), (steps) => {
        const clock = new VirtualClock()
        const cache = new Cache<number, number>({ max: 40, clock })
        for (const [what, key, number] of steps) {
          if (what === 0) cache.set(key, key)
          else if (what === 1) expect([undefined, key]).toContain(cache.get(key))
          else if (what === 2) cache.set(key, key, { ttlMs: number })
          else if (what === 3) cache.delete(key)
          else clock.advance(number % 5)
          if (number === 60) cache.resize(32 + (key % 40))
          checkStructure(cache)
        }
        cache.clear()
        checkStructure(cache)
      }),
      { numRuns: 60 },
    )
  })

  it('holds most of a loop of which LRU holds nothing', () => {
    const loop = range(40_000, (at) => at % 400)
    expect(hits('lru', 300, loop)).toBe(0)
    expect(hits('adaptive', 300, loop)).toBeGreaterThan(0.7 * loop.length)
  })

  it('keeps up with LRU where only the last keys count', () => {
    // Every key comes twice, 90 requests apart, then never again.
    const keys = range(40_000, (at) => (at % 2 === 0 ? at : Math.max(0, at - 91)))
    expect(hits('adaptive', 200, keys)).toBeGreaterThan(hits('lru', 200, keys) - 0.01 * keys.length)
  })

  it('keeps up with LRU on traffic that goes up and down', () => {
    const keys = range(60_000, (at) => Math.min(at % 1200, 1199 - (at % 1200)))
    for (const max of [100, 300, 500]) {
      expect(hits('adaptive', max, keys)).toBeGreaterThan(hits('lru', max, keys) - 0.01 * keys.length)
    }
  })

  it('finds a stored value right away, whatever it evicts for it', () => {
    const cache = new Cache<number, number>({ max: 100 })
    for (let key = 0; key < 5000; key++) {
      cache.set(key, key)
      expect(cache.get(key)).toBe(key)
      expect(cache.size).toBeLessThanOrEqual(100)
    }
  })

  it('iterates over every slot once', () => {
    const policy = new AdaptivePolicy(50)
    for (let key = 0; key < 50; key++) policy.touch(policy.insert(hashKey(key)))
    const seen: number[] = []
    for (let slot = policy.first(); slot !== 0; slot = policy.after(slot)) seen.push(slot)
    expect(seen.sort((a, b) => a - b)).toEqual(range(50, (at) => at + 1))
  })

  it('is LRU below 32 entries', () => {
    expect(createPolicy('adaptive', 31)).toBeInstanceOf(LruPolicy)
    expect(createPolicy('adaptive', 32)).toBeInstanceOf(AdaptivePolicy)
  })

  it('takes keys of any type', () => {
    const cache = new Cache<unknown, number>({ max: 40 })
    const keys = [Number.NaN, -0, 2 ** 32, 0.5, '', '__proto__', 10n, null, undefined, true, Symbol('a'), {}, () => 1]
    for (const [at, key] of keys.entries()) cache.set(key, at)
    for (const [at, key] of keys.entries()) expect(cache.get(key)).toBe(at)
    for (let key = 0; key < 1000; key++) cache.set({ key }, key)
    expect(cache.size).toBe(40)
  })
})

describe('hashKey', () => {
  it('is equal for keys that Map takes for equal', () => {
    expect(hashKey(-0)).toBe(hashKey(0))
    expect(hashKey(Number.NaN)).toBe(hashKey(0 / 0))
    expect(hashKey(`a${'b'.repeat(200)}`)).toBe(hashKey(`ab${'b'.repeat(199)}`))
    const key = {}
    expect(hashKey(key)).toBe(hashKey(key))
  })

  it('spreads integers, fractions and strings', () => {
    for (const make of [
      (at: number) => at,
      (at: number) => at / 7,
      (at: number) => `/users/${at}`,
      (at: number) => ({ at }),
    ]) {
      const hashes = new Set(range(10_000, (at) => hashKey(make(at))))
      expect(hashes.size).toBeGreaterThan(9990)
      const buckets = new Array<number>(16).fill(0)
      for (const hash of hashes) buckets[hash >>> 28] = (buckets[hash >>> 28] ?? 0) + 1
      expect(Math.min(...buckets)).toBeGreaterThan(500)
    }
  })
})
