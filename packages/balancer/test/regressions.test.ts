import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { LoadBalancer } from '../src/index.ts'
import { balancerOf, countOf, fakeClock, seededRandom, selectMany } from './fixtures.ts'

// Named after what broke in earlier designs and in other balancers. Those of the table itself are in
// session-table.test.ts, of the hash in session-hash.test.ts, of leases in lease.test.ts.

describe('defects of the legacy balancer', () => {
  it('one timer per session: no timer is ever made', () => {
    vi.useFakeTimers()
    try {
      const balancer = balancerOf('abc')
      for (let n = 0; n < 1000; n++) balancer.select({ sessionId: `s${n}` })
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('old timer killing a renewed pin: ttl 100, renewed at 80, alive at 120 and at 179, gone at 300', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { clock, session: { ttlMs: 100 } })
    balancer.select({ sessionId: 's' })
    clock.time = 80
    balancer.select({ sessionId: 's' })
    clock.time = 120
    expect(balancer.getCacheStats().size).toBe(1)
    clock.time = 179
    expect(balancer.getCacheStats().size).toBe(1)
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('pinned')
    clock.time = 300
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('expired')
  })

  it('expiry 5 h since the first request, never refreshed by use', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { clock })
    for (let hours = 0; hours < 24; hours++) {
      clock.time = hours * 3_600_000
      expect(balancer.pick({ sessionId: 's' })?.endpoint.id).toBe('a')
    }
  })

  it('insertion order called LRU: the busiest session outlives a flood of new ones, though it is the oldest', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { clock, session: { max: 100, ttlMs: 1_000_000 } })
    balancer.select({ sessionId: 'busy' })
    for (let n = 0; n < 5000; n++) {
      clock.time += 1000
      clock.time %= 900_000_000
      balancer.select({ sessionId: `s${n}` })
      expect(balancer.pick({ sessionId: 'busy' })?.reason).toBe('pinned')
    }
  })

  it('eviction of ten per cent at once: a full table loses one session per new one', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { clock, session: { max: 500 } })
    for (let n = 0; n < 2000; n++) {
      clock.time += 1000
      balancer.select({ sessionId: `s${n}` })
    }
    const { size } = balancer.getCacheStats()
    for (let n = 0; n < 100; n++) {
      clock.time += 1000
      balancer.select({ sessionId: `t${n}` })
      expect(balancer.getCacheStats().size).toBeGreaterThanOrEqual(size)
    }
  })

  it('round-robin index over a filtered list: an endpoint that flaps skews nobody', () => {
    let up = false
    const balancer = balancerOf('abcd', { isAvailable: ({ id }) => id !== 'b' || up })
    const ids: string[] = []
    for (let n = 0; n < 4000; n++) {
      up = n % 3 === 0
      ids.push(balancer.select()?.id ?? '-')
    }
    const counts = countOf(ids)
    const [a, c, d] = ['a', 'c', 'd'].map((id) => counts.get(id) ?? 0) as [number, number, number]
    expect(Math.max(a, c, d) - Math.min(a, c, d)).toBeLessThanOrEqual(1)
  })

  it('round-robin index over a filtered list: joining and leaving skews nobody', () => {
    const balancer = balancerOf('abc')
    for (let n = 0; n < 3000; n++) {
      if (n % 2 === 0) balancer.add({ id: 'x', value: '' })
      balancer.select()
      if (n % 2 === 1) balancer.remove('x')
    }
    const picks = balancer.stats().map(({ picks }) => picks)
    expect(Math.max(...picks) - Math.min(...picks)).toBeLessThanOrEqual(1)
  })

  it('lifetime counts called least used: a newcomer does not get everything until it has caught up', () => {
    const balancer = balancerOf('ab', { strategy: 'least_used' })
    for (let n = 0; n < 1000; n++) balancer.pick()?.done()
    balancer.add({ id: 'new', value: '' })
    const counts = countOf(
      Array.from({ length: 300 }, () => {
        const lease = balancer.pick()
        lease?.done()
        return lease?.endpoint.id
      }),
    )
    expect(counts.get('new')).toBeLessThanOrEqual(101)
  })

  it('cached counts: a burst within one tick spreads evenly', () => {
    const balancer = balancerOf('abcd', { strategy: 'least_used' })
    for (let n = 0; n < 400; n++) balancer.pick()
    expect(balancer.stats().map(({ inflight }) => inflight)).toEqual([100, 100, 100, 100])
  })

  it('expanded array per call: weights cost no memory per pick and may be large or fractional', () => {
    const balancer = new LoadBalancer(
      [
        { id: 'a', value: '', weight: 1e9 },
        { id: 'b', value: '', weight: 1e9 / 3 },
        { id: 'c', value: '', weight: 0.001 },
      ],
      { strategy: 'weighted' },
    )
    const counts = countOf(selectMany(balancer, 4000))
    expect(counts.get('a')).toBe(3000)
    expect(counts.get('b')).toBe(1000)
  })
})

