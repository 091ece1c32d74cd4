import { describe, expect, it } from 'vitest'
import { type EndpointOptions, LoadBalancer, type LoadBalancerOptions } from '../src/index.ts'
import { fakeClock, seededRandom } from './fixtures.ts'

type Given = Partial<EndpointOptions<string>>

/** Sessions per endpoint once they have been placed, and after ten minutes in which all of them could have moved. */
function settle(endpoints: Readonly<Record<string, Given>>, options: LoadBalancerOptions<string>, sessions = 300) {
  const clock = fakeClock()
  const balancer = new LoadBalancer<string>(
    Object.entries(endpoints).map(([id, given]) => ({ id, value: id, ...given })),
    {
      clock,
      random: seededRandom(1),
      slowStart: false,
      ...options,
      session: { seed: [1, 2, 3, 4], rebalance: { sharePerMinute: 0.1 } },
    },
  )
  const visitAll = (): void => {
    for (let n = 0; n < sessions; n++) {
      const lease = balancer.pick({ sessionId: `s${n}` })
      clock.time += 10
      lease?.done()
    }
  }
  const counts = (): number[] => balancer.stats().map((stats) => stats.sessions ?? 0)
  visitAll()
  const before = counts()
  for (let round = 0; round < 200; round++) visitAll()
  return { balancer, before, after: counts(), visitAll, counts }
}

describe('rebalance goes by what the strategy would do', () => {
  it.each(['auto', 'round-robin'] as const)('priority within %s: nothing moves to a tier nobody needs', (within) => {
    const { before, after } = settle(
      { main: {}, second: {}, spare: { tier: 1 } },
      { strategy: { name: 'priority', within } },
    )
    expect(before[2]).toBe(0)
    expect(after[2]).toBe(0)
    expect(Math.min(...after.slice(0, 2))).toBeGreaterThan(130)
  })

  it('priority: what an outage left in the next tier comes back', () => {
    const { balancer, after, visitAll, counts } = settle(
      { main: { weight: 0 }, spare: { tier: 1 } },
      { strategy: { name: 'priority', within: 'round-robin' } },
    )
    expect(after).toEqual([0, 300])
    balancer.setWeight('main', 1)
    for (let round = 0; round < 400; round++) visitAll()
    expect(counts()[0]).toBeGreaterThan(280)
  })

  it('zones: the share of an endpoint elsewhere is a part of its weight', () => {
    const { after } = settle(
      { near: { zone: 'here' }, far: { zone: 'there' } },
      { strategy: 'weighted', zone: { local: 'here', penalty: 100 } },
    )
    expect(after[1]).toBeLessThan(10)
  })

  it.each(['rendezvous', 'ring', 'maglev', 'bounded-rendezvous'] as const)('%s: the key decides', (strategy) => {
    const { balancer, before, after } = settle({ a: {}, b: {}, c: {}, d: {} }, { strategy })
    expect(after).toEqual(before)
    expect(balancer.totals().repins.rebalance).toBe(0)
  })

  it('weights count under the strategies that go by them', () => {
    const endpoints = { light: {}, heavy: { weight: 9 } }
    expect(settle(endpoints, { strategy: 'round-robin' }).after).toEqual([150, 150])
    const { after } = settle(endpoints, { strategy: 'weighted' })
    expect(after[1]).toBeGreaterThan(255)
  })

  it('follows setStrategy', () => {
    const { balancer, visitAll, counts } = settle({ a: {}, b: {} }, { strategy: 'rendezvous' })
    balancer.add({ id: 'c', value: '' })
    const before = counts()
    for (let round = 0; round < 20; round++) visitAll()
    expect(counts()).toEqual(before)
    balancer.setStrategy('round-robin')
    for (let round = 0; round < 200; round++) visitAll()
    expect(counts()[2]).toBeGreaterThan(90)
  })
})
