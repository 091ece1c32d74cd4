import { describe, expect, it } from 'vitest'
import { CircuitBreaker, type CircuitBreakerOptions, type StateChangeEvent } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

interface Rig {
  clock: FakeClock
  breaker: CircuitBreaker
  changes: StateChangeEvent[]
}

function rig(options: CircuitBreakerOptions = {}): Rig {
  const clock = new FakeClock(1000)
  const breaker = new CircuitBreaker('test', {
    consecutiveFailures: 2,
    failureThresholdPercentage: false,
    resetTimeout: 100,
    clock,
    ...options,
  })
  const changes: StateChangeEvent[] = []
  breaker.on('state-change', (event) => changes.push(event))
  return { clock, breaker, changes }
}

const fail = (breaker: CircuitBreaker, times = 1): void => {
  for (let i = 0; i < times; i++) breaker.failure(breaker.tryAcquire())
}

describe('isolated', () => {
  it('lasts until every handle is disposed, and each counts once', () => {
    const { breaker, clock, changes } = rig()
    const before = breaker.tryAcquire()
    const first = breaker.isolate()
    {
      using second = breaker.isolate()
      expect(second).not.toBe(first)
      breaker.failure(before)
      clock.advance(1e9)
      expect(breaker.tryAcquire()).toBe(0)
      first.dispose()
      first.dispose()
      expect(breaker.getState()).toBe('isolated')
    }
    expect(breaker.getState()).toBe('closed')
    expect(changes.map(({ to, reason }) => [to, reason])).toEqual([
      ['isolated', 'isolated'],
      ['closed', 'isolation-ended'],
    ])
  })

  it('a handle of an isolation that was ended otherwise does nothing', () => {
    const { breaker } = rig()
    const old = breaker.isolate()
    breaker.reset()
    const present = breaker.isolate()
    old.dispose()
    expect(breaker.getState()).toBe('isolated')
    present.dispose()
    expect(breaker.getState()).toBe('closed')
    const last = breaker.isolate()
    breaker.destroy()
    last.dispose()
    breaker.isolate().dispose()
    expect(breaker.isAllowingRequests()).toBe(false)
  })

  it('refuses calls with an error that says so', async () => {
    const { breaker } = rig()
    breaker.forceState('isolated')
    await expect(breaker.run(() => 1)).rejects.toMatchObject({ state: 'isolated', retryAfterMs: 0 })
  })
})

describe('disabled and metrics_only', () => {
  it('disabled admits everything and records nothing', () => {
    const { breaker } = rig()
    breaker.forceState('DISABLED')
    fail(breaker, 10)
    breaker.ignore(breaker.tryAcquire())
    expect(breaker.isAllowingRequests()).toBe(true)
    expect(breaker.getMetrics()).toMatchObject({ state: 'disabled', recent: { total: 0 }, totals: { failures: 0 } })
  })

  it('metrics_only reports a trigger once a stay and goes on admitting', () => {
    const { breaker } = rig()
    const reports: string[] = []
    breaker.on('threshold-reached', ({ reason }) => reports.push(reason))
    breaker.forceState('metrics_only')
    fail(breaker, 10)
    expect(breaker.getMetrics()).toMatchObject({ state: 'metrics_only', recent: { failures: 10 } })
    expect(reports).toEqual(['consecutive-failures'])
    breaker.forceState('metrics_only')
    fail(breaker, 2)
    expect(reports).toHaveLength(2)
    expect(breaker.getMetrics().totals.thresholds).toBe(2)
  })
})

