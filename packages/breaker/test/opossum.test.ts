import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import Default, { CircuitBreaker, type Options, Status } from '../src/compat/opossum.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.clearAllTimers()
  vi.useRealTimers()
})

const passes = (value: unknown = 'ok'): Promise<unknown> => Promise.resolve(value)
const fails = (): Promise<never> => Promise.reject(new Error('down'))
const error = (call: Promise<unknown>): Promise<unknown> => call.catch((reason: unknown) => reason)

async function open(options: Options<never[]> = {}): Promise<CircuitBreaker<never[], unknown>> {
  let healthy = false
  const breaker = new CircuitBreaker<never[], unknown>(() => (healthy ? passes() : fails()), {
    resetTimeout: 1000,
    ...options,
  })
  await error(breaker.fire())
  healthy = true
  return breaker
}

describe('the surface of opossum', () => {
  it('has one default export, its class', () => {
    expect(Default).toBe(CircuitBreaker)
    expect(CircuitBreaker.newStatus({})).toBeInstanceOf(Status)
  })

  it('fires with arguments, calls with a this, and reports in events and statistics', async () => {
    const owner = { factor: 3 }
    const breaker = new CircuitBreaker(function multiply(this: unknown, n: number) {
      return (this as typeof owner).factor * n
    })
    const success = vi.fn()
    breaker.on('success', success)
    expect(await breaker.call(owner, 7)).toBe(21)
    expect(success).toHaveBeenCalledWith(21, 0)
    expect(breaker.name).toBe('multiply')
    expect(breaker.group).toBe('multiply')
    expect(breaker.stats).toMatchObject({ fires: 1, successes: 1, failures: 0 })
    expect(breaker.status.window).toHaveLength(10)
    expect(await new CircuitBreaker('a value').fire()).toBe('a value')
  })

  it('opens, refuses, half-opens by time, and closes by the probe', async () => {
    const breaker = await open()
    const events: string[] = []
    for (const event of ['open', 'halfOpen', 'close', 'reject'] as const) breaker.on(event, () => events.push(event))
    expect([breaker.opened, breaker.closed, breaker.halfOpen]).toEqual([true, false, false])
    const refusal = await error(breaker.fire())
    expect(refusal).toMatchObject({ code: 'EOPENBREAKER', message: 'Breaker is open' })
    expect(CircuitBreaker.isOurError(refusal)).toBe(true)
    expect(CircuitBreaker.isOurError(new Error('other'))).toBe(false)
    vi.advanceTimersByTime(1000)
    expect([breaker.opened, breaker.halfOpen, breaker.pendingClose]).toEqual([false, true, true])
    expect(await breaker.fire()).toBe('ok')
    expect(breaker.closed).toBe(true)
    expect(events).toEqual(['reject', 'halfOpen', 'close'])
  })

  it('emits halfOpen when the wait is over, though nobody calls, to those who listen', async () => {
    const breaker = new CircuitBreaker(fails, { resetTimeout: 1000 })
    const halfOpen = vi.fn()
    breaker.on('halfOpen', halfOpen)
    await error(breaker.fire())
    await vi.advanceTimersByTimeAsync(1000)
    expect(halfOpen).toHaveBeenCalledWith(1000)
    await error(breaker.fire())
    expect(halfOpen).toHaveBeenCalledTimes(1)
    expect(breaker.opened).toBe(true)
  })

  it('times calls out', async () => {
    const breaker = new CircuitBreaker(() => new Promise(() => {}), { timeout: 50 })
    const timeout = vi.fn()
    breaker.on('timeout', timeout)
    const call = error(breaker.fire())
    await vi.advanceTimersByTimeAsync(50)
    expect(await call).toMatchObject({ code: 'ETIMEDOUT', message: 'Timed out after 50ms' })
    expect(timeout).toHaveBeenCalledTimes(1)
    expect(breaker.stats).toMatchObject({ timeouts: 1, failures: 1 })
  })

  it('falls back: a function with arguments and error, or a breaker', async () => {
    const breaker = new CircuitBreaker((_n: number) => fails())
    const fallback = vi.fn((n: number, reason: Error) => `${n}: ${reason.message}`)
    breaker.fallback(fallback as never)
    expect(await breaker.fire(3)).toBe('3: down')
    expect(await breaker.fire(4)).toBe('4: Breaker is open')
    breaker.fallback(new CircuitBreaker(() => 'second') as never)
    expect(await breaker.fire(5)).toBe('second')
    expect(breaker.stats).toMatchObject({ fallbacks: 3, rejects: 2 })
    breaker.fallback(() => {
      throw new Error('fallback failed')
    })
    await expect(breaker.fire(6)).rejects.toThrow('fallback failed')
  })

  it('filters errors: passed on, counted as successes', async () => {
    const breaker = new CircuitBreaker(fails, { errorFilter: (reason: Error) => reason.message === 'down' })
    await expect(breaker.fire()).rejects.toThrow('down')
    expect(breaker.closed).toBe(true)
    expect(breaker.stats).toMatchObject({ successes: 1, failures: 0 })
  })

  it('warms up without opening', async () => {
    const breaker = new CircuitBreaker(fails, { allowWarmUp: true, rollingCountTimeout: 1000 })
    for (let i = 0; i < 5; i++) await error(breaker.fire())
    expect([breaker.warmUp, breaker.closed]).toEqual([true, true])
    vi.advanceTimersByTime(1000)
    expect(breaker.warmUp).toBe(false)
    await error(breaker.fire())
    expect(breaker.opened).toBe(true)
  })

  it('caches results and joins calls', async () => {
    const action = vi.fn((n: number) => passes(n * 2))
    const cached = new CircuitBreaker(action, { cache: true, cacheTTL: 100, cacheSize: 2 })
    expect([await cached.fire(1), await cached.fire(1)]).toEqual([2, 2])
    expect(action).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(101)
    await cached.fire(1)
    expect(action).toHaveBeenCalledTimes(2)
    cached.clearCache()
    await cached.fire(1)
    expect(cached.stats).toMatchObject({ cacheHits: 1, cacheMisses: 3 })
    const joined = new CircuitBreaker(action, { coalesce: true, coalesceResetOn: ['success'] })
    action.mockClear()
    expect(await Promise.all([joined.fire(5), joined.fire(5)])).toEqual([10, 10])
    await joined.fire(5)
    expect(action).toHaveBeenCalledTimes(2)
    expect(joined.stats).toMatchObject({ coalesceCacheHits: 1, coalesceCacheMisses: 2 })
    expect(() => new CircuitBreaker(action, { cache: true, cacheTransport: {} as never })).toThrow('cacheTransport')
  })

  it('disable, enable, open, close, shutdown', async () => {
    const breaker = new CircuitBreaker(passes)
    breaker.open()
    breaker.disable()
    expect([breaker.enabled, await breaker.fire(1)]).toEqual([false, 1])
    breaker.enable()
    expect(await error(breaker.fire(1))).toMatchObject({ code: 'EOPENBREAKER' })
    breaker.close()
    expect(await breaker.fire(2)).toBe(2)
    const shutdown = vi.fn()
    breaker.on('shutdown', shutdown)
    breaker.shutdown()
    expect([shutdown.mock.calls.length, breaker.isShutdown, breaker.closed]).toEqual([1, true, false])
    expect(await error(breaker.fire(1))).toMatchObject({ code: 'ESHUTDOWN' })
  })

  it('checks health now and at an interval, until it is shut down', async () => {
    const breaker = new CircuitBreaker(passes)
    const failed = vi.fn()
    breaker.on('healthCheckFailed', failed)
    breaker.healthCheck(fails, 100)
    await vi.advanceTimersByTimeAsync(250)
    expect(failed).toHaveBeenCalledTimes(3)
    expect(breaker.opened).toBe(true)
    breaker.shutdown()
    expect(vi.getTimerCount()).toBe(0)
    expect(() => breaker.healthCheck(1 as never)).toThrow('Health check function must be a function')
    expect(() => breaker.healthCheck(fails, Number.NaN)).toThrow('Health check interval must be a number')
  })

  it('restores state and statistics; what is left of the wait is kept', async () => {
    const breaker = await open()
    await vi.advanceTimersByTimeAsync(600)
    const { state, status } = JSON.parse(JSON.stringify(breaker)) as ReturnType<typeof breaker.toJSON>
    expect(state).toMatchObject({ open: true, closed: false, enabled: true, shutdown: false })
    const next = new CircuitBreaker(passes, { state, status, resetTimeout: 1000 })
    expect(next.opened).toBe(true)
    expect(next.stats).toMatchObject({ failures: 1, fires: 1 })
    vi.advanceTimersByTime(400)
    expect(next.halfOpen).toBe(true)
    expect(new CircuitBreaker(passes, { state: { closed: false, halfOpen: true } }).halfOpen).toBe(true)
    expect(new CircuitBreaker(passes, { state: { shutdown: true } }).isShutdown).toBe(true)
  })

  it('snapshots while somebody listens', () => {
    const breaker = new CircuitBreaker(passes)
    const snapshot = vi.fn()
    expect(vi.getTimerCount()).toBe(0)
    breaker.status.on('snapshot', snapshot)
    vi.advanceTimersByTime(3000)
    expect(snapshot).toHaveBeenCalledTimes(3)
    breaker.status.removeAllListeners()
    vi.advanceTimersByTime(1000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('refuses what opossum refuses', () => {
    expect(() => new CircuitBreaker(undefined)).toThrow('No action provided')
    expect(() => new CircuitBreaker(passes, { abortController: {} as never })).toThrow('abort()')
  })
})

describe('where opossum 10.0.0 has a defect', () => {
  it('late-success: a call begun before the trip does not close a half-open circuit', async () => {
    const ends: (() => void)[] = []
    const breaker = new CircuitBreaker(
      (mode: string) => {
        if (mode === 'fail') return fails()
        return new Promise((resolve) => ends.push(() => resolve(mode)))
      },
      { resetTimeout: 1000, timeout: false },
    )
    const old = breaker.fire('old')
    await error(breaker.fire('fail'))
    vi.advanceTimersByTime(1000)
    const probe = breaker.fire('probe')
    ends[0]?.()
    await old
    expect(breaker.halfOpen).toBe(true)
    ends[1]?.()
    await probe
    expect(breaker.closed).toBe(true)
  })

  it('late-failure: nor does its failure reopen a recovered one', async () => {
    const failOld: (() => void)[] = []
    const breaker = new CircuitBreaker(
      (mode: string) => {
        if (mode === 'old') return new Promise((_, reject) => failOld.push(() => reject(new Error('late'))))
        return mode === 'fail' ? fails() : passes()
      },
      { resetTimeout: 1000, timeout: false },
    )
    const old = error(breaker.fire('old'))
    await error(breaker.fire('fail'))
    vi.advanceTimersByTime(1000)
    await breaker.fire('ok')
    failOld[0]?.()
    await old
    expect(breaker.closed).toBe(true)
  })

  it('hung-probe: is given up after resetTimeout', async () => {
    let hang = false
    const breaker = new CircuitBreaker(() => (hang ? new Promise(() => {}) : fails()), {
      resetTimeout: 100,
      timeout: false,
    })
    await error(breaker.fire())
    vi.advanceTimersByTime(100)
    hang = true
    void breaker.fire()
    vi.advanceTimersByTime(200)
    hang = false
    expect(await error(breaker.fire())).toMatchObject({ message: 'down' })
  })

  it('capacity: calls beyond it are no failures', async () => {
    const breaker = new CircuitBreaker(passes, { capacity: 1 })
    const calls = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => breaker.fire(n)))
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', ...Array(4).fill('rejected')])
    expect(breaker.closed).toBe(true)
    expect(breaker.stats).toMatchObject({ semaphoreRejections: 4, failures: 0 })
  })

  it('dilution: calls in flight do not lower the failure rate', async () => {
    const breaker = new CircuitBreaker((mode: string) => (mode === 'hang' ? new Promise(() => {}) : fails()), {
      timeout: false,
      volumeThreshold: 10,
    })
    for (let i = 0; i < 100; i++) void breaker.fire('hang')
    for (let i = 0; i < 60; i++) await error(breaker.fire('fail'))
    expect(breaker.opened).toBe(true)
  })

  it('window: after recovery one failure does not open again', async () => {
    let mode: 'fail' | 'ok' = 'fail'
    const breaker = new CircuitBreaker(() => (mode === 'fail' ? fails() : passes()), {
      resetTimeout: 100,
      volumeThreshold: 5,
    })
    for (let i = 0; i < 5; i++) await error(breaker.fire())
    vi.advanceTimersByTime(100)
    mode = 'ok'
    await breaker.fire()
    mode = 'fail'
    await error(breaker.fire())
    expect(breaker.closed).toBe(true)
  })

  it('abort: a time-out aborts its own call, not the others', async () => {
    const abortController = new AbortController()
    const signals: (AbortSignal | undefined)[] = []
    const breaker = new CircuitBreaker(
      (ms: number) => {
        signals.push(breaker.getSignal())
        return new Promise((resolve) => setTimeout(resolve, ms, ms))
      },
      { timeout: 100, abortController, volumeThreshold: 10 },
    )
    const calls = Promise.allSettled([500, 50, 60, 70].map((ms) => breaker.fire(ms)))
    await vi.advanceTimersByTimeAsync(600)
    expect((await calls).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, false, false, false])
    expect(abortController.signal.aborted).toBe(false)
    expect(breaker.getAbortController()).toBe(abortController)
    void error(breaker.fire(50))
    abortController.abort()
    expect(signals[4]?.aborted).toBe(true)
  })

  it('undefined: an action may return nothing', async () => {
    const breaker = new CircuitBreaker(() => {})
    expect(await breaker.fire()).toBeUndefined()
    breaker.disable()
    expect(await breaker.fire()).toBeUndefined()
  })

  it('percentiles off: no duration is kept', async () => {
    const breaker = new CircuitBreaker(passes, { rollingPercentilesEnabled: false })
    for (let i = 0; i < 100; i++) await breaker.fire(i)
    expect(breaker.stats.latencyTimes).toEqual([])
    expect(breaker.stats.latencyMean).toBe(-1)
    const on = new CircuitBreaker(passes)
    for (let i = 0; i < 5000; i++) await on.fire(i)
    expect(on.stats.latencyTimes).toHaveLength(1000)
  })

  it('busy loop: the wait ends without a timer', async () => {
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
    const breaker = await open()
    now += 1000
    expect(await breaker.fire()).toBe('ok')
    clock.mockRestore()
  })

  it('two intervals a breaker: none here', () => {
    for (let i = 0; i < 10; i++) new CircuitBreaker(passes)
    expect(vi.getTimerCount()).toBe(0)
  })
})
