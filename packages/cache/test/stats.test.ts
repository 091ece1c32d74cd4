import { describe, expect, it } from 'vitest'
import { Cache } from '../src/index.ts'
import { VirtualClock } from './harness.ts'

describe('getCacheStats', () => {
  it('is all zero at first', () => {
    expect(new Cache({ max: 8 }).getCacheStats()).toEqual({
      size: 0,
      maxSize: 8,
      utilizationPercent: 0,
      weight: 0,
      maxWeight: 8,
      hits: 0,
      misses: 0,
      hitRate: 0,
      evictions: 0,
      evictedWeight: 0,
      expirations: 0,
      rejections: 0,
      loads: 0,
      refreshes: 0,
      loadFailures: 0,
      loadMs: 0,
      staleServed: 0,
      inflight: 0,
    })
  })

  it('counts lookups, departures and loads', async () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 2, clock })
    cache.set('a', 1).set('b', 2).set('c', 3)
    cache.get('a')
    cache.get('b')
    cache.get('c')
    cache.peek('c')
    cache.has('nothing')
    cache.set('d', 4, { ttlMs: 1 })
    clock.advance(1)
    cache.get('d')
    await cache.fetch('e', () => 5)
    await cache.fetch('e', () => 5)
    const slow = async (): Promise<number> => {
      clock.advance(7)
      throw new Error('down')
    }
    await cache.fetch('f', slow).catch(() => {})
    expect(cache.getCacheStats()).toEqual({
      size: 2,
      maxSize: 2,
      utilizationPercent: 100,
      weight: 2,
      maxWeight: 2,
      hits: 3,
      misses: 4,
      hitRate: 3 / 7,
      evictions: 2,
      evictedWeight: 2,
      expirations: 1,
      rejections: 0,
      loads: 2,
      refreshes: 0,
      loadFailures: 1,
      loadMs: 7,
      staleServed: 0,
      inflight: 0,
    })
  })

  it('keeps the totals over clear', () => {
    const cache = new Cache<string, number>({ max: 4 })
    cache.set('a', 1).get('a')
    cache.clear()
    expect(cache.getCacheStats()).toMatchObject({ size: 0, utilizationPercent: 0, hits: 1, hitRate: 1 })
  })
})
