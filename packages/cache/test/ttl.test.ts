import { describe, expect, it, vi } from 'vitest'
import { Cache } from '../src/index.ts'
import { Deadlines, SWEPT_SLOTS } from '../src/ttl.ts'
import { checkStructure, VirtualClock } from './harness.ts'

describe('time to live', () => {
  it('ends exactly at the time stored + ttlMs', () => {
    const clock = new VirtualClock(1000)
    const cache = new Cache<string, number>({ max: 2, ttlMs: 50, clock })
    cache.set('a', 1)
    clock.advance(49.999)
    expect(cache.get('a')).toBe(1)
    clock.advance(0.001)
    expect(cache.get('a')).toBeUndefined()
  })

  it('is not extended by reading', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 2, ttlMs: 50, clock })
    cache.set('a', 1)
    for (let i = 0; i < 5; i++) {
      expect(cache.get('a')).toBe(1)
      clock.advance(10)
    }
    expect(cache.get('a')).toBeUndefined()
  })

  it('starts anew when the entry is set again', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 2, ttlMs: 50, clock })
    cache.set('a', 1)
    clock.advance(40)
    cache.set('a', 2)
    clock.advance(40)
    expect(cache.get('a')).toBe(2)
  })

  it('can be given for one entry, and taken away from it', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 4, ttlMs: 50, clock })
    cache.set('short', 1, { ttlMs: 10 }).set('default', 1).set('forever', 1, { ttlMs: Number.POSITIVE_INFINITY })
    cache.set('was short', 1, { ttlMs: 10 }).set('was short', 2, { ttlMs: Number.POSITIVE_INFINITY })
    clock.advance(10)
    expect([...cache.keys()].sort()).toEqual(['default', 'forever', 'was short'])
    clock.advance(1e12)
    expect([...cache.keys()].sort()).toEqual(['forever', 'was short'])
  })

  it('works from clocks that start at 0, below 0 and at the wall clock', () => {
    for (const start of [0, -100, -10, 1.7e12]) {
      const clock = new VirtualClock(start)
      const cache = new Cache<string, number>({ max: 2, ttlMs: 10, clock })
      cache.set('a', 1)
      expect(cache.get('a')).toBe(1)
      clock.advance(10)
      expect(cache.get('a')).toBeUndefined()
    }
  })

  it('hides an expired entry from has, peek, keys and fetch without a change', async () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 20, ttlMs: 10, clock })
    cache.set('a', 1)
    clock.advance(10)
    expect(cache.has('a')).toBe(false)
    expect(cache.peek('a')).toBeUndefined()
    expect([...cache]).toEqual([])
    expect(cache.size).toBe(1)
    expect(await cache.fetch('a', () => 2)).toBe(2)
    expect(cache.getCacheStats().expirations).toBe(1)
  })

  it('counts an expired entry as absent in delete and set, with reason expire', () => {
    const clock = new VirtualClock()
    const reasons: string[] = []
    const cache = new Cache<string, number>({
      max: 20,
      ttlMs: 10,
      clock,
      onDispose: (_v, _k, reason) => reasons.push(reason),
    })
    cache.set('a', 1)
    clock.advance(10)
    expect(cache.delete('a')).toBe(false)
    cache.set('a', 1)
    clock.advance(10)
    cache.set('a', 2)
    expect(reasons).toEqual(['expire', 'expire'])
    expect(cache.get('a')).toBe(2)
  })
})

describe('an expired entry that the sweep has not met', () => {
  it.each([0, 5, 10, 15, 19])('leaves with reason expire when its key is set again (%i of 20)', (at) => {
    const clock = new VirtualClock()
    const reports: string[] = []
    const cache = new Cache<number, number>({
      max: 20,
      clock,
      onDispose: (_, key, reason) => reports.push(`${key} ${reason}`),
    })
    for (let i = 0; i < 20; i++) cache.set(i, i, { ttlMs: i === at ? 10 : 20 })
    clock.advance(10)
    cache.set(at, 100)
    expect(reports).toEqual([`${at} expire`])
    expect(cache.getCacheStats()).toMatchObject({ size: 20, expirations: 1 })
    checkStructure(cache)
  })

  it('leaves with reason expire when it is the one to be evicted', () => {
    const clock = new VirtualClock()
    const reports: string[] = []
    const cache = new Cache<number, number>({
      max: 20,
      clock,
      onDispose: (_, key, reason) => reports.push(`${key} ${reason}`),
    })
    for (let i = 0; i < 20; i++) cache.set(i, i)
    for (let i = 0; i < 20; i++) cache.set(i, i, i < 2 ? { ttlMs: 10 } : undefined)
    clock.advance(10)
    cache.set(100, 100)
    cache.set(101, 101)
    cache.set(102, 102)
    expect(reports.filter((report) => report.endsWith('expire')).sort()).toEqual(['0 expire', '1 expire'])
    expect(cache.size).toBe(20)
  })
})

