import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { Cache, type LoaderContext } from '../src/index.ts'
import { checkStructure, type Deferred, deferred, settled, VirtualClock } from './harness.ts'

interface Call {
  readonly key: string
  readonly signal: AbortSignal
  readonly result: Deferred<number>
}

/** A cache with a loader that is answered by hand. */
function loading(max = 10): {
  cache: Cache<string, number>
  calls: Call[]
  load: (key: string, c: LoaderContext) => Promise<number>
} {
  const calls: Call[] = []
  const load = (key: string, { signal }: LoaderContext): Promise<number> => {
    const call = { key, signal, result: deferred<number>() }
    calls.push(call)
    return call.result.promise
  }
  return { cache: new Cache({ max }), calls, load }
}

function call(calls: Call[], index: number): Call {
  const found = calls[index]
  if (found === undefined) throw new Error(`The loader was called ${calls.length} times, not ${index + 1}`)
  return found
}

describe('single flight', () => {
  it('loads once for all who ask meanwhile, and stores the result', async () => {
    const { cache, calls, load } = loading()
    const all = [cache.fetch('a', load), cache.fetch('a', load), cache.fetch('a', load)]
    expect(calls).toHaveLength(1)
    expect(cache.getCacheStats()).toMatchObject({ loads: 1, inflight: 1, misses: 3, size: 0 })
    call(calls, 0).result.resolve(7)
    expect(await Promise.all(all)).toEqual([7, 7, 7])
    expect(await cache.fetch('a', load)).toBe(7)
    expect(calls).toHaveLength(1)
    expect(cache.getCacheStats()).toMatchObject({ loads: 1, inflight: 0, hits: 1, size: 1 })
  })

  it('loads different keys side by side, odd ones too', async () => {
    const cache = new Cache<unknown, string>({ max: 10 })
    const keys = ['__proto__', '', NaN, -0, 2 ** 32, undefined]
    const results = await Promise.all(keys.map((key) => cache.fetch(key, async (k) => String(k))))
    expect(results).toEqual(keys.map(String))
    expect(await cache.fetch(0, () => 'again')).toBe('0')
    expect(cache.size).toBe(keys.length)
  })

  it('calls the loader at once, with the key', () => {
    const { cache, calls, load } = loading()
    void cache.fetch('a', load)
    expect(call(calls, 0).key).toBe('a')
    expect(call(calls, 0).signal.aborted).toBe(false)
  })

  it('takes a loader that returns a plain value, undefined too', async () => {
    const cache = new Cache<string, number | undefined>({ max: 2 })
    const loader = vi.fn(() => undefined)
    expect(await cache.fetch('a', loader)).toBeUndefined()
    expect(await cache.fetch('a', loader)).toBeUndefined()
    expect(loader).toHaveBeenCalledTimes(1)
    expect(cache.has('a')).toBe(true)
  })

  it('starts the TTL when the load ends; who began the load decides its length', async () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 2, ttlMs: 1000, clock })
    const load = deferred<number>()
    const both = [
      cache.fetch('a', () => load.promise, { ttlMs: 10 }),
      cache.fetch('a', () => load.promise, { ttlMs: 99 }),
    ]
    clock.advance(500)
    load.resolve(1)
    await Promise.all(both)
    clock.advance(9)
    expect(cache.has('a')).toBe(true)
    clock.advance(1)
    expect(cache.has('a')).toBe(false)
  })

  it('loads again after the entry expired', async () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 2, ttlMs: 10, clock })
    let version = 0
    const load = (): number => ++version
    expect(await cache.fetch('a', load)).toBe(1)
    clock.advance(10)
    expect(await cache.fetch('a', load)).toBe(2)
  })
})

