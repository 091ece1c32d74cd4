import { describe, expect, it } from 'vitest'
import type { LoadBalancer } from '../src/index.ts'
import { balancerOf, countOf, fakeClock, seededRandom } from './fixtures.ts'

const HOUR = 3_600_000

describe('session stickiness', () => {
  it('sends a session to one endpoint, with and without leases, under every strategy', () => {
    for (const strategy of ['round-robin', 'weighted', 'least-inflight', 'random'] as const) {
      const balancer = balancerOf('abcde', { strategy })
      const first = balancer.pick({ sessionId: 's' })
      expect(first?.reason).toBe('new')
      for (let time = 0; time < 20; time++) {
        balancer.pick()
        const lease = balancer.pick({ sessionId: 's' })
        expect(lease?.reason).toBe('pinned')
        expect(lease?.endpoint).toBe(first?.endpoint)
        expect(balancer.select({ sessionId: 's' })).toBe(first?.endpoint)
      }
    }
  })

  it('places new sessions by the strategy', () => {
    const balancer = balancerOf('abc')
    const homes = Array.from({ length: 9 }, (_, n) => balancer.select({ sessionId: `s${n}` })?.id)
    expect(homes.join('')).toBe('abcabcabc')
    expect(balancer.stats().map(({ sessions }) => sessions)).toEqual([3, 3, 3])
  })

  it('pins to another endpoint when its own is unavailable, says so, and stays there', () => {
    const down = new Set<string>()
    const balancer = balancerOf('abc', { isAvailable: ({ id }) => !down.has(id) })
    expect(balancer.pick({ sessionId: 's' })?.endpoint.id).toBe('a')
    down.add('a')
    const moved = balancer.pick({ sessionId: 's' })
    expect(moved?.reason).toBe('unavailable')
    expect(moved?.endpoint.id).toBe('b')
    down.clear()
    const settled = balancer.pick({ sessionId: 's' })
    expect(settled?.reason).toBe('pinned')
    expect(settled?.endpoint.id).toBe('b')
  })

  it('pins to another endpoint when its own is excluded', () => {
    const balancer = balancerOf('abc')
    balancer.select({ sessionId: 's' })
    const moved = balancer.pick({ sessionId: 's', exclude: new Set(['a']) })
    expect([moved?.reason, moved?.endpoint.id]).toEqual(['unavailable', 'b'])
    expect(balancer.pick({ sessionId: 's' })?.endpoint.id).toBe('b')
  })

  it('pins to another endpoint when its own was removed', () => {
    const balancer = balancerOf('abc')
    balancer.select({ sessionId: 's' })
    balancer.remove('a')
    const moved = balancer.pick({ sessionId: 's' })
    expect([moved?.reason, moved?.endpoint.id]).toEqual(['removed', 'b'])
  })

  it('keeps the pin while there is nowhere to go', () => {
    const down = new Set<string>()
    const balancer = balancerOf('ab', { isAvailable: ({ id }) => !down.has(id) })
    balancer.select({ sessionId: 's' })
    down.add('a').add('b')
    expect(balancer.pick({ sessionId: 's' })).toBeNull()
    expect(balancer.select({ sessionId: 's' })).toBeNull()
    down.clear()
    const lease = balancer.pick({ sessionId: 's' })
    expect([lease?.reason, lease?.endpoint.id]).toEqual(['pinned', 'a'])
  })

  it('pins nothing when the first request finds no endpoint', () => {
    const balancer = balancerOf('')
    expect(balancer.select({ sessionId: 's' })).toBeNull()
    balancer.add({ id: 'a', value: '' })
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('new')
  })

  it('a draining endpoint keeps its sessions and takes no new ones', () => {
    const balancer = balancerOf('ab')
    balancer.select({ sessionId: 'of a' })
    balancer.drain('a')
    expect(balancer.pick({ sessionId: 'of a' })?.reason).toBe('pinned')
    for (let n = 0; n < 10; n++) expect(balancer.select({ sessionId: `new ${n}` })?.id).toBe('b')
    for (let n = 0; n < 10; n++) expect(balancer.select()?.id).toBe('b')
    balancer.drain('b')
    expect(balancer.select()).toBeNull()
    expect(balancer.select({ sessionId: 'of a' })?.id).toBe('a')
    balancer.enable('a')
    expect(balancer.select()?.id).toBe('a')
  })

  it('so does one of weight 0', () => {
    const balancer = balancerOf('ab')
    balancer.select({ sessionId: 'of a' })
    balancer.setWeight('a', 0)
    expect(balancer.pick({ sessionId: 'of a' })?.reason).toBe('pinned')
    for (let n = 0; n < 10; n++) expect(balancer.select()?.id).toBe('b')
  })

  it('prolongs a session with each request and forgets it after its time to live: 5 hours by default', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { clock })
    balancer.select({ sessionId: 's' })
    for (let hours = 4; hours <= 40; hours += 4) {
      clock.time = hours * HOUR
      expect(balancer.pick({ sessionId: 's' })?.reason).toBe('pinned')
    }
    clock.time += 5 * HOUR
    expect(balancer.getCacheStats().size).toBe(0)
    const back = balancer.pick({ sessionId: 's' })
    expect([back?.reason, back?.endpoint.id]).toEqual(['expired', 'b'])
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('pinned')
  })

  it('reports size, maxSize and utilization, and clears the expired', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { clock, session: { ttlMs: 1000, max: 50 } })
    expect(balancer.getCacheStats()).toEqual({ size: 0, maxSize: 50, utilizationPercent: 0 })
    expect(balancer.clearExpiredSessions()).toBe(0)
    for (let n = 0; n < 10; n++) balancer.select({ sessionId: `early ${n}` })
    clock.time = 500
    for (let n = 0; n < 5; n++) balancer.select({ sessionId: `late ${n}` })
    expect(balancer.getCacheStats()).toEqual({ size: 15, maxSize: 50, utilizationPercent: 30 })
    clock.time = 1000
    expect(balancer.getCacheStats().size).toBe(5)
    expect(balancer.clearExpiredSessions()).toBe(10)
    expect(balancer.clearExpiredSessions()).toBe(0)
  })

  it('holds 10 000 sessions by default and no more', () => {
    const balancer = balancerOf('ab')
    for (let n = 0; n < 15_000; n++) balancer.select({ sessionId: `s${n}` })
    const { size, maxSize, utilizationPercent } = balancer.getCacheStats()
    expect(maxSize).toBe(10_000)
    expect(size).toBeLessThanOrEqual(10_000)
    expect(size).toBeGreaterThan(9_900)
    expect(utilizationPercent).toBeLessThanOrEqual(100)
  })

  it('drops a session, within its tenant', () => {
    const balancer = balancerOf('ab')
    balancer.select({ sessionId: 's', tenant: 't' })
    expect(balancer.dropSession('s')).toBe(false)
    expect(balancer.dropSession('s', 'other')).toBe(false)
    expect(balancer.dropSession('s', 't')).toBe(true)
    expect(balancer.dropSession('s', 't')).toBe(false)
    expect(balancer.pick({ sessionId: 's', tenant: 't' })?.reason).toBe('new')
  })

  it('keeps tenants apart; no tenant and the empty one are the same', () => {
    const balancer = balancerOf('abc')
    expect(balancer.select({ sessionId: 's', tenant: 'x' })?.id).toBe('a')
    expect(balancer.select({ sessionId: 's', tenant: 'y' })?.id).toBe('b')
    expect(balancer.select({ sessionId: 's' })?.id).toBe('c')
    expect(balancer.pick({ sessionId: 's', tenant: '' })?.reason).toBe('pinned')
    expect(balancer.pick({ sessionId: 's', tenant: 'x' })?.endpoint.id).toBe('a')
  })

  it('tenant/session delimiter injection: no two splits of one text share a pin', () => {
    const balancer = balancerOf('ab')
    for (const [tenant, sessionId] of [
      ['a:b', 'c'],
      ['a', 'b:c'],
      ['a', ':b:c'],
      ['', 'a:b:c'],
      ['1:a', 'b'],
      ['a\0b', 'c'],
      ['a', '\0b\0c'],
    ] as const) {
      expect(balancer.pick({ tenant, sessionId })?.reason).toBe('new')
    }
    expect(balancer.getCacheStats().size).toBe(7)
  })

  it('takes ids that are names of Object, 64 kB long or odd; an empty one is no session', () => {
    const balancer = balancerOf('abc')
    const ids = [
      '__proto__',
      'constructor',
      'toString',
      'x'.repeat(65_536),
      `${'x'.repeat(65_535)}y`,
      '\0',
      '🚢',
      '\ud800',
    ]
    const homes = ids.map((sessionId) => balancer.select({ sessionId })?.id)
    expect(ids.map((sessionId) => balancer.select({ sessionId })?.id)).toEqual(homes)
    expect(balancer.getCacheStats().size).toBe(ids.length)
    const without = Array.from({ length: 6 }, () => balancer.pick({ sessionId: '' }))
    expect(countOf(without.map((lease) => lease?.endpoint.id)).size).toBe(3)
    expect(new Set(without.map((lease) => lease?.reason))).toEqual(new Set(['new']))
    expect(balancer.getCacheStats().size).toBe(ids.length)
  })

  it('rejects ids that are not strings: numbers would all be one session', () => {
    const balancer = balancerOf('abc')
    expect(() => balancer.select({ sessionId: 42 as never })).toThrow(
      new TypeError('sessionId must be a string, got 42'),
    )
    expect(() => balancer.pick({ sessionId: 's', tenant: {} as never })).toThrow(
      new TypeError('tenant must be a string, got an object'),
    )
    expect(() => balancer.dropSession(null as never)).toThrow('sessionId must be a string, got null')
    expect(balancer.stats().map(({ inflight }) => inflight)).toEqual([0, 0, 0])
  })

  it('is switched off by `session: false`', () => {
    const balancer = balancerOf('abc', { session: false })
    const homes = Array.from({ length: 6 }, () => balancer.pick({ sessionId: 's' }))
    expect(homes.map((lease) => lease?.endpoint.id).join('')).toBe('abcabc')
    expect(homes.every((lease) => lease?.reason === 'new')).toBe(true)
    expect(balancer.getCacheStats()).toEqual({ size: 0, maxSize: 0, utilizationPercent: 0 })
    expect(balancer.clearExpiredSessions()).toBe(0)
    expect(balancer.dropSession('s')).toBe(false)
    expect(balancer.stats()[0]).not.toHaveProperty('sessions')
  })

  it('one seed gives one table, another seed another', () => {
    const evicted = (seed: number[]): string => {
      const balancer = balancerOf('a', { session: { max: 40, seed }, clock: fakeClock() })
      for (let n = 0; n < 80; n++) balancer.select({ sessionId: `s${n}` })
      return Array.from({ length: 80 }, (_, n) => (balancer.dropSession(`s${n}`) ? '1' : '0')).join('')
    }
    expect(evicted([1, 2, 3, 4])).toBe(evicted([1, 2, 3, 4]))
    expect(evicted([1, 2, 3, 4])).not.toBe(evicted([5, 6, 7, 8]))
  })
})

