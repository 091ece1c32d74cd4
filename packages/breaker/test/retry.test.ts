import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CircuitBreaker, RetryBudget, retry } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const boom = new Error('boom')

/** Fails so many times; remembers when it was called. */
function flaky(failures: number): { fn: (attempt: number) => Promise<number>; at: number[] } {
  const at: number[] = []
  const begin = performance.now()
  return {
    at,
    fn: async (attempt) => {
      at.push(performance.now() - begin)
      if (attempt <= failures) throw boom
      return attempt
    },
  }
}

describe('retry', () => {
  it('waits twice as long each time, up to the cap', async () => {
    const { fn, at } = flaky(4)
    const call = retry(fn, { maxAttempts: 5, baseDelayMs: 100, maxDelayMs: 300, jitter: 0 })
    await vi.advanceTimersByTimeAsync(2000)
    expect(await call).toBe(5)
    expect(at).toEqual([0, 100, 300, 600, 900])
  })

  it('full jitter draws from 0 to the bound', async () => {
    const { fn, at } = flaky(2)
    const call = retry(fn, { baseDelayMs: 100, random: () => 0.25 })
    await vi.advanceTimersByTimeAsync(2000)
    await call
    expect(at).toEqual([0, 75, 225])
  })

  it('gives up with the last error', async () => {
    const { fn, at } = flaky(9)
    const call = retry(fn, { baseDelayMs: 0 }).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(0)
    expect(await call).toBe(boom)
    expect(at).toHaveLength(3)
  })

  it('repeats no refusal of a breaker, and no error that shouldRetry turns down', async () => {
    const breaker = new CircuitBreaker('test')
    breaker.forceState('open')
    const refused = vi.fn(() => breaker.run(() => 1))
    await expect(retry(refused)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
    expect(refused).toHaveBeenCalledTimes(1)
    const { fn, at } = flaky(9)
    await expect(retry(fn, { shouldRetry: (error, attempt) => error !== boom && attempt < 2 })).rejects.toBe(boom)
    expect(at).toHaveLength(1)
  })

  it('waits as long as an error asks for', async () => {
    const at: number[] = []
    const begin = performance.now()
    const call = retry(
      () => {
        at.push(performance.now() - begin)
        if (at.length === 1) throw Object.assign(new Error('later'), { retryAfterMs: 700 })
      },
      { jitter: 0 },
    )
    await vi.advanceTimersByTimeAsync(1000)
    await call
    expect(at).toEqual([0, 700])
  })

  it('ends with its signal, also while waiting', async () => {
    const caller = new AbortController()
    const call = retry(flaky(9).fn, { baseDelayMs: 10_000, jitter: 0, signal: caller.signal }).catch((e: unknown) => e)
    await vi.advanceTimersByTimeAsync(10)
    caller.abort('enough')
    expect(await call).toBe('enough')
    expect(vi.getTimerCount()).toBe(0)
    await expect(retry(() => 1, { signal: caller.signal })).rejects.toBe('enough')
  })

  it.each([
    [{ maxAttempts: 0 }, 'maxAttempts is 0'],
    [{ jitter: 2 }, 'jitter is 2'],
    [{ baseDelay: 1 }, "unknown option 'baseDelay'; did you mean 'baseDelayMs'?"],
    [{ shouldRetry: 1 }, 'shouldRetry is 1; expected a function'],
  ])('refuses %j', async (options, message) => {
    await expect(retry(() => 1, options as object)).rejects.toThrow(message)
  })
})

describe('RetryBudget', () => {
  it('allows a share of the calls and a reserve, over the last seconds', () => {
    const clock = new FakeClock()
    const budget = new RetryBudget({ ratio: 0.2, minPerSecond: 1, ttlMs: 10_000, clock })
    expect(budget.balance()).toBe(10)
    for (let i = 0; i < 100; i++) budget.deposit()
    expect(budget.balance()).toBe(30)
    let allowed = 0
    while (budget.tryWithdraw()) allowed++
    expect(allowed).toBe(30)
    clock.advance(10_000)
    expect(budget.balance()).toBe(10)
  })

  it('stops a storm: with everything failing, retries add a fifth', async () => {
    const clock = new FakeClock()
    const budget = new RetryBudget({ ratio: 0.2, minPerSecond: 0, clock })
    let calls = 0
    for (let i = 0; i < 1000; i++) {
      const fail = (): never => {
        calls++
        throw boom
      }
      await retry(fail, { maxAttempts: 10, baseDelayMs: 0, budget }).catch(() => {})
    }
    expect(calls).toBe(1200)
  })

  it.each([
    [{ ratio: -1 }, 'ratio is -1'],
    [{ ttlMs: 10 }, 'ttlMs is 10'],
    [{ ttl: 10 }, "unknown option 'ttl'"],
  ])('refuses %j', (options, message) => {
    expect(() => new RetryBudget(options as object)).toThrow(message)
  })
})
