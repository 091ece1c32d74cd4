import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { balancerOf, fakeClock } from './fixtures.ts'

const never = new Promise<never>(() => undefined)

describe('hedging', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it('a second attempt elsewhere when the first takes long; the first to return wins, the other is aborted', async () => {
    const balancer = balancerOf('abc')
    const signals: AbortSignal[] = []
    const running = balancer.run(
      (_, { endpoint }, attempt) => {
        signals.push(attempt.signal)
        return endpoint.id === 'a' ? never : `${endpoint.id} ${attempt.number}`
      },
      { hedge: { afterMs: 50 } },
    )
    await vi.advanceTimersByTimeAsync(49)
    expect(signals).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await running).toBe('b 1')
    expect(signals[0]?.aborted).toBe(true)
    expect(signals[0]?.reason).toMatchObject({ name: 'AbortError' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('the loser ends as cancelled, exactly once, whether it returns or throws', async () => {
    for (const ending of ['returns', 'throws'] as const) {
      const balancer = balancerOf('ab')
      let end: () => void = () => undefined
      const running = balancer.run(
        (_, { endpoint }) =>
          endpoint.id === 'b'
            ? 'won'
            : new Promise<string>((resolve, reject) => {
                end = () => (ending === 'returns' ? resolve('late') : reject(new Error('late')))
              }),
        { hedge: { afterMs: 10 } },
      )
      await vi.advanceTimersByTimeAsync(10)
      expect(await running).toBe('won')
      expect(balancer.stats()[0]?.inflight).toBe(1)
      end()
      await vi.advanceTimersByTimeAsync(0)
      expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 0 })
    }
  })

  it('no hedge when the answer comes in time, when the budget is spent, when nobody else is there', async () => {
    const calls = async (ids: string, retryBudget?: { ratio: number; minPerSecond: number }): Promise<number> => {
      const balancer = balancerOf(ids, { retryBudget, clock: fakeClock() })
      let count = 0
      const running = balancer.run(
        () => {
          count++
          return new Promise((resolve) => setTimeout(resolve, 120))
        },
        { hedge: { afterMs: 50, max: 2 } },
      )
      await vi.advanceTimersByTimeAsync(200)
      await running
      return count
    }
    expect(await calls('abcd')).toBe(3)
    expect(await calls('ab')).toBe(2)
    expect(await calls('a')).toBe(1)
    expect(await calls('abcd', { ratio: 0, minPerSecond: 0 })).toBe(1)
    const quick = balancerOf('ab')
    expect(await quick.run((value) => value, { hedge: { afterMs: 50 } })).toBe('value of a')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('a failure while a hedge runs is not the end: the hedge may win, or a retry', async () => {
    const balancer = balancerOf('abc')
    const running = balancer.run(
      (_, { endpoint }) =>
        new Promise<string>((resolve, reject) => {
          if (endpoint.id === 'a') setTimeout(() => reject(new Error('a failed')), 60)
          else setTimeout(() => resolve(endpoint.id), 80)
        }),
      { hedge: { afterMs: 50 }, retries: 0 },
    )
    await vi.advanceTimersByTimeAsync(200)
    expect(await running).toBe('b')
    const all = balancer.run(
      (_, { endpoint }) =>
        new Promise<string>((_resolve, reject) => setTimeout(() => reject(new Error(endpoint.id)), 60)),
      { hedge: { afterMs: 50 }, retries: 0 },
    )
    const outcome = all.catch((error: Error) => error.message)
    await vi.advanceTimersByTimeAsync(200)
    expect(await outcome).toMatch(/^[abc]$/)
    expect(balancer.stats().map(({ inflight }) => inflight)).toEqual([0, 0, 0])
  })

  it('the caller’s abort reaches every attempt and makes no new one', async () => {
    const balancer = balancerOf('abc')
    const controller = new AbortController()
    const seen: AbortSignal[] = []
    const running = balancer.run(
      (_, __, { signal }) => {
        seen.push(signal)
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
      { hedge: { afterMs: 10 }, signal: controller.signal },
    )
    const outcome = running.catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(15)
    controller.abort('stopped')
    expect(await outcome).toBe('stopped')
    await vi.advanceTimersByTimeAsync(100)
    expect(seen.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(balancer.stats().map(({ inflight, failures }) => [inflight, failures])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ])
  })

  it.each([
    [{ afterMs: 0 }, 'options.hedge.afterMs must be a number from 1 to 1000000000 ms, got 0'],
    [{}, 'options.hedge.afterMs must be a number'],
    [{ afterMs: 5, max: 0 }, 'options.hedge.max must be an integer from 1 to 100, got 0'],
    [{ after: 5 }, 'options.hedge has no "after"'],
  ])('%j is an error', async (hedge, message) => {
    await expect(balancerOf('a').run(() => 1, { hedge: hedge as never })).rejects.toThrow(message)
  })
})

describe('retry budget', () => {
  it('an outage is not multiplied: retries are a fifth of the requests and ten per second', async () => {
    const clock = fakeClock()
    const balancer = balancerOf('abcd', { clock })
    let calls = 0
    for (let request = 0; request < 2000; request++) {
      clock.time += 1
      const failing = balancer.run(() => {
        calls++
        throw new Error('down')
      })
      await failing.catch(() => undefined)
    }
    // 2000 requests, a fifth more, ten per second for two seconds, and what ten seconds had saved.
    expect(calls - 2000).toBeLessThanOrEqual(400 + 20 + 100)
    expect(calls - 2000).toBeGreaterThan(400)
  })

  it('may be switched off', async () => {
    const balancer = balancerOf('abcd', { retryBudget: false })
    let calls = 0
    for (let request = 0; request < 500; request++) {
      const failing = balancer.run(() => {
        calls++
        throw new Error('down')
      })
      await failing.catch(() => undefined)
    }
    expect(calls).toBe(1500)
  })

  it('an error with retryAfterMs lets the endpoint cool down and is tried elsewhere', async () => {
    const balancer = balancerOf('ab')
    const result = await balancer.run((_, { endpoint }) => {
      if (endpoint.id === 'a') throw Object.assign(new Error('429'), { retryAfterMs: 7000 })
      return endpoint.id
    })
    expect(result).toBe('b')
    expect(balancer.stats()[0]).toMatchObject({ refusals: ['cooling'], failures: 0 })
  })
})
