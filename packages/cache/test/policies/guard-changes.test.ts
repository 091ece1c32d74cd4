import { describe, expect, it } from 'vitest'
import { Cache, type CacheOptions } from '../../src/index.ts'
import { VirtualClock } from '../harness.ts'
import { scrambled } from './guard.ts'

// The proof of the guard is about lookups and stores. Here is what holds of everything else, beside an exact `lru` to
// which the same happens.

const MAX = 100
const REQUESTS = 200 * MAX

/** Hits that `adaptive` is behind `lru`, when `change` happens to both after each request. */
function behind(
  kind: string,
  options: Omit<CacheOptions<number, number>, 'max' | 'clock'>,
  change: (cache: Cache<number, number>, request: number, clock: VirtualClock) => void,
): number {
  const hits = (policy: 'adaptive' | 'lru'): number => {
    const clock = new VirtualClock()
    const cache = new Cache<number, number>({ ...options, max: MAX, policy, clock })
    for (let request = 0; request < REQUESTS; request++) {
      const turn = request % (4 * MAX)
      const zigzag = Math.min(turn, 4 * MAX - 1 - turn)
      const skewed = Math.floor(20 * MAX * scrambled(request) ** 3)
      const key = kind === 'zigzag' ? zigzag : kind === 'loop' ? request % (MAX + 10) : skewed
      if (cache.get(key) === undefined) cache.set(key, request)
      change(cache, request, clock)
    }
    return cache.getCacheStats().hits
  }
  return hits('lru') - hits('adaptive')
}

/** Hits in 100 requests. */
function points(hits: number): number {
  return (100 * hits) / REQUESTS
}

const KINDS = ['zigzag', 'loop', 'skewed']

describe('adaptive beside lru', () => {
  it.each(KINDS)('is within a point while keys of both are deleted or expire, %s', (kind) => {
    const deleted = behind(kind, {}, (cache, request) => {
      if (request % 4 === 0) cache.delete(Math.floor(2 * MAX * scrambled(request + 7)))
    })
    const expired = behind(kind, { ttlMs: MAX, purgeIntervalMs: 1000 }, (cache, _, clock) => {
      clock.advance(scrambled(clock.time) < 0.5 ? 1 : 0.25)
      cache.peek(0)
    })
    const cleared = behind(kind, {}, (cache, request) => {
      if (request % (20 * MAX) === 0) cache.clear()
    })
    for (const hits of [deleted, expired, cleared]) expect(points(hits)).toBeLessThan(1)
  })

  it.each(KINDS)('is within a point with weights of about the same size, %s', (kind) => {
    const weigh = (_: number, key: number): number => 9 + (key % 3)
    expect(points(behind(kind, { maxWeight: 10 * MAX, weigh }, () => {}))).toBeLessThan(1)
  })

  it.each(KINDS)('begins anew with each resize: at most two hits per slot for each, %s', (kind) => {
    for (const every of [5, 20, 50]) {
      const lost = behind(kind, {}, (cache, request) => {
        if (request % (every * MAX) === 0) cache.resize(MAX + ((request / every / MAX) % 2))
      })
      expect(lost).toBeLessThan((2 * REQUESTS) / every)
    }
  })
})
