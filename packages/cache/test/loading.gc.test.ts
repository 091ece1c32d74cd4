import { describe, expect, it } from 'vitest'
import { batchLoader, Cache } from '../src/index.ts'
import { settled, VirtualClock } from './harness.ts'

async function collected(refs: readonly WeakRef<object>[]): Promise<number> {
  for (let round = 0; round < 10; round++) {
    await settled()
    globalThis.gc?.()
    if (refs.every((ref) => ref.deref() === undefined)) break
  }
  return refs.filter((ref) => ref.deref() === undefined).length
}

// Loops and awaits stand in functions of their own: the registers of a test keep its last variables alive.
async function loadAndDelete(cache: Cache<number, object>, count: number): Promise<WeakRef<object>[]> {
  const refs: WeakRef<object>[] = []
  for (let i = 0; i < count; i++) {
    const loader = (): object => ({ i })
    refs.push(new WeakRef(loader), new WeakRef(await cache.fetch(i, loader, { tags: [`tag ${i}`] })))
    cache.delete(i)
  }
  return refs
}

async function failing(cache: Cache<number, object>, count: number): Promise<WeakRef<object>[]> {
  const refs: WeakRef<object>[] = []
  for (let i = 0; i < count; i++) {
    const error = new Error(`load ${i}`)
    refs.push(new WeakRef(error))
    await cache.fetch(i, () => Promise.reject(error)).catch(() => {})
  }
  return refs
}

async function refreshed(cache: Cache<string, object>, clock: VirtualClock, count: number): Promise<WeakRef<object>[]> {
  const refs: WeakRef<object>[] = []
  for (let i = 0; i < count; i++) {
    refs.push(new WeakRef(await cache.fetch('a', async () => ({ i }))))
    await settled()
    clock.advance(10)
  }
  cache.clear()
  return refs
}

async function left(cache: Cache<number, object>, count: number): Promise<WeakRef<object>[]> {
  const refs: WeakRef<object>[] = []
  for (let i = 0; i < count; i++) {
    const controller = new AbortController()
    const hung = (): Promise<object> => new Promise(() => {})
    refs.push(new WeakRef(hung), new WeakRef(controller.signal))
    const waiting = cache.fetch(i, hung, { signal: controller.signal }).catch(() => {})
    controller.abort('gone')
    await waiting
  }
  return refs
}

async function bulk(cache: Cache<number, object>): Promise<WeakRef<object>[]> {
  const load = batchLoader<number, object>((keys) => keys.map((key) => ({ key })))
  const values = await Promise.all([1, 2, 3].map((key) => cache.fetch(key, load)))
  cache.clear()
  return [new WeakRef(load), ...values.map((value) => new WeakRef(value))]
}

describe('memory of loading', () => {
  it('lets go of loaders, values and tags', async () => {
    expect(await collected(await loadAndDelete(new Cache({ max: 10 }), 50))).toBe(100)
  })

  it('lets go of failures once they are forgotten', async () => {
    const cache = new Cache<number, object>({ max: 10, errorTtlMs: 1e9 })
    const refs = await failing(cache, 50)
    expect(await collected(refs.slice(0, 40))).toBe(40)
    cache.clear()
    expect(await collected(refs)).toBe(50)
  })

  it('lets go of values that were replaced by a refresh', async () => {
    const clock = new VirtualClock()
    const cache = new Cache<string, object>({ max: 10, ttlMs: 5, staleWhileRevalidateMs: 50, clock })
    expect(await collected(await refreshed(cache, clock, 50))).toBe(50)
  })

  it('lets go of loads that hang when everybody has left', async () => {
    const cache = new Cache<number, object>({ max: 10 })
    expect(await collected(await left(cache, 50))).toBe(100)
    expect(cache.getCacheStats().inflight).toBe(0)
  })

  it('lets go of bulk loads', async () => {
    expect(await collected(await bulk(new Cache({ max: 10 })))).toBe(4)
  })
})
