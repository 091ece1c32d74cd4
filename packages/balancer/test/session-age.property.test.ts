import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EXPIRED, SessionTable } from '../src/session-table.ts'
import { balancerOf, fakeClock } from './fixtures.ts'

const HOUR = 3_600_000

describe('maxAgeMs', () => {
  it('ends a session however often it is used: never early, and late by a tick and two units of age at most', () => {
    const gap = fc.constantFrom(0.3, 0.7, 0.95)
    const life = fc.record({
      ttlMs: fc.integer({ min: 10, max: 20 * HOUR }),
      ratio: fc.constantFrom(0.5, 1, 1.7, 9.3, 40),
      gaps: fc.array(gap, { minLength: 120, maxLength: 120 }),
      startedAt: fc.constantFrom(0, 12_345, 3e9),
    })
    fc.assert(
      fc.property(life, ({ ttlMs, ratio, gaps, startedAt }) => {
        const maxAgeMs = Math.max(ttlMs * ratio, 1)
        const clock = fakeClock()
        const table = new SessionTable({ max: 10, ttlMs, maxAgeMs, clock })
        clock.time = startedAt
        table.set(7, 9, 300)
        const tickMs = Math.min(Math.max(Math.floor(ttlMs / 1000), 1), 1000)
        const latest = maxAgeMs + 2 * tickMs + (2 * maxAgeMs) / 8192
        for (const share of gaps) {
          // Each use prolongs the life by the time to live; the greatest age is what ends it.
          clock.time += share * Math.min(ttlMs, maxAgeMs)
          const age = clock.time - startedAt
          const found = table.find(7, 9)
          if (age < maxAgeMs) expect(found).toBe(300)
          if (age > latest) expect(found).toBeLessThan(0)
          if (found === EXPIRED) break
        }
      }),
    )
  })

  it('survives the rebasing of time', () => {
    const clock = fakeClock()
    const table = new SessionTable({ max: 10, ttlMs: 1000, maxAgeMs: 10_000, clock })
    clock.time = 2 ** 30 - 4000
    table.set(7, 9, 5)
    for (let age = 0; age < 9500; age += 500) {
      clock.time = 2 ** 30 - 4000 + age
      expect(table.find(7, 9)).toBe(5)
    }
    clock.time = 2 ** 30 - 4000 + 10_010
    expect(table.find(7, 9)).toBe(EXPIRED)
  })

  it('a session that is pinned anew keeps its age; one that was dropped begins again', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { clock, session: { maxAgeMs: 3 * HOUR } })
    const visit = (): string | undefined => balancer.pick({ sessionId: 's' })?.reason
    visit()
    clock.time = 2 * HOUR
    expect(balancer.pick({ sessionId: 's', exclude: new Set('a') })?.reason).toBe('unavailable')
    clock.time = 3 * HOUR + 10_000
    expect(visit()).toBe('expired')
    clock.time += 2 * HOUR
    balancer.dropSession('s')
    expect(visit()).toBe('new')
    clock.time += 2 * HOUR
    expect(visit()).toBe('pinned')
  })

  it('costs no memory: 17.6 bytes per session as without', () => {
    const clock = fakeClock()
    const table = new SessionTable({ max: 1e6, ttlMs: HOUR, maxAgeMs: 9 * HOUR, clock })
    expect(table.byteLength / 1e6).toBeLessThanOrEqual(18)
  })

  it('maxBytes is the same limit as memory', () => {
    expect(balancerOf('a', { session: { maxBytes: 1_760_000 } }).getCacheStats().maxSize).toBe(100_000)
    expect(() => balancerOf('a', { session: { maxBytes: 1000, max: 5 } })).toThrow('takes max or maxBytes, not both')
    expect(() => balancerOf('a', { session: { maxBytes: 5 } })).toThrow(RangeError)
    expect(() => balancerOf('a', { session: { maxAgeMs: 0 } })).toThrow('options.session.maxAgeMs')
  })
})