describe('failure', () => {
  it('of a loader that rejects goes to all who wait and is not stored', async () => {
    const { cache, calls, load } = loading()
    const all = [cache.fetch('a', load), cache.fetch('a', load)]
    const failure = new Error('down')
    call(calls, 0).result.reject(failure)
    expect(await Promise.allSettled(all)).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
    ])
    expect(cache.has('a')).toBe(false)
    expect(cache.getCacheStats()).toMatchObject({ loadFailures: 1, inflight: 0 })
    expect(await cache.fetch('a', () => 1)).toBe(1)
  })

  it('of a loader that throws synchronously is a rejection', async () => {
    const cache = new Cache<string, number>({ max: 2 })
    const failure = new Error('at once')
    const result = cache.fetch('a', () => {
      throw failure
    })
    await expect(result).rejects.toBe(failure)
    expect(cache.getCacheStats()).toMatchObject({ loads: 1, loadFailures: 1, inflight: 0 })
    expect(await cache.fetch('a', () => 1)).toBe(1)
  })

  it('of a broken thenable is a rejection', async () => {
    const cache = new Cache<string, number>({ max: 2 })
    const failure = new Error('then')
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: the point of the test
      get then(): never {
        throw failure
      },
    }
    await expect(cache.fetch('a', () => thenable as unknown as Promise<number>)).rejects.toBe(failure)
    expect(cache.getCacheStats().inflight).toBe(0)
  })

  it('leaves an older entry in place on forceRefresh', async () => {
    const cache = new Cache<string, number>({ max: 2 })
    cache.set('a', 1)
    await expect(cache.fetch('a', () => Promise.reject(new Error('down')), { forceRefresh: true })).rejects.toThrow(
      'down',
    )
    expect(cache.get('a')).toBe(1)
  })
})

describe('forceRefresh', () => {
  it('loads over a live entry, which is readable until then', async () => {
    const { cache, calls, load } = loading()
    cache.set('a', 1)
    const fresh = cache.fetch('a', load, { forceRefresh: true })
    expect(cache.get('a')).toBe(1)
    expect(await cache.fetch('a', load)).toBe(1)
    call(calls, 0).result.resolve(2)
    expect(await fresh).toBe(2)
    expect(cache.get('a')).toBe(2)
  })

  it('joins a load that runs', async () => {
    const { cache, calls, load } = loading()
    const first = cache.fetch('a', load)
    const second = cache.fetch('a', load, { forceRefresh: true })
    expect(calls).toHaveLength(1)
    call(calls, 0).result.resolve(1)
    expect(await Promise.all([first, second])).toEqual([1, 1])
  })

  it('with ttlMs 0 removes the older entry', async () => {
    const cache = new Cache<string, number>({ max: 2 })
    cache.set('a', 1)
    expect(await cache.fetch('a', () => 2, { forceRefresh: true, ttlMs: 0 })).toBe(2)
    expect(cache.has('a')).toBe(false)
  })
})

describe('a key that changes during its load', () => {
  it('deleted: those who wait get the result, it is not stored', async () => {
    const { cache, calls, load } = loading()
    const waiting = cache.fetch('a', load)
    expect(cache.delete('a')).toBe(false)
    call(calls, 0).result.resolve(1)
    expect(await waiting).toBe(1)
    expect(cache.has('a')).toBe(false)
  })

  it('cleared: likewise', async () => {
    const { cache, calls, load } = loading()
    const waiting = [cache.fetch('a', load), cache.fetch('b', load)]
    cache.clear()
    call(calls, 0).result.resolve(1)
    call(calls, 1).result.resolve(2)
    expect(await Promise.all(waiting)).toEqual([1, 2])
    expect(cache.size).toBe(0)
  })

  it('set: the set value stays, those who wait get the result of the load', async () => {
    const { cache, calls, load } = loading()
    const waiting = cache.fetch('a', load)
    cache.set('a', 5)
    expect(await cache.fetch('a', load)).toBe(5)
    call(calls, 0).result.resolve(1)
    expect(await waiting).toBe(1)
    expect(cache.get('a')).toBe(5)
  })

  it('set with ttlMs 0: the result is not stored either', async () => {
    const { cache, calls, load } = loading()
    const waiting = cache.fetch('a', load)
    cache.set('a', 5, { ttlMs: 0 })
    call(calls, 0).result.resolve(1)
    expect(await waiting).toBe(1)
    expect(cache.has('a')).toBe(false)
  })

  it('set by the loader itself: the set value stays', async () => {
    const cache = new Cache<string, number>({ max: 2 })
    const result = await cache.fetch('a', (key) => {
      cache.set(key, 5)
      return 1
    })
    expect(result).toBe(1)
    expect(cache.get('a')).toBe(5)
  })

  it('deleted, then asked for again: a second load follows the first, never beside it', async () => {
    const { cache, calls, load } = loading()
    const before = cache.fetch('a', load)
    cache.delete('a')
    const after = [cache.fetch('a', load), cache.fetch('a', load)]
    expect(calls).toHaveLength(1)
    call(calls, 0).result.resolve(1)
    expect(await before).toBe(1)
    expect(calls).toHaveLength(2)
    expect(cache.has('a')).toBe(false)
    call(calls, 1).result.resolve(2)
    expect(await Promise.all(after)).toEqual([2, 2])
    expect(cache.get('a')).toBe(2)
  })

  it('deleted, asked for again, first load fails: the second still runs', async () => {
    const { cache, calls, load } = loading()
    const before = cache.fetch('a', load)
    cache.delete('a')
    const after = cache.fetch('a', load)
    call(calls, 0).result.reject(new Error('down'))
    await expect(before).rejects.toThrow('down')
    call(calls, 1).result.resolve(2)
    expect(await after).toBe(2)
  })

  it('deleted, asked for again, then set: who waited for the second load gets the set value without one', async () => {
    const { cache, calls, load } = loading()
    const before = cache.fetch('a', load)
    cache.delete('a')
    const after = cache.fetch('a', load)
    cache.set('a', 5)
    expect(await after).toBe(5)
    call(calls, 0).result.resolve(1)
    expect(await before).toBe(1)
    await settled()
    expect(calls).toHaveLength(1)
    expect(cache.get('a')).toBe(5)
    expect(cache.getCacheStats().inflight).toBe(0)
  })
})

