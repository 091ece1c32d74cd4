import { describe, expect, it } from 'vitest'
import { type BreakerSnapshot, CircuitBreaker, type CircuitBreakerOptions } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

/** Another process: its clock has another origin. */
function revive(breaker: CircuitBreaker, options: CircuitBreakerOptions, downMs: number, at = 7): CircuitBreaker {
  const next = new CircuitBreaker('test', { ...options, clock: new FakeClock(at) })
  next.importState(JSON.parse(JSON.stringify(breaker)), { downMs })
  return next
}

describe('exportState, importState', () => {
  it.each([
    ['a time window', { rollingWindowSize: 1000, rollingWindowBuckets: 10 }],
    ['a count window', { countWindowSize: 20 }],
    ['a ring bounded by age', { bufferSize: 20, rollingWindowSize: 1000 }],
    ['a window that never forgets', { rollingWindowSize: Number.POSITIVE_INFINITY }],
  ])('keeps the results of %s', (_name, window) => {
    const clock = new FakeClock(0)
    const options = { ...window, failureThresholdPercentage: false as const, slowCallDurationThresholdMs: 5 }
    const breaker = new CircuitBreaker('test', { ...options, clock })
    for (let i = 0; i < 9; i++) {
      if (i % 3 === 0) breaker.failure(breaker.tryAcquire(), 9)
      else breaker.success(breaker.tryAcquire(), 1)
      clock.advance(50)
    }
    const { recent, slowCalls } = breaker.getMetrics()
    expect(revive(breaker, options, 0).getMetrics()).toMatchObject({ recent, slowCalls })
  })

  it('ages a time window by the time in between', () => {
    const clock = new FakeClock(0)
    const options = { rollingWindowSize: 1000, rollingWindowBuckets: 10, failureThresholdPercentage: false as const }
    const breaker = new CircuitBreaker('test', { ...options, clock })
    for (let i = 0; i < 10; i++) {
      breaker.failure(breaker.tryAcquire())
      clock.advance(100)
    }
    const left = [0, 300, 900, 5000].map((downMs) => revive(breaker, options, downMs, 0).getRecentMetrics().total)
    expect(left).toEqual([9, 6, 0, 0])
  })

  it('keeps what is left of the wait, the run and the backoff', () => {
    const clock = new FakeClock(0)
    const options = { consecutiveFailures: 1, resetTimeout: 1000, backoffFactor: 2, halfOpenMaxRequests: 1 }
    const breaker = new CircuitBreaker('test', { ...options, clock })
    breaker.failure(breaker.tryAcquire())
    clock.advance(400)
    const next = revive(breaker, options, 200)
    expect(next.getMetrics()).toMatchObject({ state: 'open', retryAfterMs: 400, consecutiveFailures: 1 })
    next.forceState('open')
    expect(next.retryAfterMs()).toBe(2000)
  })

  it('brings isolated, disabled and metrics_only back, and half-open as open without a wait', () => {
    const options = { consecutiveFailures: 1 }
    for (const state of ['isolated', 'disabled', 'metrics_only'] as const) {
      const breaker = new CircuitBreaker('test', options)
      breaker.forceState(state)
      expect(revive(breaker, options, 0).getState()).toBe(state)
    }
    const breaker = new CircuitBreaker('test', options)
    breaker.forceState('half_open')
    const next = revive(breaker, options, 0)
    expect(next.getState()).toBe('open')
    expect(next.isAllowingRequests()).toBe(true)
  })

  it('by default measures the time in between by the wall clock', () => {
    const breaker = new CircuitBreaker('test', { clock: new FakeClock(), resetTimeout: 60_000 })
    breaker.forceState('open')
    const snapshot: BreakerSnapshot = { ...breaker.exportState(), savedAt: Date.now() - 50_000 }
    const next = new CircuitBreaker('test', { clock: new FakeClock() })
    next.importState(snapshot)
    expect(next.retryAfterMs()).toBeGreaterThan(9000)
    expect(next.retryAfterMs()).toBeLessThanOrEqual(10_000)
  })

  it('outdates permits given before', () => {
    const breaker = new CircuitBreaker('test', { consecutiveFailures: 1 })
    const permit = breaker.tryAcquire()
    breaker.importState(breaker.exportState(), { downMs: 0 })
    breaker.failure(permit)
    expect(breaker.getState()).toBe('closed')
  })

  it('a destroyed breaker takes nothing over', () => {
    const breaker = new CircuitBreaker('test')
    const snapshot = breaker.exportState()
    breaker.destroy()
    breaker.importState({ ...snapshot, state: 'open' })
    expect(breaker.isAllowingRequests()).toBe(false)
  })

  it.each([
    [null, 'snapshot is null'],
    [{ version: 2 }, 'snapshot.version is 2; expected 1'],
    [{ state: 'half_open' }, "snapshot.state is 'half_open'"],
    [{ remainingMs: -1 }, 'snapshot.remainingMs is -1'],
    [{ opens: 0.5 }, 'snapshot.opens is 0.5'],
    [{ consecutiveFailures: 'x' }, "snapshot.consecutiveFailures is 'x'"],
    [{ window: {} }, 'snapshot.window.cells is missing'],
    [{ window: { type: 'time', cells: [[1, 2, 3]] } }, 'snapshot.window.cells[0] is not'],
    [{ window: { type: 'time', cells: [[-1, 2, 3, 4]] } }, 'snapshot.window.cells[0] is not'],
    [{ window: { type: 'count', cells: [] } }, "snapshot.window.type is 'count'; this breaker has a time window"],
  ])('refuses %j', (change, message) => {
    const breaker = new CircuitBreaker('test')
    const snapshot = change === null ? null : { ...breaker.exportState(), ...change }
    expect(() => breaker.importState(snapshot as BreakerSnapshot)).toThrow(message)
  })
})
