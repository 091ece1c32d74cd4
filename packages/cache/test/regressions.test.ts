import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { Cache } from '../src/index.ts'
import { checkStructure, deferred, settled, VirtualClock } from './harness.ts'
import { inspectCache } from './table-inspection.ts'

// Each test is named after the defect of another cache, or of the design this one replaces, that it keeps out.

/** What a process prints, and how it ends, that does this. */
function run(script: string): { stdout: string; status: number | null } {
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      '--conditions=@breakwater/source',
      '--input-type=module',
      '-e',
      `import { Cache } from '@breakwater/cache'\n${script}`,
    ],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8', timeout: 20_000 },
  )
  return { stdout, status }
}

describe('TTL', () => {
  it('ttlcache 2.1.5: {max: 3, ttl: Infinity} hangs at the 4th set', () => {
    const cache = new Cache<string, number>({ max: 3, ttlMs: Number.POSITIVE_INFINITY })
    for (const key of 'abcd') cache.set(key, 1)
    expect([...cache.keys()]).toEqual(['d', 'c', 'b'])
  })

  it('parse-server #10632: Infinity overflows a 32-bit timer and the entry is gone after 1 ms', async () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 3, ttlMs: Number.POSITIVE_INFINITY, clock })
    cache.set('a', 1)
    clock.advance(2 ** 53)
    await settled()
    expect(cache.get('a')).toBe(1)
  })

  it('node-cache #157: a TTL above 2^31 ms ends at once', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 3, clock })
    cache.set('a', 1, { ttlMs: 2 ** 31 }).set('b', 1, { ttlMs: Number.MAX_VALUE })
    clock.advance(2 ** 31 - 1)
    expect(cache.get('a')).toBe(1)
    clock.advance(1)
    expect(cache.get('a')).toBeUndefined()
    expect(cache.get('b')).toBe(1)
  })

  it('lru-cache PR #392: entries that are read again and again never expire', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 3, ttlMs: 10, clock })
    cache.set('a', 1)
    for (let i = 0; i < 9; i++) {
      clock.advance(1)
      expect(cache.get('a')).toBe(1)
    }
    clock.advance(1)
    expect(cache.get('a')).toBeUndefined()
    expect(cache.size).toBe(0)
  })

  it('lru-cache #408: expired entries stay in memory', () => {
    const clock = new VirtualClock()
    const cache = new Cache<number, object>({ max: 1000, ttlMs: 10, clock })
    for (let i = 0; i < 1000; i++) cache.set(i, {})
    clock.advance(10)
    for (let i = 0; i < 126; i++) cache.set(-1 - i, {})
    expect(cache.size).toBe(126)
  })

  it('lru-cache #138: a live entry is evicted while an expired one stays', () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 4, clock })
    cache.set('live', 1).set('also live', 2).set('dead', 3, { ttlMs: 1 }).set('also dead', 4, { ttlMs: 1 })
    clock.advance(1)
    cache.set('x', 5).set('y', 6)
    expect(cache.getCacheStats()).toMatchObject({ evictions: 0, expirations: 2 })
    expect(cache.has('live')).toBe(true)
  })

  it('legacy session map: the timer of the old entry deletes the renewed one', () => {
    vi.useFakeTimers()
    try {
      const cache = new Cache<string, number>({ max: 3, ttlMs: 1000 })
      cache.set('session', 1)
      vi.advanceTimersByTime(900)
      cache.set('session', 2)
      vi.advanceTimersByTime(900)
      expect(cache.get('session')).toBe(2)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('node-cache #116: the process stays alive for the cache', () => {
    expect(
      run(`
        const cache = new Cache({ max: 10, ttlMs: 3_600_000, staleWhileRevalidateMs: 3_600_000, loadTimeoutMs: 60_000 })
        cache.set('a', 1).set('b', 1, { ttlMs: 1 })
        setTimeout(async () => console.log(cache.size, await cache.fetch('b', () => new Promise(() => {}))), 2)`),
    ).toEqual({ stdout: '2 1\n', status: 0 })
    expect(
      run(`
        const cache = new Cache({ max: 10 })
        void cache.fetch('b', () => new Promise(() => {}))
        console.log(cache.getCacheStats().inflight)`),
    ).toEqual({ stdout: '1\n', status: 0 })
  })

  it('a load with a time limit: the process ends before who awaits it is told', () => {
    expect(
      run(`
        const cache = new Cache({ max: 10, loadTimeoutMs: 50 })
        console.log(await cache.fetch('b', () => new Promise(() => {})).catch(({ code }) => code))`),
    ).toEqual({ stdout: 'ERR_CACHE_LOAD_TIMEOUT\n', status: 0 })
  })
})

describe('bound and order', () => {
  it('quick-lru #17: holds twice max', () => {
    const cache = new Cache<number, number>({ max: 100 })
    let most = 0
    for (let i = 0; i < 500; i++) {
      cache.set(i, i)
      most = Math.max(most, inspectCache(cache).slots.length, [...cache.keys()].length)
    }
    expect(most).toBe(100)
  })

  it('legacy sort-and-drop: reading does not save an entry, and 10 % leave at once', () => {
    const cache = new Cache<number, number>({ max: 100 })
    for (let i = 0; i < 100; i++) cache.set(i, i)
    cache.get(0)
    cache.set(100, 100)
    expect(cache.size).toBe(100)
    expect(cache.has(0)).toBe(true)
    expect([...cache.keys()]).toContain(100)
  })

  it('node-cache: set throws when the cache is full', () => {
    const cache = new Cache<number, number>({ max: 1 })
    expect(() => cache.set(1, 1).set(2, 2)).not.toThrow()
  })

  it('legacy DB cache: no bound', () => {
    expect(() => new Cache({} as { max: number })).toThrow('max')
  })

  it('quick-lru: no report of delete and clear', () => {
    const reasons: string[] = []
    const cache = new Cache<string, number>({ max: 2, onDispose: (_v, _k, reason) => reasons.push(reason) })
    cache.set('a', 1).set('b', 1)
    cache.delete('a')
    cache.clear()
    expect(reasons).toEqual(['delete', 'clear'])
  })
})

describe('fetch', () => {
  it('lru-cache #320: max+1 parallel fetches lose one', async () => {
    const cache = new Cache<number, number>({ max: 3 })
    const loads = Array.from({ length: 40 }, () => deferred<number>())
    const results = loads.map((load, i) => cache.fetch(i, () => load.promise))
    for (const [i, load] of loads.entries()) load.resolve(i * 10)
    expect(await Promise.all(results)).toEqual(loads.map((_, i) => i * 10))
    expect([...cache.keys()]).toEqual([39, 38, 37])
  })

  it('lru-cache #389: a load is lost when its key is evicted', async () => {
    const cache = new Cache<string, number>({ max: 1 })
    cache.set('a', 0)
    const load = deferred<number>()
    let aborted = false
    const waiting = cache.fetch(
      'a',
      (_, { signal }) => {
        signal.addEventListener('abort', () => {
          aborted = true
        })
        return load.promise
      },
      { forceRefresh: true },
    )
    cache.set('b', 1).set('c', 2)
    load.resolve(9)
    expect(await waiting).toBe(9)
    expect(aborted).toBe(false)
    expect(cache.get('a')).toBe(9)
  })

  it('lru-cache #274: fetch resolves undefined when the entry went meanwhile', async () => {
    const cache = new Cache<string, number>({ max: 2 })
    const load = deferred<number>()
    const waiting = cache.fetch('a', () => load.promise)
    cache.set('a', 1)
    cache.delete('a')
    cache.clear()
    load.resolve(2)
    expect(await waiting).toBe(2)
  })

  it('cacheable #888: callers that come one turn later start a second load', async () => {
    const cache = new Cache<string, number>({ max: 2 })
    const load = deferred<number>()
    const loader = vi.fn(() => load.promise)
    const waiting: Promise<number>[] = []
    for (let i = 0; i < 5; i++) {
      waiting.push(cache.fetch('a', loader))
      await settled()
    }
    load.resolve(1)
    expect(await Promise.all(waiting)).toEqual([1, 1, 1, 1, 1])
    expect(loader).toHaveBeenCalledTimes(1)
  })

  it('async-cache-dedupe #164: no single flight once the entry has expired', async () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, number>({ max: 2, ttlMs: 10, clock })
    cache.set('a', 1)
    clock.advance(10)
    const loader = vi.fn(async () => 2)
    expect(await Promise.all([cache.fetch('a', loader), cache.fetch('a', loader)])).toEqual([2, 2])
    expect(loader).toHaveBeenCalledTimes(1)
  })

  it('HybridCache #7771: who asks after an invalidation gets the answer from before it', async () => {
    const cache = new Cache<string, string>({ max: 2 })
    let row = 'before'
    const load = async (): Promise<string> => {
      const read = row
      await settled()
      return read
    }
    const early = cache.fetch('a', load)
    row = 'after'
    cache.delete('a')
    expect(await cache.fetch('a', load)).toBe('after')
    expect(await early).toBe('before')
    expect(cache.get('a')).toBe('after')
  })

  it('legacy DB cache: not-found is not cached', async () => {
    const cache = new Cache<string, null>({ max: 2 })
    const loader = vi.fn(() => null)
    await cache.fetch('missing', loader)
    await cache.fetch('missing', loader)
    expect(loader).toHaveBeenCalledTimes(1)
  })

  it('legacy DB cache: its lock does not lock', async () => {
    const cache = new Cache<string, number>({ max: 2 })
    let running = 0
    let most = 0
    const loader = async (): Promise<number> => {
      most = Math.max(most, ++running)
      await settled()
      running--
      return 1
    }
    await Promise.all(Array.from({ length: 50 }, () => cache.fetch('a', loader)))
    expect(most).toBe(1)
    checkStructure(cache)
  })
})

describe('package', () => {
  it('imports nothing but its own files, so that it runs outside Node', () => {
    const folder = fileURLToPath(new URL('../src', import.meta.url))
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue
      const sources = [...readFileSync(`${folder}/${file}`, 'utf8').matchAll(/from '([^']+)'/g)].map(
        (match) => match[1],
      )
      expect(sources.filter((source) => !source?.startsWith('.'))).toEqual([])
    }
  })
})
