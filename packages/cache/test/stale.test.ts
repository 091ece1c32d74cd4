import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Cache, LoadTimeoutError } from '../src/index.ts'
import { checkStructure, settled } from './harness.ts'
import { loadingCache } from './loading.ts'

const down = new Error('down')

describe('staleWhileRevalidateMs', () => {
  it('returns the stale entry at once and loads it anew, once', async () => {
    const { cache, clock, load, call, calls } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1)
    clock.advance(10)
    expect(await cache.fetch('a', load)).toBe(1)
    expect(await cache.fetch('a', load)).toBe(1)
    expect(calls).toHaveLength(1)
    expect(call(0).context.stale).toBe(1)
    call(0).result.resolve(2)
    await settled()
    expect(await cache.fetch('a', load)).toBe(2)
    expect(cache.getCacheStats()).toMatchObject({ hits: 3, misses: 0, staleServed: 2, refreshes: 1, loads: 1 })
  })

  it('hides the stale entry from everything else', async () => {
    const { cache, clock } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1)
    clock.advance(10)
    expect([cache.get('a'), cache.peek('a'), cache.has('a'), ...cache]).toEqual([undefined, undefined, false])
    expect(cache.delete('a')).toBe(false)
    expect(cache.size).toBe(0)
  })

  it('waits for the load once the window is over', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1)
    clock.advance(30)
    const waiting = cache.fetch('a', load)
    call(0).result.resolve(2)
    expect(await waiting).toBe(2)
    expect(cache.getCacheStats()).toMatchObject({ staleServed: 0, misses: 1 })
  })

  it('joins a refresh that outlasts the window', async () => {
    const { cache, clock, load, call, calls } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1)
    clock.advance(10)
    await cache.fetch('a', load)
    clock.advance(20)
    const waiting = cache.fetch('a', load)
    expect(calls).toHaveLength(1)
    call(0).result.resolve(2)
    expect(await waiting).toBe(2)
  })

  it('can be shortened by a call', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1)
    clock.advance(15)
    const waiting = cache.fetch('a', load, { staleWhileRevalidateMs: 5 })
    call(0).result.resolve(2)
    expect(await waiting).toBe(2)
  })

  it('never throws what the refresh throws into a caller, and says it to onError', async () => {
    const { cache, clock, load, call, errors } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1)
    clock.advance(10)
    const thrower = (): number => {
      throw down
    }
    expect(await cache.fetch('a', thrower)).toBe(1)
    expect(await cache.fetch('a', load)).toBe(1)
    call(0).result.reject(down)
    await settled()
    expect(errors).toEqual([
      [down, 'a'],
      [down, 'a'],
    ])
    expect(cache.getCacheStats()).toMatchObject({ loadFailures: 2, inflight: 0 })
    expect(await cache.fetch('a', load)).toBe(1)
  })

  it('gives up stale entries before live ones', async () => {
    const { cache, clock, load } = loadingCache({ max: 3, staleWhileRevalidateMs: 100 })
    cache.set('stale', 1, { ttlMs: 10 }).set('b', 2).set('c', 3)
    clock.advance(10)
    cache.set('d', 4)
    expect([...cache.keys()].sort()).toEqual(['b', 'c', 'd'])
    expect(cache.getCacheStats()).toMatchObject({ evictions: 0, expirations: 1, size: 3 })
    void cache.fetch('stale', load)
    expect(cache.getCacheStats().staleServed).toBe(0)
    checkStructure(cache)
  })

  it('drops a stale entry when its window is over', async () => {
    const { cache, clock } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1)
    clock.advance(29)
    cache.set('b', 1)
    expect(cache.size).toBe(2)
    clock.advance(1)
    cache.set('c', 1)
    expect(cache.size).toBe(2)
    checkStructure(cache)
  })

  it.each<[string, (cache: Cache<string, number>) => void]>([
    ['deleted', (cache) => void cache.delete('a')],
    ['cleared', (cache) => cache.clear()],
    ['purged', (cache) => void cache.purgeExpired()],
  ])('never returns what was %s', async (_, act) => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20, staleIfErrorMs: 20 })
    cache.set('a', 1)
    clock.advance(10)
    act(cache)
    const waiting = cache.fetch('a', load)
    call(0).result.reject(down)
    await expect(waiting).rejects.toBe(down)
  })
})

