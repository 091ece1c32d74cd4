import { describe, expect, it } from 'vitest'
import type { LoadBalancer, LoadBalancerOptions } from '../src/index.ts'
import { balancerOf, fakeClock, selectMany } from './fixtures.ts'

function guarded(ids: string, options: LoadBalancerOptions<string> = {}) {
  const clock = fakeClock(1000)
  const balancer = balancerOf(ids, { ejection: true, clock, ...options })
  return { clock, balancer }
}

/** Sends work to one endpoint and ends it at once. */
function answer(balancer: LoadBalancer<string>, id: string, outcome: 'ok' | 'error' | 'timeout', times = 1): void {
  for (let time = 0; time < times; time++) {
    const exclude = new Set(balancer.endpoints().flatMap((endpoint) => (endpoint.id === id ? [] : [endpoint.id])))
    balancer.pick({ exclude })?.done(outcome)
  }
}

const refusalsOf = (balancer: LoadBalancer<string>, id: string): unknown =>
  balancer.stats().find((endpoint) => endpoint.id === id)?.refusals

describe('ejection', () => {
  it('takes an endpoint out after five failures in a row, for two seconds', () => {
    const { clock, balancer } = guarded('abc')
    answer(balancer, 'a', 'error', 4)
    answer(balancer, 'a', 'ok')
    answer(balancer, 'a', 'timeout', 4)
    expect(refusalsOf(balancer, 'a')).toEqual([])
    answer(balancer, 'a', 'error')
    expect(refusalsOf(balancer, 'a')).toEqual(['ejected'])
    expect(balancer.stats()[0]?.retryAfterMs).toBe(2000)
    expect(selectMany(balancer, 20)).not.toContain('a')
    clock.time += 1999
    expect(selectMany(balancer, 20)).not.toContain('a')
    clock.time += 1
    expect(selectMany(balancer, 20)).toContain('a')
    expect(balancer.totals().ejections).toBe(1)
  })

  it('after one ejection a single failure ejects for twice as long, until it has been well for ten seconds', () => {
    const { clock, balancer } = guarded('abc')
    answer(balancer, 'a', 'error', 5)
    const durations: (number | undefined)[] = []
    for (let time = 0; time < 3; time++) {
      clock.time += balancer.stats()[0]?.retryAfterMs ?? 0
      answer(balancer, 'a', 'error')
      durations.push(balancer.stats()[0]?.retryAfterMs)
    }
    expect(durations).toEqual([4000, 8000, 16_000])
    clock.time += 16_000 + 10_001
    answer(balancer, 'a', 'ok')
    answer(balancer, 'a', 'error', 4)
    expect(refusalsOf(balancer, 'a')).toEqual([])
    answer(balancer, 'a', 'error')
    expect(balancer.stats()[0]?.retryAfterMs).toBe(2000)
  })

  it('a success soon after an ejection does not make up for it', () => {
    const { clock, balancer } = guarded('abc')
    answer(balancer, 'a', 'error', 5)
    clock.time += 2000 + 9999
    answer(balancer, 'a', 'ok')
    answer(balancer, 'a', 'error')
    expect(balancer.stats()[0]?.retryAfterMs).toBe(4000)
  })

  it('max ejected % checked after ejecting: never more than half, the candidate counted in', () => {
    const { balancer } = guarded('abcde')
    for (const id of 'abcde') answer(balancer, id, 'error', 20)
    expect(balancer.stats().filter(({ refusals }) => refusals.includes('ejected'))).toHaveLength(2)
    const alone = guarded('a')
    answer(alone.balancer, 'a', 'error', 50)
    expect(refusalsOf(alone.balancer, 'a')).toEqual([])
    const two = guarded('ab')
    answer(two.balancer, 'a', 'error', 5)
    answer(two.balancer, 'b', 'error', 50)
    expect([refusalsOf(two.balancer, 'a'), refusalsOf(two.balancer, 'b')]).toEqual([['ejected'], []])
  })

  it('ejection by re-picking instead of filtering: an ejected endpoint without work is not the least busy one', () => {
    for (const strategy of ['least-inflight', 'p2c', 'p2c-ewma', 'auto', 'weighted', 'random', 'rendezvous'] as const) {
      const { balancer } = guarded('abcd', { strategy, slowStart: false })
      answer(balancer, 'b', 'error', 5)
      for (let pick = 0; pick < 60; pick++) expect(balancer.pick()?.endpoint.id).not.toBe('b')
    }
  })

  it('failures of requests that began before the return are news of yesterday', () => {
    const { clock, balancer } = guarded('abc')
    const old = Array.from({ length: 20 }, () => balancer.pick({ exclude: new Set('bc') }))
    answer(balancer, 'a', 'error', 5)
    clock.time += 500
    for (const lease of old.slice(0, 10)) lease?.done('timeout')
    expect(balancer.stats()[0]?.retryAfterMs).toBe(1500)
    clock.time += 1500
    balancer.select()
    for (const lease of old.slice(10)) lease?.done('timeout')
    expect(refusalsOf(balancer, 'a')).toEqual([])
    answer(balancer, 'a', 'error')
    expect(balancer.stats()[0]?.retryAfterMs).toBe(4000)
  })

  it('cancelled work says nothing', () => {
    const { balancer } = guarded('ab')
    for (let time = 0; time < 20; time++) balancer.pick()?.done('cancelled')
    expect(balancer.stats().flatMap(({ refusals }) => refusals)).toEqual([])
  })

  it('all ejected or cooling: panic, everybody is better than nobody, and it is said once per second', async () => {
    for (const strategy of ['round-robin', 'least-inflight', 'p2c', 'auto', 'maglev', 'weighted'] as const) {
      const { clock, balancer } = guarded('abc', { strategy, ejection: { maxShare: 1 }, slowStart: false })
      let panics = 0
      balancer.on('panic', ({ endpoints }) => {
        panics += endpoints
      })
      for (const id of 'abc') answer(balancer, id, 'error', 5)
      expect(new Set(selectMany(balancer, 100))).toEqual(new Set('abc'))
      expect(balancer.totals().panics).toBe(100)
      clock.time += 1000
      balancer.select()
      await Promise.resolve()
      expect(panics).toBe(6)
      clock.time += 1000
      balancer.select()
      expect(balancer.totals().panics).toBe(101)
    }
  })

  it('no panic while a sound endpoint is merely at its cap', () => {
    const { balancer } = guarded('ab')
    balancer.update('b', { maxInFlight: 1 })
    answer(balancer, 'a', 'error', 5)
    const lease = balancer.pick()
    expect(lease?.endpoint.id).toBe('b')
    expect(balancer.pick()).toBeNull()
    lease?.done()
    expect(balancer.pick()?.endpoint.id).toBe('b')
  })

  it('removing an ejected endpoint frees its share of ejections; draining one does not bring it back', () => {
    const { balancer } = guarded('abcd')
    answer(balancer, 'a', 'error', 5)
    answer(balancer, 'b', 'error', 5)
    answer(balancer, 'c', 'error', 50)
    expect(refusalsOf(balancer, 'c')).toEqual([])
    balancer.remove('a')
    balancer.drain('b')
    balancer.enable('b')
    expect(refusalsOf(balancer, 'b')).toEqual(['ejected'])
    expect(selectMany(balancer, 20)).not.toContain('b')
    balancer.add({ id: 'x', value: '' })
    answer(balancer, 'c', 'error')
    expect(refusalsOf(balancer, 'c')).toEqual(['ejected'])
  })

  it('says what happened, after the pick and not inside it', async () => {
    const { clock, balancer } = guarded('abc')
    const log: string[] = []
    balancer
      .on('endpoint-ejected', ({ endpoint, durationMs }) => log.push(`${endpoint.id} out ${durationMs}`))
      .on('endpoint-returned', ({ endpoint }) => log.push(`${endpoint.id} back`))
    answer(balancer, 'a', 'error', 5)
    expect(log).toEqual([])
    await Promise.resolve()
    clock.time += 2000
    balancer.select()
    await Promise.resolve()
    expect(log).toEqual(['a out 2000', 'a back'])
  })

  it('is on under auto, and off under the strategies that are asked for by name', () => {
    for (const [strategy, refusals] of [
      ['auto', ['ejected']],
      ['round-robin', []],
    ] as const) {
      const balancer = balancerOf('abc', { strategy })
      answer(balancer, 'a', 'error', 5)
      expect(refusalsOf(balancer, 'a')).toEqual(refusals)
    }
  })
})

