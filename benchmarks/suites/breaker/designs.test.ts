// The designs that the figures compare with have to be trusted, and to be as flawed as they were: each flaw has its test.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ArrayWindowBreaker, type LegacyConfig } from './designs/array-window-breaker.ts'
import { SeedBreaker } from './designs/seed-breaker.ts'

const config: LegacyConfig = {
  failureThreshold: 5,
  failureThresholdPercentage: 50,
  timeout: 0,
  resetTimeout: 1_000,
  rollingWindowSize: 60_000,
  volumeThreshold: 10,
  halfOpenMaxRequests: 3,
  fallbackEnabled: true,
  keptRecords: 500,
}

const good = async (): Promise<number> => 1
const bad = async (): Promise<number> => {
  throw new Error('bad')
}

async function times(count: number, call: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done++) await call().catch(() => {})
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('the array window', () => {
  test('counts, opens by rate, recovers by probes', async () => {
    const breaker = new ArrayWindowBreaker('b', { ...config, failureThreshold: Number.POSITIVE_INFINITY })
    await times(5, () => breaker.execute(good))
    await times(4, () => breaker.execute(bad))
    expect(breaker.recent()).toEqual({ total: 9, failed: 4 })
    expect(breaker.getState()).toBe('CLOSED')
    await times(1, () => breaker.execute(bad))
    expect(breaker.getState()).toBe('OPEN')
    await expect(breaker.execute(good)).rejects.toThrow('Circuit breaker b is OPEN')
    await expect(breaker.execute(good, async () => 7)).resolves.toBe(7)
    vi.advanceTimersByTime(1_000)
    await times(3, () => breaker.execute(good))
    expect(breaker.getState()).toBe('CLOSED')
    expect(breaker.getMetrics()).toMatchObject({ rejectedRequests: 2, successfulRequests: 8, failedRequests: 5 })
  })

  test('cuts to half when it holds more than twice its bound', async () => {
    const breaker = new ArrayWindowBreaker('b', { ...config, keptRecords: 20 })
    await times(40, () => breaker.execute(good))
    expect(breaker.recent().total).toBe(40)
    await times(1, () => breaker.execute(good))
    expect(breaker.recent().total).toBe(20)
  })

  test('flaw: the failure count is never windowed nor reset, so a late failure opens', async () => {
    const breaker = new ArrayWindowBreaker('b', config)
    for (let hour = 0; hour < 4; hour++) {
      await times(1, () => breaker.execute(bad))
      vi.advanceTimersByTime(3_600_000)
      await times(100, () => breaker.execute(good))
    }
    expect(breaker.getState()).toBe('CLOSED')
    await times(1, () => breaker.execute(bad))
    expect(breaker.getState()).toBe('OPEN')
  })

  test('flaw: forced open without a failure it never recovers', () => {
    const breaker = new ArrayWindowBreaker('b', config)
    breaker.forceState('OPEN')
    vi.advanceTimersByTime(3_600_000)
    expect(breaker.isAllowingRequests()).toBe(false)
  })

  test('flaw: a timed-out call goes on', async () => {
    const breaker = new ArrayWindowBreaker('b', { ...config, timeout: 100 })
    let finished = false
    const slow = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 500))
      finished = true
    }
    const call = breaker.execute(slow).catch((error: Error) => error.message)
    await vi.advanceTimersByTimeAsync(100)
    expect(await call).toContain('timeout after 100ms')
    await vi.advanceTimersByTimeAsync(400)
    expect(finished).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the seed design', () => {
  test('counts, opens by rate, recovers by probes; has one interval', async () => {
    const off = Number.POSITIVE_INFINITY
    const breaker = new SeedBreaker('b', {
      ...config,
      failureThreshold: off,
      bufferSize: 100,
      metricsFlushInterval: 1_000,
    })
    expect(vi.getTimerCount()).toBe(1)
    await times(5, () => breaker.execute(good))
    await times(5, () => breaker.execute(bad))
    await expect(breaker.execute(good)).rejects.toThrow('Circuit breaker b is OPEN')
    expect(breaker.getMetrics()).toEqual({ total: 10, successes: 5, failures: 5, rejected: 1 })
    vi.advanceTimersByTime(1_000)
    await times(3, () => breaker.execute(good))
    await expect(breaker.execute(good)).resolves.toBe(1)
    breaker.destroy()
    expect(vi.getTimerCount()).toBe(0)
  })
})
