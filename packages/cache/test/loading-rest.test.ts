import { describe, expect, it, vi } from 'vitest'
import { Cache, type CacheOptions, type FetchOptions } from '../src/index.ts'
import { checkStructure, settled, VirtualClock } from './harness.ts'
import { loadingCache } from './loading.ts'

const down = new Error('down')

describe('negativeTtlMs', () => {
  it.each([undefined, null])('is the TTL of %s', async (nothing) => {
    const { clock } = loadingCache()
    const cache = new Cache<string, number | null | undefined>({ max: 2, ttlMs: 100, negativeTtlMs: 10, clock })
    const load = vi.fn(() => nothing)
    await cache.fetch('a', load)
    clock.advance(9)
    expect(await cache.fetch('a', load)).toBe(nothing)
    expect(load).toHaveBeenCalledTimes(1)
    clock.advance(1)
    await cache.fetch('a', load)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('0 stores nothing, and other values as ever', async () => {
    const cache = new Cache<string, number | undefined>({ max: 2, negativeTtlMs: 0 })
    await cache.fetch('a', () => undefined)
    await cache.fetch('b', () => 0)
    expect([cache.has('a'), cache.has('b')]).toEqual([false, true])
  })
})

describe('errorTtlMs', () => {
  it('remembers a failure for so long', async () => {
    const { cache, clock, load, call, calls } = loadingCache({ errorTtlMs: 10 })
    const first = cache.fetch('a', load)
    call(0).result.reject(down)
    await expect(first).rejects.toBe(down)
    clock.advance(9)
    await expect(cache.fetch('a', load)).rejects.toBe(down)
    expect(calls).toHaveLength(1)
    clock.advance(1)
    void cache.fetch('a', load)
    expect(calls).toHaveLength(2)
  })

  it('is 0 unless asked for', async () => {
    const { cache, load, call, calls } = loadingCache()
    const first = cache.fetch('a', load)
    call(0).result.reject(down)
    await expect(first).rejects.toBe(down)
    void cache.fetch('a', load)
    expect(calls).toHaveLength(2)
  })

  it('keeps a stale value standing in without a load, and stops refreshes', async () => {
    const { cache, clock, load, call, calls } = loadingCache({
      ttlMs: 10,
      staleWhileRevalidateMs: 5,
      staleIfErrorMs: 100,
      errorTtlMs: 50,
    })
    cache.set('a', 1)
    clock.advance(10)
    await cache.fetch('a', load)
    call(0).result.reject(down)
    await settled()
    expect(await cache.fetch('a', load)).toBe(1)
    clock.advance(10)
    expect(await cache.fetch('a', load)).toBe(1)
    expect(calls).toHaveLength(1)
    clock.advance(40)
    void cache.fetch('a', load)
    expect(calls).toHaveLength(2)
  })

  it.each<[string, (cache: Cache<string, number>) => unknown]>([
    ['set', (cache) => cache.set('a', 1)],
    ['deleted', (cache) => cache.delete('a')],
    ['cleared', (cache) => cache.clear()],
    ['invalidated', (cache) => cache.invalidateTag('any')],
    ['loaded with forceRefresh', (cache) => cache.fetch('a', () => 1, { forceRefresh: true })],
  ])('ends when the key is %s', async (_, act) => {
    const { cache } = loadingCache({ errorTtlMs: 1000 })
    await expect(cache.fetch('a', () => Promise.reject(down))).rejects.toBe(down)
    await act(cache)
    expect(await cache.fetch('a', () => 1)).toBe(1)
  })

  it('does not keep anybody from joining a load that runs all the same', async () => {
    const { cache, load, call } = loadingCache({ errorTtlMs: 1000 })
    await expect(cache.fetch('a', () => Promise.reject(down))).rejects.toBe(down)
    const forced = cache.fetch('a', load, { forceRefresh: true })
    const joined = cache.fetch('a', load)
    call(0).result.resolve(1)
    expect(await Promise.all([forced, joined])).toEqual([1, 1])
  })

  it('keeps as many failures as entries', async () => {
    const { cache, calls, load } = loadingCache({ max: 2, errorTtlMs: 1000 })
    for (const key of 'abc') await expect(cache.fetch(key, () => Promise.reject(down))).rejects.toBe(down)
    void cache.fetch('a', load)
    await expect(cache.fetch('b', load)).rejects.toBe(down)
    expect(calls).toHaveLength(1)
  })
})

describe('ttlJitter', () => {
  it('takes up to its part off the TTL of loaded entries', async () => {
    const chances = [0, 0.5, 0.999]
    const { cache, clock } = loadingCache({ ttlMs: 100, ttlJitter: 0.2, random: () => chances.shift() ?? 0 })
    for (const key of 'abc') await cache.fetch(key, () => 1)
    cache.set('d', 1)
    clock.advance(85)
    expect([...'abcd'].map((key) => cache.has(key))).toEqual([true, true, false, true])
    clock.advance(5)
    expect([...'abcd'].map((key) => cache.has(key))).toEqual([true, false, false, true])
  })

  it('fails a load for a chance that is none, in place of a TTL that never ends', async () => {
    const cache = new Cache<string, number>({ max: 2, ttlMs: 100, ttlJitter: 0.5, random: () => Number.NaN })
    await expect(cache.fetch('a', () => 1)).rejects.toThrow('the TTL by random() must be')
    expect(cache.size).toBe(0)
  })

  it('leaves a TTL without end alone', async () => {
    const { cache, clock } = loadingCache({ ttlJitter: 1, random: () => 0.5 })
    await cache.fetch('a', () => 1)
    clock.advance(1e15)
    expect(cache.has('a')).toBe(true)
  })
})

describe('refreshAhead', () => {
  it('loads before the deadline, earlier the longer loads take and the smaller the chance drawn', async () => {
    let chance = 0
    const { cache, clock, load, call, calls } = loadingCache({ ttlMs: 100, refreshAhead: 1, random: () => chance })
    const first = cache.fetch('a', load)
    clock.advance(20)
    call(0).result.resolve(1)
    await first
    // The load took 20 ms. Chance 1 - e⁻¹: 20 ms ahead.
    chance = 1 - Math.exp(-1)
    clock.advance(79)
    expect(await cache.fetch('a', load)).toBe(1)
    expect(calls).toHaveLength(1)
    clock.advance(1.001)
    expect(await cache.fetch('a', load)).toBe(1)
    expect(calls).toHaveLength(2)
    expect(cache.getCacheStats().refreshes).toBe(1)
    call(1).result.resolve(2)
    await settled()
    expect(cache.get('a')).toBe(2)
  })

  it('keeps the entry when the refresh fails', async () => {
    const { cache, clock, errors } = loadingCache({ ttlMs: 100, refreshAhead: 1e9, random: () => 0.5 })
    await cache.fetch('a', async () => {
      clock.advance(1)
      return 1
    })
    expect(await cache.fetch('a', () => Promise.reject(down))).toBe(1)
    await settled()
    expect(cache.get('a')).toBe(1)
    expect(errors).toEqual([[down, 'a']])
  })
})

/** What became an uncaught exception during `act`. */
async function uncaughtDuring(act: () => Promise<void>): Promise<unknown[]> {
  const uncaught: unknown[] = []
  const before = process.rawListeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error))
  try {
    await act()
    await settled()
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of before) process.on('uncaughtException', listener as () => void)
  }
  return uncaught
}

