import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CircuitBreaker, type CircuitBreakerOptions, ConcurrencyLimitError } from '../src/index.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const make = (options: CircuitBreakerOptions = {}): CircuitBreaker =>
  new CircuitBreaker('test', { maxConcurrent: 1, clock: { now: () => performance.now() }, ...options })

/** Calls that end when told to. */
function hold(breaker: CircuitBreaker): { finish: (() => void)[]; run: () => Promise<number> } {
  const finish: (() => void)[] = []
  let started = 0
  const run = (): Promise<number> =>
    breaker.run(() => {
      const own = ++started
      return new Promise<number>((resolve) => finish.push(() => resolve(own)))
    })
  return { finish, run }
}

describe('maxConcurrent', () => {
  it('refuses what is beyond it, in every state, and counts that in no rate', () => {
    const breaker = make()
    const permit = breaker.tryAcquire()
    expect(breaker.isAllowingRequests()).toBe(false)
    expect(breaker.tryAcquire()).toBe(0)
    breaker.forceState('disabled')
    expect(breaker.tryAcquire()).toBe(0)
    breaker.success(permit)
    breaker.success(permit)
    const next = breaker.tryAcquire()
    expect(next).toBeGreaterThan(0)
    expect(breaker.tryAcquire()).toBe(0)
    expect(breaker.getMetrics()).toMatchObject({ recent: { total: 0 }, totals: { rejected: 3 } })
  })

  it('is checked before the state: an open circuit whose wait is over stays open', () => {
    let now = 0
    const breaker = make({ clock: { now: () => now }, resetTimeout: 10 })
    breaker.tryAcquire()
    breaker.forceState('open')
    now = 10
    expect(breaker.tryAcquire()).toBe(0)
    expect(breaker.getState()).toBe('open')
  })

  it('rejects calls with an error of its own', async () => {
    const breaker = make()
    const { run } = hold(breaker)
    void run()
    await expect(run()).rejects.toBeInstanceOf(ConcurrencyLimitError)
    expect(
      await breaker.execute(
        () => 1,
        () => 'fallback',
      ),
    ).toBe('fallback')
  })
})

describe('maxQueued', () => {
  it('lets calls wait, first come, first served, up to its number', async () => {
    const breaker = make({ maxQueued: 2 })
    const { finish, run } = hold(breaker)
    const calls = [run(), run(), run()]
    await expect(run()).rejects.toMatchObject({ code: 'ERR_CONCURRENCY_LIMIT', maxConcurrent: 1 })
    for (let i = 0; i < 3; i++) {
      await vi.advanceTimersByTimeAsync(1)
      expect(finish).toHaveLength(i + 1)
      finish[i]?.()
    }
    expect(await Promise.all(calls)).toEqual([1, 2, 3])
    expect(breaker.getMetrics().totals).toMatchObject({ successes: 3, rejected: 1 })
  })

  it('for no longer than queueTimeoutMs, and not after the caller gave up', async () => {
    const breaker = make({ maxQueued: 5, queueTimeoutMs: 50 })
    const { run } = hold(breaker)
    void run()
    const caller = new AbortController()
    const late = breaker.run(() => 1).catch((error: unknown) => error)
    const aborted = breaker.run(() => 1, { signal: caller.signal }).catch((error: unknown) => error)
    caller.abort('gave up')
    expect(await aborted).toBe('gave up')
    await vi.advanceTimersByTimeAsync(50)
    expect(await late).toBeInstanceOf(ConcurrencyLimitError)
  })

  it('while half-open, too; with the circuit open again all are refused', async () => {
    const breaker = make({ maxConcurrent: 10, maxQueued: 5, halfOpenMaxRequests: 1, consecutiveFailures: 1 })
    breaker.forceState('half_open')
    const probe = breaker.tryAcquire()
    const waiting = [1, 2].map((value) => breaker.run(() => value).catch((error: Error) => error.name))
    breaker.failure(probe)
    expect(await Promise.all(waiting)).toEqual(['CircuitOpenError', 'CircuitOpenError'])
    breaker.forceState('half_open')
    const second = breaker.tryAcquire()
    const served = breaker.execute(
      () => 'served',
      () => 'fallback',
    )
    breaker.success(second)
    expect(await served).toBe('served')
  })

  it('destroy refuses those who wait', async () => {
    const breaker = make({ maxQueued: 5 })
    breaker.tryAcquire()
    const waiting = breaker.run(() => 1)
    breaker.destroy()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_CIRCUIT_DESTROYED' })
  })

  it('an open circuit lets nobody wait', async () => {
    const breaker = make({ maxQueued: 5 })
    breaker.forceState('open')
    await expect(breaker.run(() => 1)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
  })
})

it('a limit for a single call', async () => {
  const breaker = make({ maxConcurrent: 5 })
  const forever = (): Promise<never> => new Promise(() => {})
  const call = breaker.run(forever, { timeoutMs: 20 }).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(20)
  expect(await call).toMatchObject({ code: 'ERR_CIRCUIT_TIMEOUT', timeoutMs: 20 })
  await expect(breaker.run(forever, { timeoutMs: -1 })).rejects.toThrow('timeoutMs is -1')
  await expect(breaker.execute(forever, () => 1, { timeoutMs: Number.NaN })).rejects.toThrow('timeoutMs is NaN')
})
