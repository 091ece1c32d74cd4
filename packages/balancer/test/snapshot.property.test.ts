import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LoadBalancer, type LoadBalancerOptions, SnapshotError } from '../src/index.ts'
import { balancerOf, fakeClock } from './fixtures.ts'

const HOUR = 3_600_000

function worldOf(ids: string, options: LoadBalancerOptions<string> = {}) {
  const clock = fakeClock(50)
  const wallClock = fakeClock(Date.UTC(2026, 0, 1))
  const wait = (ms: number): void => {
    clock.time += ms
    wallClock.time += ms
  }
  // No seed: every process draws its own.
  const balancer = balancerOf(ids, { session: {}, ...options, clock, wallClock })
  return { clock, wallClock, wait, balancer }
}

const homes = (balancer: LoadBalancer<string>, count: number): string[] =>
  Array.from({ length: count }, (_, n) => {
    const lease = balancer.pick({ sessionId: `s${n}` })
    lease?.done('cancelled')
    return `${lease?.endpoint.id} ${lease?.reason}`
  })

const taken = (balancer: LoadBalancer<string>): ArrayBuffer => balancer.snapshot() as ArrayBuffer

describe('snapshot and restore', () => {
  it('the next process sends every session where it was, whatever the order and the slots of its set', () => {
    const { balancer } = worldOf('abcde')
    const before = homes(balancer, 500).map((home) => home.split(' ')[0])
    const next = worldOf('xedcba').balancer
    next.remove('x')
    expect(next.restore(taken(balancer))).toBe(500)
    expect(homes(next, 500)).toEqual(before.map((id) => `${id} pinned`))
    expect(next.getCacheStats().size).toBe(500)
  })

  it('a full table comes back whole, and into a smaller or larger one as far as it fits', () => {
    const { balancer } = worldOf('ab', { session: { max: 2000 } })
    homes(balancer, 5000)
    const { size } = balancer.getCacheStats()
    const buffer = taken(balancer)
    expect(buffer.byteLength).toBeLessThan(64 + 20 * size + 40)
    expect(worldOf('ab', { session: { max: 2000 } }).balancer.restore(buffer)).toBe(size)
    expect(worldOf('ab', { session: { max: 9000 } }).balancer.restore(buffer)).toBe(size)
    const smaller = worldOf('ab', { session: { max: 500 } }).balancer.restore(buffer)
    expect(smaller).toBeGreaterThan(450)
    expect(smaller).toBeLessThanOrEqual(500)
  })

  it('the time in between counts as idle, and ages go on', () => {
    const session = { ttlMs: 2 * HOUR, maxAgeMs: 5 * HOUR }
    const { balancer, wait } = worldOf('ab', { session })
    balancer.select({ sessionId: 'early' })
    wait(HOUR)
    balancer.select({ sessionId: 'late' })
    const buffer = taken(balancer)
    const next = worldOf('ab', { session })
    next.wallClock.time += HOUR + 1.5 * HOUR
    expect(next.balancer.restore(buffer)).toBe(1)
    expect(next.balancer.explain('early').next).toBe('new')
    for (let hours = 1.5; hours < 4.5; hours += 1) {
      expect(next.balancer.pick({ sessionId: 'late' })?.reason).toBe('pinned')
      next.wait(HOUR)
    }
    next.wait(0.6 * HOUR)
    expect(next.balancer.pick({ sessionId: 'late' })?.reason).toBe('expired')
  })

  it('sessions of endpoints that are gone are left out, the present ones are replaced', () => {
    const { balancer } = worldOf('abc')
    homes(balancer, 90)
    const next = worldOf('ab').balancer
    next.select({ sessionId: 'present' })
    expect(next.restore(taken(balancer))).toBe(60)
    expect(next.explain('present').next).toBe('new')
  })

  it('survives a reload in place', () => {
    const { balancer } = worldOf('abc')
    const before = homes(balancer, 90).map((home) => home.split(' ')[0])
    expect(balancer.restore(taken(balancer))).toBe(90)
    expect(homes(balancer, 90).map((home) => home.split(' ')[0])).toEqual(before)
  })

  it('an empty table, no table at all, and sessions switched off', () => {
    const { balancer } = worldOf('ab')
    expect(worldOf('ab').balancer.restore(taken(balancer))).toBe(0)
    const off = worldOf('ab', { session: false }).balancer
    expect(off.snapshot()).toBeNull()
    homes(balancer, 5)
    expect(off.restore(taken(balancer))).toBe(0)
  })

  it('anything else is a SnapshotError and changes nothing', () => {
    const { balancer } = worldOf('ab')
    homes(balancer, 40)
    const buffer = taken(balancer)
    const damaged = buffer.slice(0)
    new Uint8Array(damaged).fill(0xff, damaged.byteLength - 6)
    for (const wrong of [
      new ArrayBuffer(0),
      new ArrayBuffer(200),
      buffer.slice(0, -1),
      damaged,
      new Uint8Array(99),
      'x',
    ]) {
      expect(() => balancer.restore(wrong as ArrayBuffer)).toThrow(SnapshotError)
    }
    expect(() => balancer.restore(new ArrayBuffer(3))).toThrow('Not a snapshot of sessions: 3 bytes are too few')
    expect(balancer.getCacheStats().size).toBe(40)
  })

  it('random garbage behind a valid head never breaks the table', () => {
    const { balancer } = worldOf('ab', { session: { max: 50 } })
    homes(balancer, 50)
    const buffer = taken(balancer)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 60 }), (changes) => {
        const copy = buffer.slice(0)
        const bytes = new Uint8Array(copy)
        // The entries only: 64 bytes of head, and the list of endpoints at the end.
        for (const [at, value] of changes) bytes[64 + (at % (50 * 20 - 1))] = value
        const next = worldOf('ab', { session: { max: 50 } }).balancer
        expect(next.restore(copy)).toBeLessThanOrEqual(50)
        homes(next, 60)
        expect(next.getCacheStats().size).toBeLessThanOrEqual(50)
      }),
    )
  })
})
