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
const succeed = (breaker: CircuitBreaker, times = 1): void => {
  for (let i = 0; i < times; i++) breaker.success(breaker.tryAcquire())
}

describe('closed', () => {
  it('gives each call a permit of its own, a small integer', () => {
    const { breaker } = rig()
    const permits = Array.from({ length: 1000 }, () => breaker.tryAcquire())
    expect(new Set(permits).size).toBe(1000)
    expect(permits.every((permit) => permit > 0 && (permit | 0) === permit)).toBe(true)
    expect(breaker.isAllowingRequests()).toBe(true)
    expect(breaker.retryAfterMs()).toBe(0)
  })

  it('opens after a run of failures, without a minimum volume', () => {
    const { breaker, changes } = rig()
    fail(breaker, 2)
    expect(breaker.getState()).toBe('open')
    expect(changes).toEqual([{ name: 'test', from: 'closed', to: 'open', reason: 'consecutive-failures', at: 1000 }])
  })

  it('a success ends the run, an ignored call does not', () => {
    const { breaker } = rig()
    fail(breaker)
    succeed(breaker)
    fail(breaker)
    breaker.ignore(breaker.tryAcquire())
    expect(breaker.getState()).toBe('closed')
    expect(breaker.getMetrics().consecutiveFailures).toBe(1)
    fail(breaker)
    expect(breaker.getState()).toBe('open')
  })

  it('opens at the failure rate, only with the minimum volume', () => {
    const { breaker, changes } = rig({
      failureThresholdPercentage: 50,
      volumeThreshold: 4,
      consecutiveFailures: 100,
    })
    fail(breaker, 3)
    expect(breaker.getState()).toBe('closed')
    succeed(breaker)
    expect(changes[0]?.reason).toBe('failure-rate')
  })

  it('opens at exactly the rate, not below it', () => {
    const below = rig({ failureThresholdPercentage: 50, volumeThreshold: 1, countWindowSize: 5 }).breaker
    succeed(below, 2)
    fail(below)
    succeed(below)
    expect(below.getState()).toBe('closed')
    fail(below)
    expect(below.getState()).toBe('closed')
    succeed(below)
    expect(below.getState()).toBe('closed')
    const at = rig({ failureThresholdPercentage: 50, volumeThreshold: 2, countWindowSize: 2 }).breaker
    succeed(at)
    fail(at)
    expect(at.getState()).toBe('open')
  })

  it('opens at a number of failures in the window', () => {
    const { breaker, changes } = rig({ failureThreshold: 3, volumeThreshold: 5, consecutiveFailures: 100 })
    fail(breaker, 3)
    succeed(breaker)
    expect(breaker.getState()).toBe('closed')
    succeed(breaker)
    expect(changes[0]?.reason).toBe('failure-count')
  })

  it('a success can open: it pushes older successes out of a time window', () => {
    const { breaker, clock } = rig({
      failureThresholdPercentage: 50,
      consecutiveFailures: 100,
      volumeThreshold: 2,
      rollingWindowSize: 1000,
      rollingWindowBuckets: 10,
    })
    succeed(breaker, 4)
    clock.advance(500)
    fail(breaker, 2)
    expect(breaker.getState()).toBe('closed')
    clock.advance(600)
    succeed(breaker)
    expect(breaker.getState()).toBe('open')
  })

  it('a failure that leaves the window no longer counts', () => {
    const { breaker, clock } = rig({ failureThreshold: 3, volumeThreshold: 0, consecutiveFailures: 100 })
    fail(breaker, 2)
    clock.advance(60_000)
    fail(breaker, 2)
    expect(breaker.getState()).toBe('closed')
    expect(breaker.getRecentMetrics()).toEqual({ total: 2, successes: 0, failures: 2 })
  })

  it('with every trigger off it stays closed', () => {
    const breaker = new CircuitBreaker('test', { failureThresholdPercentage: false })
    fail(breaker, 100)
    expect(breaker.getState()).toBe('closed')
  })

  it('a ring bounded by number and age drops both ways', () => {
    const { breaker, clock } = rig({ bufferSize: 3, rollingWindowSize: 100, consecutiveFailures: 100 })
    succeed(breaker, 5)
    expect(breaker.getRecentMetrics().total).toBe(3)
    clock.advance(101)
    expect(breaker.getRecentMetrics().total).toBe(0)
  })
})

