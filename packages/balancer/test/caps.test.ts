import { describe, expect, it } from 'vitest'
import { NoEndpointError, QueueFullError } from '../src/index.ts'
import { balancerOf } from './fixtures.ts'

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

describe('maxInFlight', () => {
  it('is never exceeded, under any strategy, and counts leases only', () => {
    for (const strategy of ['round-robin', 'weighted', 'least-inflight', 'random', 'p2c', 'auto', 'ring'] as const) {
      const balancer = balancerOf('abc', { strategy })
      for (const id of 'abc') balancer.update(id, { maxInFlight: 2 })
      const leases = Array.from({ length: 6 }, () => balancer.pick())
      expect(balancer.stats().map(({ inflight }) => inflight)).toEqual([2, 2, 2])
      expect([balancer.pick(), balancer.select()]).toEqual([null, null])
      expect(balancer.stats()[0]?.refusals).toEqual(['full'])
      leases[3]?.done()
      expect(balancer.select()?.id).toBe(leases[3]?.endpoint.id)
      expect(balancer.pick()?.endpoint.id).toBe(leases[3]?.endpoint.id)
      expect(balancer.pick()).toBeNull()
    }
  })

  it('may change: below what is in flight nothing is cut off, nothing is added', () => {
    const balancer = balancerOf('a')
    const leases = Array.from({ length: 4 }, () => balancer.pick())
    balancer.update('a', { maxInFlight: 2 })
    for (const lease of leases.slice(0, 2)) lease?.done()
    expect(balancer.pick()).toBeNull()
    leases[2]?.done()
    expect(balancer.pick()).not.toBeNull()
    balancer.update('a', { maxInFlight: Number.POSITIVE_INFINITY })
    expect(balancer.pick()).not.toBeNull()
  })

  it('is an integer from 1', () => {
    const balancer = balancerOf('a')
    for (const maxInFlight of [0, -1, 1.5, Number.NaN, 1e10]) {
      expect(() => balancer.update('a', { maxInFlight })).toThrow(RangeError)
    }
    expect(() => balancer.update('a', { maxInFlight: '4' as never })).toThrow(TypeError)
    expect(() => balancer.update('a', { maxInflight: 4 } as never)).toThrow('did you mean "maxInFlight"?')
    expect(balancer.update('nobody', { maxInFlight: 4 })).toBe(false)
  })
})

