import { describe, expect, it, vi } from 'vitest'
import { CircuitBreaker, type CircuitBreakerOptions } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

const boom = new Error('boom')
const make = (options: CircuitBreakerOptions = {}): { breaker: CircuitBreaker; clock: FakeClock } => {
  const clock = new FakeClock()
  return { clock, breaker: new CircuitBreaker('test', { clock, consecutiveFailures: 2, ...options }) }
}

describe('events', () => {
  it('request-success and request-failure carry durations and errors', async () => {
    const { breaker, clock } = make()
    const seen: unknown[] = []
    breaker.on('request-success', (event) => seen.push(event)).on('request-failure', (event) => seen.push(event))
    breaker.success(breaker.tryAcquire(), 12)
    breaker.failure(breaker.tryAcquire())
    await breaker.run(() => clock.advance(5))
    await breaker.run(() => Promise.reject(boom)).catch(() => {})
    expect(seen).toEqual([
      { name: 'test', durationMs: 12 },
      { name: 'test', durationMs: undefined, error: undefined },
      { name: 'test', durationMs: 5 },
      { name: 'test', durationMs: 0, error: boom },
    ])
    expect(breaker.getMetrics().totals).toMatchObject({ timed: 3, totalMs: 17, maxMs: 12 })
  })

  it('say nothing about ignored, refused and stale calls', () => {
    const { breaker } = make()
    const listener = vi.fn()
    breaker.on('request-success', listener).on('request-failure', listener)
    const stale = breaker.tryAcquire()
    breaker.ignore(breaker.tryAcquire())
    breaker.forceState('open')
    breaker.tryAcquire()
    breaker.success(stale)
    breaker.failure(stale)
    expect(listener).not.toHaveBeenCalled()
  })

  it('fallback-executed tells a refusal from a failure', async () => {
    const { breaker } = make()
    const seen: unknown[] = []
    breaker.on('fallback-executed', (event) => seen.push(event))
    await breaker.execute(
      () => Promise.reject(boom),
      () => 1,
    )
    breaker.forceState('open')
    await breaker.execute(
      () => 1,
      () => 1,
    )
    expect(seen).toMatchObject([
      { name: 'test', error: boom, rejected: false },
      { name: 'test', error: { code: 'ERR_CIRCUIT_OPEN' }, rejected: true },
    ])
  })

  it('once hears one event, off none', () => {
    const { breaker } = make()
    const once = vi.fn()
    const never = vi.fn()
    breaker.once('state-change', once).on('state-change', never).off('state-change', never)
    breaker.forceState('open')
    breaker.reset()
    expect(once).toHaveBeenCalledTimes(1)
    expect(never).not.toHaveBeenCalled()
  })

  it('calls carry no data of their own once nobody listens to requests', async () => {
    const { breaker, clock } = make()
    const now = vi.spyOn(clock, 'now')
    const readsOf = async (): Promise<number> => {
      now.mockClear()
      await breaker.run(() => 1)
      return now.mock.calls.length
    }
    const bare = await readsOf()
    breaker.on('state-change', () => {})
    expect(await readsOf()).toBe(bare)
    breaker.once('request-success', () => {})
    expect(await readsOf()).toBeGreaterThan(bare)
    expect(await readsOf()).toBe(bare)
  })

  it('a listener that throws changes no answer; its error is uncaught', async () => {
    const { breaker } = make()
    const tasks: (() => void)[] = []
    const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void tasks.push(task))
    for (const event of ['state-change', 'request-success', 'request-failure'] as const) {
      breaker.on(event, () => {
        throw boom
      })
    }
    try {
      await expect(breaker.run(() => 1)).resolves.toBe(1)
      breaker.failure(breaker.tryAcquire())
      breaker.failure(breaker.tryAcquire())
    } finally {
      queue.mockRestore()
    }
    expect(breaker.getState()).toBe('open')
    expect(tasks).toHaveLength(4)
    for (const task of tasks) expect(task).toThrow(boom)
  })

  it('a listener may change the state again: the later state holds, and the events tell both', () => {
    const { breaker, clock } = make({ resetTimeout: 10 })
    const states: string[] = []
    breaker.on('state-change', ({ from, to }) => {
      states.push(`${from} ${to}`)
      if (to === 'half_open') breaker.forceState('open')
    })
    breaker.forceState('open')
    clock.advance(10)
    expect(breaker.tryAcquire()).toBe(0)
    expect(breaker.getState()).toBe('open')
    expect(states).toEqual(['closed open', 'open half_open', 'half_open open'])
  })

  it('a listener that resets on every opening leaves the circuit closed', async () => {
    const { breaker } = make()
    breaker.on('state-change', ({ to }) => {
      if (to === 'open') breaker.reset()
    })
    for (let i = 0; i < 5; i++) await breaker.run(() => Promise.reject(boom)).catch(() => {})
    expect(breaker.getState()).toBe('closed')
    expect(breaker.getRecentMetrics().failures).toBe(1)
  })

  it('refuses unknown events and listeners that are no functions', () => {
    const { breaker } = make()
    expect(() => breaker.on('open' as never, () => {})).toThrow("unknown event 'open'")
    expect(() => breaker.once('state-change', 5 as never)).toThrow(TypeError)
    expect(() => breaker.off('state-change', () => {})).not.toThrow()
  })

  it('destroy removes the listeners', () => {
    const { breaker } = make()
    const listener = vi.fn()
    const permit = breaker.on('request-success', listener).tryAcquire()
    breaker.destroy()
    breaker.success(permit)
    expect(listener).not.toHaveBeenCalled()
  })
})