describe('the wait', () => {
  it('can be given when the circuit is forced open', () => {
    const { breaker, clock } = rig()
    breaker.forceState('open', { forMs: 5000 })
    clock.advance(4999)
    expect(breaker.retryAfterMs()).toBe(1)
    clock.advance(1)
    expect(breaker.tryAcquire()).toBeGreaterThan(0)
    expect(() => breaker.forceState('open', { forMs: -1 })).toThrow('forMs is -1')
    expect(() => breaker.forceState('closed', { forMs: 1 })).toThrow("no meaning with state 'closed'")
  })

  it('grows with each opening up to its cap, and begins anew after a close', () => {
    const { breaker, clock } = rig({ backoffFactor: 3, backoffMaxMs: 500, halfOpenMaxRequests: 1 })
    const waits: number[] = []
    fail(breaker, 2)
    for (let i = 0; i < 4; i++) {
      waits.push(breaker.retryAfterMs())
      clock.advance(breaker.retryAfterMs())
      fail(breaker)
    }
    expect(waits).toEqual([100, 300, 500, 500])
    clock.advance(500)
    breaker.success(breaker.tryAcquire())
    fail(breaker, 2)
    expect(breaker.retryAfterMs()).toBe(100)
  })

  it('never overflows', () => {
    const { breaker, clock } = rig({ backoffFactor: 100, halfOpenMaxRequests: 1 })
    for (let i = 0; i < 400; i++) {
      breaker.forceState('open')
      expect(Number.isSafeInteger(breaker.retryAfterMs())).toBe(true)
      clock.advance(1)
    }
  })

  it('is shortened by jitter, never prolonged', () => {
    let draw = 0
    const { breaker } = rig({ backoffJitter: 0.5, random: () => draw })
    const waits = [0, 0.5, 0.999].map((next) => {
      draw = next
      breaker.forceState('open')
      return breaker.retryAfterMs()
    })
    expect(waits).toEqual([100, 75, 51])
  })

  it('exclusive: its last moment belongs to it', () => {
    const { breaker, clock } = rig({ openBoundary: 'exclusive' })
    fail(breaker, 2)
    clock.advance(100)
    expect([breaker.isAllowingRequests(), breaker.tryAcquire()]).toEqual([false, 0])
    clock.advance(0.25)
    expect(breaker.tryAcquire()).toBeGreaterThan(0)
  })
})

describe('half-open', () => {
  it('goes to closed after its longest wait if told so', () => {
    const { breaker, clock, changes } = rig({ halfOpenMaxWaitMs: 50, halfOpenMaxWaitTo: 'closed' })
    breaker.forceState('half_open')
    breaker.tryAcquire()
    clock.advance(50)
    expect(breaker.isAllowingRequests()).toBe(true)
    expect(breaker.getState()).toBe('closed')
    expect(changes.at(-1)).toMatchObject({ to: 'closed', reason: 'half-open-expired', at: 1050 })
  })

  it('a tolerated share reopens above it', () => {
    const { breaker } = rig({
      halfOpenMaxRequests: 10,
      halfOpenDecision: 'early',
      halfOpenToleratedFailureRate: 0.3,
    })
    breaker.forceState('half_open')
    fail(breaker, 3)
    expect(breaker.getState()).toBe('half_open')
    fail(breaker)
    expect(breaker.getState()).toBe('open')
  })

  it('slow probes reopen a full sample', () => {
    const { breaker } = rig({ halfOpenMaxRequests: 2, slowCallDurationThresholdMs: 10, slowCallRateThreshold: 0.5 })
    breaker.forceState('half_open')
    breaker.success(breaker.tryAcquire(), 11)
    breaker.success(breaker.tryAcquire(), 1)
    expect(breaker.getState()).toBe('open')
  })

  it('a refusal says by when its probes are decided', async () => {
    const { breaker } = rig({ halfOpenMaxRequests: 1, halfOpenMaxWaitMs: 70, resetTimeout: 500 })
    breaker.forceState('half_open')
    breaker.tryAcquire()
    await expect(breaker.run(() => 1)).rejects.toMatchObject({ state: 'half_open', retryAfterMs: 70 })
  })
})

