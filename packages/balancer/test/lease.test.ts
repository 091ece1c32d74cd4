import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Lease } from '../src/index.ts'
import { balancerOf } from './fixtures.ts'

describe('lease', () => {
  it('counts in flight until it is done, once', () => {
    const balancer = balancerOf('a')
    const first = balancer.pick()
    const second = balancer.pick()
    expect(balancer.stats()[0]?.inflight).toBe(2)
    first?.done()
    first?.done()
    first?.done('error')
    expect(balancer.stats()[0]).toMatchObject({ inflight: 1, failures: 0 })
    second?.done('error')
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 1 })
  })

  it('an unknown outcome is an error, and the lease has ended all the same', () => {
    const balancer = balancerOf('a')
    const lease = balancer.pick()
    expect(() => lease?.done('success' as never)).toThrow(TypeError)
    expect(() => lease?.done('success' as never)).not.toThrow()
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 0 })
  })

  it('is disposable: what nobody ended is cancelled', () => {
    const balancer = balancerOf('a')
    const lease = balancer.pick()
    lease?.[Symbol.dispose]()
    lease?.[Symbol.dispose]()
    lease?.done('error')
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 0 })
    const ended = balancer.pick()
    ended?.done('error')
    ended?.[Symbol.dispose]()
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 1 })
  })

  it('of a removed endpoint counts down that endpoint and never its successor', () => {
    for (const strategy of ['round-robin', 'weighted', 'least-inflight', 'random'] as const) {
      const balancer = balancerOf('a', { strategy })
      const [old] = balancer.endpoints()
      const leases = [balancer.pick(), balancer.pick()]
      balancer.remove('a')
      expect(old?.inflight).toBe(2)
      const successor = balancer.add({ id: 'a', value: 'successor' })
      const lease = balancer.pick()
      for (const earlier of leases) earlier?.done()
      expect(old?.inflight).toBe(0)
      expect(successor.inflight).toBe(1)
      lease?.done()
      expect(successor.inflight).toBe(0)
    }
  })

  it('a leak cannot drive a counter negative, and stays with its endpoint', () => {
    const balancer = balancerOf('ab', { strategy: 'least-inflight' })
    balancer.pick()
    for (let time = 0; time < 20; time++) {
      const lease = balancer.pick()
      lease?.done()
      lease?.done()
    }
    expect(balancer.stats().map(({ inflight }) => inflight)).toEqual([1, 0])
  })

  it('agrees with a naive counter through any order of picks, ends and changes of the set', () => {
    const ids = ['a', 'b', 'c', 'd']
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ op: fc.constant('pick' as const), session: fc.nat({ max: 5 }) }) },
      {
        weight: 5,
        arbitrary: fc.record({
          op: fc.constant('done' as const),
          which: fc.nat(),
          outcome: fc.constantFrom('ok' as const, 'error' as const, 'timeout' as const, 'cancelled' as const),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          op: fc.constantFrom('add' as const, 'remove' as const, 'drain' as const, 'enable' as const),
          id: fc.constantFrom(...ids),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          op: fc.constant('strategy' as const),
          strategy: fc.constantFrom(
            'round-robin' as const,
            'weighted' as const,
            'least-inflight' as const,
            'random' as const,
          ),
        }),
      },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 250 }), (steps) => {
        const balancer = balancerOf('ab')
        const leases: { lease: Lease<string>; ended: boolean }[] = []
        const expected = new Map<unknown, { inflight: number; failures: number }>()
        for (const endpoint of balancer.endpoints()) expected.set(endpoint, { inflight: 0, failures: 0 })
        const eligible = (): number[] =>
          balancer
            .endpoints()
            .filter(({ draining }) => !draining)
            .map(({ inflight }) => inflight)
        for (const step of steps) {
          if (step.op === 'pick') {
            const least = Math.min(...eligible())
            const lease = balancer.pick(step.session === 0 ? {} : { sessionId: `s${step.session}` })
            if (lease === null) {
              expect(eligible()).toEqual([])
              continue
            }
            const counts = expected.get(lease.endpoint) as { inflight: number }
            if (balancer.getStrategy() === 'least-inflight' && lease.reason !== 'pinned') {
              expect(counts.inflight).toBe(least)
            }
            counts.inflight++
            leases.push({ lease, ended: false })
          } else if (step.op === 'done') {
            const entry = leases[step.which % Math.max(leases.length, 1)]
            if (entry === undefined) continue
            entry.lease.done(step.outcome)
            const counts = expected.get(entry.lease.endpoint) as { inflight: number; failures: number }
            if (!entry.ended) {
              counts.inflight--
              if (step.outcome === 'error' || step.outcome === 'timeout') counts.failures++
            }
            entry.ended = true
          } else if (step.op === 'strategy') balancer.setStrategy(step.strategy)
          else if (step.op !== 'add') balancer[step.op](step.id)
          else if (!balancer.endpoints().some(({ id }) => id === step.id)) {
            expected.set(balancer.add({ id: step.id, value: '' }), { inflight: 0, failures: 0 })
          }
          for (const [endpoint, counts] of expected) expect(endpoint).toMatchObject(counts)
        }
      }),
      { numRuns: 60 },
    )
  })
})
