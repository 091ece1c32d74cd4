import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Cache, type CacheDump } from '../src/index.ts'
import { VirtualClock } from './harness.ts'

describe('dump and load', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 }))
  afterEach(() => void vi.useRealTimers())

  it('carry entries, order, remaining TTLs and tags over to another clock, through JSON', () => {
    const from = new VirtualClock(5)
    const cache = new Cache<string, number>({ max: 5, clock: from })
    cache
      .set('a', 1)
      .set('b', 2, { ttlMs: 100 })
      .set('c', 3, { tags: ['x'] })
    cache.get('a')
    from.advance(40)
    const dump = cache.dump()
    expect(dump).toEqual({
      at: 1_000_000,
      entries: [
        { key: 'b', value: 2, ttlMs: 60 },
        { key: 'c', value: 3, tags: ['x'] },
        { key: 'a', value: 1 },
      ],
    })
    const to = new VirtualClock(70_000)
    const copy = new Cache<string, number>({ max: 5, clock: to })
    expect(copy.load(JSON.parse(JSON.stringify(dump)) as CacheDump<string, number>)).toBe(3)
    expect([...copy]).toEqual([...cache])
    to.advance(59)
    expect(copy.has('b')).toBe(true)
    to.advance(1)
    expect(copy.has('b')).toBe(false)
    copy.invalidateTag('x')
    expect([...copy.keys()]).toEqual(['a'])
  })

  it('carry over what a hit renews, and the end that it cannot move', () => {
    const options = { max: 5, ttlMs: 5000, idleMs: 1000, maxAgeMs: 2500 }
    for (const sliding of [false, true]) {
      const clock = new VirtualClock()
      let cache = new Cache<string, number>({ ...options, sliding, clock })
      cache.set('a', 1)
      for (const time of [900, 1850]) {
        clock.time = time
        const dump = JSON.parse(JSON.stringify(cache.dump())) as CacheDump<string, number>
        expect(dump.entries[0]).toMatchObject({ ttlMs: 100, renewMs: 1000, maxAgeMs: 2500 - time })
        cache = new Cache<string, number>({ ...options, sliding, clock })
        expect(cache.load(dump)).toBe(1)
        clock.time = time + 50
        expect(cache.get('a')).toBe(1)
      }
      clock.time = 2499
      expect(cache.get('a')).toBe(1)
      clock.time = 2500
      expect(cache.get('a')).toBeUndefined()
    }
  })

  it('carry over an idle time without end in JSON, and within the limits of the other cache', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 5, idleMs: 1000, clock })
    cache.set('a', 1)
    clock.time = 900
    const dump = cache.dump()
    expect(dump.entries).toEqual([{ key: 'a', value: 1, ttlMs: 100, renewMs: 1000 }])
    const copy = new Cache<string, number>({ max: 5, idleMs: 500, maxAgeMs: 800, clock })
    const plain = new Cache<string, number>({ max: 5, clock })
    for (const each of [copy, plain]) expect(each.load(dump)).toBe(1)
    clock.time = 999
    expect([copy.get('a'), plain.get('a')]).toEqual([1, 1])
    clock.time = 1498
    expect([copy.get('a'), plain.get('a')]).toEqual([1, undefined])
    clock.time = 1700
    expect(copy.get('a')).toBeUndefined()
  })

  it('count the time in between', () => {
    const cache = new Cache<string, number>({ max: 5, clock: new VirtualClock() })
    cache.set('a', 1, { ttlMs: 100 }).set('b', 2, { ttlMs: 50 }).set('c', 3)
    const dump = cache.dump()
    vi.setSystemTime(1_000_050)
    const clock = new VirtualClock()
    const copy = new Cache<string, number>({ max: 5, clock })
    expect(copy.load(dump)).toBe(2)
    clock.advance(49)
    expect([...copy.keys()]).toEqual(['c', 'a'])
    clock.advance(1)
    expect([...copy.keys()]).toEqual(['c'])
  })

  it('take a wall clock that was set back for no time', () => {
    const cache = new Cache<string, number>({ max: 5, clock: new VirtualClock() })
    const dump = cache.set('a', 1, { ttlMs: 100 }).dump()
    vi.setSystemTime(5)
    const copy = new Cache<string, number>({ max: 5, clock: new VirtualClock() })
    expect(copy.load(dump)).toBe(1)
    expect(copy.dump().entries[0]?.ttlMs).toBe(100)
  })

  it('leave out what is expired, stale or invalidated', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 5, clock, staleIfErrorMs: 1000 })
    cache
      .set('a', 1, { ttlMs: 10 })
      .set('b', 2, { tags: ['x'] })
      .set('c', 3)
    clock.advance(10)
    cache.invalidateTag('x')
    expect(cache.dump().entries.map(({ key }) => key)).toEqual(['c'])
  })

  it('keep the most recent in a smaller cache, and weights', () => {
    const cache = new Cache<string, string>({ max: 5, maxWeight: 100 })
    cache.set('a', 'x', { weight: 50 }).set('b', 'y', { weight: 3 }).set('c', 'z', { weight: 4 })
    const small = new Cache<string, string>({ max: 2 })
    small.load(cache.dump())
    expect([...small.keys()]).toEqual(['c', 'b'])
    const light = new Cache<string, string>({ max: 5, maxWeight: 10 })
    expect(light.load(cache.dump())).toBe(2)
    expect(light.getCacheStats()).toMatchObject({ weight: 7, rejections: 1 })
  })

  it('outdate loads of the same keys and do nothing after destroy', async () => {
    const cache = new Cache<string, number>({ max: 5 })
    let finish: (value: number) => void = () => {}
    const waiting = cache.fetch('a', () => new Promise<number>((resolve) => (finish = resolve)))
    cache.load({ at: Date.now(), entries: [{ key: 'a', value: 5 }] })
    finish(1)
    expect(await waiting).toBe(1)
    expect(cache.get('a')).toBe(5)
    cache.destroy()
    expect(cache.load({ at: Date.now(), entries: [{ key: 'b', value: 5 }] })).toBe(0)
  })
})