describe('triggers', () => {
  it('strictly above the rate', () => {
    const options = { countWindowSize: 3, volumeThreshold: 3, consecutiveFailures: 100 }
    const { breaker } = rig({ ...options, failureThresholdPercentage: (2 / 3) * 100, thresholdComparison: '>' })
    fail(breaker, 2)
    breaker.success(breaker.tryAcquire())
    expect(breaker.getState()).toBe('closed')
    const any = rig({ ...options, failureThresholdPercentage: 0, thresholdComparison: '>', volumeThreshold: 1 }).breaker
    any.success(any.tryAcquire())
    expect(any.getState()).toBe('closed')
    fail(any)
    expect(any.getState()).toBe('open')
  })

  it('by failures only, if told so', () => {
    const { breaker } = rig({ failureThreshold: 1, volumeThreshold: 2, tripOn: 'failures-only' })
    fail(breaker)
    breaker.success(breaker.tryAcquire())
    expect(breaker.getState()).toBe('closed')
    fail(breaker)
    expect(breaker.getState()).toBe('open')
  })

  it('slow calls open, failed or not', () => {
    const { breaker, changes } = rig({
      slowCallDurationThresholdMs: 100,
      slowCallRateThreshold: 0.5,
      volumeThreshold: 4,
      consecutiveFailures: 100,
    })
    for (const ms of [100, 100, 101]) breaker.success(breaker.tryAcquire(), ms)
    expect(breaker.getMetrics()).toMatchObject({ slowCalls: 1, slowCallRate: 1 / 3 })
    breaker.failure(breaker.tryAcquire(), 500)
    expect(changes.at(-1)?.reason).toBe('slow-call-rate')
  })

  it('slow calls of run() are measured', async () => {
    const { breaker, clock } = rig({ slowCallDurationThresholdMs: 10, volumeThreshold: 1, consecutiveFailures: 100 })
    await breaker.run(async () => clock.advance(10))
    expect(breaker.getState()).toBe('closed')
    await breaker.run(() => clock.advance(11))
    expect(breaker.getMetrics()).toMatchObject({ slowCalls: 1, totals: { timed: 2, totalMs: 21, maxMs: 11 } })
    for (let i = 0; i < 3; i++) await breaker.run(() => Promise.reject(clock.advance(11))).catch(() => {})
    expect(breaker.getMetrics().slowCalls).toBe(4)
  })

  it('calls still in flight count as slow once they are', () => {
    const { breaker, clock, changes } = rig({
      slowCallDurationThresholdMs: 100,
      slowCallRateThreshold: 0.5,
      slowCallsInFlight: true,
      volumeThreshold: 4,
      consecutiveFailures: 100,
    })
    const hung = [1, 2, 3, 4].map(() => breaker.tryAcquire())
    breaker.success(hung[0] ?? 0, 1)
    clock.advance(100)
    expect(breaker.tryAcquire()).toBeGreaterThan(0)
    clock.advance(1)
    expect(breaker.tryAcquire()).toBe(0)
    expect(changes).toMatchObject([{ to: 'open', reason: 'slow-call-rate' }])
    for (const permit of hung) breaker.success(permit, 200)
    expect(breaker.getMetrics().totals.successes).toBe(1)
  })

  it('calls of run() in flight are watched, too, and no longer once they ended', async () => {
    const { breaker, clock } = rig({
      slowCallDurationThresholdMs: 100,
      slowCallsInFlight: true,
      volumeThreshold: 2,
      consecutiveFailures: 100,
    })
    const finish: (() => void)[] = []
    const calls = [1, 2].map(() => breaker.run(() => new Promise<void>((done) => finish.push(done))))
    for (const done of finish) done()
    await Promise.all(calls)
    clock.advance(1000)
    expect(breaker.tryAcquire()).toBeGreaterThan(0)
    void breaker.run(() => new Promise(() => {}))
    clock.advance(101)
    expect(breaker.isAllowingRequests()).toBe(true)
    for (let i = 0; i < 3; i++) void breaker.run(() => new Promise(() => {})).catch(() => {})
    expect(breaker.getState()).toBe('closed')
  })
})

describe('double-settle', () => {
  it.each([
    ['closed', {}],
    ['a concurrency limit', { maxConcurrent: 5 }],
    ['slow calls in flight', { slowCallDurationThresholdMs: 5, slowCallsInFlight: true }],
  ])('a permit settled again, in whatever way, does nothing: %s', (_name, options) => {
    const { breaker } = rig({ ...options, consecutiveFailures: 100 })
    const permit = breaker.tryAcquire()
    breaker.failure(permit)
    for (const how of ['failure', 'success', 'ignore', 'release'] as const) breaker[how](permit)
    expect(breaker.getMetrics()).toMatchObject({
      consecutiveFailures: 1,
      recent: { total: 1 },
      totals: { failures: 1, successes: 0, ignored: 0 },
    })
  })
})
