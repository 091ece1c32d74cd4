import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CircuitBreaker, type CircuitBreakerOptions, CircuitTimeoutError } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

/** Each test is named after the library and the scenario in which it misbehaves; here it must not. */

function trip(options: CircuitBreakerOptions = {}): { breaker: CircuitBreaker; clock: FakeClock; old: number } {
  const clock = new FakeClock()
  const settings = { failureThreshold: 5, volumeThreshold: 5, resetTimeout: 30, halfOpenMaxRequests: 1 }
  const breaker = new CircuitBreaker('test', { clock, ...settings, ...options })
  const old = breaker.tryAcquire()
  for (let i = 0; i < 5; i++) breaker.failure(breaker.tryAcquire())
  expect(breaker.getState()).toBe('open')
  return { breaker, clock, old }
}

describe('opossum', () => {
  it('a success of a call begun before the trip closes the circuit', () => {
    const { breaker, clock, old } = trip()
    clock.advance(30)
    const probe = breaker.tryAcquire()
    breaker.success(old)
    expect(breaker.getState()).toBe('half_open')
    breaker.failure(probe)
    expect(breaker.getState()).toBe('open')
  })

  it('a failure of a call begun before the trip reopens the circuit during half-open', () => {
    const { breaker, clock, old } = trip()
    clock.advance(30)
    const probe = breaker.tryAcquire()
    breaker.failure(old)
    expect(breaker.getState()).toBe('half_open')
    breaker.success(probe)
    expect(breaker.getState()).toBe('closed')
  })

  it('a failure of a call begun before the trip reopens the circuit after recovery', () => {
    const { breaker, clock, old } = trip({ consecutiveFailures: 1 })
    clock.advance(30)
    breaker.success(breaker.tryAcquire())
    breaker.failure(old)
    expect(breaker.getState()).toBe('closed')
    expect(breaker.getRecentMetrics().total).toBe(0)
  })

  it('a probe that never settles holds the circuit half-open for ever', async () => {
    const { breaker, clock } = trip()
    clock.advance(30)
    void breaker.run(() => new Promise(() => {}))
    await expect(breaker.run(() => 1)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
    clock.advance(60_000 + 30)
    await expect(breaker.run(() => 1)).resolves.toBe(1)
    expect(breaker.getState()).toBe('closed')
  })

  it('refused calls count as failures and open the circuit', () => {
    const { breaker, clock } = trip()
    for (let i = 0; i < 100; i++) breaker.tryAcquire()
    clock.advance(30)
    const probe = breaker.tryAcquire()
    for (let i = 0; i < 100; i++) breaker.tryAcquire()
    expect(breaker.getRecentMetrics()).toEqual({ total: 0, successes: 0, failures: 0 })
    breaker.success(probe)
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', recent: { total: 0 }, totals: { rejected: 200 } })
  })

  it('with room for one call, five healthy calls at once open the circuit', async () => {
    const breaker = new CircuitBreaker('test', { clock: new FakeClock(), maxConcurrent: 1, volumeThreshold: 1 })
    const calls = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => breaker.run(async () => n)))
    expect(calls.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(breaker.getMetrics()).toMatchObject({
      state: 'closed',
      recent: { total: 1, failures: 0 },
      totals: { rejected: 4 },
    })
  })

  it('every duration is stored, even with percentiles off', () => {
    const breaker = new CircuitBreaker('test', { slowCallDurationThresholdMs: 100 })
    const before = JSON.stringify(breaker.getMetrics()).length
    for (let i = 0; i < 5000; i++) breaker.success(breaker.tryAcquire(), 1)
    expect(JSON.stringify(breaker.getMetrics()).length - before).toBeLessThan(40)
    expect(JSON.stringify(breaker).length).toBeLessThan(1000)
  })

  it('calls in flight dilute the failure rate and the circuit stays closed', () => {
    const breaker = new CircuitBreaker('test', { clock: new FakeClock(), failureThresholdPercentage: 50 })
    for (let i = 0; i < 100; i++) breaker.tryAcquire()
    for (let i = 0; i < 60; i++) breaker.failure(breaker.tryAcquire())
    expect(breaker.getState()).toBe('open')
  })

  it('after recovery one failure opens again, since the window was not cleared', () => {
    const { breaker, clock } = trip()
    clock.advance(30)
    breaker.success(breaker.tryAcquire())
    breaker.failure(breaker.tryAcquire())
    expect(breaker.getState()).toBe('closed')
    expect(breaker.getRecentMetrics()).toEqual({ total: 1, successes: 0, failures: 1 })
  })

  it('the first failure of all opens the circuit', () => {
    const breaker = new CircuitBreaker('test')
    breaker.failure(breaker.tryAcquire())
    expect(breaker.getState()).toBe('closed')
  })

  it('an action that returns undefined is a TypeError', async () => {
    const breaker = new CircuitBreaker('test')
    await expect(breaker.run(() => undefined)).resolves.toBeUndefined()
    await expect(breaker.run(() => {})).resolves.toBeUndefined()
    await expect(breaker.wrap(() => null)()).resolves.toBeNull()
    expect(breaker.getRecentMetrics()).toEqual({ total: 3, successes: 3, failures: 0 })
  })

  it('a microtask-busy loop starves the timer and the circuit stays open', async () => {
    const { breaker, clock } = trip()
    let probes = 0
    for (let i = 0; i < 300; i++) {
      clock.advance(0.1)
      await breaker.run(() => probes++).catch(() => {})
    }
    expect(probes).toBeGreaterThan(0)
    expect(breaker.getState()).toBe('closed')
  })

  describe('with timers', () => {
    beforeEach(() => {
      vi.useFakeTimers()
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    it('one of four calls times out and the three others are aborted with it', async () => {
      const breaker = new CircuitBreaker('test', { timeout: 100 })
      const signals: AbortSignal[] = []
      const calls = [500, 150, 150, 150].map(async (ms, index) => {
        if (index > 0) await new Promise((resolve) => setTimeout(resolve, 80))
        return breaker.run(async (signal) => {
          if (signal) signals[index] = signal
          await new Promise((resolve) => setTimeout(resolve, index === 0 ? ms : 50))
          return index
        })
      })
      const settled = Promise.allSettled(calls)
      await vi.advanceTimersByTimeAsync(600)
      const results = await settled
      expect(results[0]).toMatchObject({ status: 'rejected', reason: expect.any(CircuitTimeoutError) })
      expect(results.slice(1)).toEqual([1, 2, 3].map((value) => ({ status: 'fulfilled', value })))
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, false, false])
      expect(breaker.getRecentMetrics()).toEqual({ total: 4, successes: 3, failures: 1 })
    })

    it('each breaker keeps two intervals running', () => {
      for (let i = 0; i < 100; i++) new CircuitBreaker(`idle ${i}`, { timeout: 1000 })
      trip({ timeout: 1000 })
      expect(vi.getTimerCount()).toBe(0)
    })
  })
})

