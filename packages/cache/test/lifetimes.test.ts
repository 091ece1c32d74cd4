import { afterEach, describe, expect, it, vi } from 'vitest'
import { Cache } from '../src/index.ts'
import { VirtualClock } from './harness.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('sliding', () => {
  it('lives as long as it is hit, at most maxAgeMs', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 9, ttlMs: 10, sliding: true, maxAgeMs: 35, clock })
    cache.set('a', 1)
    for (let time = 6; time < 35; time += 6) {
      clock.time = time
      expect(cache.get('a')).toBe(1)
    }
    clock.time = 35
    expect(cache.get('a')).toBeUndefined()
  })

  it('is not renewed by peek and has', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 9, ttlMs: 10, sliding: true, clock })
    cache.set('a', 1)
    clock.time = 9
    expect([cache.peek('a'), cache.has('a')]).toEqual([1, true])
    clock.time = 10
    expect(cache.has('a')).toBe(false)
  })

  it('renews by the entry’s own TTL', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 9, ttlMs: 10, sliding: true, clock })
    cache.set('a', 1, { ttlMs: 100 })
    clock.time = 90
    expect(cache.get('a')).toBe(1)
    clock.time = 189
    expect(cache.get('a')).toBe(1)
  })

  it('keeps its renewals over resize', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 9, ttlMs: 10, sliding: true, maxAgeMs: 15, clock })
    cache.set('b', 2).set('a', 1)
    cache.resize(5)
    clock.time = 9
    expect(cache.get('a')).toBe(1)
    clock.time = 14
    expect(cache.get('a')).toBe(1)
    expect(cache.get('b')).toBeUndefined()
    clock.time = 15
    expect(cache.get('a')).toBeUndefined()
  })
})

describe('idle and maxAge', () => {
  it('ends at the earlier of TTL and idle time', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 9, ttlMs: 30, idleMs: 10, clock })
    cache.set('used', 1).set('idle', 2)
    for (const time of [8, 16, 24]) {
      clock.time = time
      expect(cache.get('used')).toBe(1)
    }
    expect(cache.get('idle')).toBeUndefined()
    clock.time = 30
    expect(cache.get('used')).toBeUndefined()
  })

  it('works without a TTL', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 9, idleMs: 10, clock })
    cache.set('a', 1)
    for (let time = 9; time < 1000; time += 9) {
      clock.time = time
      expect(cache.get('a')).toBe(1)
    }
    clock.advance(10)
    expect(cache.get('a')).toBeUndefined()
  })

  it('caps every TTL by maxAgeMs', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 9, maxAgeMs: 10, clock })
    cache.set('a', 1).set('b', 1, { ttlMs: 1000 }).set('c', 1, { ttlMs: 5 })
    clock.time = 5
    expect([cache.has('a'), cache.has('b'), cache.has('c')]).toEqual([true, true, false])
    clock.time = 10
    expect([cache.has('a'), cache.has('b')]).toEqual([false, false])
  })

  it('takes a TTL from the value, 0 and Infinity too, and refuses a bad one', () => {
    const clock = new VirtualClock()
    const ttlMs = (value: number, key: string): number => (key === 'bad' ? NaN : value)
    const cache = new Cache<string, number>({ max: 9, ttlMs, clock })
    cache.set('none', 0).set('short', 5).set('ever', Number.POSITIVE_INFINITY).set('told', 5, { ttlMs: 50 })
    expect(cache.has('none')).toBe(false)
    clock.time = 5
    expect([cache.has('short'), cache.has('ever'), cache.has('told')]).toEqual([false, true, true])
    expect(() => cache.set('bad', 1)).toThrow('the result of ttlMs() must be')
    expect(cache.has('bad')).toBe(false)
  })
})

describe('expired entries go first', () => {
  it('in a full cache of up to 64 entries always, wherever they are', () => {
    const clock = new VirtualClock()
    const cache = new Cache<number, number>({ max: 64, clock, policy: 'lru' })
    for (let i = 0; i < 64; i++) cache.set(i, i, { ttlMs: i % 2 === 0 ? 10 : 1000 })
    clock.time = 10
    for (let i = 0; i < 32; i++) cache.set(100 + i, i)
    expect(cache.getCacheStats()).toMatchObject({ evictions: 0, expirations: 32 })
  })

  it('in larger caches mostly: a live one leaves only if 64 slots in a row are alive', () => {
    const clock = new VirtualClock()
    const cache = new Cache<number, number>({ max: 10_000, clock, policy: 'lru' })
    for (let i = 0; i < 10_000; i++) cache.set(i, i, { ttlMs: i % 10 === 0 ? 10 : 1000 })
    clock.time = 10
    for (let i = 0; i < 1000; i++) cache.set(100_000 + i, i)
    expect(cache.getCacheStats()).toMatchObject({ evictions: 0, expirations: 1000 })
  })
})

