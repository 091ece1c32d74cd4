import { describe, expect, it } from 'vitest'
import { adaptive, CoreCache, clock, lru, type Policy } from '../src/core.ts'
import { Cache, estimateBytes, OverweightError } from '../src/index.ts'
import { VirtualClock } from './harness.ts'

describe('CoreCache', () => {
  it.each<[string, Policy]>([
    ['lru', lru],
    ['clock', clock],
    ['adaptive', adaptive],
  ])('takes the policy %s as a value', (_, policy) => {
    const time = new VirtualClock()
    const cache = new CoreCache<string | number, string>({ max: 40, ttlMs: 10, policy, clock: time })
    for (let i = 0; i < 100; i++) cache.set(i % 2 === 0 ? i : String(i), `value ${i}`)
    expect(cache.size).toBe(40)
    expect(cache.get('99')).toBe('value 99')
    expect(cache.getCacheStats()).toMatchObject({ size: 40, evictions: 60, hits: 1 })
    time.advance(10)
    expect(cache.get('99')).toBeUndefined()
    expect(cache.purgeExpired()).toBe(39)
  })

  it('leaves weighing to Cache', () => {
    const heavy = { max: 5, maxWeight: 9, policy: lru }
    expect(() => new CoreCache(heavy)).toThrow('Unknown option "maxWeight" for new CoreCache()')
    const cache = new Cache<string, string>({ maxWeight: 1000, weigh: estimateBytes, policy: 'lru' })
    cache.set('a', 'x'.repeat(400)).set('b', 'x'.repeat(400))
    expect([...cache.keys()]).toEqual(['b'])
    expect(() => cache.set('c', 'x'.repeat(1000))).toThrow(OverweightError)
  })

  it('needs a bound and a policy', () => {
    expect(() => new CoreCache({ policy: lru } as never)).toThrow('max must be')
    expect(() => new CoreCache({ max: 5, policy: 'lru' as unknown as Policy })).toThrow('policy must be a policy')
    expect(() => new CoreCache({ max: 5, policy: lru, purgeIntervalMs: 5 } as never)).toThrow('Unknown option')
  })

  it('reports what left when it is whole again, and throws what a listener throws at the end', () => {
    const left: string[] = []
    const cache: CoreCache<string, number> = new CoreCache({
      max: 2,
      policy: lru,
      onDispose: (value, key, reason) => {
        left.push(`${key} ${value} ${reason}`)
        if (key === 'a') cache.set('from the listener', 0)
        if (key === 'b') throw new Error('in onDispose')
      },
    })
    cache.set('a', 1).set('b', 2)
    expect(() => cache.set('c', 3)).toThrow('in onDispose')
    expect(left).toEqual(['a 1 evict', 'b 2 evict'])
    expect([...cache.keys()]).toEqual(['from the listener', 'c'])
    cache.set('c', 4).delete('c')
    cache.clear()
    expect(left.slice(2)).toEqual(['c 3 set', 'c 4 delete', 'from the listener 0 clear'])
  })

  it('takes a TTL from the value, 0 and Infinity too, and refuses a bad one', () => {
    const time = new VirtualClock()
    const cache = new CoreCache<string, number>({ max: 9, policy: lru, ttlMs: (value) => value, clock: time })
    cache.set('none', 0).set('short', 5).set('ever', Number.POSITIVE_INFINITY).set('told', 5, { ttlMs: 50 })
    time.advance(5)
    expect([...cache.keys()]).toEqual(['told', 'ever'])
    expect(() => cache.set('bad', Number.NaN)).toThrow('the result of ttlMs() must be')
    expect(() => cache.set('bad', 1, { ttl: 5 } as never)).toThrow('did you mean "ttlMs"')
    expect(() => cache.resize(0)).toThrow('max must be an integer of entries from 1')
    expect(cache.has('bad')).toBe(false)
  })

  it('may be changed while it is iterated', () => {
    const cache = new CoreCache<number, number>({ max: 9, policy: lru })
    for (let i = 0; i < 5; i++) cache.set(i, i)
    const seen: number[] = []
    for (const key of cache.keys()) {
      seen.push(key)
      cache.delete(key - 1)
      cache.set(key + 10, key)
    }
    expect(seen).toEqual([4, 2, 0])
  })

  it('drops what has expired by the sweep of later sets, before anything alive', () => {
    const time = new VirtualClock()
    const cache = new CoreCache<number, number>({ max: 100, policy: clock, clock: time })
    for (let i = 0; i < 100; i++) cache.set(i, i, { ttlMs: i < 40 ? 5 : 1000 })
    time.advance(5)
    for (let i = 100; i < 125; i++) cache.set(i, i)
    expect(cache.getCacheStats()).toMatchObject({ size: 85, evictions: 0, expirations: 40 })
  })

  it('takes a policy of one’s own', () => {
    const made: number[] = []
    const policy: Policy = {
      create: (max) => {
        made.push(max)
        return lru.create(max)
      },
    }
    const cache = new CoreCache<string, number>({ max: 2, policy })
    cache.set('a', 1).set('b', 2).set('c', 3)
    cache.resize(1)
    expect([...cache]).toEqual([['c', 3]])
    expect(made).toEqual([2, 1])
  })
})

describe('keys', () => {
  const special = ['__proto__', 'constructor', 'hasOwnProperty', '', '0', NaN, 0, -1, 2 ** 31 - 1, 2 ** 31, 2 ** 32]
  const others = [
    -(2 ** 31),
    -(2 ** 31) - 1,
    0.5,
    Number.POSITIVE_INFINITY,
    1n,
    true,
    null,
    undefined,
    Symbol.iterator,
    {},
  ]

  it.each<[string, Policy]>([
    ['lru', lru],
    ['clock', clock],
    ['adaptive', adaptive],
  ])('of any kind behave as in a Map, with %s', (_, policy) => {
    const keys: unknown[] = [...special, ...others]
    const cache = new CoreCache<unknown, number>({ max: 50, policy })
    const map = new Map<unknown, number>()
    for (const [i, key] of keys.entries()) {
      cache.set(key, i)
      map.set(key, i)
    }
    expect(cache.size).toBe(map.size)
    for (const [key, value] of map) expect(cache.get(key)).toBe(value)
    expect(new Set(cache.keys())).toEqual(new Set(map.keys()))
    expect([cache.get(-0), cache.get(4_294_967_295), cache.get('NaN')]).toEqual([6, undefined, undefined])
    cache.set(-0, 99)
    expect([cache.get(0), cache.size]).toEqual([99, map.size])
    expect([...cache.keys()].some((key) => Object.is(key, -0))).toBe(false)
    for (const key of keys) expect(cache.delete(key)).toBe(true)
    expect(cache.size).toBe(0)
  })
})
