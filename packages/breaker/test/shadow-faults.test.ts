import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { AdaptiveLimit, CircuitBreaker, PermitChain, type PermitSource, runWithPermit } from '../src/index.ts'
import { ShadowBreaker } from '../src/shadow.ts'
import { FakeClock } from './fake-clock.ts'

const thrown: unknown[] = []
const fault = new Error('candidate')
const throws = (): never => {
  throw fault
}

beforeEach(() => {
  thrown.length = 0
  vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
    try {
      task()
    } catch (error) {
      thrown.push(error)
    }
  })
})
afterEach(() => vi.restoreAllMocks())

/** An adapter of another library's breaker. */
const foreign = (over: Partial<PermitSource> = {}): PermitSource => ({
  tryAcquire: () => 1,
  success: () => {},
  failure: () => {},
  ignore: () => {},
  release: () => {},
  ...over,
})
const down = (): Promise<never> => Promise.reject(new Error('down'))

it('each of the two classifies a call by its own option', async () => {
  const incumbent = new CircuitBreaker('a', { consecutiveFailures: 1 })
  const candidate = new CircuitBreaker('b', {
    consecutiveFailures: 1,
    classify: (error) => (error ? 'ignore' : 'success'),
  })
  const shadow = new ShadowBreaker(incumbent, candidate)
  await shadow.run(down).catch(() => {})
  expect([incumbent.getState(), candidate.getState()]).toEqual(['open', 'closed'])
  expect(candidate.getMetrics().totals).toMatchObject({ failures: 0 })
})

it('each of the two sees slow calls by its own limit', async () => {
  const clock = new FakeClock()
  const options = { volumeThreshold: 1, clock }
  const incumbent = new CircuitBreaker('a', { ...options, slowCallDurationThresholdMs: 100 })
  const candidate = new CircuitBreaker('b', { ...options, slowCallDurationThresholdMs: 10 })
  const shadow = new ShadowBreaker(incumbent, candidate, { clock })
  await shadow.run(() => clock.advance(50))
  expect([incumbent.getState(), candidate.getState()]).toEqual(['closed', 'open'])
})

it('a refusal carries name, state and hint of the one in charge', async () => {
  const clock = new FakeClock()
  const incumbent = new CircuitBreaker('orders', { resetTimeout: 5000, clock })
  const candidate = new CircuitBreaker('stricter', { maxConcurrent: 1, clock })
  incumbent.forceState('open')
  const shadow = new ShadowBreaker(incumbent, candidate, { clock })
  await expect(shadow.run(() => 1)).rejects.toMatchObject({ breaker: 'orders', state: 'open', retryAfterMs: 5000 })
  incumbent.isolate()
  await expect(shadow.run(() => 1)).rejects.toMatchObject({ breaker: 'orders', state: 'isolated', retryAfterMs: 0 })
  expect(incumbent.getMetrics().totals.rejected).toBe(2)
  shadow.setPercentage(100)
  expect(candidate.tryAcquire()).toBeGreaterThan(0)
  await expect(shadow.run(() => 1)).rejects.toMatchObject({ breaker: 'stricter', code: 'ERR_CONCURRENCY_LIMIT' })
  const adapted = new ShadowBreaker(foreign({ tryAcquire: () => 0 }), candidate)
  await expect(adapted.run(() => 1)).rejects.toMatchObject({ breaker: 'shadow', retryAfterMs: 0 })
})

it('a candidate that throws reaches no caller and leaks no permit of the incumbent', async () => {
  const incumbent = new CircuitBreaker('orders', { maxConcurrent: 1 })
  const refusing = new ShadowBreaker(incumbent, foreign({ tryAcquire: throws }))
  for (let i = 0; i < 3; i++) expect(await refusing.run(() => i)).toBe(i)
  expect(refusing.report()).toMatchObject({ calls: 3, candidateRefused: 3 })
  refusing.setPercentage(100)
  expect(await refusing.run(() => 7)).toBe(7)
  expect(refusing.report().decidedByCandidate).toBe(0)
  const failing = new ShadowBreaker(incumbent, foreign({ success: throws, failure: throws, release: throws }))
  for (const percentage of [0, 100]) {
    failing.setPercentage(percentage)
    expect(await failing.run(() => 1)).toBe(1)
    await expect(failing.run(down)).rejects.toThrow('down')
    failing.release(failing.tryAcquire())
  }
  expect(thrown).toEqual(new Array(10).fill(fault))
  expect(incumbent.tryAcquire()).toBeGreaterThan(0)
})

