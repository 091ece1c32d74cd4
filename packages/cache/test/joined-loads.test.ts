import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Cache } from '../src/index.ts'
import { settled } from './harness.ts'
import { loadingCache } from './loading.ts'

const down = new Error('down')

describe('a value that was taken out', () => {
  it.each<[string, (cache: Cache<string, number>) => void]>([
    ['delete', (cache) => void cache.delete('a')],
    ['clear', (cache) => cache.clear()],
  ])('by %s stands in for no load that waits for the running one', async (_, act) => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000 })
    const first = cache.fetch('a', load)
    cache.set('a', 1)
    clock.advance(10)
    const second = cache.fetch('a', load)
    act(cache)
    call(0).result.resolve(0)
    expect(await first).toBe(0)
    call(1).result.reject(down)
    expect(call(1).context.stale).toBeUndefined()
    await expect(second).rejects.toBe(down)
  })

  it('by nothing still does, whatever became of the tags of the load before', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000 })
    const first = cache.fetch('a', load, { tags: ['t'] })
    cache.invalidateTag('t')
    cache.set('a', 1)
    clock.advance(10)
    const others = [cache.fetch('a', load), cache.fetch('a', load)]
    call(0).result.resolve(0)
    expect(await first).toBe(0)
    call(1).result.reject(down)
    expect(await Promise.all(others)).toEqual([1, 1])
  })
})

describe('who joins a load', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('brings the stale value that a forced load did without', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000 })
    cache.set('a', 1)
    clock.advance(10)
    const outcomes = Promise.allSettled([cache.fetch('a', load, { forceRefresh: true }), cache.fetch('a', load)])
    call(0).result.reject(down)
    expect(await outcomes).toEqual([
      { status: 'rejected', reason: down },
      { status: 'fulfilled', value: 1 },
    ])
  })

  it('has a soft timeout of its own', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleIfErrorMs: 1000 })
    cache.set('a', 1)
    clock.advance(10)
    const served: string[] = []
    const wait = async (name: string, softTimeoutMs?: number): Promise<void> => {
      served.push(`${name} ${await cache.fetch('a', load, softTimeoutMs === undefined ? {} : { softTimeoutMs })}`)
    }
    const all = [wait('patient'), wait('slow', 90), wait('quick', 30), wait('alike', 90)]
    const steps: [number, string[]][] = [
      [29, []],
      [1, ['quick 1']],
      [59, []],
      [1, ['slow 1', 'alike 1']],
    ]
    for (const [ms, expected] of steps) {
      served.length = 0
      clock.advance(ms)
      vi.advanceTimersByTime(ms)
      await settled()
      expect(served).toEqual(expected)
    }
    expect(vi.getTimerCount()).toBe(0)
    call(0).result.resolve(2)
    await Promise.all(all)
    expect(served.at(-1)).toBe('patient 2')
  })
})
