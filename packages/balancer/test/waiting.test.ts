import { describe, expect, it, vi } from 'vitest'
import { type Lease, LoadBalancer, NoEndpointError } from '../src/index.ts'
import { balancerOf, fakeClock } from './fixtures.ts'

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Two endpoints of one place each: `a` is taken by a lease that hangs, `b` is away. */
function squeezed(away: 'ejected' | 'cooling') {
  const clock = fakeClock()
  const balancer = balancerOf('ab', { clock, ejection: { consecutiveFailures: 1 }, slowStart: false })
  for (const id of 'ab') balancer.update(id, { maxInFlight: 1 })
  const hung = balancer.pick()
  balancer.pick()?.done(away === 'ejected' ? 'error' : 'rate-limited', away === 'ejected' ? undefined : 2000)
  return { balancer, clock, hung }
}

describe('an endpoint that returns', () => {
  it.each(['ejected', 'cooling'] as const)('serves who waited first, not who came to notice (%s)', async (away) => {
    const { balancer, clock } = squeezed(away)
    const first = balancer.acquire()
    await settled()
    expect(balancer.waiting).toBe(1)
    clock.time = 2000
    const second = balancer.acquire()
    expect((await first).endpoint.id).toBe('b')
    await settled()
    expect(balancer.waiting).toBe(1)
    expect(balancer.pick()).toBeNull()
    ;(await first).done()
    expect((await second).endpoint.id).toBe('b')
  })

  it('is noticed though nobody calls', async () => {
    vi.useFakeTimers()
    try {
      const { balancer, clock } = squeezed('cooling')
      const waiting = balancer.acquire()
      clock.time = 1999
      await vi.advanceTimersByTimeAsync(2000)
      expect(balancer.waiting).toBe(1)
      clock.time = 2000
      await vi.advanceTimersByTimeAsync(1)
      expect((await waiting).endpoint.id).toBe('b')
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('leaves no timer behind when the balancer is destroyed', async () => {
    vi.useFakeTimers()
    try {
      const { balancer } = squeezed('ejected')
      const waiting = balancer.acquire()
      expect(vi.getTimerCount()).toBe(1)
      balancer.destroy()
      await expect(waiting).rejects.toThrow(NoEndpointError)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('shows in stats and explain at once', () => {
    const { balancer, clock, hung } = squeezed('ejected')
    hung?.done()
    balancer.pick({ sessionId: 's', exclude: new Set('b') })?.done()
    const other = balancerOf('ab', { clock, ejection: { consecutiveFailures: 1 } })
    other.pick({ sessionId: 's' })?.done('error')
    expect(other.explain('s')).toMatchObject({ home: 'a', next: 'spill' })
    expect(other.stats()[0]?.refusals).toEqual(['ejected'])
    clock.time += 2000
    expect(other.explain('s').next).toBe('pinned')
    expect(other.explain('s').endpoints[0]?.refusals).toEqual([])
    expect(balancer.stats()[1]).toMatchObject({ refusals: [], retryAfterMs: 0 })
    expect(other.pick({ sessionId: 's' })?.reason).toBe('pinned')
  })

  it('isAvailable may ask for stats in the middle of a pick', () => {
    const clock = fakeClock()
    const balancer: LoadBalancer<string> = new LoadBalancer(
      [...'abc'].map((id) => ({ id, value: id })),
      { clock, ejection: true, isAvailable: () => balancer.stats().length === 3 },
    )
    balancer.pick()?.done('rate-limited', 100)
    clock.time = 100
    expect(balancer.pick()).not.toBeNull()
  })
})

describe('waiting that would be of no use', () => {
  const refused = async (lease: Promise<Lease<string>>): Promise<void> => {
    await expect(lease).rejects.toThrow(NoEndpointError)
  }

  it('for an endpoint that takes no new work', async () => {
    for (const retire of [
      (balancer: LoadBalancer<string>) => balancer.drain('a'),
      (balancer: LoadBalancer<string>) => balancer.setWeight('a', 0),
    ]) {
      const balancer = balancerOf('a')
      balancer.update('a', { maxInFlight: 1 })
      balancer.pick()
      retire(balancer)
      await refused(balancer.acquire())
    }
  })

  it('but the session of a draining endpoint waits for its place there, and gets it past others who wait', async () => {
    const balancer = balancerOf('ab', { session: { onUnavailable: 'fail' } })
    for (const id of 'ab') balancer.update(id, { maxInFlight: 1 })
    const home = balancer.pick({ sessionId: 's' })
    const other = balancer.pick()
    balancer.drain('a')
    const anybody = balancer.acquire()
    const faithful = balancer.acquire({ sessionId: 's' })
    await settled()
    expect(balancer.waiting).toBe(2)
    home?.done()
    expect(await faithful).toMatchObject({ endpoint: { id: 'a' }, reason: 'pinned' })
    other?.done()
    expect((await anybody).endpoint.id).toBe('b')
  })

  it('for others, when the session must fail without its own', async () => {
    const balancer = balancerOf('ab', { session: { onUnavailable: 'fail' } })
    balancer.update('b', { maxInFlight: 1 })
    balancer.pick({ sessionId: 's' })?.done('rate-limited', 5000)
    balancer.pick()
    await refused(balancer.acquire({ sessionId: 's' }))
  })

  it('for an endpoint that is excluded, once the other one has left', async () => {
    const balancer = balancerOf('ab')
    for (const id of 'ab') balancer.update(id, { maxInFlight: 1 })
    const leases = [balancer.pick(), balancer.pick()]
    const plain = balancer.acquire()
    const choosy = balancer.acquire({ exclude: new Set('a') })
    await settled()
    balancer.remove('b')
    await refused(choosy)
    expect(balancer.waiting).toBe(1)
    leases[0]?.done()
    expect((await plain).endpoint.id).toBe('a')
  })
})

describe('a pause', () => {
  it('beyond every measure counts as an hour', () => {
    const balancer = balancerOf('a', { clock: fakeClock() })
    for (const pauseMs of [Number.POSITIVE_INFINITY, 1e13, 3_600_001]) balancer.pick()?.done('rate-limited', pauseMs)
    expect(balancer.stats()[0]?.retryAfterMs).toBe(3_600_000)
    for (const pauseMs of [-1, Number.NaN]) {
      expect(() => balancer.pick()?.done('rate-limited', pauseMs)).toThrow(RangeError)
    }
  })
})
