import { isBreakerError } from './errors.ts'
import { abortSignal, checkNames, functionOf, integer, number, withMethods } from './option-checks.ts'
import type { RetryBudget } from './retry-budget.ts'
import { maxTimerMs } from './settings.ts'

export interface RetryOptions {
  /**
   * Attempts in all, the first one included: an integer from 1 to 100.
   * @default 3
   */
  maxAttempts?: number | undefined
  /**
   * Upper bound of the wait before the first retry, in milliseconds, from 0.
   * @default 100
   */
  baseDelayMs?: number | undefined
  /**
   * Factor by which that bound grows with each further retry, 1 to 100.
   * @default 2
   */
  factor?: number | undefined
  /**
   * Longest wait, in milliseconds, from 0 to 2,147,483,647.
   * @default 10000
   */
  maxDelayMs?: number | undefined
  /**
   * Random part of a wait, 0 to 1: 1 draws from 0 up to the bound ("full jitter"), 0 waits exactly the bound.
   * @default 1
   */
  jitter?: number | undefined
  /** @default Math.random */
  random?: (() => number) | undefined
  /**
   * Bounds the retries of all calls together; see `RetryBudget`. Share one among the calls to one service.
   * @default none
   */
  budget?: RetryBudget | undefined
  /**
   * Whether an error is worth another attempt; `attempt` counts from 1.
   * @default everything but refusals of a breaker, which only come sooner for being repeated
   */
  shouldRetry?: ((error: unknown, attempt: number) => boolean) | undefined
  /** Ends waiting and further attempts; the promise rejects with its reason. */
  signal?: AbortSignal | undefined
}

const names = [
  'maxAttempts',
  'baseDelayMs',
  'factor',
  'maxDelayMs',
  'jitter',
  'random',
  'budget',
  'shouldRetry',
  'signal',
] as const

/**
 * Calls `fn` until it succeeds, up to `maxAttempts` times, with exponential back-off and jitter in between. An error
 * that carries `retryAfterMs` is waited for at least so long. Put it outside a breaker, so that each attempt counts:
 * `retry(() => breaker.run(fn))`. Rejects with the last error.
 * @throws TypeError, RangeError (as a rejection) for bad options
 */
export async function retry<T>(fn: (attempt: number) => T | PromiseLike<T>, options: RetryOptions = {}): Promise<T> {
  checkNames(options, names)
  const attempts = integer('maxAttempts', options.maxAttempts, 3, 1, 100)
  const base = number('baseDelayMs', options.baseDelayMs, 100, 0, maxTimerMs, 'closed')
  const factor = number('factor', options.factor, 2, 1, 100, 'closed')
  const longest = number('maxDelayMs', options.maxDelayMs, 10_000, 0, maxTimerMs, 'closed')
  const jitter = number('jitter', options.jitter, 1, 0, 1, 'closed')
  const random = functionOf('random', options.random, '() => number') ?? Math.random
  const worth = functionOf('shouldRetry', options.shouldRetry, '(error, attempt) => boolean') ?? isWorthRetrying
  const signal = abortSignal('signal', options.signal)
  const { budget } = options
  if (budget !== undefined) withMethods('budget', budget, ['deposit', 'tryWithdraw'])
  signal?.throwIfAborted()
  budget?.deposit()
  for (let attempt = 1; ; attempt++) {
    try {
      return await fn(attempt)
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (attempt >= attempts || !worth(error, attempt) || budget?.tryWithdraw() === false) throw error
      const bound = Math.min(longest, base * factor ** (attempt - 1))
      const delayMs = Math.max(bound * (1 - jitter * random()), Math.min(longest, askedWait(error)))
      if (delayMs > 0) await sleep(delayMs, signal)
    }
  }
}

function isWorthRetrying(error: unknown): boolean {
  return !isBreakerError(error) || error.code === 'ERR_CIRCUIT_TIMEOUT'
}

function askedWait(error: unknown): number {
  const wait: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'retryAfterMs') : undefined
  return typeof wait === 'number' && wait > 0 ? wait : 0
}

/** The one timer here that keeps the process alive: somebody is waiting for what comes after it. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    const timer = setTimeout(end, Math.ceil(ms))
    signal?.addEventListener('abort', end)
  })
}