describe('purgeIntervalMs', () => {
  it('purges what only fetch, fetchMany or load brought', async () => {
    vi.useFakeTimers()
    const options = { max: 9, ttlMs: 20, purgeIntervalMs: 20 }
    const cache = new Cache<string, number>(options)
    const copy = new Cache<string, number>(options)
    await cache.fetch('a', () => 1)
    expect(copy.load(cache.dump())).toBe(1)
    vi.advanceTimersByTime(60)
    expect([cache.size, copy.size, vi.getTimerCount()]).toEqual([0, 0, 0])
    await cache.fetchMany(['b'], () => [1])
    vi.advanceTimersByTime(60)
    expect(cache.size).toBe(0)
  })

  it('has one timer, which purges and rests while the cache is empty', () => {
    vi.useFakeTimers()
    const reasons: string[] = []
    const onDispose = (_value: number, _key: number, reason: string): void => void reasons.push(reason)
    const cache = new Cache<number, number>({ max: 20_000, ttlMs: 500, purgeIntervalMs: 1000, onDispose })
    expect(vi.getTimerCount()).toBe(0)
    for (let i = 0; i < 20_000; i++) cache.set(i, i)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(999)
    expect(cache.size).toBe(20_000)
    vi.advanceTimersByTime(20)
    expect(cache.size).toBe(0)
    expect(reasons).toEqual(Array(20_000).fill('expire'))
    vi.advanceTimersByTime(5000)
    expect(vi.getTimerCount()).toBe(0)
    cache.set(1, 1)
    expect(vi.getTimerCount()).toBe(1)
    cache.destroy()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('goes on when onDispose throws', () => {
    vi.useFakeTimers()
    const onDispose = (): void => {
      throw new Error('in onDispose')
    }
    const cache = new Cache<number, number>({ max: 9, purgeIntervalMs: 1000, onDispose })
    cache.set(1, 1, { ttlMs: 500 }).set(2, 2, { ttlMs: 1500 })
    expect(() => vi.advanceTimersByTime(1000)).toThrow('in onDispose')
    expect(vi.getTimerCount()).toBe(1)
    expect(() => vi.advanceTimersByTime(1000)).toThrow('in onDispose')
    expect(cache.size).toBe(0)
  })

  it.each([0, -1, NaN, 2 ** 31, Number.POSITIVE_INFINITY])(
    'parse-server #10632: refuses %s, which timers do not take',
    (ms) => {
      expect(() => new Cache({ max: 1, purgeIntervalMs: ms })).toThrow('purgeIntervalMs must be')
    },
  )

  it('lru-cache PR #392: purging and sliding together do not make entries immortal', () => {
    vi.useFakeTimers()
    const cache = new Cache<string, number>({ max: 9, ttlMs: 1000, sliding: true, purgeIntervalMs: 300 })
    cache.set('a', 1)
    vi.advanceTimersByTime(900)
    expect(cache.get('a')).toBe(1)
    vi.advanceTimersByTime(900)
    expect(cache.size).toBe(1)
    vi.advanceTimersByTime(400)
    expect(cache.size).toBe(0)
  })

  it('keeps no process alive and no forgotten cache', () => {
    const spy = vi.spyOn(globalThis, 'setTimeout')
    const cache = new Cache<string, number>({ max: 9, purgeIntervalMs: 100_000 })
    cache.set('a', 1)
    const timer = spy.mock.results[0]?.value as NodeJS.Timeout
    expect(timer.hasRef()).toBe(false)
    cache.destroy()
    spy.mockRestore()
  })
})

describe('bulk operations', () => {
  it('get, set and delete many', () => {
    const cache = new Cache<string, number | undefined>({ max: 9, maxWeight: 9, weigh: (value) => value ?? 0 })
    cache.setMany([
      ['a', 1],
      ['b', undefined],
      ['c', 3],
    ])
    expect([...cache.getMany(['c', 'x', 'b', 'a'])]).toEqual([
      ['c', 3],
      ['b', undefined],
      ['a', 1],
    ])
    expect(cache.deleteMany(['a', 'x', 'c', 'a'])).toBe(2)
    expect(() =>
      cache.setMany([
        ['d', 10],
        ['e', 2],
        ['f', 11],
      ]),
    ).toThrow(AggregateError)
    expect(() =>
      cache.setMany(
        [
          ['g', 10],
          ['h', 2],
        ],
        { ttlMs: 5 },
      ),
    ).toThrow('weighs 10')
    expect([cache.has('d'), cache.has('e'), cache.has('h')]).toEqual([false, true, true])
    expect(() => cache.setMany([], { ttl: 5 } as object)).toThrow('did you mean "ttlMs"')
  })
})
