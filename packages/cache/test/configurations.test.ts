import { describe, expect, it } from 'vitest'
import { Cache, type CacheOptions, type DisposeReason } from '../src/index.ts'
import { checkStructure, VirtualClock } from './harness.ts'
import { inspectCache } from './table-inspection.ts'

// Every test of a step runs over the product of what a cache can be told, and checks the structure after each step
// (the style of Caffeine's tests). Who is evicted is the policy's business: the naive cache learns it from the reports,
// and checks that a bound required it.

type Key = string | number

const POLICIES = ['lru', 'clock', 'adaptive'] as const
const BOUNDS = [1, 7, 50]
const WEIGHTS: Readonly<Record<string, Partial<CacheOptions<Key, number>>>> = {
  unweighed: {},
  'weighed by a function': { maxWeight: 60, weigh: (value) => value % 8 },
  'weighed, small entries only': { maxWeight: 200, maxEntryWeight: 5, weigh: (value) => value % 6 },
}
const TTLS: Readonly<Record<string, Partial<CacheOptions<Key, number>>>> = {
  'without TTL': {},
  'with TTL': { ttlMs: 20 },
  'with a TTL by value': { ttlMs: (value) => (value % 5 === 0 ? 0 : value % 5 === 1 ? Number.POSITIVE_INFINITY : 15) },
  sliding: { ttlMs: 12, sliding: true, maxAgeMs: 40 },
  idle: { ttlMs: 40, idleMs: 12 },
}
const KEYS: Readonly<Record<string, (n: number) => Key>> = {
  strings: (n) => `key ${n}`,
  integers: (n) => n * 977 - 5000,
  'strings and integers': (n) => (n % 2 === 0 ? n : String(n)),
}

interface Entry {
  value: number
  weight: number
  deadline: number
  renewal: number
  cap: number
}

class Naive {
  readonly entries: Map<Key, Entry> = new Map()
  readonly #options: CacheOptions<Key, number>
  now = 0

  constructor(options: CacheOptions<Key, number>) {
    this.#options = options
  }

  weigh(value: number, key: Key): number {
    return this.#options.weigh?.(value, key) ?? 1
  }

  live(key: Key): Entry | undefined {
    const entry = this.entries.get(key)
    return entry !== undefined && entry.deadline > this.now ? entry : undefined
  }

  use(key: Key): number | undefined {
    const entry = this.live(key)
    if (entry !== undefined && entry.renewal < Number.POSITIVE_INFINITY) {
      entry.deadline = Math.min(this.now + entry.renewal, entry.cap)
    }
    return entry?.value
  }

  set(key: Key, value: number): void {
    const { ttlMs = Number.POSITIVE_INFINITY, sliding, idleMs = Number.POSITIVE_INFINITY, maxAgeMs } = this.#options
    const ttl = typeof ttlMs === 'function' ? ttlMs(value, key) : ttlMs
    this.entries.delete(key)
    if (ttl === 0) return
    const renewal = sliding === true ? ttl : idleMs
    const cap = this.now + (sliding === true ? (maxAgeMs ?? Number.POSITIVE_INFINITY) : ttl)
    const deadline = Math.min(this.now + renewal, cap)
    this.entries.set(key, { value, weight: this.weigh(value, key), deadline, renewal, cap })
  }

  get weight(): number {
    return [...this.entries.values()].reduce((sum, { weight }) => sum + weight, 0)
  }
}

/** One cache, one naive cache, 150 random steps. */
function play(options: CacheOptions<Key, number>, keyOf: (n: number) => Key, seed: number): void {
  const clock = new VirtualClock()
  const naive = new Naive(options)
  const reports: [Key, number, DisposeReason][] = []
  const onDispose = (value: number, key: Key, reason: DisposeReason): void => void reports.push([key, value, reason])
  const cache = new Cache<Key, number>({ ...options, clock, onDispose })
  let state = seed
  const random = (n: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return ((state >>> 8) * n) >>> 24
  }
  const most = options.maxEntryWeight ?? options.maxWeight ?? Number.POSITIVE_INFINITY
  let stored = 0
  let left = 0
  for (let step = 1; step <= 150; step++) {
    const key = keyOf(random(2 * (options.max ?? 1) + 2))
    const before = new Map(naive.entries)
    const what = random(20)
    reports.length = 0
    if (what < 9) {
      const heavy = naive.weigh(step, key) > most
      if (heavy) expect(() => cache.set(key, step)).toThrow('weighs')
      else {
        cache.set(key, step)
        naive.set(key, step)
        if (naive.entries.get(key)?.value === step) stored++
      }
    } else if (what < 15) expect(cache.get(key)).toBe(naive.use(key))
    else if (what < 16) expect(cache.delete(key)).toBe(naive.live(key) !== undefined)
    else if (what < 18) naive.now = clock.time += random(10)
    else if (what === 18 && random(4) === 0) cache.purgeExpired()
    else if (random(10) === 0) cache.clear()
    left += reports.length
    for (const [gone, value, reason] of reports) {
      const entry = before.get(gone)
      expect(entry?.value).toBe(value)
      expect(entry !== undefined && entry.deadline <= naive.now).toBe(
        reason === 'expire' || (reason === 'clear' && entry !== undefined && entry.deadline <= naive.now),
      )
      if (reason === 'evict') expect(before.size >= (options.max ?? 0) || options.maxWeight !== undefined).toBe(true)
      if (naive.entries.get(gone)?.value === value) naive.entries.delete(gone)
    }
    expect(cache.size).toBe(naive.entries.size)
    for (const [k, entry] of naive.entries)
      expect(cache.peek(k)).toBe(entry.deadline > naive.now ? entry.value : undefined)
    const { totalWeight, weights } = inspectCache(cache)
    const own = options.maxWeight === undefined ? cache.size : naive.weight
    expect([totalWeight, weights.reduce((sum, weight) => sum + weight, 0)]).toEqual([own, own])
    expect(totalWeight).toBeLessThanOrEqual(options.maxWeight ?? Number.POSITIVE_INFINITY)
    expect(cache.getCacheStats().weight).toBe(own)
    checkStructure(cache)
    expect(stored - left).toBe(cache.size)
  }
}

describe.each(POLICIES)('policy %s', (policy) => {
  describe.each(BOUNDS)('max %i', (max) => {
    for (const [weighing, weight] of Object.entries(WEIGHTS)) {
      for (const [timing, ttl] of Object.entries(TTLS)) {
        it(`${weighing}, ${timing}: does what a naive cache does, with every kind of key`, () => {
          for (const [seed, keyOf] of Object.values(KEYS).entries()) {
            play({ policy, max, ...weight, ...ttl }, keyOf, seed * 7919 + max)
          }
        })
      }
    }
  })
})
