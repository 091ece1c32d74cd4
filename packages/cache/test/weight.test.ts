import { describe, expect, it } from 'vitest'
import { Cache, type DisposeReason, estimateBytes, OverweightError } from '../src/index.ts'
import { checkStructure } from './harness.ts'

describe('maxWeight', () => {
  it('evicts as many entries as a new one needs, and never exceeds the bound', () => {
    const cache = new Cache<string, number>({ max: 100, maxWeight: 10, weigh: (value) => value, policy: 'lru' })
    cache.set('a', 3).set('b', 3).set('c', 4)
    expect(cache.getCacheStats()).toMatchObject({ weight: 10, maxWeight: 10, size: 3 })
    cache.set('d', 6)
    expect([...cache.keys()]).toEqual(['d', 'c'])
    expect(cache.getCacheStats()).toMatchObject({ weight: 10, evictions: 2, evictedWeight: 6 })
  })

  it('counts 1 each without weigh, and the weight of a call', () => {
    const cache = new Cache<string, number>({ max: 100, maxWeight: 3, policy: 'lru' })
    cache.set('a', 1).set('b', 1).set('c', 1).set('d', 1, { weight: 2 })
    expect([...cache.keys()]).toEqual(['d', 'c'])
    cache.set('e', 1, { weight: 0 })
    expect(cache.size).toBe(3)
  })

  it('lets others leave when an entry becomes heavier, never itself', () => {
    const reasons: [string, DisposeReason][] = []
    const onDispose = (_: number, key: string, reason: DisposeReason): void => void reasons.push([key, reason])
    for (const policy of ['lru', 'clock', 'adaptive'] as const) {
      reasons.length = 0
      const cache = new Cache<string, number>({ max: 50, maxWeight: 10, weigh: (value) => value, onDispose, policy })
      cache.set('a', 2).set('b', 4).set('c', 4).set('a', 9)
      expect(cache.get('a')).toBe(9)
      expect(cache.size).toBe(1)
      expect(reasons[0]).toEqual(['a', 'set'])
      expect(reasons.slice(1).sort()).toEqual([
        ['b', 'evict'],
        ['c', 'evict'],
      ])
      checkStructure(cache)
    }
  })

  it('refuses what is too heavy with an error, and loses nothing for it', () => {
    const cache = new Cache<string, number>({ max: 100, maxWeight: 10, weigh: (value) => value, policy: 'lru' })
    cache.set('a', 4).set('b', 6)
    expect(() => cache.set('a', 11)).toThrow(OverweightError)
    expect(() => cache.set('a', 11)).toThrow('weighs 11, above the limit of 10')
    try {
      cache.set('new', 12)
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_CACHE_OVERWEIGHT', weight: 12, limit: 10 })
    }
    expect([...cache]).toEqual([
      ['b', 6],
      ['a', 4],
    ])
    expect(cache.getCacheStats()).toMatchObject({ rejections: 3, evictions: 0 })
  })

  it('refuses by maxEntryWeight', () => {
    const cache = new Cache<string, number>({ max: 9, maxWeight: 100, maxEntryWeight: 10, weigh: (value) => value })
    expect(() => cache.set('a', 11)).toThrow('limit of 10')
    expect(cache.set('a', 10).size).toBe(1)
  })

  it('delivers a loaded value that is too heavy, and does not keep what it was to replace', async () => {
    const cache = new Cache<string, number>({ max: 9, maxWeight: 10, weigh: (value) => value })
    cache.set('a', 1)
    expect(await cache.fetch('a', () => 50, { forceRefresh: true })).toBe(50)
    expect(cache.has('a')).toBe(false)
    expect(await cache.fetch('b', () => 50)).toBe(50)
    expect(cache.getCacheStats()).toMatchObject({ rejections: 2, size: 0, weight: 0 })
  })

  it('bounds the number of entries too, by max or by the weight', () => {
    const cache = new Cache<number, number>({ maxWeight: 5, weigh: () => 0, policy: 'lru' })
    for (let i = 0; i < 20; i++) cache.set(i, i)
    expect(cache.size).toBe(5)
    expect(cache.getCacheStats().maxSize).toBe(5)
  })

  it.each([-1, 1.5, NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses a weight of %s and stores nothing', (weight) => {
    const cache = new Cache<string, number>({ max: 9, maxWeight: 2 ** 53 - 1 })
    expect(() => cache.set('a', 1, { weight })).toThrow(RangeError)
    expect(cache.size).toBe(0)
  })

  it('admits heavier entries once the bound is higher, unless told otherwise', () => {
    const cache = new Cache<string, number>({ maxWeight: 10 })
    cache.resize(100, 100)
    cache.set('a', 1, { weight: 50 })
    cache.resize(100, 20)
    expect(() => cache.set('b', 1, { weight: 21 })).toThrow(OverweightError)
    expect(cache.size).toBe(0)
    const strict = new Cache<string, number>({ maxWeight: 10, maxEntryWeight: 5 })
    strict.resize(100, 100)
    expect(() => strict.set('a', 1, { weight: 6 })).toThrow(OverweightError)
  })

  it('is changed alone: the number of entries stays, or goes by the weight where it did', () => {
    const bound = ({ maxSize, maxWeight }: { maxSize: number; maxWeight: number }): number[] => [maxSize, maxWeight]
    const both = new Cache<string, number>({ max: 7, maxWeight: 10 })
    both.resize(undefined, 20)
    expect(bound(both.getCacheStats())).toEqual([7, 20])
    const light = new Cache<string, number>({ maxWeight: 10 })
    light.resize(undefined, 20)
    expect(bound(light.getCacheStats())).toEqual([20, 20])
    const small = new Cache<string, number>({ maxBytes: 800 })
    expect(bound(small.getCacheStats())).toEqual([10, 800])
    small.resize(undefined, 1601)
    expect(bound(small.getCacheStats())).toEqual([21, 1601])
    small.resize(5)
    expect(bound(small.getCacheStats())).toEqual([5, 1601])
    expect(() => both.resize(undefined)).toThrow('max must be')
  })

  it('is no bound of a cache that was made without', () => {
    const cache = new Cache<string, number>({ max: 5 })
    expect(() => cache.resize(10, 5)).toThrow('maxWeight needs')
    expect(cache.getCacheStats().maxSize).toBe(5)
  })

  it('reports what left before a dump turned out to be bad', () => {
    const left: string[] = []
    const cache = new Cache<string, number>({ maxWeight: 10, onDispose: (_, key) => left.push(key) })
    cache.set('a', 1, { weight: 10 })
    const entries = [
      { key: 'b', value: 1, weight: 10 },
      { key: 'c', value: 1, weight: -1 },
    ]
    expect(() => cache.load({ at: Date.now(), entries })).toThrow('weight must be')
    expect(left).toEqual(['a'])
    checkStructure(cache)
  })

  it('refuses a weight where nothing is weighed', () => {
    expect(() => new Cache<string, number>({ max: 9 }).set('a', 1, { weight: 2 })).toThrow(
      'needs a cache with maxWeight',
    )
    expect(() => new Cache<string, number>({ max: 9, weigh: () => 1 })).toThrow('maxWeight')
    expect(() => new Cache<string, number>({ max: 9, maxBytes: 9, maxWeight: 9 })).toThrow('maxBytes')
  })

  it('shrinks to a smaller bound', () => {
    const cache = new Cache<string, number>({ max: 9, maxWeight: 10, weigh: (value) => value, policy: 'lru' })
    cache.set('a', 3).set('b', 3).set('c', 3)
    cache.resize(9, 6)
    expect([...cache.keys()]).toEqual(['c', 'b'])
    expect(cache.getCacheStats()).toMatchObject({ weight: 6, maxWeight: 6 })
    cache.resize(1)
    expect([...cache]).toEqual([['c', 3]])
    expect(cache.getCacheStats()).toMatchObject({ weight: 3, maxSize: 1 })
    checkStructure(cache)
  })
})

