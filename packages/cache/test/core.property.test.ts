import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CoreCache, lru } from '../src/core.ts'
import { VirtualClock } from './harness.ts'
import { Oracle, type Report } from './oracle.ts'

const KEYS = ['a', 'b', '', NaN, -0, '__proto__', 2 ** 32, 1, 2, 3, 4, 5]
const TTLS = [undefined, 0, 1, 5, 20, Number.POSITIVE_INFINITY]
type Subject = CoreCache<unknown, number>

/** One step of both, and of the clock. */
interface Step {
  readonly name: string
  readonly ms?: number
  readonly real?: (cache: Subject, value: number) => unknown
  readonly naive?: (oracle: Oracle, value: number) => unknown
}

const key = fc.constantFrom<unknown>(...KEYS)
const often: fc.Arbitrary<Step>[] = [
  fc.tuple(key, fc.constantFrom(...TTLS)).map(([k, ttlMs]) => ({
    name: `set(${String(k)}, ttlMs ${ttlMs})`,
    real: (cache, value) => void cache.set(k, value, { ttlMs }),
    naive: (oracle, value) => oracle.set(k, value, ttlMs),
  })),
  key.map((k) => ({ name: `get(${String(k)})`, real: (cache) => cache.get(k), naive: (oracle) => oracle.get(k) })),
  fc.constantFrom(1, 4, 5, 20).map((ms) => ({ name: `advance ${ms} ms`, ms })),
]
const seldom: fc.Arbitrary<Step>[] = [
  key.map((k) => ({ name: `delete(${String(k)})`, real: (c) => c.delete(k), naive: (oracle) => oracle.delete(k) })),
  fc.integer({ min: 1, max: 12 }).map((max) => ({
    name: `resize(${max})`,
    real: (cache) => cache.resize(max),
    naive: (oracle) => oracle.resize(max),
  })),
  fc.constantFrom<Step>(
    { name: 'purgeExpired()', real: (cache) => cache.purgeExpired(), naive: (oracle) => oracle.purged() },
    { name: 'clear()', real: (cache) => cache.clear(), naive: (oracle) => oracle.clear() },
  ),
]

describe('CoreCache', () => {
  it('does what an array and a virtual clock do', () => {
    const steps = fc.array(fc.oneof(...often, ...often, ...often, ...seldom), { maxLength: 150, size: 'max' })
    const run = (max: number, ttlMs: number, list: readonly Step[]): void => {
      const clock = new VirtualClock()
      let reports: Report[] = []
      const onDispose = (value: number, k: unknown, reason: Report['reason']): void => {
        reports.push({ key: k, value, reason })
      }
      const cache: Subject = new CoreCache({ max, ttlMs, policy: lru, clock, onDispose })
      const oracle = new Oracle(max, ttlMs)
      for (const { name, ms = 0, real, naive } of list) {
        oracle.expected = []
        reports = []
        clock.advance(ms)
        oracle.now += ms
        const value = ++oracle.lastValue
        const answer = real?.(cache, value)
        reports = oracle.absorbExpired(reports)
        expect(answer, name).toBe(naive?.(oracle, value))
        expect(reports, name).toEqual(oracle.expected)
        const live = oracle.entries.filter((entry) => !oracle.expired(entry))
        expect([...cache], name).toEqual(live.map((entry) => [entry.key, entry.value]))
        for (const k of KEYS)
          expect([cache.peek(k), cache.has(k)]).toEqual([oracle.live(k)?.value, oracle.live(k) !== undefined])
        expect(cache.getCacheStats()).toMatchObject({
          size: oracle.entries.length,
          maxSize: oracle.max,
          hits: oracle.hits,
          misses: oracle.misses,
        })
      }
    }
    const start = fc.constantFrom(Number.POSITIVE_INFINITY, 5, 20, 0)
    fc.assert(fc.property(fc.integer({ min: 1, max: 12 }), start, steps, run), { numRuns: 100 })
  })
})