describe('open', () => {
  it('refuses until its wait is over, counted from the opening', () => {
    const { breaker, clock } = rig()
    fail(breaker, 2)
    expect(breaker.retryAfterMs()).toBe(100)
    clock.advance(99.5)
    expect(breaker.isAllowingRequests()).toBe(false)
    expect(breaker.tryAcquire()).toBe(0)
    expect(breaker.retryAfterMs()).toBe(1)
    clock.advance(0.5)
    expect(breaker.retryAfterMs()).toBe(0)
    expect(breaker.isAllowingRequests()).toBe(true)
    expect(breaker.getState()).toBe('open')
    expect(breaker.tryAcquire()).toBeGreaterThan(0)
    expect(breaker.getState()).toBe('half_open')
  })

  it('keeps the window readable', () => {
    const { breaker } = rig()
    succeed(breaker)
    fail(breaker, 2)
    expect(breaker.getRecentMetrics()).toEqual({ total: 3, successes: 1, failures: 2 })
    expect(breaker.getMetrics()).toMatchObject({ state: 'open', failureRate: 2 / 3, consecutiveFailures: 2 })
  })

  it('opens once for failures that come together', () => {
    const { breaker, changes } = rig()
    const permits = [1, 2, 3, 4].map(() => breaker.tryAcquire())
    for (const permit of permits) breaker.failure(permit)
    expect(changes).toHaveLength(1)
    expect(breaker.getMetrics().totals).toMatchObject({ failures: 2, opens: 1 })
  })

  it('a wait of 0 lets the next acquire probe', () => {
    const { breaker } = rig({ resetTimeout: 0 })
    fail(breaker, 2)
    expect(breaker.getState()).toBe('open')
    expect(breaker.tryAcquire()).toBeGreaterThan(0)
  })
})