describe('maxBytes', () => {
  it('holds about as many bytes as it is told', () => {
    const cache = new Cache<string, Buffer>({ maxBytes: 1_000_000 })
    for (let i = 0; i < 200; i++) cache.set(`key ${i}`, Buffer.alloc(10_000))
    expect(cache.size).toBeGreaterThan(95)
    expect(cache.size).toBeLessThan(100)
    expect(cache.getCacheStats().weight).toBeLessThanOrEqual(1_000_000)
    expect(() => cache.set('big', Buffer.alloc(1_000_000))).toThrow(OverweightError)
  })
})

describe('estimateBytes', () => {
  it('knows shared memory', () => {
    expect(estimateBytes(new SharedArrayBuffer(1_000_000))).toBeGreaterThan(1_000_000)
  })

  const own = (value: unknown): number => estimateBytes(value, 1) - estimateBytes(1, 1)

  it('knows strings, numbers and bytes', () => {
    expect(own('')).toBe(16)
    expect(own('x'.repeat(1000))).toBe(1016)
    expect(own('ж'.repeat(1000))).toBe(2016)
    expect(own(`${'x'.repeat(500)}${'ж'.repeat(500)}`)).toBe(2016)
    expect([own(7), own(0.5), own(true), own(null), own(undefined)]).toEqual([0, 16, 0, 0, 0])
    expect(own(Buffer.alloc(5000))).toBe(5096)
    expect(own(new Float64Array(100))).toBe(896)
    expect(own(new ArrayBuffer(100))).toBe(196)
    expect(estimateBytes(1, 'a key of 24 characters..') - estimateBytes(1, 1)).toBe(40)
  })

  it('knows what arrays, Maps, Sets and objects hold', () => {
    expect(own([1, 2, 3])).toBe(48)
    expect(own({ a: 1, b: 'x'.repeat(84) })).toBe(24 + 16 + 104)
    expect(own(new Map([['k', 'v']]))).toBe(24 + 40 + 24 + 24)
    expect(own(new Set([1, 2]))).toBe(24 + 80)
    expect(own({ nested: { list: ['x'.repeat(1000)] } })).toBeGreaterThan(1000)
  })

  it('counts what is met twice once, ends in a circle, and calls no getter', () => {
    const shared = { text: 'x'.repeat(1000) }
    expect(own([shared, shared])).toBeLessThan(1200)
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(own(circle)).toBe(32)
    const object = Object.defineProperty({}, 'trap', { enumerable: true, get: () => expect.fail('called') })
    expect(own(object)).toBe(32)
  })

  it('looks at a bounded part and projects the rest', () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => ({ id: i, name: 'x'.repeat(24) }))
    let looks = 0
    const watched = new Proxy(rows, {
      get: (target, name) => {
        looks++
        return Reflect.get(target, name)
      },
    })
    const estimate = own(watched)
    expect(looks).toBeLessThan(2000)
    // 24 + 8 of the list's place, 24 + 16 of the object, 40 of the text.
    expect(estimate / rows.length).toBeGreaterThan(60)
    expect(estimate / rows.length).toBeLessThan(130)
    let deep: unknown = 'end'
    for (let i = 0; i < 50_000; i++) deep = { deep }
    expect(own(deep)).toBeLessThan(1000)
  })
})
