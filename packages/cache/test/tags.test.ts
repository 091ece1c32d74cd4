import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cache, type DisposeReason } from '../src/index.ts'
import { Tags } from '../src/tags.ts'
import { checkStructure, settled } from './harness.ts'
import { loadingCache } from './loading.ts'

describe('invalidateTag', () => {
  it('takes out every entry with the tag and no other', () => {
    const { cache } = loadingCache()
    cache
      .set('a', 1, { tags: ['x'] })
      .set('b', 2, { tags: ['x', 'y'] })
      .set('c', 3, { tags: ['y'] })
      .set('d', 4)
    cache.invalidateTag('x')
    expect([...cache.keys()]).toEqual(['d', 'c'])
    expect([cache.get('a'), cache.peek('b'), cache.has('b')]).toEqual([undefined, undefined, false])
    checkStructure(cache)
  })

  it('leaves what is set afterwards alone', () => {
    const { cache } = loadingCache()
    cache.invalidateTag('x')
    cache.set('a', 1, { tags: ['x'] })
    expect(cache.get('a')).toBe(1)
    cache.invalidateTag('x')
    cache.set('a', 2, { tags: ['x'] })
    expect(cache.get('a')).toBe(2)
  })

  it('takes the tags of the latest set', () => {
    const { cache } = loadingCache()
    cache.set('a', 1, { tags: ['x'] }).set('a', 2)
    cache.set('b', 1).set('b', 2, { tags: ['x'] })
    cache.set('c', 1, { tags: ['x'] }).delete('c')
    cache.set('c', 2)
    cache.invalidateTag('x')
    expect([...cache.keys()].sort()).toEqual(['a', 'c'])
  })

  it('says invalidate when the entry is met, swept, purged or evicted', () => {
    const reasons: [string, DisposeReason][] = []
    const cache = new Cache<string, number>({ max: 3, onDispose: (_, key, reason) => reasons.push([key, reason]) })
    cache
      .set('a', 1, { tags: ['x'] })
      .set('b', 1)
      .set('c', 1)
    cache.invalidateTag('x')
    cache.set('d', 1)
    expect(reasons).toEqual([['a', 'invalidate']])
    cache.set('e', 1, { tags: ['x'] })
    cache.invalidateTag('x')
    expect(cache.delete('e')).toBe(false)
    expect(reasons.at(-1)).toEqual(['e', 'invalidate'])
    cache.set('f', 1, { tags: ['x'] })
    cache.invalidateTag('x')
    expect(cache.purgeExpired()).toBe(1)
    expect(reasons.at(-1)).toEqual(['f', 'invalidate'])
    expect(cache.getCacheStats().expirations).toBe(0)
  })

  it('survives resize and clear', () => {
    const { cache } = loadingCache({ max: 10 })
    for (let i = 0; i < 10; i++) cache.set(`k${i}`, i, { tags: [i % 2 === 0 ? 'even' : 'odd'] })
    cache.resize(6)
    cache.invalidateTag('even')
    expect([...cache.values()]).toEqual([9, 7, 5])
    cache.clear()
    cache.set('a', 1)
    cache.invalidateTag('odd')
    expect(cache.get('a')).toBe(1)
    checkStructure(cache)
  })

  it('bentocache #71: an invalidated entry is never served stale', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 1000, staleIfErrorMs: 1000 })
    cache.set('a', 1, { tags: ['x'] })
    clock.advance(10)
    cache.invalidateTag('x')
    const waiting = cache.fetch('a', load)
    call(0).result.reject(new Error('down'))
    await expect(waiting).rejects.toThrow('down')
  })

  it('dotnet #7771: a load that ran during the invalidation is delivered, not stored', async () => {
    const { cache, load, call } = loadingCache()
    const waiting = cache.fetch('a', load, { tags: ['x'] })
    cache.invalidateTag('x')
    call(0).result.resolve(1)
    expect(await waiting).toBe(1)
    expect(cache.has('a')).toBe(false)
    expect(cache.size).toBe(0)
  })

  it('makes who comes after it wait for a newer load', async () => {
    const { cache, load, call, calls } = loadingCache()
    const before = cache.fetch('a', load, { tags: ['x'] })
    cache.invalidateTag('x')
    const after = cache.fetch('a', load, { tags: ['x'] })
    expect(calls).toHaveLength(1)
    call(0).result.resolve(1)
    expect(await before).toBe(1)
    call(1).result.resolve(2)
    expect(await after).toBe(2)
    expect(cache.get('a')).toBe(2)
  })

  it('knows tags that come from the value', async () => {
    const { cache, load, call } = loadingCache()
    const tags = (value: number): string[] => [`team ${value}`]
    const first = cache.fetch('a', load, { tags })
    call(0).result.resolve(7)
    await first
    cache.invalidateTag('team 8')
    expect(cache.get('a')).toBe(7)
    cache.invalidateTag('team 7')
    expect(cache.get('a')).toBeUndefined()
    const during = cache.fetch('a', load, { tags })
    cache.invalidateTag('team 9')
    call(1).result.resolve(9)
    expect(await during).toBe(9)
    expect(cache.has('a')).toBe(false)
  })

  it('keeps a refresh from storing what was invalidated, and the entry it would replace gone', async () => {
    const { cache, clock, load, call } = loadingCache({ ttlMs: 10, staleWhileRevalidateMs: 20 })
    cache.set('a', 1, { tags: ['x'] })
    clock.advance(10)
    await cache.fetch('a', load, { tags: ['x'] })
    cache.invalidateTag('x')
    call(0).result.resolve(2)
    await settled()
    expect(cache.has('a')).toBe(false)
  })

  it('costs the same however many entries have the tag', () => {
    const cache = new Cache<number, number>({ max: 50_000 })
    for (let i = 0; i < 50_000; i++) cache.set(i, i, { tags: ['x'] })
    const before = cache.size
    cache.invalidateTag('x')
    expect(cache.size).toBe(before)
    expect([...cache.keys()]).toEqual([])
  })
})

