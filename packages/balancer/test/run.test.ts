import { describe, expect, it } from 'vitest'
import { NoEndpointError } from '../src/index.ts'
import { balancerOf, fakeClock } from './fixtures.ts'

const idle = (balancer: ReturnType<typeof balancerOf>): boolean =>
  balancer.stats().every(({ inflight }) => inflight === 0)

describe('run', () => {
  it('calls with the value and the lease, resolves with the result, ends the lease', async () => {
    const balancer = balancerOf('ab')
    const result = await balancer.run((value, lease) => {
      expect(value).toBe('value of a')
      expect(lease.endpoint.inflight).toBe(1)
      return `${lease.endpoint.id} ${lease.reason}`
    })
    expect(result).toBe('a new')
    expect(await balancer.run(async (value) => value)).toBe('value of b')
    expect(idle(balancer)).toBe(true)
  })

  it('retries on another endpoint, never on one twice', async () => {
    const balancer = balancerOf('abcd')
    const tried: string[] = []
    const result = await balancer.run(
      async (_, { endpoint }) => {
        tried.push(endpoint.id)
        if (tried.length < 4) throw new Error(`${endpoint.id} failed`)
        return endpoint.id
      },
      { retries: 3 },
    )
    expect(result).toBe('d')
    expect(tried).toEqual(['a', 'b', 'c', 'd'])
    expect(balancer.stats().map(({ failures }) => failures)).toEqual([1, 1, 1, 0])
    expect(idle(balancer)).toBe(true)
  })

  it('gives up after `retries`, 2 by default, with the last error', async () => {
    const balancer = balancerOf('abcdef')
    let calls = 0
    const fail = (): never => {
      throw new Error(`call ${++calls}`)
    }
    await expect(balancer.run(fail)).rejects.toThrow('call 3')
    await expect(balancer.run(fail, { retries: 0 })).rejects.toThrow('call 4')
    expect(idle(balancer)).toBe(true)
  })

  it('gives up with the last error of the function when no endpoint is left to try', async () => {
    const balancer = balancerOf('ab')
    const failing = balancer.run((value) => Promise.reject(new Error(value)), { retries: 10 })
    await expect(failing).rejects.toThrow('value of b')
    expect(balancer.stats().map(({ picks }) => picks)).toEqual([1, 1])
  })

  it('rejects with NoEndpointError when there is nothing to try', async () => {
    const empty = await balancerOf('')
      .run(() => 1)
      .catch((error: unknown) => error)
    expect(empty).toBeInstanceOf(NoEndpointError)
    expect(empty).toMatchObject({ name: 'NoEndpointError', code: 'ERR_NO_UPSTREAM', endpoints: 0 })
    const down = balancerOf('abc', { isAvailable: () => false })
    await expect(down.run(() => 1)).rejects.toMatchObject({
      code: 'ERR_NO_UPSTREAM',
      endpoints: 3,
      message: expect.stringContaining('none of the 3'),
    })
  })

  it.each([Number.POSITIVE_INFINITY, 1e13, -5, Number.NaN])(
    'an error with retryAfterMs %d settles',
    async (pauseMs) => {
      const balancer = balancerOf('a', { clock: fakeClock() })
      const limited = Object.assign(new Error('429'), { retryAfterMs: pauseMs })
      await expect(balancer.run(() => Promise.reject(limited))).rejects.toBe(limited)
      expect(balancer.stats()[0]).toMatchObject({ inflight: 0, retryAfterMs: pauseMs > 0 ? 3_600_000 : 0 })
    },
  )

  it('without a function to call, nothing is picked', async () => {
    const balancer = balancerOf('ab')
    await expect(balancer.run(undefined as never)).rejects.toThrow('work must be a function, got undefined')
    expect(balancer.totals().picks).toBe(0)
  })

  it('passes on falsy throws', async () => {
    await expect(balancerOf('a').run(() => Promise.reject(undefined))).rejects.toBeUndefined()
    await expect(balancerOf('a').run(() => Promise.reject(0))).rejects.toBe(0)
  })

  it('keeps a session where it is: a retry elsewhere is a spill', async () => {
    const balancer = balancerOf('abc')
    const seen: string[] = []
    const call = (failing: string): Promise<string> =>
      balancer.run(
        (_, { endpoint, reason }) => {
          seen.push(`${endpoint.id} ${reason}`)
          if (endpoint.id === failing) throw new Error('failed')
          return endpoint.id
        },
        { sessionId: 's', tenant: 't' },
      )
    await call('')
    await call('')
    await call('a')
    await call('')
    expect(seen).toEqual(['a new', 'a pinned', 'a pinned', 'b spill', 'a pinned'])
    expect(balancer.totals().repins.unavailable).toBe(0)
    balancer.remove('a')
    await call('')
    expect(seen.at(-1)).toMatch(/ removed$/)
    expect(balancer.dropSession('s', 't')).toBe(true)
  })

  it('does not start when the signal is aborted', async () => {
    const balancer = balancerOf('a')
    await expect(balancer.run(() => 1, { signal: AbortSignal.abort('gone') })).rejects.toBe('gone')
    expect(balancer.stats()[0]?.picks).toBe(0)
  })

  it('does not retry after an abort and counts the attempt as cancelled', async () => {
    const balancer = balancerOf('ab')
    const controller = new AbortController()
    const running = balancer.run(
      async () => {
        controller.abort()
        throw new Error('interrupted')
      },
      { signal: controller.signal },
    )
    await expect(running).rejects.toThrow('interrupted')
    expect(balancer.stats().map(({ picks, failures }) => [picks, failures])).toEqual([
      [1, 0],
      [0, 0],
    ])
    expect(idle(balancer)).toBe(true)
  })

  it('counts an error named TimeoutError as a failure and retries it', async () => {
    const balancer = balancerOf('ab')
    const outcomes: unknown[] = []
    const result = await balancer.run(async (_, lease) => {
      const done = lease.done.bind(lease)
      lease.done = (outcome) => {
        outcomes.push(outcome)
        done(outcome)
      }
      if (lease.endpoint.id === 'a') throw new DOMException('too slow', 'TimeoutError')
      return lease.endpoint.id
    })
    expect(result).toBe('b')
    expect(outcomes).toEqual(['timeout', 'ok'])
    expect(balancer.stats()[0]?.failures).toBe(1)
  })

  it('keeps a result that came in spite of an abort', async () => {
    const controller = new AbortController()
    const running = balancerOf('a').run(
      async () => {
        controller.abort()
        return 'done'
      },
      { signal: controller.signal },
    )
    expect(await running).toBe('done')
  })

  it('lets the function end its lease itself', async () => {
    const balancer = balancerOf('a')
    await balancer.run((_, lease) => lease.done('error'))
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 1 })
  })

  it('survives the removal of the endpoint during the call, and retries on the rest', async () => {
    const balancer = balancerOf('ab')
    const result = await balancer.run((_, { endpoint }) => {
      if (endpoint.id === 'b') return 'b'
      balancer.remove('a')
      throw new Error('connection lost')
    })
    expect(result).toBe('b')
    expect(idle(balancer)).toBe(true)
  })

  it('rejects invalid options without a call', async () => {
    const balancer = balancerOf('a')
    for (const [options, message] of [
      [{ retries: -1 }, 'options.retries must be an integer from 0 to 65535, got -1'],
      [{ retries: Number.NaN }, 'options.retries must be an integer from 0 to 65535, got NaN'],
      [{ retries: 1.5 }, 'options.retries must be an integer from 0 to 65535, got 1.5'],
      [{ retries: '2' }, 'options.retries must be an integer from 0 to 65535, got "2"'],
      [{ sesionId: 's' }, 'options has no "sesionId"; did you mean "sessionId"?'],
    ] as const) {
      await expect(balancer.run(() => 1, options as never)).rejects.toThrow(message)
    }
    expect(balancer.stats()[0]?.picks).toBe(0)
  })

  it('counts every concurrent call while it runs', async () => {
    const balancer = balancerOf('abc', { strategy: 'least-inflight' })
    const finish: (() => void)[] = []
    const calls = Array.from({ length: 9 }, () => balancer.run(() => new Promise<void>((done) => finish.push(done))))
    expect(balancer.stats().map(({ inflight }) => inflight)).toEqual([3, 3, 3])
    for (const done of finish) done()
    await Promise.all(calls)
    expect(idle(balancer)).toBe(true)
  })
})
