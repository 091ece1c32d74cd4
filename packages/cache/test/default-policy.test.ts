import { describe, expect, it } from 'vitest'
import { Cache, type DisposeReason } from '../src/index.ts'
import { checkStructure, VirtualClock } from './harness.ts'

describe('the default policy', () => {
  it('is adaptive, and works with integer keys, weights, tags and TTL together', () => {
    const clock = new VirtualClock()
    const reasons = new Map<DisposeReason, number>()
    const onDispose = (_value: number, _key: number, reason: DisposeReason): void => {
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    }
    const options = { max: 100, maxWeight: 300, weigh: (value: number) => value % 7, ttlMs: 500, clock, onDispose }
    const cache = new Cache<number, number>(options)
    let stored = 0
    let state = 1
    for (let step = 0; step < 20_000; step++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      const key = Math.floor(((state >>> 0) / 2 ** 32) ** 3 * 1000)
      if (cache.get(key) === undefined) {
        cache.set(key, step, { tags: [`tag ${key % 5}`] })
        stored++
      }
      if (step % 1000 === 999) cache.invalidateTag(`tag ${step % 5}`)
      if (step % 10 === 0) clock.advance(1)
      if (step % 500 === 0) checkStructure(cache)
    }
    checkStructure(cache)
    const { hits, misses, weight, maxWeight, size } = cache.getCacheStats()
    expect(hits + misses).toBe(20_000)
    expect(hits).toBeGreaterThan(6_000)
    expect(weight).toBeLessThanOrEqual(maxWeight)
    const left = [...reasons.values()].reduce((sum, count) => sum + count, 0)
    expect(stored - left).toBe(size)
    for (const reason of ['evict', 'expire', 'invalidate'] as const) expect(reasons.get(reason)).toBeGreaterThan(10)
  })

  it('is lru in a cache of few entries', () => {
    const cache = new Cache<string, number>({ max: 3 })
    cache.set('a', 1).set('b', 2).set('c', 3).get('a')
    cache.set('d', 4)
    expect([...cache.keys()]).toEqual(['d', 'a', 'c'])
  })
})
