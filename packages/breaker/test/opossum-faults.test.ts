import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CircuitBreaker } from '../src/compat/opossum.ts'

const thrown: unknown[] = []
const fault = new Error('listener')
const throws = (): never => {
  throw fault
}

beforeEach(() => {
  vi.useFakeTimers()
  thrown.length = 0
  const queue = globalThis.queueMicrotask
  vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) =>
    queue(() => {
      try {
        task()
      } catch (error) {
        thrown.push(error)
      }
    }),
  )
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.clearAllTimers()
  vi.useRealTimers()
})

/** A breaker that is half-open: its next call is the probe. */
async function halfOpen(action: () => unknown, options: object = {}): Promise<CircuitBreaker<[]>> {
  const breaker = new CircuitBreaker<[]>(action, { resetTimeout: 1000, timeout: 30, ...options })
  breaker.open()
  await vi.advanceTimersByTimeAsync(1001)
  expect(breaker.pendingClose).toBe(true)
  return breaker
}

describe('a throwing listener or filter', () => {
  it('of success rejects the call, as with opossum, and the probe still closes the circuit', async () => {
    const breaker = await halfOpen(() => 'ok')
    breaker.on('success', throws)
    await expect(breaker.fire()).rejects.toBe(fault)
    expect(breaker.closed).toBe(true)
    expect(breaker.stats.successes).toBe(1)
  })

  it('of failure neither leaves fire() pending nor keeps the probe', async () => {
    const down = new Error('down')
    const breaker = await halfOpen(() => Promise.reject(down))
    breaker.on('failure', throws)
    await expect(breaker.fire()).rejects.toBe(down)
    expect(breaker.opened).toBe(true)
    await vi.advanceTimersByTimeAsync(0)
    expect(thrown).toEqual([fault])
  })

  it('of timeout neither leaves fire() pending nor keeps the probe, and the signal is aborted', async () => {
    let signal: AbortSignal | undefined
    const breaker: CircuitBreaker<[]> = await halfOpen(
      () => {
        signal = breaker.getSignal()
        return new Promise(() => {})
      },
      { abortController: new AbortController() },
    )
    breaker.on('timeout', throws)
    const call = expect(breaker.fire()).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await vi.advanceTimersByTimeAsync(40)
    await call
    expect(breaker.opened).toBe(true)
    expect(signal?.aborted).toBe(true)
    expect(thrown).toEqual([fault])
  })

  it('errorFilter that throws is a failure with its error, and fire() does not hang', async () => {
    const breaker = await halfOpen(() => Promise.reject(new Error('down')), { errorFilter: throws })
    await expect(breaker.fire()).rejects.toBe(fault)
    expect(breaker.opened).toBe(true)
    expect(breaker.stats.failures).toBe(1)
  })

  it('of close does not keep the probe from answering', async () => {
    const breaker = await halfOpen(() => 'ok')
    breaker.on('close', throws)
    expect(await breaker.fire()).toBe('ok')
    expect(breaker.closed).toBe(true)
    expect(thrown).toEqual([fault])
  })
})

it('events come in the order of opossum: close before success, failure before open', async () => {
  const order: string[] = []
  const breaker = await halfOpen(() => 'ok')
  for (const event of ['open', 'close', 'success', 'failure']) breaker.on(event, () => order.push(event))
  await breaker.fire()
  const failing = new CircuitBreaker<[]>(() => Promise.reject(new Error('down')))
  for (const event of ['open', 'failure']) failing.on(event, () => order.push(event))
  await failing.fire().catch(() => {})
  expect(order).toEqual(['close', 'success', 'failure', 'open'])
})

it.each([
  [{ errorThresholdPercentage: Number.NaN }, 'errorThresholdPercentage is NaN'],
  [{ rollingCountTimeout: 0 }, 'rollingCountTimeout is 0'],
  [{ rollingCountBuckets: Number.NaN }, 'rollingCountBuckets is NaN'],
  [{ resetTimeout: '5' }, "resetTimeout is '5'"],
])('a bad option is named as opossum names it: %j', (options, message) => {
  expect(() => new CircuitBreaker(() => 1, options as object)).toThrow(message)
})