describe('cooling down', () => {
  it('429: only that endpoint, only for what it asked, and it is no failure', async () => {
    const clock = fakeClock()
    const balancer = balancerOf('abc', { clock })
    const cooling: unknown[] = []
    balancer.on('endpoint-cooling', ({ endpoint, durationMs }) => cooling.push(endpoint.id, durationMs))
    balancer.pick()?.done('rate-limited', 3000)
    balancer.pick()?.done('rate-limited')
    expect(selectMany(balancer, 20)).toBe('c'.repeat(20))
    clock.time = 1000
    expect(selectMany(balancer, 20)).not.toContain('a')
    expect(selectMany(balancer, 20)).toContain('b')
    clock.time = 3000
    expect(selectMany(balancer, 20)).toContain('a')
    expect(balancer.stats().map(({ failures }) => failures)).toEqual([0, 0, 0])
    await Promise.resolve()
    expect(cooling).toEqual(['a', 3000, 'b', 1000])
  })

  it('a second pause prolongs the first and never shortens it; an absurd one is an hour', () => {
    const clock = fakeClock()
    const balancer = balancerOf('ab', { clock })
    const leases = Array.from({ length: 3 }, () => balancer.pick({ exclude: new Set('b') }))
    leases[0]?.done('rate-limited', 5000)
    leases[1]?.done('rate-limited', 10)
    expect(balancer.stats()[0]?.retryAfterMs).toBe(5000)
    leases[2]?.done('rate-limited', 1e12)
    expect(balancer.stats()[0]?.retryAfterMs).toBe(3_600_000)
  })

  it('a wrong pause is an error after the lease has ended', () => {
    const balancer = balancerOf('a')
    for (const pause of [Number.NaN, -1, 'soon']) {
      expect(() => balancer.pick()?.done('rate-limited', pause as number)).toThrow('retryAfterMs must be a number')
    }
    expect(balancer.stats()[0]?.inflight).toBe(0)
  })

  it('a pause of nothing is none', () => {
    const balancer = balancerOf('a')
    balancer.pick()?.done('rate-limited', 0)
    expect(balancer.stats()[0]?.refusals).toEqual([])
  })

  it('all in cooldown: requests go on', () => {
    const balancer = balancerOf('ab')
    balancer.pick()?.done('rate-limited', 9000)
    balancer.pick()?.done('rate-limited', 9000)
    expect(balancer.select()).not.toBeNull()
  })
})
