import type { Clock } from './clock.ts'
import { isThenable } from './thenable.ts'

/**
 * Whatever admits calls: a breaker, an adaptive throttle, an adaptive limit, several of them in a row, a shadowed
 * breaker. A permit is a positive number, 0 a refusal; exactly one of the four methods, or `settle`, has to follow a
 * permit.
 */
export interface PermitSource {
  tryAcquire(): number
  success(permit: number, durationMs?: number): void
  failure(permit: number, durationMs?: number): void
  /** The call says nothing about the dependency. */
  ignore(permit: number): void
  /** The call was not made, or was aborted. */
  release(permit: number): void
  /**
   * Counts a call by what it threw (`failed`) or returned, as the source classifies it. Without this method an error
   * is a failure and a result a success.
   */
  settle?(permit: number, failed: boolean, outcome: unknown, durationMs?: number): void
  /** The error for the call refused just now, with its hint. */
  refusal?(): Error
}

/** What every source has; adapters of other libraries are checked for it. */
export const sourceMethods = ['tryAcquire', 'success', 'failure', 'ignore', 'release'] as const

/** Settles a permit by what the call threw or returned, as its source classifies that. */
export function settleBy(
  source: Omit<PermitSource, 'tryAcquire'>,
  permit: number,
  failed: boolean,
  outcome: unknown,
  durationMs?: number,
): void {
  if (source.settle !== undefined) source.settle(permit, failed, outcome, durationMs)
  else if (failed) source.failure(permit, durationMs)
  else source.success(permit, durationMs)
}

/**
 * One call of `fn` on a permit of `source`, counted as the source classifies it: a breaker by its option `classify`,
 * any other source a result as a success, an error as a failure. `refused()` makes the error of a call that is not
 * admitted. `fn` may return a value, a promise or nothing, and may throw. The options `timeout`, `maxQueued` and
 * `slowCallDurationThresholdMs` of a breaker belong to its own `run` and do not apply here.
 */
export function runWithPermit<T>(source: PermitSource, fn: () => T | PromiseLike<T>, refused: () => Error): Promise<T> {
  const permit = source.tryAcquire()
  if (permit === 0) return Promise.reject(refused())
  return followPermit(source, permit, fn)
}

/** As `runWithPermit`, for a permit already taken; with a clock, the duration is measured and told. */
export function followPermit<T>(
  source: Omit<PermitSource, 'tryAcquire'>,
  permit: number,
  fn: () => T | PromiseLike<T>,
  clock?: Clock,
): Promise<T> {
  const startedAt = clock?.now() ?? 0
  const end = (failed: boolean, outcome: unknown): void =>
    settleBy(source, permit, failed, outcome, clock && Math.max(0, clock.now() - startedAt))
  const fulfil = (value: T): T => {
    end(false, value)
    return value
  }
  const fail = (error: unknown): never => {
    end(true, error)
    throw error
  }
  let returned: T | PromiseLike<T>
  let pending: boolean
  try {
    returned = fn()
    pending = isThenable(returned)
  } catch (error) {
    return new Promise(() => fail(error))
  }
  if (pending) return Promise.resolve(returned).then(fulfil, fail)
  return new Promise((resolve) => resolve(fulfil(returned as T)))
}
