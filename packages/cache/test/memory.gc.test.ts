import { describe, expect, it } from 'vitest'
import { Cache } from '../src/index.ts'
import { settled, VirtualClock } from './harness.ts'
import { inspectCache } from './table-inspection.ts'

async function collected(refs: readonly WeakRef<object>[]): Promise<number> {
  for (let round = 0; round < 10; round++) {
    await settled()
    globalThis.gc?.()
    if (refs.every((ref) => ref.deref() === undefined)) break
  }
  return refs.filter((ref) => ref.deref() === undefined).length
}

/** Stores `count` objects and returns weak references to keys and values. */
function fill(cache: Cache<object, object>, count: number): WeakRef<object>[] {
  const refs: WeakRef<object>[] = []
  for (let i = 0; i < count; i++) {
    const [key, value] = [{ key: i }, { value: i }]
    cache.set(key, value)
    refs.push(new WeakRef(key), new WeakRef(value))
  }
  return refs
}

// Loops stand in functions of their own: the registers of a test that awaits keep its last loop variable alive.
function deleteAll(cache: Cache<object, object>): void {
  for (const key of cache.keys()) cache.delete(key)
}

function replace(cache: Cache<string, object>, count: number): WeakRef<object>[] {
  const refs: WeakRef<object>[] = []
  for (let i = 0; i < count; i++) {
    const value = { i }
    cache.set('same', value)
    refs.push(new WeakRef(value))
  }
  cache.set('same', {})
  return refs
}

describe('memory', () => {
  it('runs with gc', () => {
    expect(globalThis.gc).toBeTypeOf('function')
  })

  it('keeps what is stored', async () => {
    const cache = new Cache<object, object>({ max: 100 })
    const refs = fill(cache, 50)
    expect(await collected(refs)).toBe(0)
    expect(cache.size).toBe(50)
  })

  it('lets go of evicted keys and values', async () => {
    const cache = new Cache<object, object>({ max: 10 })
    const refs = fill(cache, 100)
    fill(cache, 10)
    expect(await collected(refs)).toBe(200)
    expect(cache.size).toBe(10)
  })

  it('lets go of deleted ones, the slots being free', async () => {
    const cache = new Cache<object, object>({ max: 100 })
    const refs = fill(cache, 100)
    deleteAll(cache)
    expect(await collected(refs)).toBe(200)
    expect(inspectCache(cache).free).toHaveLength(100)
  })

  it('lets go of cleared, replaced and shrunk-away ones', async () => {
    const cleared = new Cache<object, object>({ max: 100 })
    const clearedRefs = fill(cleared, 100)
    cleared.clear()
    const shrunk = new Cache<object, object>({ max: 100 })
    const shrunkRefs = fill(shrunk, 99)
    shrunk.set({}, {})
    shrunk.resize(1)
    const replaced = new Cache<string, object>({ max: 10 })
    const replacedRefs = replace(replaced, 100)
    expect(await collected(clearedRefs)).toBe(200)
    expect(await collected(shrunkRefs)).toBe(198)
    expect(await collected(replacedRefs)).toBe(100)
    expect([cleared.size, shrunk.size, replaced.size]).toEqual([0, 1, 1])
  })

  it('lets go of expired ones, purged or swept', async () => {
    const clock = new VirtualClock()
    const purged = new Cache<object, object>({ max: 100, ttlMs: 10, clock })
    const swept = new Cache<object, object>({ max: 1000, ttlMs: 10, clock })
    const refs = [...fill(purged, 100), ...fill(swept, 100)]
    clock.advance(10)
    expect(purged.purgeExpired()).toBe(100)
    for (let i = 0; i < 14; i++) swept.set({}, {})
    expect(await collected(refs)).toBe(400)
    expect(swept.size).toBe(14)
  })

  it('lets go of loads that ended, and of who waited', async () => {
    const cache = new Cache<object, object>({ max: 1, ttlMs: 0 })
    const refs: WeakRef<object>[] = []
    const longLived = new AbortController()
    const one = async (i: number): Promise<void> => {
      const [key, value] = [{ i }, { i }]
      refs.push(new WeakRef(key), new WeakRef(value))
      await cache.fetch(key, async () => value, { signal: longLived.signal })
    }
    for (let i = 0; i < 50; i++) await one(i)
    expect(await collected(refs)).toBe(100)
    expect(longLived.signal.aborted).toBe(false)
    expect(cache.getCacheStats().inflight).toBe(0)
  })

  it('does not grow over 100,000 sets', () => {
    const cache = new Cache<number, object>({ max: 1000, ttlMs: 60_000 })
    for (let i = 0; i < 100_000; i++) cache.set(i, {})
    const { slots, top, free } = inspectCache(cache)
    expect(slots).toHaveLength(1000)
    expect(top).toBe(1000)
    expect(free).toHaveLength(0)
  })

  it('gives its arrays back when it shrinks', () => {
    const cache = new Cache<number, number>({ max: 10_000, ttlMs: 60_000 })
    for (let i = 0; i < 10_000; i++) cache.set(i, i)
    cache.resize(10)
    expect(inspectCache(cache).top).toBe(10)
  })
})
