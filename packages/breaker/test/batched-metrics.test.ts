import { describe, expect, it } from 'vitest'
import { BatchedMetrics } from '../src/batched-metrics.ts'
import { CircuitBreaker } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

describe('BatchedMetrics', () => {
  it('flushes on the first count an interval after the last flush, and on each read', () => {
    const metrics = new BatchedMetrics(1000, 0)
    metrics.success(999)
    expect(metrics.flushedAt).toBe(0)
    metrics.success(1000)
    expect(metrics.flushedAt).toBe(1000)
    metrics.failure(1500)
    expect(metrics.flushedAt).toBe(1000)
    expect(metrics.snapshot(1500)).toMatchObject({ successes: 2, failures: 1 })
    expect(metrics.flushedAt).toBe(1500)
    metrics.reject(2500)
    expect(metrics.flushedAt).toBe(2500)
    metrics.failure(3500)
    expect(metrics.flushedAt).toBe(3500)
  })

  it('flushes a full batch without any time', () => {
    const metrics = new BatchedMetrics(Number.MAX_VALUE, 0)
    for (let i = 0; i < 2 ** 20 + 5; i++) metrics.success(0)
    for (let i = 0; i < 2 ** 20 + 5; i++) metrics.ignore()
    expect(metrics.snapshot(0)).toMatchObject({ successes: 2 ** 20 + 5, ignored: 2 ** 20 + 5 })
  })

  it('leaves durations that make no sense out of the times, not out of the counts', () => {
    const metrics = new BatchedMetrics(1000, 0)
    for (const ms of [5, 0, -1, Number.NaN, Number.POSITIVE_INFINITY]) metrics.measure(ms)
    expect(metrics.snapshot(0)).toMatchObject({ timed: 2, totalMs: 5, maxMs: 5 })
  })

  it('hands out snapshots that later counts do not change', () => {
    const metrics = new BatchedMetrics(0, 0)
    const before = metrics.snapshot(0)
    metrics.success(1)
    expect(before).toMatchObject({ successes: 0, timed: 0 })
  })
})

describe('getMetrics', () => {
  it.each([{ countWindowSize: 10 }, {}])('is never stale, with window %j', (window) => {
    const clock = new FakeClock()
    const breaker = new CircuitBreaker('test', { clock, ...window, metricsFlushInterval: 1e9 })
    for (let i = 1; i <= 5; i++) {
      breaker.success(breaker.tryAcquire(), 10)
      expect(breaker.getMetrics().totals.successes).toBe(i)
      expect(breaker.getMetrics().recent.total).toBe(i)
    }
    breaker.ignore(breaker.tryAcquire())
    breaker.forceState('open')
    breaker.tryAcquire()
    expect(breaker.getMetrics()).toEqual({
      name: 'test',
      state: 'open',
      recent: { total: 5, successes: 5, failures: 0 },
      failureRate: 0,
      slowCalls: 0,
      slowCallRate: 0,
      consecutiveFailures: 0,
      retryAfterMs: 30_000,
      totals: {
        successes: 5,
        failures: 0,
        ignored: 1,
        rejected: 1,
        timeouts: 0,
        fallbacks: 0,
        opens: 1,
        thresholds: 0,
        timed: 5,
        totalMs: 50,
        maxMs: 10,
      },
    })
  })

  it('drops what expired while nobody called', () => {
    const clock = new FakeClock()
    const breaker = new CircuitBreaker('test', { clock })
    breaker.failure(breaker.tryAcquire())
    clock.advance(60_000)
    expect(breaker.getRecentMetrics().total).toBe(0)
    expect(breaker.getMetrics()).toMatchObject({ failureRate: 0, totals: { failures: 1 } })
  })
})