describe('half_open', () => {
  function halfOpen(options: CircuitBreakerOptions = {}): Rig {
    const made = rig(options)
    made.breaker.forceState('half_open')
    made.changes.length = 0
    return made
  }

  it('admits exactly its number of probes, and says so', () => {
    const { breaker } = halfOpen()
    const permits = [1, 2, 3].map(() => breaker.tryAcquire())
    expect(permits.every((permit) => permit > 0)).toBe(true)
    expect(breaker.isAllowingRequests()).toBe(false)
    expect(breaker.tryAcquire()).toBe(0)
    expect(breaker.retryAfterMs()).toBe(0)
    expect(breaker.getMetrics().totals.rejected).toBe(1)
  })

  it.each(['ignore', 'release'] as const)('%s gives a permit back', (how) => {
    const { breaker } = halfOpen({ halfOpenMaxRequests: 1 })
    for (let i = 0; i < 5; i++) {
      const permit = breaker.tryAcquire()
      expect(permit).toBeGreaterThan(0)
      expect(breaker.tryAcquire()).toBe(0)
      breaker[how](permit)
    }
    expect(breaker.getRecentMetrics().total).toBe(0)
    succeed(breaker)
    expect(breaker.getState()).toBe('closed')
  })

  it('a permit given back twice makes no room for a further probe', () => {
    const { breaker } = halfOpen({ halfOpenMaxRequests: 2 })
    const permit = breaker.tryAcquire()
    breaker.release(permit)
    breaker.release(permit)
    breaker.release(permit)
    expect([1, 2, 3].map(() => breaker.tryAcquire() > 0)).toEqual([true, true, false])
  })

  it('decides by the full sample: the last result closes or opens', () => {
    const bad = halfOpen({ failureThresholdPercentage: 50, halfOpenMaxRequests: 4 })
    fail(bad.breaker, 3)
    expect(bad.breaker.getState()).toBe('half_open')
    expect(bad.breaker.getRecentMetrics()).toEqual({ total: 3, successes: 0, failures: 3 })
    succeed(bad.breaker)
    expect(bad.changes.map(({ to, reason }) => [to, reason])).toEqual([['open', 'probes-failed']])
    const good = halfOpen({ failureThresholdPercentage: 50, halfOpenMaxRequests: 4 })
    fail(good.breaker)
    succeed(good.breaker, 3)
    expect(good.changes.map(({ to, reason }) => [to, reason])).toEqual([['closed', 'probes-succeeded']])
  })

  it('early: reopens at the failure that decides', () => {
    const { breaker } = halfOpen({ halfOpenDecision: 'early', halfOpenFailuresToOpen: 2, halfOpenMaxRequests: 4 })
    fail(breaker)
    expect(breaker.getState()).toBe('half_open')
    fail(breaker)
    expect(breaker.getState()).toBe('open')
  })

  it('ignores the volume minimum and the old window', () => {
    const { breaker, clock } = rig({ volumeThreshold: 50, halfOpenMaxRequests: 1 })
    fail(breaker, 2)
    clock.advance(100)
    succeed(breaker)
    expect(breaker.getState()).toBe('closed')
    expect(breaker.getRecentMetrics().total).toBe(0)
    expect(breaker.getMetrics().consecutiveFailures).toBe(0)
  })

  it('waits anew after each reopening', () => {
    const { breaker, clock } = rig({ halfOpenMaxRequests: 1 })
    fail(breaker, 2)
    for (let i = 0; i < 3; i++) {
      clock.advance(99)
      expect(breaker.tryAcquire()).toBe(0)
      clock.advance(1)
      fail(breaker)
      expect(breaker.getState()).toBe('open')
    }
  })

  it('is open again after its longest wait, dated to the moment that was due', () => {
    const { breaker, clock, changes } = halfOpen({ halfOpenMaxWaitMs: 50, halfOpenMaxRequests: 1 })
    const hung = breaker.tryAcquire()
    clock.advance(49)
    expect(breaker.getState()).toBe('half_open')
    clock.advance(31)
    expect(breaker.isAllowingRequests()).toBe(false)
    expect(changes).toEqual([])
    expect(breaker.retryAfterMs()).toBe(70)
    expect(changes).toEqual([{ name: 'test', from: 'half_open', to: 'open', reason: 'half-open-expired', at: 1050 }])
    breaker.success(hung)
    expect(breaker.getState()).toBe('open')
    clock.advance(70)
    expect(breaker.tryAcquire()).toBeGreaterThan(hung)
  })

  it('long after that, the first acquire is a probe again', () => {
    const { breaker, clock } = halfOpen({ halfOpenMaxWaitMs: 50, halfOpenMaxRequests: 1 })
    const hung = breaker.tryAcquire()
    clock.advance(150)
    expect(breaker.isAllowingRequests()).toBe(true)
    const probe = breaker.tryAcquire()
    expect(probe).toBeGreaterThan(hung)
    breaker.failure(hung)
    expect(breaker.getState()).toBe('half_open')
    breaker.success(probe)
    expect(breaker.getState()).toBe('closed')
  })

  it('a result at the very moment the wait is over comes too late', () => {
    const { breaker, clock } = halfOpen({ halfOpenMaxWaitMs: 50, halfOpenMaxRequests: 1 })
    const permit = breaker.tryAcquire()
    clock.advance(50)
    breaker.success(permit)
    expect(breaker.getState()).toBe('open')
  })

  it('waits for ever only if told so', () => {
    const { breaker, clock } = halfOpen({ halfOpenMaxWaitMs: Number.POSITIVE_INFINITY })
    clock.advance(1e12)
    expect(breaker.getState()).toBe('half_open')
  })
})

