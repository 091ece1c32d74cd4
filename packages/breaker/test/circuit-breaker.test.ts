import { describe, expect, it, vi } from 'vitest'
import { CircuitBreaker, CircuitOpenError, type Outcome } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

const boom = new Error('boom')
const counts = (breaker: CircuitBreaker): number[] => {
  const { successes, failures } = breaker.getRecentMetrics()
  return [successes, failures, breaker.getMetrics().totals.ignored]
}
/** A thenable that is no promise, settled on its own terms. */
const thenable = (
  settle: (resolve: (value: number) => void, reject: (error: unknown) => void) => void,
): PromiseLike<number> =>
  // biome-ignore lint/suspicious/noThenProperty: a foreign thenable is what is tested
  ({ then: (resolve: never, reject: never) => settle(resolve, reject) }) as never

/** The two ways a call is made: with nothing of its own, and with a time limit. */
const levels = [
  ['bare', {}],
  ['guarded', { timeout: 1000 }],
] as const

describe.each(levels)('run (%s)', (_name, options) => {
  const make = (): CircuitBreaker => new CircuitBreaker('test', options)

  it.each([
    ['a promise', () => Promise.resolve(1)],
    ['an async function', async () => 1],
    ['a value', () => 1],
    ['a foreign thenable', () => thenable((resolve) => resolve(1))],
    ['a slow foreign thenable', () => thenable((resolve) => void setTimeout(resolve, 1, 1))],
  ])('passes on the result of %s', async (_kind, fn) => {
    const breaker = make()
    await expect(breaker.run(fn)).resolves.toBe(1)
    expect(counts(breaker)).toEqual([1, 0, 0])
  })

  it.each([
    ['a rejected promise', () => Promise.reject(boom)],
    [
      'a function that throws',
      () => {
        throw boom
      },
    ],
    ['a foreign thenable', () => thenable((_resolve, reject) => reject(boom))],
    [
      'a then that throws',
      () =>
        thenable(() => {
          throw boom
        }),
    ],
    [
      'a then that throws when read',
      () =>
        Object.defineProperty({}, 'then', {
          get: () => {
            throw boom
          },
        }),
    ],
  ])('passes on the error of %s', async (_kind, fn) => {
    const breaker = make()
    const promise = breaker.run(fn as () => never)
    await expect(promise).rejects.toBe(boom)
    expect(counts(breaker)).toEqual([0, 1, 0])
  })

  it('counts a thenable once, however often it settles', async () => {
    const breaker = make()
    const twice = thenable((resolve, reject) => {
      resolve(1)
      resolve(2)
      reject(boom)
    })
    await expect(breaker.run(() => twice)).resolves.toBe(1)
    expect(counts(breaker)).toEqual([1, 0, 0])
  })

  it('records a synchronous end before the caller goes on', async () => {
    const breaker = make()
    void breaker.run(() => 1)
    void breaker
      .run(() => {
        throw boom
      })
      .catch(() => {})
    expect(counts(breaker)).toEqual([1, 1, 0])
  })

  it.each([undefined, null, 5, 'fn'])('answers %j instead of a function with a TypeError, uncounted', async (fn) => {
    const breaker = make()
    await expect(breaker.run(fn as never)).rejects.toThrow(TypeError)
    await expect(breaker.execute(fn as never, () => 1)).rejects.toThrow(TypeError)
    expect(counts(breaker)).toEqual([0, 0, 0])
  })

  it('refuses with an error that says when to come back', async () => {
    const clock = new FakeClock()
    const breaker = new CircuitBreaker('orders', { ...options, clock, resetTimeout: 5000 })
    breaker.forceState('open')
    clock.advance(2000)
    const fn = vi.fn()
    const error = await breaker.run(fn).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(CircuitOpenError)
    expect(error).toMatchObject({ code: 'ERR_CIRCUIT_OPEN', breaker: 'orders', retryAfterMs: 3000 })
    expect(fn).not.toHaveBeenCalled()
  })

  describe('classify', () => {
    const classify = (error: unknown, result: unknown): Outcome => {
      if (error === undefined) return result === 503 ? 'failure' : 'success'
      return error === boom ? 'ignore' : 'success'
    }

    it('decides what a result or an error counts as; both are passed on', async () => {
      const breaker = new CircuitBreaker('test', { ...options, classify })
      await expect(breaker.run(() => 200)).resolves.toBe(200)
      await expect(breaker.run(async () => 503)).resolves.toBe(503)
      expect(counts(breaker)).toEqual([1, 1, 0])
      await expect(breaker.run(() => Promise.reject(boom))).rejects.toBe(boom)
      await expect(breaker.run(() => Promise.reject('not found'))).rejects.toBe('not found')
      expect(counts(breaker)).toEqual([2, 1, 1])
    })

    it.each([
      [
        'throws',
        () => {
          throw boom
        },
        boom,
      ],
      ['answers nonsense', () => 'maybe' as never, TypeError('')],
    ])('that %s gives the permit back and fails the call', async (_how, broken, error) => {
      const breaker = new CircuitBreaker('test', { ...options, classify: broken, halfOpenMaxRequests: 1 })
      breaker.forceState('half_open')
      for (const fn of [() => 1, async () => 1, () => Promise.reject(new Error('other'))]) {
        await expect(breaker.run<unknown>(fn)).rejects.toThrow(error instanceof TypeError ? TypeError : error)
      }
      expect(breaker.getState()).toBe('half_open')
      expect(breaker.isAllowingRequests()).toBe(true)
    })
  })
})

