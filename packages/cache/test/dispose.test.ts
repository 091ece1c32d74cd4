import { describe, expect, it, vi } from 'vitest'
import { Cache, type DisposeReason } from '../src/index.ts'
import { checkStructure, deferred, settled, VirtualClock } from './harness.ts'

type Report = [value: number, key: string, reason: DisposeReason]

function recording(max: number): { cache: Cache<string, number>; reports: Report[]; clock: VirtualClock } {
  const reports: Report[] = []
  const clock = new VirtualClock()
  const onDispose = (value: number, key: string, reason: DisposeReason): void => {
    reports.push([value, key, reason])
  }
  return { cache: new Cache({ max, clock, onDispose }), reports, clock }
}

describe('onDispose', () => {
  it('names the reason of every departure', () => {
    const { cache, reports, clock } = recording(2)
    cache.set('a', 1).set('a', 2).set('b', 3).set('c', 4)
    cache.delete('b')
    cache.set('d', 5, { ttlMs: 10 })
    clock.advance(10)
    cache.get('d')
    cache.clear()
    expect(reports).toEqual([
      [1, 'a', 'set'],
      [2, 'a', 'evict'],
      [3, 'b', 'delete'],
      [5, 'd', 'expire'],
      [4, 'c', 'clear'],
    ])
  })

  it('reports one value set twice twice', () => {
    const { cache, reports } = recording(2)
    cache.set('a', 1).set('a', 1)
    cache.clear()
    expect(reports).toEqual([
      [1, 'a', 'set'],
      [1, 'a', 'clear'],
    ])
  })

  it('reports clear for what is there, expired or not', () => {
    const { cache, reports, clock } = recording(10)
    cache.set('a', 1, { ttlMs: 5 }).set('b', 2)
    clock.advance(10)
    cache.clear()
    cache.clear()
    expect(reports).toEqual([
      [2, 'b', 'clear'],
      [1, 'a', 'clear'],
    ])
  })

  it('is called when the change is made', () => {
    const seen: unknown[] = []
    const cache: Cache<string, number> = new Cache<string, number>({
      max: 1,
      onDispose: (_, key) => seen.push([key, [...cache]]),
    })
    cache.set('a', 1).set('b', 2)
    expect(seen).toEqual([['a', [['b', 2]]]])
  })

  it('may change the cache, which reports the inner departures too', () => {
    const reports: string[] = []
    const cache: Cache<string, number> = new Cache<string, number>({
      max: 2,
      onDispose: (_, key, reason) => {
        reports.push(`${key} ${reason}`)
        if (key === 'a' && reason === 'evict') {
          cache.set('again', 9)
          cache.delete('c')
        }
        if (reason === 'clear' && key === 'again') cache.set('after', 1)
      },
    })
    cache.set('a', 1).set('b', 2).set('c', 3)
    expect(reports).toEqual(['a evict', 'b evict', 'c delete'])
    expect([...cache.keys()]).toEqual(['again'])
    cache.clear()
    expect([...cache.keys()]).toEqual(['after'])
    checkStructure(cache)
  })

  it('ends a listener that always stores again with an error, not a hang', () => {
    let next = 0
    const cache: Cache<number, number> = new Cache<number, number>({
      max: 1,
      onDispose: () => void cache.set(next++, 0),
    })
    cache.set(-1, 0)
    expect(() => cache.set(-2, 0)).toThrow()
    checkStructureOf(cache)
  })

  it('throws to the caller with the change made', () => {
    const cache = new Cache<string, number>({
      max: 1,
      onDispose: () => {
        throw new Error('from the listener')
      },
    })
    cache.set('a', 1)
    expect(() => cache.set('b', 2)).toThrow('from the listener')
    expect([...cache]).toEqual([['b', 2]])
    checkStructure(cache)
  })

  it('reports all entries before it throws what several calls threw', () => {
    const keys: string[] = []
    const cache = new Cache<string, number>({
      max: 3,
      onDispose: (_, key) => {
        keys.push(key)
        throw new Error(key)
      },
    })
    cache.set('a', 1).set('b', 2).set('c', 3)
    expect(() => cache.clear()).toThrow(AggregateError)
    expect(keys).toEqual(['c', 'b', 'a'])
    expect(cache.size).toBe(0)
  })

  it('that throws at the end of a load takes the result from nobody', async () => {
    const uncaught = vi.fn()
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', uncaught)
    try {
      const failure = new Error('from the listener')
      const cache = new Cache<string, number>({
        max: 1,
        onDispose: () => {
          throw failure
        },
      })
      cache.set('a', 1)
      const load = deferred<number>()
      const both = [cache.fetch('b', () => load.promise), cache.fetch('b', () => load.promise)]
      load.resolve(2)
      expect(await Promise.all(both)).toEqual([2, 2])
      await settled()
      expect(uncaught.mock.calls[0]?.[0]).toBe(failure)
      expect(cache.get('b')).toBe(2)
    } finally {
      process.removeListener('uncaughtException', uncaught)
      for (const listener of before) process.on('uncaughtException', listener)
    }
  })
})

function checkStructureOf<K, V>(cache: Cache<K, V>): void {
  expect(cache.size).toBe(1)
  expect([...cache]).toHaveLength(1)
}