describe('acquire', () => {
  it('serves in order of arrival, before anybody who comes later', async () => {
    const balancer = balancerOf('a')
    balancer.update('a', { maxInFlight: 1 })
    const lease = await balancer.acquire()
    const order: number[] = []
    const waiting = [1, 2, 3].map(async (number) => {
      const served = await balancer.acquire()
      order.push(number)
      return served
    })
    await settled()
    expect(balancer.waiting).toBe(3)
    lease.done()
    expect(balancer.pick()).toBeNull()
    for (const next of waiting) (await next).done()
    expect(order).toEqual([1, 2, 3])
    expect([balancer.waiting, balancer.stats()[0]?.inflight]).toEqual([0, 0])
  })

  it('an aborted caller leaves the queue at once and takes nobody’s turn', async () => {
    const balancer = balancerOf('a')
    balancer.update('a', { maxInFlight: 1 })
    const lease = await balancer.acquire()
    const controller = new AbortController()
    const aborted = balancer.acquire({ signal: controller.signal })
    const patient = balancer.acquire()
    await settled()
    controller.abort(new Error('no longer wanted'))
    await expect(aborted).rejects.toThrow('no longer wanted')
    expect(balancer.waiting).toBe(1)
    lease.done()
    ;(await patient).done()
    await expect(balancer.acquire({ signal: AbortSignal.abort('gone') })).rejects.toBe('gone')
    expect(balancer.stats()[0]?.inflight).toBe(0)
  })

  it('rejects beyond queue.max, and at once with 0', async () => {
    for (const max of [2, 0]) {
      const balancer = balancerOf('a', { queue: { max } })
      balancer.update('a', { maxInFlight: 1 })
      await balancer.acquire()
      for (let waiting = 0; waiting < max; waiting++) balancer.acquire().catch(() => undefined)
      const error: unknown = await balancer.acquire().catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(QueueFullError)
      expect(error).toMatchObject({ code: 'ERR_QUEUE_FULL', max })
    }
  })

  it('does not wait where waiting is of no use', async () => {
    await expect(balancerOf('').acquire()).rejects.toThrow(NoEndpointError)
    await expect(balancerOf('ab', { isAvailable: () => false }).acquire()).rejects.toThrow(NoEndpointError)
    const draining = balancerOf('a')
    draining.drain('a')
    await expect(draining.acquire()).rejects.toThrow('none of the 1')
  })

  it('is served by an endpoint that joins, is enabled, or has its cap raised', async () => {
    const changes = [
      (balancer: ReturnType<typeof balancerOf>) => balancer.add({ id: 'x', value: '' }),
      (balancer: ReturnType<typeof balancerOf>) => balancer.enable('b'),
      (balancer: ReturnType<typeof balancerOf>) => balancer.update('a', { maxInFlight: 2 }),
      (balancer: ReturnType<typeof balancerOf>) => balancer.replace([{ id: 'new', value: '' }]),
    ]
    for (const change of changes) {
      const balancer = balancerOf('ab')
      balancer.update('a', { maxInFlight: 1 })
      balancer.drain('b')
      await balancer.acquire()
      const waiting = balancer.acquire()
      await settled()
      expect(balancer.waiting).toBe(1)
      change(balancer)
      expect((await waiting).reason).toBe('new')
    }
  })

  it('those who wait are refused when nobody is left to wait for: removed, drained, destroyed', async () => {
    for (const change of ['remove', 'destroy'] as const) {
      const balancer = balancerOf('a')
      balancer.update('a', { maxInFlight: 1 })
      await balancer.acquire()
      const waiting = balancer.acquire()
      await settled()
      balancer[change]('a')
      await expect(waiting).rejects.toThrow(NoEndpointError)
    }
    const balancer = balancerOf('a')
    balancer.update('a', { maxInFlight: 1 })
    const lease = await balancer.acquire()
    const waiting = balancer.acquire()
    balancer.drain('a')
    lease.done()
    await expect(waiting).rejects.toThrow(NoEndpointError)
  })

  it('a session that must wait for its own endpoint does not hold up those behind it', async () => {
    const balancer = balancerOf('ab', { session: { onUnavailable: 'fail' } })
    for (const id of 'ab') balancer.update(id, { maxInFlight: 1 })
    const home = await balancer.acquire({ sessionId: 's' })
    const other = await balancer.acquire()
    const faithful = balancer.acquire({ sessionId: 's' })
    const anybody = balancer.acquire()
    await settled()
    other.done()
    expect((await anybody).endpoint.id).toBe('b')
    expect(balancer.waiting).toBe(1)
    home.done()
    expect((await faithful).reason).toBe('pinned')
  })

  it('run waits too, and its caller may give up waiting', async () => {
    const balancer = balancerOf('a')
    balancer.update('a', { maxInFlight: 1 })
    const lease = await balancer.acquire()
    const running = balancer.run((value) => value)
    const controller = new AbortController()
    const aborted = balancer.run(() => 'never', { signal: controller.signal })
    await settled()
    controller.abort('enough')
    await expect(aborted).rejects.toBe('enough')
    lease.done()
    expect(await running).toBe('value of a')
  })

  it('an isAvailable that throws while someone waits fails that one', async () => {
    let broken = false
    const balancer = balancerOf('a', {
      isAvailable: () => {
        if (broken) throw new Error('breaker broke')
        return true
      },
    })
    balancer.update('a', { maxInFlight: 1 })
    const lease = await balancer.acquire()
    const waiting = balancer.acquire()
    await settled()
    broken = true
    lease.done()
    await expect(waiting).rejects.toThrow('breaker broke')
  })
})