describe('signals', () => {
  it('lets one caller leave with its reason while the load goes on', async () => {
    const { cache, calls, load } = loading()
    const controller = new AbortController()
    const leaver = cache.fetch('a', load, { signal: controller.signal })
    const stayer = cache.fetch('a', load)
    const reason = new Error('no longer wanted')
    controller.abort(reason)
    await expect(leaver).rejects.toBe(reason)
    expect(call(calls, 0).signal.aborted).toBe(false)
    call(calls, 0).result.resolve(1)
    expect(await stayer).toBe(1)
    expect(cache.get('a')).toBe(1)
  })

  it('aborts the loader when the last caller left, with that caller’s reason', async () => {
    const { cache, calls, load } = loading()
    const [first, second] = [new AbortController(), new AbortController()]
    const both = [cache.fetch('a', load, { signal: first.signal }), cache.fetch('a', load, { signal: second.signal })]
    first.abort('one')
    expect(call(calls, 0).signal.aborted).toBe(false)
    second.abort('two')
    expect(call(calls, 0).signal.reason).toBe('two')
    expect(await Promise.allSettled(both)).toEqual([
      { status: 'rejected', reason: 'one' },
      { status: 'rejected', reason: 'two' },
    ])
    expect(cache.getCacheStats()).toMatchObject({ inflight: 0, loadFailures: 0 })
  })

  it('rejects at once when aborted beforehand, without a load, entry or not', async () => {
    const { cache, calls, load } = loading()
    const signal = AbortSignal.abort('early')
    await expect(cache.fetch('a', load, { signal })).rejects.toBe('early')
    cache.set('a', 1)
    await expect(cache.fetch('a', load, { signal })).rejects.toBe('early')
    expect(calls).toHaveLength(0)
    expect(cache.getCacheStats()).toMatchObject({ hits: 0, misses: 0 })
  })

  it('frees the caller of a loader that hangs and ignores its signal; the next fetch loads anew', async () => {
    const { cache, calls, load } = loading()
    const controller = new AbortController()
    const hung = cache.fetch('a', load, { signal: controller.signal })
    controller.abort('too long')
    await expect(hung).rejects.toBe('too long')
    const next = cache.fetch('a', load)
    expect(calls).toHaveLength(2)
    call(calls, 0).result.resolve(1)
    await settled()
    expect(cache.has('a')).toBe(false)
    call(calls, 1).result.resolve(2)
    expect(await next).toBe(2)
  })

  it('swallows the late failure of a load that nobody waits for', async () => {
    const { cache, calls, load } = loading()
    const controller = new AbortController()
    const left = cache.fetch('a', load, { signal: controller.signal })
    controller.abort('gone')
    await expect(left).rejects.toBe('gone')
    call(calls, 0).result.reject(new Error('nobody hears this'))
    await settled()
    expect(cache.getCacheStats().loadFailures).toBe(0)
  })

  it('ends an outdated load when its last caller leaves, and starts the one that waited', async () => {
    const { cache, calls, load } = loading()
    const controller = new AbortController()
    const before = cache.fetch('a', load, { signal: controller.signal })
    cache.delete('a')
    const after = cache.fetch('a', load)
    controller.abort('gone')
    await expect(before).rejects.toBe('gone')
    expect(calls).toHaveLength(2)
    call(calls, 1).result.resolve(2)
    expect(await after).toBe(2)
  })

  it('drops a load that waited for an outdated one when its callers left', async () => {
    const { cache, calls, load } = loading()
    const before = cache.fetch('a', load)
    cache.delete('a')
    const controller = new AbortController()
    const after = cache.fetch('a', load, { signal: controller.signal })
    controller.abort('gone')
    await expect(after).rejects.toBe('gone')
    call(calls, 0).result.resolve(1)
    expect(await before).toBe(1)
    await settled()
    expect(calls).toHaveLength(1)
    expect(cache.getCacheStats().inflight).toBe(0)
  })

  it('keeps order when abort listeners call back into the cache', async () => {
    const cache = new Cache<string, number>({ max: 2 })
    const controller = new AbortController()
    let again: Promise<number> | undefined
    const left = cache.fetch(
      'a',
      (_, { signal }) => {
        signal.addEventListener('abort', () => {
          again = cache.fetch('a', () => 2)
        })
        return new Promise<number>(() => {})
      },
      { signal: controller.signal },
    )
    controller.abort('gone')
    await expect(left).rejects.toBe('gone')
    expect(await again).toBe(2)
    expect(cache.get('a')).toBe(2)
  })

  it('starts no load whose last caller leaves while the one before is being aborted', async () => {
    const { cache, load, calls } = loading()
    const [first, second] = [new AbortController(), new AbortController()]
    const before = cache.fetch(
      'a',
      (_, { signal }) => {
        signal.addEventListener('abort', () => second.abort('also gone'))
        return new Promise<number>(() => {})
      },
      { signal: first.signal },
    )
    cache.delete('a')
    const after = cache.fetch('a', load, { signal: second.signal })
    first.abort('gone')
    await expect(before).rejects.toBe('gone')
    await expect(after).rejects.toBe('also gone')
    expect(calls).toHaveLength(0)
    expect(cache.getCacheStats().inflight).toBe(0)
  })

  it('leaves no listener on a caller’s signal', async () => {
    const { cache, calls, load } = loading()
    const { signal } = new AbortController()
    const waiting = [
      cache.fetch('a', load, { signal }),
      cache.fetch('b', load, { signal }),
      cache.fetch('a', load, { signal }),
    ]
    // One for all: Node 20 warns of more than ten.
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    call(calls, 0).result.resolve(1)
    call(calls, 1).result.reject(new Error('down'))
    await Promise.allSettled(waiting)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

describe('destroy', () => {
  it('rejects who waits, aborts loaders, reports entries, and ends the cache', async () => {
    const reports: unknown[] = []
    const cache = new Cache<string, number>({
      max: 2,
      onDispose: (value, key, reason) => reports.push([value, key, reason]),
    })
    cache.set('kept', 1)
    const signals: AbortSignal[] = []
    const hang = (_: string, { signal }: LoaderContext): Promise<number> => {
      signals.push(signal)
      return new Promise(() => {})
    }
    const running = cache.fetch('a', hang)
    cache.delete('a')
    const waiting = cache.fetch('a', hang)
    cache.destroy()
    cache.destroy()
    await expect(running).rejects.toMatchObject({ name: 'CacheDestroyedError', code: 'ERR_CACHE_DESTROYED' })
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_CACHE_DESTROYED' })
    expect(signals).toHaveLength(1)
    expect(signals[0]?.reason).toMatchObject({ code: 'ERR_CACHE_DESTROYED' })
    expect(reports).toEqual([[1, 'kept', 'clear']])

    cache.set('b', 2)
    expect(cache.size).toBe(0)
    expect(cache.get('b')).toBeUndefined()
    expect([...cache]).toEqual([])
    await expect(cache.fetch('b', () => 1)).rejects.toMatchObject({ code: 'ERR_CACHE_DESTROYED' })
    expect(cache.getCacheStats()).toMatchObject({ size: 0, inflight: 0 })
    checkStructure(cache)
  })

  it('drops what a loader still brings', async () => {
    const { cache, calls, load } = loading()
    const waiting = cache.fetch('a', load)
    cache.destroy()
    await expect(waiting).rejects.toThrow('destroyed')
    call(calls, 0).result.resolve(1)
    await settled()
    expect(cache.size).toBe(0)
  })
})
