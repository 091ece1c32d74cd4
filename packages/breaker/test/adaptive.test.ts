import { describe, expect, it } from 'vitest'
import { AdaptiveLimit, AdaptiveThrottle, CircuitBreaker, PermitChain, runWithPermit } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

/** A deterministic source of numbers from 0 to below 1 (Lehmer 1951). */
function lehmer(): () => number {
  let seed = 42
  return () => {
    seed = (seed * 48271) % 2147483647
    return seed / 2147483647
  }
}

describe('AdaptiveThrottle', () => {
  it('lets everything pass while the backend accepts half of it or more', () => {
    const throttle = new AdaptiveThrottle({ clock: new FakeClock(), random: () => 0 })
    for (let i = 0; i < 1000; i++) {
      const permit = throttle.tryAcquire()
      expect(permit).toBeGreaterThan(0)
      if (i % 2 === 0) throttle.success(permit)
      else throttle.failure(permit)
    }
  })

  it('refuses by the published formula, and recovers when the backend does', () => {
    const clock = new FakeClock()
    const throttle = new AdaptiveThrottle({ clock, random: lehmer(), windowMs: 1000, minimumRequests: 1 })
    let sent = 0
    for (let i = 0; i < 2000; i++) {
      const permit = throttle.tryAcquire()
      if (permit === 0) continue
      sent++
      throttle.failure(permit)
    }
    expect(throttle.rejectionProbability()).toBe(0.9)
    expect(sent).toBeGreaterThan(150)
    expect(sent).toBeLessThan(260)
    for (let i = 0; i < 5000; i++) {
      clock.advance(1)
      const permit = throttle.tryAcquire()
      if (permit !== 0) throttle.success(permit)
    }
    expect(throttle.rejectionProbability()).toBe(0)
  })

  it('counts a permit once, and ignored or released ones not at all', () => {
    const throttle = new AdaptiveThrottle({ clock: new FakeClock(), minimumRequests: 1, random: () => 0.999 })
    const permit = throttle.tryAcquire()
    throttle.failure(permit)
    throttle.failure(permit)
    throttle.ignore(throttle.tryAcquire())
    throttle.release(throttle.tryAcquire())
    expect(throttle.rejectionProbability()).toBe(0.5)
  })

  it('refuses bad options', () => {
    expect(() => new AdaptiveThrottle({ multiplier: 1 })).toThrow('multiplier is 1; expected a finite number above 1')
    expect(() => new AdaptiveThrottle({ window: 1 } as object)).toThrow("unknown option 'window'")
  })
})

describe('AdaptiveLimit', () => {
  /** A backend of so many workers: calls beyond them wait, so durations grow with the calls in flight. */
  function settle(limit: AdaptiveLimit, workers: number, rounds: number): void {
    for (let round = 0; round < rounds; round++) {
      const permits: number[] = []
      for (let permit = limit.tryAcquire(); permit !== 0; permit = limit.tryAcquire()) permits.push(permit)
      const ms = 10 * Math.max(1, permits.length / workers)
      for (const permit of permits) limit.success(permit, ms)
    }
  }

  it('grows while calls take as long as usual, and stops near what the backend takes', () => {
    const limit = new AdaptiveLimit({ clock: new FakeClock() })
    settle(limit, 1e9, 100)
    expect(limit.limit).toBeGreaterThan(100)
    const tight = new AdaptiveLimit({ clock: new FakeClock(), tolerance: 1 })
    settle(tight, 1e9, 20)
    const before = tight.limit
    settle(tight, 20, 30)
    expect(tight.limit).toBeLessThan(before)
  })

  it('falls with failures down to its minimum, and does not grow without demand', () => {
    const limit = new AdaptiveLimit({ clock: new FakeClock(), minLimit: 3, sampleSize: 1 })
    for (let i = 0; i < 100; i++) limit.failure(limit.tryAcquire(), 1)
    expect(limit.limit).toBe(3)
    const idle = new AdaptiveLimit({ clock: new FakeClock(), sampleSize: 1 })
    for (let i = 0; i < 100; i++) idle.success(idle.tryAcquire(), 1)
    expect(idle.limit).toBe(20)
  })

  it('measures a call itself, and counts a permit once', () => {
    const clock = new FakeClock()
    const limit = new AdaptiveLimit({ clock, initialLimit: 2, sampleSize: 1 })
    const [first, second] = [limit.tryAcquire(), limit.tryAcquire()]
    expect(limit.tryAcquire()).toBe(0)
    clock.advance(5)
    limit.success(first ?? 0)
    limit.success(first ?? 0)
    expect(limit.inFlight).toBe(1)
    limit.ignore(second ?? 0)
    limit.release(second ?? 0)
    expect(limit.inFlight).toBe(0)
  })

  it('refuses bad options', () => {
    expect(() => new AdaptiveLimit({ minLimit: 5, maxLimit: 4 })).toThrow(
      'minLimit is 5; expected an integer from 1 to 4',
    )
    expect(() => new AdaptiveLimit({ backoff: 1 })).toThrow('backoff is 1')
  })
})

describe('PermitChain', () => {
  it('takes a permit of each, or of none', () => {
    const breaker = new CircuitBreaker('test', { consecutiveFailures: 1 })
    const limit = new AdaptiveLimit({ initialLimit: 1 })
    const chain = new PermitChain([limit, breaker])
    const permit = chain.tryAcquire()
    expect([permit > 0, chain.tryAcquire()]).toEqual([true, 0])
    chain.failure(permit)
    chain.failure(permit)
    expect(breaker.getState()).toBe('open')
    expect(chain.tryAcquire()).toBe(0)
    expect(limit.inFlight).toBe(0)
  })

  it('runs functions', async () => {
    const breaker = new CircuitBreaker('test', { consecutiveFailures: 2 })
    const chain = new PermitChain([new AdaptiveThrottle(), breaker])
    const refused = (): Error => new Error('refused')
    expect(await runWithPermit(chain, () => 1, refused)).toBe(1)
    expect(await runWithPermit(chain, async () => 2, refused)).toBe(2)
    await expect(runWithPermit(chain, () => Promise.reject(new Error('down')), refused)).rejects.toThrow('down')
    breaker.forceState('isolated')
    await expect(runWithPermit(chain, () => 1, refused)).rejects.toThrow('refused')
    chain.ignore(chain.tryAcquire())
    chain.release(chain.tryAcquire())
  })

  it('needs a source', () => {
    expect(() => new PermitChain([])).toThrow('sources is empty')
  })
})
