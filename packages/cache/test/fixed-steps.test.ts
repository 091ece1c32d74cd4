import { afterEach, describe, expect, it, vi } from 'vitest'
import { Cache, type PolicyName } from '../src/index.ts'
import { VirtualClock } from './harness.ts'

// No single step of the cache's own code touches more than a fixed number of slots, however large the cache. Every table
// of the package is a typed array: they are replaced by ones that count the accesses to their elements.

let touched = 0

function counting<T extends object>(Real: new (length: number) => T): new (length: number) => T {
  return new Proxy(Real, {
    construct(target, [length]: [number]) {
      return new Proxy(new target(length), {
        get(target, name) {
          if (typeof name === 'string' && name.charCodeAt(0) < 58) touched++
          const found = Reflect.get(target, name, target)
          if (typeof found !== 'function') return found
          // `fill` and its like go over all elements.
          touched += length
          return found.bind(target)
        },
        set(target, name, value) {
          touched++
          return Reflect.set(target, name, value, target)
        },
      })
    },
  })
}

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Most accesses of one operation in a cache of that size: filling, replacing, evicting, reading, deleting, expiring. */
function mostTouched(policy: PolicyName, max: number, keyOf: (n: number) => string | number): number {
  for (const name of ['Uint8Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float64Array'] as const) {
    vi.stubGlobal(name, counting(globalThis[name] as unknown as new (length: number) => object))
  }
  const clock = new VirtualClock()
  const cache = new Cache<string | number, number>({ max, ttlMs: 2 * max, policy, clock })
  // Memory that exists once is reserved by the first call, in one step of the engine.
  cache.set(keyOf(0), 0)
  cache.delete(keyOf(0))
  let most = 0
  const step = (operation: () => unknown): void => {
    touched = 0
    operation()
    most = Math.max(most, touched)
    clock.time++
  }
  for (let i = 0; i < 2 * max; i++) {
    step(() => cache.set(keyOf(i), i))
    if (i % 3 === 0) step(() => cache.get(keyOf(i - (i % 97))))
    if (i % 11 === 0) step(() => cache.delete(keyOf(i - 5)))
    if (i % 7 === 0) step(() => cache.get(-1))
  }
  // The worst that can happen to a hand: everything was used.
  for (const key of cache.keys()) step(() => cache.get(key))
  step(() => cache.set(keyOf(-5), 1))
  clock.time += 10 * max
  for (let i = 0; i < 100; i++) step(() => cache.set(keyOf(i), i))
  vi.unstubAllGlobals()
  return most
}

describe('one operation', () => {
  it.each([
    ['lru', 1000],
    // 1,024 words of 32 slots, each read and written in two tables.
    ['clock', 4500],
    ['adaptive', 4000],
  ] as const)('of %s touches at most %i places of its tables, at any size', { timeout: 120_000 }, (policy, limit) => {
    for (const max of [500, 8_000]) {
      for (const keyOf of [(n: number) => n * 31, (n: number) => `key ${n}`]) {
        expect(mostTouched(policy, max, keyOf)).toBeLessThan(limit)
      }
    }
  })
})
