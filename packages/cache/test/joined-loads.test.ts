import { describe, expect, it } from 'vitest'
import type { Cache } from '../src/index.ts'
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