describe('a listener', () => {
  const failure = new Error('in a listener')
  const listener = (): void => {
    throw failure
  }

  it('onError that throws is an uncaught exception, and nobody loses a result', async () => {
    const cache = new Cache<string, number>({ max: 2, onError: listener })
    const uncaught = uncaughtDuring(() => expect(cache.fetch('a', () => Promise.reject(down))).rejects.toBe(down))
    expect(await uncaught).toEqual([failure])
  })

  it('onDispose that throws for the entry that a fetch finds expired does not keep it from loading', async () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 2, ttlMs: 10, clock, onDispose: listener })
    cache.set('a', 1)
    clock.advance(10)
    const uncaught = uncaughtDuring(() => expect(cache.fetch('a', () => 2)).resolves.toBe(2))
    expect(await uncaught).toEqual([failure])
    expect(cache.get('a')).toBe(2)
  })
})

describe('a loader', () => {
  it('that asks for its own key at once is told so', async () => {
    const cache = new Cache<string, number>({ max: 2 })
    const result = cache.fetch('a', async (key) => (await cache.fetch(key, () => 1)) + 1)
    await expect(result).rejects.toMatchObject({ code: 'ERR_CACHE_REENTRY', key: 'a' })
    expect(await cache.fetch('a', () => 1)).toBe(1)
  })

  it('that asks for its own key later waits for itself, until the time limit', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const cache = new Cache<string, number>({ max: 2, loadTimeoutMs: 100 })
      const result = cache.fetch('a', async (key) => {
        await settled()
        return cache.fetch(key, () => 1)
      })
      const outcome = expect(result).rejects.toMatchObject({ code: 'ERR_CACHE_LOAD_TIMEOUT' })
      await settled()
      vi.advanceTimersByTime(100)
      await outcome
    } finally {
      vi.useRealTimers()
    }
  })

  it('may load other keys', async () => {
    const cache = new Cache<string, number>({ max: 5 })
    expect(await cache.fetch('a', async () => (await cache.fetch('b', () => 1)) + 1)).toBe(2)
  })

  it('that resolves after resize is stored within the new bound', async () => {
    const { cache, load, call } = loadingCache({ max: 4 })
    cache.set('x', 1).set('y', 2).set('z', 3)
    const waiting = cache.fetch('a', load)
    cache.resize(1)
    call(0).result.resolve(9)
    expect(await waiting).toBe(9)
    expect([...cache]).toEqual([['a', 9]])
    checkStructure(cache)
  })

  it('whose value is too heavy delivers without being stored', async () => {
    const cache = new Cache<string, string>({ max: 4, maxWeight: 5, weigh: (value) => value.length })
    cache.set('a', 'old')
    expect(await cache.fetch('a', () => 'too heavy', { forceRefresh: true })).toBe('too heavy')
    expect(cache.has('a')).toBe(false)
    expect(cache.getCacheStats()).toMatchObject({ rejections: 1, loadFailures: 0 })
  })

  it.each<[string, Partial<CacheOptions<string, number>>, FetchOptions<string, number>]>([
    ['ttlMs', { ttlMs: () => Number.NaN }, {}],
    ['weigh', { maxWeight: 5, weigh: () => -1 }, {}],
    ['tags', {}, { tags: () => [1] as unknown as string[] }],
  ])('has failed when %s() of its value does', async (_, options, fetchOptions) => {
    const { cache } = loadingCache(options)
    await expect(cache.fetch('a', () => 1, fetchOptions)).rejects.toThrow(/must be/)
    expect(cache.getCacheStats()).toMatchObject({ loadFailures: 1, inflight: 0, size: 0 })
  })
})