describe('cockatiel', () => {
  it('excess callers queue without bound behind a probe that never settles', async () => {
    const { breaker, clock } = trip()
    clock.advance(30)
    void breaker.run(() => new Promise(() => {}))
    const refused = await Promise.allSettled(Array.from({ length: 1000 }, () => breaker.run(() => 1)))
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true)
  })

  it('a step of the wall clock prolongs the wait or ends it early', () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const { breaker, clock } = trip()
      vi.setSystemTime(Date.now() + 86_400_000)
      expect(breaker.tryAcquire()).toBe(0)
      vi.setSystemTime(Date.now() - 2 * 86_400_000)
      clock.advance(30)
      expect(breaker.tryAcquire()).toBeGreaterThan(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('the default clock follows no wall clock', () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const breaker = new CircuitBreaker('test', { consecutiveFailures: 1, resetTimeout: 3_600_000 })
      breaker.failure(breaker.tryAcquire())
      vi.setSystemTime(Date.now() + 86_400_000)
      expect(breaker.tryAcquire()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('39 failures, an idle hour and one failure open the circuit', () => {
    const clock = new FakeClock()
    const breaker = new CircuitBreaker('test', { clock, rollingWindowSize: 10_000, volumeThreshold: 40 })
    for (let i = 0; i < 39; i++) breaker.failure(breaker.tryAcquire())
    clock.advance(3_600_000)
    breaker.failure(breaker.tryAcquire())
    expect(breaker.getState()).toBe('closed')
    expect(breaker.getRecentMetrics().total).toBe(1)
  })
})

describe('the legacy design', () => {
  it('a forced open without a failure never half-opens', () => {
    const clock = new FakeClock()
    const breaker = new CircuitBreaker('test', { clock, resetTimeout: 1000 })
    breaker.forceState('open')
    clock.advance(1000)
    expect(breaker.tryAcquire()).toBeGreaterThan(0)
    expect(breaker.getState()).toBe('half_open')
  })

  it('late failures prolong the open state', () => {
    const { breaker, clock, old } = trip()
    clock.advance(29)
    breaker.failure(old)
    expect(breaker.retryAfterMs()).toBe(1)
    clock.advance(1)
    expect(breaker.tryAcquire()).toBeGreaterThan(0)
  })

  it('failures are never forgotten, so that after a long uptime one more opens', () => {
    const clock = new FakeClock()
    const breaker = new CircuitBreaker('test', { clock, failureThreshold: 5, volumeThreshold: 1 })
    for (let hour = 0; hour < 100; hour++) {
      for (let i = 0; i < 20; i++) breaker.success(breaker.tryAcquire())
      breaker.failure(breaker.tryAcquire())
      clock.advance(3_600_000)
    }
    expect(breaker.getState()).toBe('closed')
  })

  it('a timed-out call is not aborted', async () => {
    vi.useFakeTimers()
    try {
      const breaker = new CircuitBreaker('test', { timeout: 50 })
      let aborted: unknown
      const call = breaker.run(async (signal) => {
        await new Promise((resolve) => signal?.addEventListener('abort', resolve))
        aborted = signal?.reason
      })
      const outcome = call.catch((error: unknown) => error)
      await vi.advanceTimersByTimeAsync(50)
      expect(await outcome).toBeInstanceOf(CircuitTimeoutError)
      expect(aborted).toBe(await outcome)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('resilience4j, gobreaker, Polly', () => {
  it('an ignored outcome of the last probe blocks half-open for ever', () => {
    const { breaker, clock } = trip()
    clock.advance(30)
    for (let i = 0; i < 10; i++) breaker.ignore(breaker.tryAcquire())
    breaker.success(breaker.tryAcquire())
    expect(breaker.getState()).toBe('closed')
  })

  it('threshold checked on failures only: the success that completes the volume does not open', () => {
    const breaker = new CircuitBreaker('test', { clock: new FakeClock(), volumeThreshold: 5 })
    for (let i = 0; i < 3; i++) breaker.failure(breaker.tryAcquire())
    breaker.success(breaker.tryAcquire())
    expect(breaker.getState()).toBe('closed')
    breaker.success(breaker.tryAcquire())
    expect(breaker.getState()).toBe('open')
  })

  it('a stampede passes half-open under concurrency', async () => {
    const { breaker, clock } = trip({ halfOpenMaxRequests: 3 })
    clock.advance(30)
    let inside = 0
    const calls = Array.from({ length: 500 }, () =>
      breaker.run(async () => {
        inside++
        await undefined
      }),
    )
    expect(inside).toBe(3)
    const settled = await Promise.allSettled(calls)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  })
})
