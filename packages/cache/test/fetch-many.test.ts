import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { batchLoader, Cache, type LoaderContext } from '../src/index.ts'
import { deferred, settled, VirtualClock } from './harness.ts'

const down = new Error('down')
const upper = (keys: readonly string[]): Map<string, string> => new Map(keys.map((key) => [key, key.toUpperCase()]))

describe('fetchMany', () => {
  it('loads what is missing in one call and returns all in the order asked for', async () => {
    const cache = new Cache<string, string>({ max: 10 })
    cache.set('b', 'stored')
    const loadMany = vi.fn(upper)
    const values = await cache.fetchMany(['c', 'b', 'a', 'c'], loadMany)
    expect([...values]).toEqual([
      ['c', 'C'],
      ['b', 'stored'],
      ['a', 'A'],
    ])
    expect(loadMany.mock.calls.map(([keys]) => keys)).toEqual([['c', 'a']])
    expect(cache.getCacheStats()).toMatchObject({ hits: 1, misses: 2, size: 3 })
    await cache.fetchMany(['a', 'b', 'c'], loadMany)
    expect(loadMany).toHaveBeenCalledTimes(1)
  })

  it('joins loads that run', async () => {
    const cache = new Cache<string, string>({ max: 10 })
    const single = deferred<string>()
    const first = cache.fetch('a', () => single.promise)
    const loadMany = vi.fn(upper)
    const many = cache.fetchMany(['a', 'b'], loadMany)
    single.resolve('single')
    expect(await first).toBe('single')
    expect(Object.fromEntries(await many)).toEqual({ a: 'single', b: 'B' })
    expect(loadMany.mock.calls.map(([keys]) => keys)).toEqual([['b']])
  })

  it('takes an array, where an Error fails its key alone', async () => {
    const cache = new Cache<string, string>({ max: 10 })
    const loadMany = (keys: readonly string[]): (string | Error)[] => keys.map((key) => (key === 'b' ? down : key))
    await expect(cache.fetchMany(['a', 'b', 'c'], loadMany)).rejects.toBe(down)
    expect([...cache.keys()].sort()).toEqual(['a', 'c'])
  })

  it('takes a key that the Map lacks for not found, with the TTL of that', async () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, string | undefined>({ max: 10, ttlMs: 100, negativeTtlMs: 10, clock })
    const loadMany = vi.fn(() => new Map([['a', 'found']]))
    expect(Object.fromEntries(await cache.fetchMany(['a', 'b'], loadMany))).toEqual({ a: 'found', b: undefined })
    clock.advance(10)
    await cache.fetchMany(['a', 'b'], loadMany)
    expect(loadMany.mock.calls).toEqual([
      [['a', 'b'], expect.anything()],
      [['b'], expect.anything()],
    ])
  })

  it.each<[string, () => never]>([
    [
      'throws',
      () => {
        throw down
      },
    ],
    ['rejects', () => Promise.reject(down) as never],
  ])('fails when loadMany %s, and stores nothing', async (_, loadMany) => {
    const cache = new Cache<string, string>({ max: 10 })
    await expect(cache.fetchMany(['a', 'b'], loadMany)).rejects.toBe(down)
    expect(cache.getCacheStats()).toMatchObject({ size: 0, loadFailures: 2, inflight: 0 })
  })

  it.each([[['short']], [undefined], [5]])('fails when loadMany returns %o', async (bulk) => {
    const cache = new Cache<string, string>({ max: 10 })
    await expect(cache.fetchMany(['a', 'b'], () => bulk as never)).rejects.toThrow(/must return a Map, or an array/)
  })

  it('lets the caller leave all of it by one signal, and then aborts the call', async () => {
    const cache = new Cache<string, string>({ max: 10 })
    const controller = new AbortController()
    let context: LoaderContext | undefined
    const many = cache.fetchMany(
      ['a', 'b'],
      (_, given) => {
        context = given
        return new Promise<never>(() => {})
      },
      { signal: controller.signal },
    )
    await settled()
    const other = cache.fetch('a', () => 'never called')
    controller.abort('gone')
    await expect(many).rejects.toBe('gone')
    expect(context?.signal.aborted).toBe(false)
    const left = expect(other).rejects.toMatchObject({ code: 'ERR_CACHE_DESTROYED' })
    cache.destroy()
    await left
    expect(context?.signal.aborted).toBe(true)
  })

  it('refreshes stale keys together in the background', async () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, string>({ max: 10, ttlMs: 10, staleWhileRevalidateMs: 10, clock })
    cache.set('a', 'old').set('b', 'old')
    clock.advance(10)
    const loadMany = vi.fn(upper)
    expect([...(await cache.fetchMany(['a', 'b', 'c'], loadMany)).values()]).toEqual(['old', 'old', 'C'])
    expect(loadMany).toHaveBeenCalledTimes(1)
    expect(cache.get('a')).toBe('A')
  })

  it('of nothing calls nothing', async () => {
    const loadMany = vi.fn(upper)
    expect((await new Cache<string, string>({ max: 1 }).fetchMany([], loadMany)).size).toBe(0)
    expect(loadMany).not.toHaveBeenCalled()
  })
})