describe('defects of other balancers', () => {
  it('a hard pin keeps sessions on a dead endpoint', () => {
    const down = new Set<string>()
    const balancer = balancerOf('abc', { isAvailable: ({ id }) => !down.has(id) })
    for (let n = 0; n < 30; n++) balancer.select({ sessionId: `s${n}` })
    down.add('b')
    for (let n = 0; n < 30; n++) expect(balancer.select({ sessionId: `s${n}` })?.id).not.toBe('b')
  })

  it('counter leak or negative in-flight: done twice, never, after remove, after destroy', () => {
    const balancer = balancerOf('ab', { strategy: 'least-inflight' })
    const twice = balancer.pick()
    const afterRemove = balancer.pick()
    const afterDestroy = balancer.pick()
    const never = balancer.pick()
    twice?.done()
    twice?.done()
    balancer.remove('b')
    afterRemove?.done()
    afterRemove?.done()
    balancer.destroy()
    afterDestroy?.done()
    expect([twice, afterRemove, afterDestroy, never].map((lease) => lease?.endpoint.inflight)).toEqual([0, 1, 0, 1])
    expect(afterRemove?.endpoint.id).toBe('b')
    never?.done()
    expect(never?.endpoint.inflight).toBe(0)
  })

  it('one dead endpoint collects everything after an outage: all down, then all up, shares are even', () => {
    let up = true
    for (const strategy of ['round-robin', 'weighted', 'least-inflight', 'random'] as const) {
      const balancer = balancerOf('abc', { strategy, isAvailable: () => up, random: seededRandom(9) })
      selectMany(balancer, 10)
      up = false
      expect(selectMany(balancer, 100)).toBe('-'.repeat(100))
      up = true
      const counts = countOf(selectMany(balancer, 3000))
      for (const id of 'abc') expect(Math.abs((counts.get(id) ?? 0) - 1000)).toBeLessThan(130)
    }
  })

  it('two tenants with one session id share a pin', () => {
    const balancer = balancerOf('ab')
    balancer.select({ sessionId: 's', tenant: 'x' })
    balancer.select({ sessionId: 's', tenant: 'y' })
    expect(balancer.getCacheStats().size).toBe(2)
  })

  it('new endpoints get no sessions after scale-out: new sessions come to them at once', () => {
    const balancer = balancerOf('ab')
    for (let n = 0; n < 100; n++) balancer.select({ sessionId: `s${n}` })
    balancer.add({ id: 'c', value: '' })
    for (let n = 0; n < 30; n++) balancer.select({ sessionId: `t${n}` })
    expect(balancer.stats()[2]?.sessions).toBe(10)
  })

  it('clock going backwards: sessions stay, and expire in their time', () => {
    const clock = fakeClock(1e6)
    const balancer = balancerOf('ab', { clock, session: { ttlMs: 1000 } })
    balancer.select({ sessionId: 's' })
    clock.time -= 500_000
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('pinned')
    clock.time = 1e6 + 1000
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('expired')
  })

  it('a listener that throws leaves the set consistent', () => {
    const balancer = balancerOf('a').on('endpoint-added', () => {
      throw new Error('listener')
    })
    expect(() => balancer.add({ id: 'b', value: '' })).toThrow('listener')
    expect(selectMany(balancer, 4)).toBe('abab')
  })
})

describe('portability', () => {
  it('the sources import nothing of Node', () => {
    const folder = new URL('../src/', import.meta.url)
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue
      const imports = readFileSync(new URL(name, folder), 'utf8').matchAll(/from '([^']+)'/g)
      for (const [, source] of imports) expect(source).toMatch(/^(\.{1,2}\/.*\.ts|eventemitter3)$/)
    }
  })
})