it('an incumbent that throws is not hidden while it decides, and the candidate is told nevertheless', async () => {
  const candidate = new CircuitBreaker('b', { maxConcurrent: 1 })
  const shadow = new ShadowBreaker(foreign({ success: throws }), candidate)
  await expect(shadow.run(() => 1)).rejects.toBe(fault)
  expect(candidate.tryAcquire()).toBeGreaterThan(0)
  expect(() => new ShadowBreaker(foreign({ tryAcquire: throws }), candidate).tryAcquire()).toThrow(fault)
})

it('permits of foreign sources beyond 31 bits, and fractions, come back as they were given', () => {
  for (const number of [3_000_000_001, 2 ** 32, 0.5, Number.MAX_SAFE_INTEGER]) {
    const told: number[] = []
    const make = (): PermitSource => foreign({ tryAcquire: () => number, success: (permit) => told.push(permit) })
    const shadow = new ShadowBreaker(make(), make())
    shadow.success(shadow.tryAcquire())
    const chain = new PermitChain([make(), make()])
    chain.success(chain.tryAcquire())
    expect(told).toEqual([number, number, number, number])
  }
})

it('the constructor and setPercentage check what they are given', () => {
  const breaker = new CircuitBreaker('a')
  const partial = { tryAcquire: () => 1 } as never
  expect(() => new ShadowBreaker(breaker, partial)).toThrow('candidate has no success()')
  expect(() => new ShadowBreaker(5 as never, breaker)).toThrow('incumbent is 5')
  expect(() => new ShadowBreaker(breaker, foreign(), { clock: 5 as never })).toThrow('clock is 5')
  const shadow = new ShadowBreaker(breaker, foreign(), { percentage: 5 })
  for (const value of [undefined, null, '5', Number.NaN, -1, 101]) {
    expect(() => shadow.setPercentage(value as never)).toThrow('percentage is')
  }
  expect(shadow.percentage).toBe(5)
  expect(() => new PermitChain([partial])).toThrow('sources[0] has no success()')
  expect(() => new PermitChain([5 as never])).toThrow('sources[0] is 5')
})

it('a chain gives permits back when a later source throws, and tells all when one throws', () => {
  const breaker = new CircuitBreaker('a', { maxConcurrent: 1 })
  const broken = new PermitChain([breaker, foreign({ tryAcquire: throws })])
  for (let i = 0; i < 3; i++) expect(() => broken.tryAcquire()).toThrow(fault)
  const telling = new PermitChain([foreign({ success: throws }), breaker])
  const permit = telling.tryAcquire()
  expect(() => telling.success(permit)).toThrow(fault)
  expect(breaker.tryAcquire()).toBeGreaterThan(0)
})

it('a breaker in runWithPermit and in a chain counts by its own classify', async () => {
  const breaker = new CircuitBreaker('a', {
    consecutiveFailures: 1,
    classify: (error) => (error ? 'ignore' : 'success'),
  })
  const refused = (): Error => new Error('refused')
  await runWithPermit(breaker, down, refused).catch(() => {})
  await runWithPermit(new PermitChain([new AdaptiveLimit(), breaker]), down, refused).catch(() => {})
  expect(breaker.getState()).toBe('closed')
  const nonsense = new CircuitBreaker('b', { maxConcurrent: 1, classify: throws })
  await expect(runWithPermit(nonsense, () => 1, refused)).rejects.toBe(fault)
  expect(nonsense.tryAcquire()).toBeGreaterThan(0)
})