describe('sessions through changes of the set', () => {
  const homesOf = (balancer: LoadBalancer<string>): (string | undefined)[] =>
    Array.from({ length: 300 }, (_, n) => balancer.select({ sessionId: `s${n}` })?.id)

  it('add, drain, enable, setWeight and setStrategy move no session', () => {
    const balancer = balancerOf('abc')
    const before = homesOf(balancer)
    balancer.add({ id: 'd', value: '', weight: 100 })
    expect(homesOf(balancer)).toEqual(before)
    balancer.drain('a')
    expect(homesOf(balancer)).toEqual(before)
    balancer.setWeight('b', 50)
    expect(homesOf(balancer)).toEqual(before)
    balancer.setStrategy('least-inflight')
    expect(homesOf(balancer)).toEqual(before)
    balancer.enable('a')
    expect(homesOf(balancer)).toEqual(before)
  })

  it('remove moves the sessions of the removed and no other, each once', () => {
    const balancer = balancerOf('abcd', { strategy: 'random', random: seededRandom(5) })
    const before = homesOf(balancer)
    balancer.remove('c')
    const after = homesOf(balancer)
    for (const [n, home] of before.entries()) {
      if (home === 'c') expect(after[n]).not.toBe('c')
      else expect(after[n]).toBe(home)
    }
    expect(homesOf(balancer)).toEqual(after)
  })

  it('slot re-use inherits pins: a newcomer in the slot of the removed gets none of its sessions', () => {
    const balancer = balancerOf('ab')
    const before = homesOf(balancer)
    balancer.remove('a')
    balancer.add({ id: 'x', value: '' })
    expect(balancer.stats().map(({ id, sessions }) => [id, sessions])).toEqual([
      ['b', 150],
      ['x', 0],
    ])
    const reasons = countOf(before.map((_, n) => balancer.pick({ sessionId: `s${n}` })?.reason))
    expect(reasons).toEqual(
      new Map([
        ['removed', 150],
        ['pinned', 150],
      ]),
    )
  })

  it('slot re-use inherits pins: not after 65 536 holders of one slot either', () => {
    const balancer = balancerOf('ab')
    expect(balancer.select({ sessionId: 's' })?.id).toBe('a')
    expect(balancer.select({ sessionId: 'of b' })?.id).toBe('b')
    balancer.remove('a')
    for (let holder = 0; holder < 65_534; holder++) {
      balancer.add({ id: 'x', value: '' })
      balancer.remove('x')
    }
    // All numbers are used up: the next one is that of the removed `a`, and its sessions are forgotten.
    balancer.add({ id: 'x', value: '' })
    expect(balancer.stats().map(({ sessions }) => sessions)).toEqual([1, 0])
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('new')
    expect(balancer.pick({ sessionId: 'of b' })?.reason).toBe('pinned')
  })

  it('an endpoint that comes back under its old id starts without sessions', () => {
    const balancer = balancerOf('ab')
    balancer.select({ sessionId: 's' })
    balancer.remove('a')
    balancer.add({ id: 'a', value: 'new' })
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('removed')
  })
})
