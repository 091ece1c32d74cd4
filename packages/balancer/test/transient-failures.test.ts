import { describe, expect, it } from 'vitest'
import type { LoadBalancer } from '../src/index.ts'
import { Latency } from '../src/selection/latency.ts'
import { balancerOf, fakeClock, seededRandom } from './fixtures.ts'

/** A hundred sessions over four endpoints under `auto`, each served a few times in 2 ms. */
function settled(clock: { time: number }, tokens = false) {
  const balancer = balancerOf('abcd', {
    strategy: 'auto',
    clock: clock as never,
    ...(tokens ? { session: false as const, sessionToken: { secrets: ['sixteen characters'] } } : {}),
  })
  const cookies = new Map<number, string>()
  const requestOf = (n: number) => (tokens ? { token: cookies.get(n) } : { sessionId: `s${n}` })
  const serve = (n: number, outcome: 'ok' | 'error' = 'ok'): string => {
    const lease = balancer.pick(requestOf(n))
    if (lease === null) throw new Error('nobody')
    clock.time += 2
    const token = tokens ? balancer.issueToken(lease, requestOf(n)) : null
    if (token !== null) cookies.set(n, token)
    lease.done(outcome)
    clock.time += 3
    return lease.endpoint.id
  }
  for (let round = 0; round < 3; round++) for (let n = 0; n < 100; n++) serve(n)
  return { balancer, serve }
}

const homesOf = (serve: (n: number) => string): string[] => Array.from({ length: 100 }, (_, n) => serve(n))

describe('under auto', () => {
  it.each([false, true])('a transient 5xx moves no session (by token: %s)', (tokens) => {
    const clock = fakeClock()
    const { balancer, serve } = settled(clock, tokens)
    const homes = homesOf(serve)
    for (let n = 0; n < 100; n += 9) {
      serve(n, 'error')
      serve(n)
    }
    expect(homesOf(serve)).toEqual(homes)
    expect(balancer.totals()).toMatchObject({ ejections: 0, spills: 0, repins: { overload: 0, unavailable: 0 } })
  })

  it('a single failure on an endpoint that was never served before moves its session neither', () => {
    const clock = fakeClock()
    const balancer = balancerOf('abc', { strategy: 'auto', clock })
    const home = balancer.pick({ sessionId: 's' })
    clock.time += 2
    home?.done('error')
    for (let n = 0; n < 20; n++) {
      const lease = balancer.pick()
      clock.time += 2
      lease?.done()
    }
    expect(balancer.pick({ sessionId: 's' })).toMatchObject({ endpoint: { id: home?.endpoint.id }, reason: 'pinned' })
  })

  it('one request in a hundred failing everywhere leaves sessions where they are', () => {
    const clock = fakeClock()
    const { balancer, serve } = settled(clock)
    const homes = homesOf(serve)
    const random = seededRandom(7)
    for (let turn = 0; turn < 5000; turn++) serve(Math.floor(random() * 100), random() < 0.01 ? 'error' : 'ok')
    expect(homesOf(serve)).toEqual(homes)
    expect(balancer.totals().repins.overload).toBe(0)
  })

  it('failures in a row send sessions elsewhere until the ejection is over, then home', () => {
    const clock = fakeClock()
    const { balancer, serve } = settled(clock)
    const homes = homesOf(serve)
    for (let time = 0; time < 5; time++) serve(0, 'error')
    expect(balancer.totals().ejections).toBe(1)
    expect(serve(0)).not.toBe(homes[0])
    clock.time += 2000
    expect(homesOf(serve)).toEqual(homes)
  })

  it('newcomers keep away from an endpoint that failed just now', () => {
    const clock = fakeClock()
    const { balancer, serve } = settled(clock)
    const failed = serve(0, 'error')
    const firstChoices = Array.from({ length: 50 }, () => placed(balancer, clock))
    expect(firstChoices).not.toContain(failed)
  })

  it('a home that is far too busy is left, failures or not', () => {
    const clock = fakeClock()
    const { balancer, serve } = settled(clock)
    const home = serve(0, 'error')
    const others = new Set([...'abcd'].filter((id) => id !== home))
    for (let n = 0; n < 40; n++) balancer.pick({ exclude: others })
    expect(balancer.pick({ sessionId: 's0' })?.reason).toBe('overload')
  })
})

function placed(balancer: LoadBalancer<string>, clock: { time: number }): string | undefined {
  const lease = balancer.pick()
  clock.time += 2
  lease?.done()
  return lease?.endpoint.id
}

describe('latency of successes', () => {
  it('is the expected latency until something fails, and takes no notice of failures', () => {
    const latency = new Latency(100)
    latency.sample(0, 10, false, 0)
    latency.sample(1, 20, false, 0)
    expect(latency.expectedOfSuccess(0, 700)).toBe(latency.expected(0, 700))
    latency.sample(0, 1, true, 10)
    expect(latency.expected(0, 10)).toBeGreaterThan(100)
    expect(latency.expectedOfSuccess(0, 10)).toBeCloseTo(10, 6)
    latency.grow(64)
    latency.sample(0, 30, false, 20)
    expect(latency.expectedOfSuccess(0, 20)).toBeCloseTo(10 * 0.8 + 30 * 0.2, 6)
    latency.forget(0)
    expect(latency.expectedOfSuccess(0, 20)).toBeCloseTo(latency.mean / 2, 6)
  })
})