describe('staleIfErrorMs', () => {
  it('lets a stale value stand in for a failed load', async () => {
    const { cache, clock, load, call, errors } = loadingCache({ ttlMs: 10, staleIfErrorMs: 20 })
    cache.set('a', 1)
    clock.advance(29)
    const both = [cache.fetch('a', load), cache.fetch('a', load)]
    call(0).result.reject(down)
    expect(await Promise.all(both)).toEqual([1, 1])
    expect(errors).toEqual([[down, 'a']])
    expect(cache.getCacheStats()).toMatchObject({ misses: 2, staleServed: 2, loadFailures: 1 })
  })

  it('not for a load that is still running when the window ends', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 20 })
    cache.set('a', 1)
    clock.advance(29)
    const waiting = cache.fetch('a', load)
    clock.advance(1)
    call(0).result.reject(down)
    await expect(waiting).rejects.toBe(down)
  })

  it('also when the stale entry was evicted during the load', async () => {
    const { cache, clock, load, call } = loadingCache({ max: 1, ttlMs: 10, staleIfErrorMs: 20 })
    cache.set('a', 1)
    clock.advance(10)
    const waiting = cache.fetch('a', load)
    cache.set('b', 2)
    call(0).result.reject(down)
    expect(await waiting).toBe(1)
  })

  it.each<[string, (cache: Cache<string, number>) => void]>([
    ['deleted', (cache) => void cache.delete('a')],
    ['cleared', (cache) => cache.clear()],
    ['set', (cache) => void cache.set('a', 5)],
    ['invalidated', (cache) => cache.invalidateTag('t')],
  ])('not when it was %s during the load', async (_, act) => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 20 })
    cache.set('a', 1, { tags: ['t'] })
    clock.advance(10)
    const waiting = cache.fetch('a', load)
    act(cache)
    call(0).result.reject(down)
    await expect(waiting).rejects.toBe(down)
  })

  it('each caller by its own window, none with forceRefresh', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 20 })
    cache.set('a', 1)
    clock.advance(15)
    const outcomes = Promise.allSettled([
      cache.fetch('a', load),
      cache.fetch('a', load, { staleIfErrorMs: 5 }),
      cache.fetch('a', load, { forceRefresh: true }),
    ])
    call(0).result.reject(down)
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  })
})

