import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CircuitBreaker, type CircuitBreakerOptions, CircuitTimeoutError } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

// Before the timers are faked: a turn of the real event loop ends when this fires.
const runNext = setImmediate
const endOfTurn = (): Promise<void> => new Promise((resolve) => void runNext(resolve))

const forever = (): Promise<never> => new Promise(() => {})

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A clock of its own gives a breaker a timer wheel of its own. */
const make = (options: CircuitBreakerOptions = {}): CircuitBreaker =>
  new CircuitBreaker('test', { timeout: 100, clock: { now: () => performance.now() }, ...options })

describe('timeout', () => {
  it('rejects the call, aborts it and counts a failure', async () => {
    const breaker = make()
    let signal: AbortSignal | undefined
    const call = breaker.run((own) => {
      signal = own
      return forever()
    })
    const error = call.catch((reason: unknown) => reason)
    await vi.advanceTimersByTimeAsync(99)
    expect(signal?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await error).toBeInstanceOf(CircuitTimeoutError)
    expect(await error).toMatchObject({ code: 'ERR_CIRCUIT_TIMEOUT', breaker: 'test', timeoutMs: 100 })
    expect(signal?.reason).toBe(await error)
    expect(breaker.getMetrics()).toMatchObject({ recent: { failures: 1 }, totals: { timeouts: 1, failures: 1 } })
  })

  it('is a failure whatever classify says, and never shown to it', async () => {
    const classify = vi.fn(() => 'success' as const)
    const breaker = make({ classify, consecutiveFailures: 1 })
    const call = breaker.execute(forever, () => 'fallback')
    await vi.advanceTimersByTimeAsync(100)
    expect(await call).toBe('fallback')
    expect(breaker.getState()).toBe('open')
    expect(classify).not.toHaveBeenCalled()
  })

  it('a time-out of an inner breaker is an ordinary error for the outer one', async () => {
    const outer = new CircuitBreaker('outer', { classify: (error) => (error === undefined ? 'success' : 'ignore') })
    const call = outer.run(() => make().run(forever)).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(100)
    expect(await call).toMatchObject({ breaker: 'test' })
    expect(outer.getRecentMetrics().total).toBe(0)
  })

  it('what the function does afterwards changes nothing', async () => {
    const breaker = make()
    const late = Array.from({ length: 2 }, (_, index) =>
      breaker
        .run(async () => {
          await new Promise((resolve) => setTimeout(resolve, 200))
          if (index === 1) throw new Error('late')
          return 'late'
        })
        .catch((error: unknown) => error),
    )
    await vi.advanceTimersByTimeAsync(300)
    for (const outcome of await Promise.all(late)) expect(outcome).toBeInstanceOf(CircuitTimeoutError)
    expect(breaker.getMetrics().totals).toMatchObject({ successes: 0, failures: 2 })
  })

  it('of a call of an older generation is no failure of the present one', async () => {
    const breaker = make({ consecutiveFailures: 1 })
    const call = breaker.run(forever).catch((error: unknown) => error)
    breaker.reset()
    await vi.advanceTimersByTimeAsync(100)
    expect(await call).toBeInstanceOf(CircuitTimeoutError)
    expect(breaker.getMetrics()).toMatchObject({ state: 'closed', totals: { failures: 0, timeouts: 0 } })
  })

  it('0 is off: no signal, no timer', async () => {
    const breaker = make({ timeout: 0 })
    await breaker.run((signal) => expect(signal).toBeUndefined())
    void breaker.run(forever)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the shared timer', () => {
  it('is one, however many calls are in flight, and gone with the last', async () => {
    const breaker = make()
    expect(vi.getTimerCount()).toBe(0)
    const finish: (() => void)[] = []
    const calls = Array.from({ length: 50 }, () => breaker.run(() => new Promise<void>((done) => finish.push(done))))
    expect(vi.getTimerCount()).toBe(1)
    for (const done of finish.splice(0, 49)) done()
    await Promise.all(calls.slice(0, 49))
    expect(vi.getTimerCount()).toBe(1)
    finish[0]?.()
    await calls[49]
    await endOfTurn()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('expires each call at its own moment, in any order of settling', async () => {
    const breaker = make()
    const ended: string[] = []
    const start = (name: string, ms: number): void => {
      breaker
        .run(() => new Promise((resolve) => setTimeout(resolve, ms)))
        .then(
          () => ended.push(`${name} done ${performance.now() - begin}`),
          () => ended.push(`${name} late ${performance.now() - begin}`),
        )
    }
    const begin = performance.now()
    start('a', 500)
    await vi.advanceTimersByTimeAsync(30)
    start('b', 20)
    await vi.advanceTimersByTimeAsync(30)
    start('c', 500)
    start('d', 10)
    await vi.advanceTimersByTimeAsync(500)
    expect(ended).toEqual(['b done 50', 'd done 70', 'a late 100', 'c late 160'])
    await endOfTurn()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('takes back calls that begin or end while others expire', async () => {
    const breaker = make()
    let again: Promise<unknown> | undefined
    const other = new AbortController()
    const first = breaker.run((signal) => {
      signal?.addEventListener('abort', () => {
        other.abort('with the first')
        again = breaker.run(forever).catch((error: unknown) => error)
      })
      return forever()
    })
    const second = breaker.run(forever, { signal: other.signal })
    const outcomes = Promise.allSettled([first, second])
    await vi.advanceTimersByTimeAsync(100)
    expect((await outcomes)[1]).toMatchObject({ reason: 'with the first' })
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(100)
    expect(await again).toBeInstanceOf(CircuitTimeoutError)
    await endOfTurn()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is set again when it fires before the clock says so', async () => {
    const clock = new FakeClock()
    const breaker = make({ clock })
    const call = breaker.run(forever).catch((error: unknown) => error)
    clock.advance(99.5)
    await vi.advanceTimersByTimeAsync(100)
    expect(breaker.getMetrics().totals.timeouts).toBe(0)
    expect(vi.getTimerCount()).toBe(1)
    clock.advance(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await call).toBeInstanceOf(CircuitTimeoutError)
  })

  it('does not run for functions that end at once', async () => {
    const breaker = make()
    await breaker.run(() => 1)
    await breaker
      .run(() => {
        throw new Error('at once')
      })
      .catch(() => {})
    await endOfTurn()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('still ends the calls in flight after destroy, and then is gone', async () => {
    const breaker = make()
    const call = breaker.run(forever).catch((error: unknown) => error)
    breaker.destroy()
    await vi.advanceTimersByTimeAsync(100)
    expect(await call).toBeInstanceOf(CircuitTimeoutError)
    await endOfTurn()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not keep the process alive', () => {
    vi.useRealTimers()
    const set = vi.spyOn(globalThis, 'setTimeout')
    const breaker = make({ timeout: 60_000 })
    const caller = new AbortController()
    breaker.run(forever, { signal: caller.signal }).catch(() => {})
    const timer = set.mock.results[0]?.value as NodeJS.Timeout
    set.mockRestore()
    expect(timer.hasRef()).toBe(false)
    caller.abort()
  })
})
