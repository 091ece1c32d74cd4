import { describe, expect, it } from 'vitest'
import { Cache, type CacheOptions } from '../src/index.ts'
import { checkStructure } from './harness.ts'

// `adaptive` learns from how its requests compare to its size. Where a weight bounds the cache, that is the number of
// entries that fit, which only the traffic tells.

const VALUE = 'a'.repeat(100)
/** What `estimateBytes` says of an entry with that value. */
const BYTES = 200
const REQUESTS = 100_000

/** Hit ratio in percent, of the second half of the requests. */
function hitRatio(cache: Cache<number, string>, keys: () => Generator<number>): number {
  let hits = 0
  let request = 0
  for (const key of keys()) {
    if (cache.get(key) === undefined) cache.set(key, VALUE)
    else if (2 * request >= REQUESTS) hits++
    if (++request % 25_000 === 0) checkStructure(cache)
  }
  return (200 * hits) / REQUESTS
}

function* loop(length = 1100): Generator<number> {
  for (let request = 0; request < REQUESTS; request++) yield -1 - (request % length)
}

function* zipf(): Generator<number> {
  let state = 1
  for (let request = 0; request < REQUESTS; request++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    yield Math.floor(20_000 ** ((state >>> 0) / 2 ** 32))
  }
}

/** 1…20, 10.5 on average. */
function scattered(_value: string, key: number): number {
  return 1 + ((Math.imul(key, 0x9e3779b1) >>> 8) % 20)
}

describe('adaptive, bounded by weight', () => {
  it.each<[string, CacheOptions<number, string>, loops: number, skewed: number]>([
    ['a number', { max: 1000 }, 85, 65],
    ['a weight', { maxWeight: 1000 }, 85, 65],
    ['bytes', { maxBytes: 1000 * BYTES }, 85, 65],
    ['a weight, and twice the number that fits', { max: 2000, maxWeight: 1000 }, 85, 65],
    ['weights that differ', { maxWeight: 10_500, weigh: scattered }, 60, 65],
  ])('learns as well from %s', (_, options, loops, skewed) => {
    expect(hitRatio(new Cache(options), loop)).toBeGreaterThan(loops)
    expect(hitRatio(new Cache(options), zipf)).toBeGreaterThan(skewed)
  })

  it('learns anew when other weights come, and when the bound changes', () => {
    let each = 1
    const cache = new Cache<number, string>({ maxWeight: 4000, weigh: () => each, ttlMs: 1e9, onDispose: () => {} })
    for (const [weight, bound] of [
      [4, 4000],
      [8, 8000],
      [1, 2000],
      [1, 500],
    ] as const) {
      each = weight
      cache.resize(undefined, bound)
      hitRatio(cache, zipf)
      const { size } = cache
      expect(size).toBeGreaterThanOrEqual(bound / weight)
      expect(hitRatio(cache, () => loop(Math.round(1.1 * size)))).toBeGreaterThan(50)
    }
  })
})
