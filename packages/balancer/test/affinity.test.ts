import { describe, expect, it } from 'vitest'
import type { LoadBalancer, LoadBalancerOptions, SessionOptions } from '../src/index.ts'
import { balancerOf, fakeClock, seededRandom } from './fixtures.ts'

const session = (more: SessionOptions): LoadBalancerOptions<string> => ({
  session: { seed: [1, 2, 3, 4], ...more },
})

function visit(balancer: LoadBalancer<string>, sessionId = 's', exclude?: ReadonlySet<string>): string {
  const lease = balancer.pick({ sessionId, exclude })
  lease?.done('cancelled')
  return lease === null ? '-' : `${lease.endpoint.id} ${lease.reason}`
}

describe('a home that is out for a while', () => {
  it('429 must not destroy the pin: a temporary endpoint, the same one each time, and home again afterwards', () => {
    const clock = fakeClock()
    const balancer = balancerOf('abcd', { clock })
    balancer.pick({ sessionId: 's' })?.done('rate-limited', 5000)
    const seen = Array.from({ length: 6 }, () => visit(balancer))
    expect(new Set(seen)).toEqual(new Set(['b spill']))
    expect(balancer.explain('s')).toMatchObject({ home: 'a', temporary: 'b', next: 'spill' })
    clock.time = 5000
    expect(visit(balancer)).toBe('a pinned')
    expect(balancer.totals()).toMatchObject({ spills: 6, repins: { unavailable: 0 } })
  })

  it('nor does an ejection, nor a cap', () => {
    const clock = fakeClock()
    const balancer = balancerOf('abc', { clock, ejection: true })
    for (let time = 0; time < 5; time++) balancer.pick({ sessionId: 's' })?.done('error')
    expect(visit(balancer)).toBe('b spill')
    clock.time = 2000
    expect(visit(balancer)).toBe('a pinned')
    balancer.update('a', { maxInFlight: 1 })
    const lease = balancer.pick({ sessionId: 's' })
    expect(visit(balancer)).toBe('b spill')
    lease?.done()
    expect(visit(balancer)).toBe('a pinned')
  })

  it('the temporary endpoint is replaced when it is out as well', () => {
    const balancer = balancerOf('abcd')
    balancer.pick({ sessionId: 's' })?.done('rate-limited', 5000)
    expect(visit(balancer)).toBe('b spill')
    balancer.remove('b')
    expect(visit(balancer)).toBe('c spill')
    expect(visit(balancer, 's', new Set('c'))).toBe('d spill')
    expect(visit(balancer)).toBe('d spill')
  })

  it('in panic home is as good as any', () => {
    const balancer = balancerOf('ab')
    balancer.pick({ sessionId: 's' })?.done('rate-limited', 5000)
    balancer.pick({ exclude: new Set('a') })?.done('rate-limited', 5000)
    expect(visit(balancer)).toBe('a pinned')
  })

  it('temporary pins are bounded: a thousand sessions of a dead endpoint leave the homes as they are', () => {
    const clock = fakeClock()
    const balancer = balancerOf('abc', { clock, ...session({ max: 4000 }) })
    const homes = Array.from({ length: 3000 }, (_, n) => balancer.select({ sessionId: `s${n}` })?.id)
    balancer.pick({ exclude: new Set('bc') })?.done('rate-limited', 5000)
    for (let n = 0; n < 3000; n++) balancer.select({ sessionId: `s${n}` })
    clock.time = 5000
    const after = Array.from({ length: 3000 }, (_, n) => balancer.select({ sessionId: `s${n}` })?.id)
    // A full table of this size loses one in a hundred early.
    expect(after.filter((id, n) => id !== homes[n]).length).toBeLessThan(30)
  })
})

describe('onUnavailable', () => {
  const down = new Set<string>()
  const isAvailable = ({ id }: { id: string }): boolean => !down.has(id)

  it.each([
    ['repin', ['a new', 'b unavailable', 'b pinned', 'b pinned']],
    ['spill', ['a new', 'b spill', 'b spill', 'a pinned']],
    ['fail', ['a new', '-', '-', 'a pinned']],
  ] as const)('%s, whatever the cause', (onUnavailable, expected) => {
    const byCheck = balancerOf('ab', { isAvailable, ...session({ onUnavailable }) })
    const log = [visit(byCheck)]
    down.add('a')
    log.push(visit(byCheck), visit(byCheck))
    down.clear()
    log.push(visit(byCheck))
    expect(log).toEqual(expected)

    const clock = fakeClock()
    const byPause = balancerOf('ab', { clock, ...session({ onUnavailable }) })
    const again = [visit(byPause)]
    byPause.pick({ sessionId: 's' })?.done('rate-limited', 100)
    again.push(visit(byPause), visit(byPause))
    clock.time = 100
    again.push(visit(byPause))
    expect(again).toEqual(expected)
  })

  it('by default: what passes spills, what a health check or an exclusion refuses is pinned anew', () => {
    const balancer = balancerOf('ab', { isAvailable })
    balancer.pick({ sessionId: 's' })?.done('rate-limited', 100)
    expect(visit(balancer)).toBe('b spill')
    const other = balancerOf('ab', { isAvailable })
    visit(other)
    expect(visit(other, 's', new Set('a'))).toBe('b unavailable')
  })

  it('by default under auto: everything spills', () => {
    const balancer = balancerOf('ab', { strategy: 'auto' })
    const [home] = visit(balancer).split(' ') as [string]
    expect(visit(balancer, 's', new Set(home))).toMatch(/ spill$/)
    expect(visit(balancer)).toBe(`${home} pinned`)
  })

  it('a removed home is left for good in any case', () => {
    for (const onUnavailable of ['repin', 'spill', 'fail'] as const) {
      const balancer = balancerOf('ab', session({ onUnavailable }))
      visit(balancer)
      balancer.remove('a')
      expect([visit(balancer), visit(balancer)]).toEqual(['b removed', 'b pinned'])
      expect(balancer.totals().repins.removed).toBe(1)
    }
  })
})