describe('maxTags', () => {
  it('forgets the tag invalidated longest ago, and then takes out more rather than less', () => {
    const { cache } = loadingCache({ maxTags: 2 })
    cache.set('a', 1, { tags: ['x'] }).set('b', 1, { tags: ['never'] })
    cache.invalidateTag('x')
    cache.invalidateTag('y')
    expect(cache.has('b')).toBe(true)
    cache.invalidateTag('z')
    expect([cache.has('a'), cache.has('b')]).toEqual([false, false])
    cache.set('c', 1, { tags: ['never'] })
    expect(cache.has('c')).toBe(true)
  })

  it('is the size of the table, whatever is invalidated', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(
          fc.oneof(
            fc.record({
              slot: fc.integer({ min: 1, max: 4 }),
              tags: fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 3 }),
            }),
            fc.constantFrom(...'abcdefgh'),
          ),
          { maxLength: 60 },
        ),
        (max, steps) => {
          const tags = new Tags(max)
          const exact = new Map<number, { tags: string[]; invalid: boolean }>()
          let forgot = false
          const invalidated = new Set<string>()
          for (const step of steps) {
            if (typeof step === 'string') {
              tags.invalidate(step)
              invalidated.add(step)
              forgot ||= invalidated.size > max
              for (const entry of exact.values()) entry.invalid ||= entry.tags.includes(step)
            } else {
              tags.label(step.slot, step.tags, tags.version)
              exact.set(step.slot, { tags: step.tags, invalid: false })
              expect(tags.isDead(step.slot)).toBe(false)
            }
            for (const [slot, { invalid }] of exact) {
              if (invalid) expect(tags.isDead(slot)).toBe(true)
              else if (!forgot) expect(tags.isDead(slot)).toBe(false)
            }
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