describe('ttlMs 0', () => {
  it('stores nothing, and removes what was stored', () => {
    const reasons: string[] = []
    const cache = new Cache<string, number>({
      max: 2,
      onDispose: (value, _, reason) => reasons.push(`${value} ${reason}`),
    })
    cache.set('a', 1).set('a', 2, { ttlMs: 0 }).set('b', 3, { ttlMs: 0 })
    expect(cache.size).toBe(0)
    expect(reasons).toEqual(['1 set'])
  })

  it('as the default stores only what says otherwise', () => {
    const cache = new Cache<string, number>({ max: 2, ttlMs: 0 })
    cache.set('a', 1).set('b', 2, { ttlMs: 1000 })
    expect([...cache.keys()]).toEqual(['b'])
  })

  it('delivers a load to all who wait, every time anew', async () => {
    const cache = new Cache<string, number>({ max: 2, ttlMs: 0 })
    let loads = 0
    const load = (): number => ++loads
    expect(await Promise.all([cache.fetch('a', load), cache.fetch('a', load)])).toEqual([1, 1])
    expect(await cache.fetch('a', load)).toBe(2)
    expect(cache.size).toBe(0)
  })
})

describe('expired entries go first', () => {
  it('before the least recently used live one', () => {
    const clock = new VirtualClock()
    const reasons: string[] = []
    const cache = new Cache<string, number>({
      max: 3,
      clock,
      onDispose: (_v, key, reason) => reasons.push(`${key} ${reason}`),
    })
    cache.set('old', 1).set('short', 2, { ttlMs: 10 }).set('new', 3)
    clock.advance(10)
    cache.set('next', 4)
    expect(reasons).toEqual(['short expire'])
    expect([...cache.keys()]).toEqual(['next', 'new', 'old'])
  })

  it('when the cache shrinks', () => {
    const clock = new VirtualClock()
    const cache = new Cache<number, number>({ max: 100, clock })
    for (let i = 0; i < 50; i++) cache.set(i, i)
    for (let i = 50; i < 100; i++) cache.set(i, i, { ttlMs: 10 })
    clock.advance(10)
    cache.resize(50)
    expect([...cache.keys()]).toEqual(Array.from({ length: 50 }, (_, i) => 49 - i))
    expect(cache.getCacheStats()).toMatchObject({ evictions: 0, expirations: 50 })
    checkStructure(cache)
  })
})

describe('sweep', () => {
  it('gives memory back without a timer: n / 8 sets sweep n slots', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string | number, number>({ max: 10_000, clock })
    for (let i = 0; i < 8000; i++) cache.set(i, i, { ttlMs: 10 })
    clock.advance(10)
    for (let i = 0; i <= 8000 / SWEPT_SLOTS; i++) cache.set('same', i)
    expect(cache.size).toBe(1)
    checkStructure(cache)
  })

  it('looks at a fixed number of slots per set, at any size', () => {
    const clock = new VirtualClock()
    const cache = new Cache<number, number>({ max: 100_000, ttlMs: 10, clock })
    const advance = vi.spyOn(Deadlines.prototype, 'advance')
    let most = 0
    for (let i = 0; i < 110_000; i++) {
      if (i % 20_000 === 0) clock.advance(10)
      cache.set(i, i)
      most = Math.max(most, advance.mock.calls.length)
      advance.mockClear()
    }
    advance.mockRestore()
    expect(most).toBe(SWEPT_SLOTS)
  })

  it('does not read the clock in a cache without TTL', () => {
    const clock = { now: vi.fn(() => 0) }
    const cache = new Cache<number, number>({ max: 10, clock })
    clock.now.mockClear()
    for (let i = 0; i < 20; i++) cache.set(i, i).get(i)
    cache.purgeExpired()
    cache.delete(19)
    expect(clock.now).not.toHaveBeenCalled()
  })
})

describe('purgeExpired', () => {
  it('removes all that expired and says how many', () => {
    const clock = new VirtualClock()
    const cache = new Cache<number, number>({ max: 1000, clock })
    for (let i = 0; i < 600; i++) cache.set(i, i, { ttlMs: i < 400 ? 10 : 20 })
    for (let i = 600; i < 700; i++) cache.set(i, i)
    clock.advance(10)
    expect(cache.purgeExpired()).toBe(400)
    expect(cache.size).toBe(300)
    clock.advance(10)
    expect(cache.purgeExpired()).toBe(200)
    expect(cache.purgeExpired()).toBe(0)
    expect(cache.size).toBe(100)
    checkStructure(cache)
  })
})