describe('batchLoader', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('joins fetch calls of one run of code', async () => {
    const cache = new Cache<string, string>({ max: 10 })
    const loadMany = vi.fn(upper)
    const load = batchLoader(loadMany)
    expect(await Promise.all([cache.fetch('a', load), cache.fetch('b', load), cache.fetch('a', load)])).toEqual([
      'A',
      'B',
      'A',
    ])
    expect(loadMany.mock.calls.map(([keys]) => keys)).toEqual([['a', 'b']])
  })

  it('joins fetch calls within a window', async () => {
    const cache = new Cache<string, string>({ max: 10 })
    const loadMany = vi.fn(upper)
    const load = batchLoader(loadMany, { windowMs: 5 })
    const a = cache.fetch('a', load)
    await settled()
    vi.advanceTimersByTime(4)
    const b = cache.fetch('b', load)
    expect(loadMany).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(await Promise.all([a, b])).toEqual(['A', 'B'])
    const c = cache.fetch('c', load)
    vi.advanceTimersByTime(5)
    expect(await c).toBe('C')
    expect(loadMany.mock.calls.map(([keys]) => keys)).toEqual([['a', 'b'], ['c']])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('calls at once with maxKeys keys', async () => {
    const cache = new Cache<string, string>({ max: 10 })
    const loadMany = vi.fn(upper)
    const load = batchLoader(loadMany, { windowMs: 5, maxKeys: 2 })
    const all = ['a', 'b', 'c'].map((key) => cache.fetch(key, load))
    expect(loadMany.mock.calls.map(([keys]) => keys)).toEqual([['a', 'b']])
    vi.advanceTimersByTime(5)
    await Promise.all(all)
    expect(loadMany.mock.calls.map(([keys]) => keys)).toEqual([['a', 'b'], ['c']])
  })

  it('leaves out keys whose callers have left, and calls nothing for none', async () => {
    const cache = new Cache<string, string>({ max: 10 })
    const loadMany = vi.fn(upper)
    const load = batchLoader(loadMany, { windowMs: 5 })
    const controller = new AbortController()
    const a = cache.fetch('a', load, { signal: controller.signal })
    const b = cache.fetch('b', load)
    controller.abort('gone')
    await expect(a).rejects.toBe('gone')
    vi.advanceTimersByTime(5)
    expect(await b).toBe('B')
    const c = cache.fetch('c', load, { signal: AbortSignal.any([controller.signal, new AbortController().signal]) })
    await expect(c).rejects.toBe('gone')
    vi.advanceTimersByTime(5)
    expect(loadMany.mock.calls.map(([keys]) => keys)).toEqual([['b']])
  })

  it.each<[unknown, object, RegExp]>([
    [5, {}, /loadMany must be a function/],
    [upper, { windowMs: -1 }, /windowMs must be a number from 0 to 60000, got -1/],
    [upper, { maxKeys: 1.5 }, /maxKeys must be an integer/],
    [upper, { window: 5 }, /did you mean "windowMs"/],
  ])('refuses %o with %o', (loadMany, options, problem) => {
    expect(() => batchLoader(loadMany as never, options)).toThrow(problem)
  })
})
