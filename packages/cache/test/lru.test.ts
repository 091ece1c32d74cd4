import { describe, expect, it } from 'vitest'
import { Cache } from '../src/index.ts'
import { checkStructure } from './harness.ts'

describe('least recently used', () => {
  it('evicts the entry that was used longest ago', () => {
    const cache = new Cache<string, number>({ max: 3 })
    cache.set('a', 1).set('b', 2).set('c', 3)
    expect(cache.get('a')).toBe(1)
    cache.set('d', 4)
    expect([...cache.keys()]).toEqual(['d', 'a', 'c'])
    expect(cache.has('b')).toBe(false)
  })

  it('makes a replaced entry the newest and keeps the size', () => {
    const cache = new Cache<string, number>({ max: 2 })
    cache.set('a', 1).set('b', 2).set('a', 3).set('c', 4)
    expect([...cache]).toEqual([
      ['c', 4],
      ['a', 3],
    ])
    expect(cache.size).toBe(2)
  })

  it('leaves the order alone on peek and has', () => {
    const cache = new Cache<string, number>({ max: 2 })
    cache.set('a', 1).set('b', 2)
    expect(cache.peek('a')).toBe(1)
    expect(cache.has('a')).toBe(true)
    cache.set('c', 3)
    expect(cache.has('a')).toBe(false)
  })

  it('holds one entry when max is 1', () => {
    const cache = new Cache<string, number>({ max: 1 })
    cache.set('a', 1).set('b', 2).set('b', 3)
    expect([...cache]).toEqual([['b', 3]])
    expect(cache.delete('b')).toBe(true)
    expect(cache.delete('b')).toBe(false)
    expect(cache.size).toBe(0)
    checkStructure(cache)
  })

  it('uses the slots of deleted entries again', () => {
    const cache = new Cache<number, number>({ max: 4 })
    for (let i = 0; i < 100; i++) {
      cache.set(i, i)
      if (i % 3 === 0) cache.delete(i - 1)
      checkStructure(cache)
    }
    expect(cache.size).toBeLessThanOrEqual(4)
  })

  it('stores undefined as a value that has tells from a miss', () => {
    const cache = new Cache<string, undefined>({ max: 2 })
    cache.set('a', undefined)
    expect(cache.get('a')).toBeUndefined()
    expect(cache.has('a')).toBe(true)
    expect(cache.getCacheStats()).toMatchObject({ hits: 1, misses: 0 })
  })

  it('works after clear', () => {
    const cache = new Cache<string, number>({ max: 2, ttlMs: 1000 })
    cache.set('a', 1).set('b', 2)
    cache.clear()
    expect(cache.size).toBe(0)
    expect([...cache]).toEqual([])
    cache.set('c', 3).set('d', 4).set('e', 5)
    expect([...cache.keys()]).toEqual(['e', 'd'])
    checkStructure(cache)
  })
})

describe('keys', () => {
  const odd = [
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'toString',
    '',
    NaN,
    0,
    2 ** 32,
    -1,
    0.5,
    null,
    undefined,
    true,
    1n,
  ]

  it('takes any key a Map takes', () => {
    const object = {}
    const symbol = Symbol('key')
    const keys: unknown[] = [...odd, object, symbol, () => {}, [1], Number.POSITIVE_INFINITY]
    const cache = new Cache<unknown, number>({ max: keys.length })
    for (const [i, key] of keys.entries()) cache.set(key, i)
    expect(cache.size).toBe(keys.length)
    for (const [i, key] of keys.entries()) {
      expect(cache.get(key)).toBe(i)
      expect(cache.has(key)).toBe(true)
    }
    expect([...cache.keys()]).toEqual([...keys].reverse())
    for (const key of keys) expect(cache.delete(key)).toBe(true)
    expect(cache.size).toBe(0)
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
    checkStructure(cache)
  })

  it('keeps "0" and 0, 2**32 and 0, objects by identity apart', () => {
    const cache = new Cache<unknown, string>({ max: 10 })
    cache
      .set(0, 'number')
      .set('0', 'string')
      .set(2 ** 32, 'large')
      .set({}, 'object')
    expect(cache.get(0)).toBe('number')
    expect(cache.get('0')).toBe('string')
    expect(cache.get(2 ** 32)).toBe('large')
    expect(cache.get({})).toBeUndefined()
  })

  it('treats -0 as 0 everywhere, as Map does', () => {
    const disposed: unknown[] = []
    const cache = new Cache<number, string>({ max: 3, onDispose: (_, key) => disposed.push(key) })
    cache.set(-0, 'zero')
    expect(cache.get(0)).toBe('zero')
    expect(Object.is([...cache.keys()][0], 0)).toBe(true)
    expect(cache.delete(0)).toBe(true)
    expect(Object.is(disposed[0], 0)).toBe(true)
  })

  it('finds NaN again, evicts and deletes it', () => {
    const cache = new Cache<number, string>({ max: 1 })
    cache.set(NaN, 'a').set(NaN, 'b')
    expect(cache.size).toBe(1)
    expect(cache.get(NaN)).toBe('b')
    cache.set(1, 'c')
    expect(cache.has(NaN)).toBe(false)
    checkStructure(cache)
  })
})

describe('resize', () => {
  it('drops the least recently used at once when it shrinks', () => {
    const reasons: string[] = []
    const cache = new Cache<string, number>({ max: 5, onDispose: (_, key, reason) => reasons.push(`${key} ${reason}`) })
    for (const key of 'abcde') cache.set(key, 0)
    cache.get('a')
    cache.resize(2)
    expect([...cache.keys()]).toEqual(['a', 'e'])
    expect(reasons).toEqual(['b evict', 'c evict', 'd evict'])
    expect(cache.getCacheStats()).toMatchObject({ size: 2, maxSize: 2, evictions: 3, utilizationPercent: 100 })
    checkStructure(cache)
  })

  it('keeps entries and order when it grows, and fills up to the new bound', () => {
    const cache = new Cache<string, number>({ max: 2 })
    cache.set('a', 1).set('b', 2)
    cache.resize(4)
    cache.set('c', 3).set('d', 4)
    expect([...cache.keys()]).toEqual(['d', 'c', 'b', 'a'])
    cache.set('e', 5)
    expect(cache.has('a')).toBe(false)
    checkStructure(cache)
  })

  it('throws for a bad bound and changes nothing', () => {
    const cache = new Cache<string, number>({ max: 2 })
    cache.set('a', 1)
    for (const bad of [0, -1, 1.5, NaN, Number.POSITIVE_INFINITY, 2 ** 24])
      expect(() => cache.resize(bad)).toThrow(RangeError)
    expect(cache.getCacheStats().maxSize).toBe(2)
    expect(cache.get('a')).toBe(1)
  })
})

describe('bound', () => {
  it('is exact at every moment, also as onDispose sees it', () => {
    const seen: number[] = []
    const cache: Cache<number, number> = new Cache<number, number>({ max: 10, onDispose: () => seen.push(cache.size) })
    for (let i = 0; i < 1000; i++) {
      cache.set(i, i)
      expect(cache.size).toBe(Math.min(i + 1, 10))
    }
    expect(new Set(seen)).toEqual(new Set([10]))
  })
})