describe('options', () => {
  it.each<[object, RegExp]>([
    [{ staleWhileRevalidateMs: -1 }, /staleWhileRevalidateMs must be a number .*got -1/],
    [{ staleIfErrorMs: '5' }, /staleIfErrorMs must be a number .*got "5"/],
    [{ softTimeoutMs: 5 }, /softTimeoutMs needs staleIfErrorMs/],
    [{ loadTimeoutMs: 0 }, /loadTimeoutMs must be a number .*got 0/],
    [{ ttlJitter: 1.5 }, /ttlJitter must be a number from 0 to 1, got 1.5/],
    [{ refreshAhead: Number.NaN }, /refreshAhead must be .*got NaN/],
    [{ maxTags: 0 }, /maxTags must be an integer from 1/],
    [{ onError: 1 }, /onError must be a function, got 1/],
    [{ random: 1 }, /random must be a function/],
    [{ staleWhileRevalidate: 1 }, /did you mean "staleWhileRevalidateMs"/],
  ])('%o of the cache', (options, problem) => {
    expect(() => new Cache({ max: 1, ...options })).toThrow(problem)
  })

  it.each<[object, RegExp]>([
    [{ staleIfErrorMs: -1 }, /staleIfErrorMs must be/],
    [{ tags: 'a' }, /tags must be an array of strings, got "a"/],
    [{ tags: [1] }, /tags must be an array of strings, got an array of 1/],
    [{ tag: ['a'] }, /did you mean "tags"/],
    [{ signal: {} }, /signal must be an AbortSignal/],
  ])('%o of fetch', async (options, problem) => {
    await expect(new Cache<string, number>({ max: 1 }).fetch('a', () => 1, options)).rejects.toThrow(problem)
  })

  it('of a tagged set', () => {
    const cache = new Cache<string, number>({ max: 1 })
    expect(() => cache.set('a', 1, { tags: [1] as unknown as string[] })).toThrow(/tags must be/)
    expect(() => cache.invalidateTag(1 as unknown as string)).toThrow(/tags must be/)
    expect(cache.size).toBe(0)
  })
})