describe('execute', () => {
  const make = (options = {}): CircuitBreaker => new CircuitBreaker('test', { clock: new FakeClock(), ...options })

  it('without a fallback is run', async () => {
    const breaker = make()
    await expect(breaker.execute(() => 1)).resolves.toBe(1)
    await expect(breaker.execute(() => Promise.reject(boom))).rejects.toBe(boom)
    breaker.forceState('open')
    await expect(breaker.execute(() => 1)).rejects.toThrow(CircuitOpenError)
  })

  it('answers a failed call with the fallback', async () => {
    const breaker = make()
    const fallback = vi.fn(async (error: unknown) => `instead of ${(error as Error).message}`)
    await expect(breaker.execute(() => Promise.reject(boom), fallback)).resolves.toBe('instead of boom')
    await expect(
      breaker.execute(() => {
        throw boom
      }, fallback),
    ).resolves.toBe('instead of boom')
    await expect(breaker.execute(() => 'fine', fallback)).resolves.toBe('fine')
    expect(fallback).toHaveBeenCalledTimes(2)
    expect(counts(breaker)).toEqual([1, 2, 0])
    expect(breaker.getMetrics().totals.fallbacks).toBe(2)
  })

  it('answers a refused call with the fallback', async () => {
    const breaker = make()
    breaker.forceState('open')
    const fn = vi.fn()
    await expect(breaker.execute(fn, (error) => error)).resolves.toBeInstanceOf(CircuitOpenError)
    expect(fn).not.toHaveBeenCalled()
  })

  it('passes on an error of the fallback', async () => {
    const breaker = make()
    const worse = new Error('worse')
    await expect(
      breaker.execute(
        () => Promise.reject(boom),
        () => {
          throw worse
        },
      ),
    ).rejects.toBe(worse)
    expect(breaker.getMetrics().totals.fallbacks).toBe(0)
  })

  it('does not use it when fallbackEnabled is false', async () => {
    const breaker = make({ fallbackEnabled: false })
    await expect(
      breaker.execute(
        () => Promise.reject(boom),
        () => 1,
      ),
    ).rejects.toBe(boom)
    breaker.forceState('open')
    await expect(
      breaker.execute(
        () => 1,
        () => 1,
      ),
    ).rejects.toThrow(CircuitOpenError)
  })

  it.each(['success', 'ignore'] as const)('does not use it after an error classified as %s', async (outcome) => {
    const breaker = make({ classify: (error: unknown): Outcome => (error === undefined ? 'success' : outcome) })
    const fallback = vi.fn()
    await expect(breaker.execute(() => Promise.reject(boom), fallback)).rejects.toBe(boom)
    expect(fallback).not.toHaveBeenCalled()
  })

  it('refuses a fallback that is no function', async () => {
    await expect(make().execute(() => 1, 5 as never)).rejects.toThrow(TypeError)
  })
})

