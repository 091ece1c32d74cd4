import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CircuitBreaker, type CircuitBreakerOptions } from '../src/index.ts'

let now = 0
let reads = 0

beforeEach(() => {
  now = 1000
  reads = 0
  vi.spyOn(performance, 'now').mockImplementation(() => {
    reads++
    return now
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

function make(options: CircuitBreakerOptions = {}): CircuitBreaker {
  return new CircuitBreaker('test', { volumeThreshold: 10, ...options })
}

function succeed(breaker: CircuitBreaker, times: number): void {
  for (let i = 0; i < times; i++) breaker.success(breaker.tryAcquire())
}

describe('readings of the default clock', () => {
  it('are shared by successes in quick succession', () => {
    const breaker = make()
    succeed(breaker, 20)
    reads = 0
    succeed(breaker, 10_000)
    expect(reads).toBeLessThan(60)
    expect(breaker.getMetrics()).toMatchObject({ recent: { total: 10_020 }, totals: { successes: 10_020 } })
  })

  it('but never across a turn: after a pause results are dated to when they came', async () => {
    const breaker = make({ failureThresholdPercentage: 50 })
    succeed(breaker, 100)
    await endOfTurn()
    now += 60_000
    // With the old reading these would leave the window at once, and the failures after them would be 100 %.
    succeed(breaker, 63)
    for (let i = 0; i < 12; i++) breaker.failure(breaker.tryAcquire())
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', recent: { total: 75, failures: 12 } })
  })

  it('nor when they come slowly', () => {
    const breaker = make()
    reads = 0
    for (let i = 0; i < 100; i++) {
      now += 1
      succeed(breaker, 1)
    }
    expect(reads).toBeGreaterThanOrEqual(100)
  })

  it('the success that completes the volume is looked at: it may open', () => {
    const breaker = make({ volumeThreshold: 50, failureThreshold: 1 })
    breaker.failure(breaker.tryAcquire())
    succeed(breaker, 48)
    expect(breaker.getState()).toBe('closed')
    succeed(breaker, 1)
    expect(breaker.getState()).toBe('open')
  })

  it('a listener sees every success, also when it comes in the middle of a batch', () => {
    const breaker = make({ countWindowSize: 100 })
    succeed(breaker, 20)
    const seen = vi.fn()
    breaker.on('request-success', seen)
    succeed(breaker, 5)
    expect(seen).toHaveBeenCalledTimes(5)
    breaker.off('request-success', seen)
    succeed(breaker, 500)
    expect(breaker.getMetrics()).toMatchObject({ recent: { total: 100 }, totals: { successes: 525 } })
  })

  it('a batch belongs to its generation', () => {
    const breaker = make({ countWindowSize: 100 })
    succeed(breaker, 30)
    const old = breaker.tryAcquire()
    breaker.reset()
    breaker.success(old)
    expect(breaker.getMetrics()).toMatchObject({ recent: { total: 0 }, totals: { successes: 30 } })
  })

  it('a count window reads none, with failures in it or not', () => {
    const breaker = make({ countWindowSize: 40, failureThresholdPercentage: false })
    succeed(breaker, 10)
    reads = 0
    succeed(breaker, 1000)
    expect(reads).toBe(0)
    breaker.failure(breaker.tryAcquire())
    succeed(breaker, 39)
    expect(breaker.getRecentMetrics()).toEqual({ total: 40, successes: 39, failures: 1 })
    succeed(breaker, 1)
    expect(breaker.getRecentMetrics()).toEqual({ total: 40, successes: 40, failures: 0 })
  })

  it('durations of run() share them as well', async () => {
    const breaker = make({ slowCallDurationThresholdMs: 100 })
    for (let i = 0; i < 50; i++) await breaker.run(async () => i)
    reads = 0
    for (let i = 0; i < 1000; i++) await breaker.run(async () => i)
    expect(reads).toBeLessThan(200)
    await breaker.run(() => {
      now += 500
    })
    expect(breaker.getMetrics()).toMatchObject({ slowCalls: 1, recent: { total: 1051 } })
    await endOfTurn()
    await breaker.run(async () => {
      await endOfTurn()
      now += 500
    })
    expect(breaker.getMetrics().slowCalls).toBe(2)
  })
})