describe('overload', () => {
  it('pins a session anew when its home costs more than ten times the best, and not before', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { strategy: 'auto', clock })
    const home = balancer.pick({ sessionId: 's' })?.endpoint.id as string
    const other = home === 'a' ? 'b' : 'a'
    // In flight: home 9, the other one 0; costs 10 and 1 times the same.
    for (let n = 0; n < 8; n++) balancer.pick({ exclude: new Set(other) })
    expect(balancer.select({ sessionId: 's' })?.id).toBe(home)
    balancer.pick({ exclude: new Set(other) })
    const lease = balancer.pick({ sessionId: 's' })
    expect([lease?.endpoint.id, lease?.reason]).toEqual([other, 'overload'])
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('pinned')
    expect(balancer.totals().repins.overload).toBe(1)
  })

  it('follows latency as well as requests in flight', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { strategy: 'auto', clock, ...session({ overload: { factor: 4 } }) })
    const lease = balancer.pick({ sessionId: 's' })
    const home = lease?.endpoint.id as string
    const quick = balancer.pick({ exclude: new Set(home) })
    clock.time += 10
    quick?.done()
    clock.time += 90
    lease?.done()
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('overload')
  })

  it.each([
    ['off by option', { strategy: 'auto', ...session({ overload: false }) }],
    ['off by default elsewhere', { strategy: 'least-inflight' }],
    ['of no meaning without costs', { strategy: 'round-robin', ...session({ overload: { factor: 2 } }) }],
  ] as const)('%s', (_, options) => {
    const balancer = balancerOf('ab', options)
    const home = balancer.pick({ sessionId: 's' })?.endpoint.id as string
    for (let n = 0; n < 100; n++) balancer.pick({ exclude: new Set(home === 'a' ? 'b' : 'a') })
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('pinned')
  })

  it('by requests in flight, when asked for', () => {
    const balancer = balancerOf('ab', { strategy: 'least-inflight', ...session({ overload: { factor: 3 } }) })
    balancer.pick({ sessionId: 's' })
    balancer.pick({ exclude: new Set('b') })
    expect(balancer.select({ sessionId: 's' })?.id).toBe('a')
    balancer.pick({ exclude: new Set('b') })
    expect(balancer.pick({ sessionId: 's' })?.reason).toBe('overload')
  })

  it('does not move a session to an endpoint that is excluded, blocked or draining', () => {
    const balancer = balancerOf('abc', { strategy: 'auto' })
    const home = balancer.pick({ sessionId: 's' })?.endpoint.id as string
    const [first, second] = [...'abc'].filter((id) => id !== home) as [string, string]
    for (let n = 0; n < 50; n++) balancer.pick({ exclude: new Set([first, second]) })
    balancer.drain(first)
    expect(balancer.pick({ sessionId: 's', exclude: new Set(second) })?.reason).toBe('pinned')
    expect(balancer.pick({ sessionId: 's' })?.endpoint.id).toBe(second)
  })
})

describe('rebalance', () => {
  it('off: adding an endpoint moves no session', () => {
    const balancer = balancerOf('ab')
    for (let n = 0; n < 200; n++) visit(balancer, `s${n}`)
    balancer.add({ id: 'c', value: '' })
    for (let n = 0; n < 200; n++) expect(visit(balancer, `s${n}`)).toMatch(/ pinned$/)
  })

  it('on: moves sessions to the newcomer, no more than the budget, until shares are even', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { clock, ...session({ rebalance: { sharePerMinute: 0.1 } }) })
    for (let n = 0; n < 3000; n++) visit(balancer, `s${n}`)
    balancer.add({ id: 'c', value: '' })
    const movedIn = (minutes: number): number => {
      const before = balancer.totals().repins.rebalance
      for (let step = 0; step < 60 * minutes; step++) {
        clock.time += 1000
        for (let n = 0; n < 50; n++) visit(balancer, `s${(step * 50 + n) % 3000}`)
      }
      return balancer.totals().repins.rebalance - before
    }
    const first = movedIn(1)
    expect(first).toBeGreaterThan(250)
    expect(first).toBeLessThanOrEqual(305)
    movedIn(6)
    const counts = balancer.stats().map(({ sessions }) => sessions ?? 0)
    expect(Math.min(...counts)).toBeGreaterThan(940)
    expect(movedIn(2)).toBe(0)
  })

  it('a quiet hour does not allow a rush', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { clock, ...session({ rebalance: { sharePerMinute: 0.06 } }) })
    for (let n = 0; n < 1000; n++) visit(balancer, `s${n}`)
    balancer.add({ id: 'c', value: '' })
    clock.time += 3_600_000
    for (let n = 0; n < 1000; n++) visit(balancer, `s${n}`)
    expect(balancer.totals().repins.rebalance).toBeLessThanOrEqual(11)
  })
})