describe('wrap', () => {
  it('keeps arguments, this and the type of the result', async () => {
    const breaker = new CircuitBreaker('test')
    const service = {
      rate: 3,
      times: breaker.wrap(async function (this: { rate: number }, a: number, b: number) {
        return this.rate * (a + b)
      }),
      plain: breaker.wrap((text: string) => text.length),
    }
    const product: number = await service.times(1, 2)
    const length: number = await service.plain('four')
    expect([product, length]).toEqual([9, 4])
    expect(counts(breaker)).toEqual([2, 0, 0])
  })

  it('turns a synchronous throw into a rejection and counts it', async () => {
    const breaker = new CircuitBreaker('test')
    const failing = breaker.wrap(() => {
      throw boom
    })
    await expect(failing()).rejects.toBe(boom)
    expect(counts(breaker)).toEqual([0, 1, 0])
  })

  it('refuses what is no function', () => {
    expect(() => new CircuitBreaker('test').wrap(5 as never)).toThrow(TypeError)
  })
})

describe('the signal of the caller', () => {
  it('aborted before the call: no permit, no call', async () => {
    const breaker = new CircuitBreaker('test', { halfOpenMaxRequests: 1 })
    breaker.forceState('half_open')
    const fn = vi.fn()
    const signal = AbortSignal.abort('gone')
    await expect(breaker.run(fn, { signal })).rejects.toBe('gone')
    await expect(breaker.execute(fn, () => 1, { signal })).rejects.toBe('gone')
    expect(fn).not.toHaveBeenCalled()
    expect(breaker.isAllowingRequests()).toBe(true)
  })

  it.each([{}, { timeout: 1000 }])(
    'aborted during the call gives the permit back, with options %j',
    async (options) => {
      const breaker = new CircuitBreaker('test', { ...options, halfOpenMaxRequests: 1 })
      breaker.forceState('half_open')
      const caller = new AbortController()
      let inner: AbortSignal | undefined
      const hangs = (signal?: AbortSignal): Promise<never> => {
        inner = signal
        return new Promise(() => {})
      }
      const fallback = vi.fn()
      const call = breaker.execute(hangs, fallback, { signal: caller.signal })
      expect(breaker.isAllowingRequests()).toBe(false)
      caller.abort(boom)
      await expect(call).rejects.toBe(boom)
      expect(inner).toMatchObject({ aborted: true, reason: boom })
      expect(fallback).not.toHaveBeenCalled()
      expect(breaker.isAllowingRequests()).toBe(true)
      expect(counts(breaker)).toEqual([0, 0, 1])
    },
  )

  it('leaves no listener behind', async () => {
    const caller = new AbortController()
    const add = vi.spyOn(caller.signal, 'addEventListener')
    const remove = vi.spyOn(caller.signal, 'removeEventListener')
    const breaker = new CircuitBreaker('test')
    for (const fn of [() => 1, async () => 1, () => Promise.reject(boom)]) {
      await breaker.run<unknown>(fn, { signal: caller.signal }).catch(() => {})
    }
    expect(add).toHaveBeenCalledTimes(3)
    expect(remove.mock.calls).toEqual(add.mock.calls)
    caller.abort()
    expect(counts(breaker)).toEqual([2, 1, 0])
  })
})