describe('permits', () => {
  it('of an older generation change nothing: no state, count, run or event', () => {
    const { breaker, clock } = rig({ halfOpenMaxRequests: 1 })
    const old = breaker.tryAcquire()
    fail(breaker, 2)
    clock.advance(100)
    const probe = breaker.tryAcquire()
    const before = JSON.stringify(breaker.getMetrics())
    breaker.success(old)
    breaker.failure(old)
    breaker.ignore(old)
    breaker.release(old)
    expect(JSON.stringify(breaker.getMetrics())).toBe(before)
    expect(breaker.tryAcquire()).toBe(0)
    breaker.success(probe)
    breaker.failure(old)
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', consecutiveFailures: 0 })
  })

  it.each(['closed', 'open', 'half_open'] as const)('that are 0 or were never given do nothing while %s', (state) => {
    const { breaker } = rig()
    breaker.forceState(state)
    const before = JSON.stringify(breaker.getMetrics())
    for (const permit of [0, -1, 0.5, 999, Number.NaN]) {
      breaker.success(permit)
      breaker.failure(permit)
      breaker.ignore(permit)
      breaker.release(permit)
    }
    expect(JSON.stringify(breaker.getMetrics())).toBe(before)
  })
})

describe('forceState, reset, destroy', () => {
  it.each(['OPEN', 'open', 'CLOSED', 'closed', 'HALF_OPEN', 'half_open'] as const)('takes %s', (state) => {
    const { breaker } = rig()
    breaker.forceState(state)
    expect(breaker.getState()).toBe(state.toLowerCase())
  })

  it.each(['', 'shut', 'half-open', undefined, 1])('refuses %j', (state) => {
    const { breaker } = rig()
    expect(() => breaker.forceState(state as never)).toThrow(TypeError)
  })

  it('always begins a new generation', () => {
    const { breaker, changes } = rig()
    const permit = breaker.tryAcquire()
    breaker.forceState('closed')
    breaker.failure(permit)
    expect(breaker.getRecentMetrics().total).toBe(0)
    expect(changes).toMatchObject([{ from: 'closed', to: 'closed', reason: 'forced' }])
  })

  it('a state forced again starts its wait again', () => {
    const { breaker, clock } = rig()
    breaker.forceState('open')
    clock.advance(60)
    breaker.forceState('open')
    expect(breaker.retryAfterMs()).toBe(100)
    expect(breaker.getMetrics().totals.opens).toBe(2)
  })

  it('reset closes, clears window and run, and leaves the totals', () => {
    const { breaker, changes } = rig()
    fail(breaker, 2)
    breaker.reset()
    expect(changes.at(-1)).toMatchObject({ from: 'open', to: 'closed', reason: 'reset' })
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', recent: { total: 0 }, consecutiveFailures: 0 })
    expect(breaker.getMetrics().totals.failures).toBe(2)
  })

  it('destroy ends the breaker quietly and for good', async () => {
    const { breaker, changes, clock } = rig()
    const permit = breaker.tryAcquire()
    succeed(breaker)
    breaker.destroy()
    breaker.destroy()
    breaker.failure(permit)
    breaker.forceState('half_open')
    breaker.reset()
    clock.advance(1e9)
    expect(breaker.tryAcquire()).toBe(0)
    expect(breaker.isAllowingRequests()).toBe(false)
    expect(breaker.getRecentMetrics().total).toBe(0)
    expect(breaker.getMetrics().totals).toMatchObject({ successes: 1, failures: 0 })
    expect(changes).toEqual([])
    await expect(breaker.run(() => 1)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_DESTROYED', breaker: 'test' })
  })

  it('destroys a half-open breaker, too, however long ago its wait was over', () => {
    const { breaker, clock } = rig()
    breaker.forceState('half_open')
    const permit = breaker.tryAcquire()
    breaker.destroy()
    clock.advance(1e9)
    breaker.success(permit)
    breaker.release(permit)
    expect(breaker.getState()).toBe('half_open')
    expect(breaker.tryAcquire()).toBe(0)
  })

  it('is disposable', () => {
    let seen: CircuitBreaker
    {
      using breaker = new CircuitBreaker('test')
      seen = breaker
      expect(breaker.isAllowingRequests()).toBe(true)
    }
    expect(seen.isAllowingRequests()).toBe(false)
  })
})