describe('softTimeoutMs', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('returns the stale value when the load is slow, and keeps loading', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000, softTimeoutMs: 50 })
    cache.set('a', 1)
    clock.advance(10)
    const waiting = cache.fetch('a', load)
    clock.advance(50)
    vi.advanceTimersByTime(50)
    expect(await waiting).toBe(1)
    expect(call(0).context.signal.aborted).toBe(false)
    expect(cache.getCacheStats()).toMatchObject({ inflight: 1, staleServed: 1 })
    // Who comes while it is slow does not wait again.
    expect(await cache.fetch('a', load)).toBe(1)
    call(0).result.resolve(2)
    await settled()
    expect(cache.get('a')).toBe(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('waits without a stale value', async () => {
    const { cache, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000, softTimeoutMs: 50 })
    const waiting = cache.fetch('a', load)
    expect(vi.getTimerCount()).toBe(0)
    call(0).result.resolve(2)
    expect(await waiting).toBe(2)
  })

  it('0 returns the stale value at once', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000, softTimeoutMs: 0 })
    cache.set('a', 1)
    clock.advance(10)
    expect(await cache.fetch('a', load)).toBe(1)
    call(0).result.resolve(2)
    await settled()
    expect(cache.get('a')).toBe(2)
  })

  it('tells onError when the load fails after everybody was served', async () => {
    const { cache, clock, load, call, errors } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000, softTimeoutMs: 50 })
    cache.set('a', 1)
    clock.advance(10)
    const waiting = cache.fetch('a', load)
    vi.advanceTimersByTime(50)
    await waiting
    call(0).result.reject(down)
    await settled()
    expect(errors).toEqual([[down, 'a']])
  })

  it('is not shown what was invalidated meanwhile: such a caller waits on', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000, softTimeoutMs: 50 })
    cache.set('a', 1, { tags: ['t'] })
    clock.advance(10)
    const waiting = cache.fetch('a', load)
    cache.invalidateTag('t')
    vi.advanceTimersByTime(50)
    call(0).result.resolve(2)
    expect(await waiting).toBe(2)
  })

  it('is over for a caller that was served: its signal no longer reaches the load', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000, softTimeoutMs: 50 })
    cache.set('a', 1).set('b', 1)
    clock.advance(10)
    const controller = new AbortController()
    const { signal } = controller
    const both = [cache.fetch('a', load, { signal }), cache.fetch('b', load, { signal, softTimeoutMs: 500 })]
    vi.advanceTimersByTime(50)
    expect(await both[0]).toBe(1)
    controller.abort('gone')
    await expect(both[1]).rejects.toBe('gone')
    expect([call(0).context.signal.aborted, call(1).context.signal.aborted]).toEqual([false, true])
  })

  it('sets no timer that outlives the load', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000, softTimeoutMs: 50 })
    cache.set('a', 1)
    clock.advance(10)
    const waiting = cache.fetch('a', load)
    expect(vi.getTimerCount()).toBe(1)
    call(0).result.resolve(2)
    await waiting
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('loadTimeoutMs', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('ends a load that hangs: aborts its signal, rejects who waits, drops what comes late', async () => {
    const { cache, load, call, calls, errors } = loadingCache({ loadTimeoutMs: 100 })
    const waiting = cache.fetch('a', load)
    vi.advanceTimersByTime(100)
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_CACHE_LOAD_TIMEOUT', key: 'a', limitMs: 100 })
    expect(call(0).context.signal.reason).toBeInstanceOf(LoadTimeoutError)
    expect(errors).toHaveLength(1)
    call(0).result.resolve(1)
    await settled()
    expect(cache.has('a')).toBe(false)
    void cache.fetch('a', load)
    expect(calls).toHaveLength(2)
  })

  it('counts as a failure that a stale value stands in for', async () => {
    const { cache, clock, load } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000, loadTimeoutMs: 100 })
    cache.set('a', 1)
    clock.advance(10)
    const waiting = cache.fetch('a', load)
    vi.advanceTimersByTime(100)
    expect(await waiting).toBe(1)
  })

  it('ends a refresh that hangs, so that the next one can run', async () => {
    const { cache, clock, load, calls } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 1000, loadTimeoutMs: 100 })
    cache.set('a', 1)
    clock.advance(10)
    await cache.fetch('a', load)
    vi.advanceTimersByTime(100)
    expect(await cache.fetch('a', load)).toBe(1)
    expect(calls).toHaveLength(2)
  })
})

describe('a refresh in the background', () => {
  it('is aborted by the last caller that joined it', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1)
    clock.advance(10)
    await cache.fetch('a', load)
    const controller = new AbortController()
    const joined = cache.fetch('a', load, { forceRefresh: true, signal: controller.signal })
    controller.abort('gone')
    await expect(joined).rejects.toBe('gone')
    expect(call(0).context.signal.aborted).toBe(true)
  })

  it('is not started by a caller that has left', async () => {
    const { cache, clock, load, calls } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1)
    clock.advance(10)
    await expect(cache.fetch('a', load, { signal: AbortSignal.abort('gone') })).rejects.toBe('gone')
    expect(calls).toHaveLength(0)
  })

  it('is not stored when the key was set meanwhile', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1)
    clock.advance(10)
    await cache.fetch('a', load)
    cache.set('a', 5)
    call(0).result.resolve(2)
    await settled()
    expect(cache.get('a')).toBe(5)
  })

  it.each<[string, (cache: Cache<string, number>) => unknown]>([
    ['deleted', (cache) => cache.delete('a')],
    ['cleared', (cache) => cache.clear()],
    ['invalidated', (cache) => cache.invalidateTag('t')],
  ])('that hangs holds nobody up when its key was %s', async (_, act) => {
    const { cache, clock, load, call, calls } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1, { tags: ['t'] })
    clock.advance(10)
    await cache.fetch('a', load, { tags: ['t'] })
    act(cache)
    const waiting = cache.fetch('a', load)
    expect(calls).toHaveLength(2)
    expect(call(0).context.signal.aborted).toBe(true)
    call(1).result.resolve(2)
    expect(await waiting).toBe(2)
    call(0).result.resolve(1)
    await settled()
    expect(cache.get('a')).toBe(2)
  })

  it('ends with the cache', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1)
    clock.advance(10)
    await cache.fetch('a', load)
    cache.destroy()
    expect(call(0).context.signal.reason).toMatchObject({ code: 'ERR_CACHE_DESTROYED' })
    call(0).result.reject(down)
    await settled()
  })
})