describe('without a table', () => {
  it('the hashing strategies keep sessions in place: balancers agree without talking, whatever the order of the set', () => {
    for (const strategy of ['rendezvous', 'ring', 'maglev'] as const) {
      const one = balancerOf('abcdef', { strategy, session: false, random: seededRandom(1) })
      const other = balancerOf('fedcba', { strategy, session: false, random: seededRandom(2) })
      for (let n = 0; n < 200; n++) {
        const sessionId = `s${n}`
        expect(one.select({ sessionId, tenant: 't' })?.id).toBe(other.select({ sessionId, tenant: 't' })?.id)
      }
      expect(one.getCacheStats().maxSize).toBe(0)
    }
  })

  it('with a table, new sessions are placed by the hash and stay where they are', () => {
    const one = balancerOf('abcdef', { strategy: 'rendezvous' })
    const other = balancerOf('abcdef', { strategy: 'rendezvous', session: { seed: [5, 6, 7, 8] } })
    const homes = Array.from({ length: 100 }, (_, n) => one.select({ sessionId: `s${n}` })?.id)
    expect(Array.from({ length: 100 }, (_, n) => other.select({ sessionId: `s${n}` })?.id)).toEqual(homes)
    one.add({ id: 'x', value: '' })
    expect(Array.from({ length: 100 }, (_, n) => one.select({ sessionId: `s${n}` })?.id)).toEqual(homes)
  })

  it('the key goes before the session, tenants differ, another hashSeed differs', () => {
    const homes = (request: (n: number) => object, options: LoadBalancerOptions<string> = {}): unknown[] => {
      const balancer = balancerOf('abcdef', { strategy: 'ip-hash', session: false, ...options })
      return Array.from({ length: 60 }, (_, n) => balancer.select(request(n))?.id)
    }
    const byKey = homes((n) => ({ key: `10.0.0.${n}` }))
    expect(homes((n) => ({ key: `10.0.0.${n}`, sessionId: `s${n % 3}` }))).toEqual(byKey)
    expect(homes((n) => ({ sessionId: `10.0.0.${n}` }))).toEqual(byKey)
    expect(homes((n) => ({ key: `10.0.0.${n}`, tenant: 't' }))).not.toEqual(byKey)
    expect(homes((n) => ({ key: `10.0.0.${n}` }), { hashSeed: [1, 2, 3, 4] })).not.toEqual(byKey)
    expect(() => homes(() => ({ key: 5 }))).toThrow('key must be a string, got 5')
  })
})

describe('explain', () => {
  it('says where a session is, what comes next and why endpoints take no work, and changes nothing', () => {
    const clock = fakeClock()
    const down = new Set<string>()
    const balancer = balancerOf('abcdef', { clock, isAvailable: ({ id }) => !down.has(id), ejection: true })
    expect(balancer.explain('s')).toMatchObject({ home: null, temporary: null, next: 'new' })
    for (let n = 0; n < 5; n++) balancer.pick({ sessionId: 's' })?.done('error')
    balancer.drain('b')
    balancer.setWeight('c', 0)
    balancer.update('d', { maxInFlight: 1 })
    balancer.pick({ exclude: new Set('aef') })
    balancer.pick({ exclude: new Set('af') })?.done('rate-limited', 50_000)
    down.add('f')
    const explanation = balancer.explain('s')
    expect(explanation).toMatchObject({ home: 'a', next: 'spill' })
    expect(explanation.endpoints.map(({ id, refusals }) => [id, refusals])).toEqual([
      ['a', ['ejected']],
      ['b', ['draining']],
      ['c', ['weight 0']],
      ['d', ['full']],
      ['e', ['cooling']],
      ['f', ['unavailable']],
    ])
    const picks = balancer.totals().picks
    clock.time += 4.9 * 3_600_000
    balancer.explain('s')
    expect(balancer.totals().picks).toBe(picks)
    clock.time += 0.2 * 3_600_000
    expect(balancer.explain('s').next).toBe('expired')
    expect(visit(balancer)).toMatch(/ expired$/)
  })

  it('tells the cost under strategies that know one', () => {
    const balancer = balancerOf('ab', { strategy: 'least-inflight' })
    balancer.pick()
    expect(balancer.explain('x').endpoints.map(({ cost }) => cost)).toEqual([2, 1])
    expect(balancerOf('a').explain('x').endpoints[0]?.cost).toBeNull()
    expect(() => balancer.explain(5 as never)).toThrow('sessionId must be a string')
  })
})
