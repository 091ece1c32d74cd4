import { isThenable } from './thenable.ts'

/**
 * Whatever admits calls: a breaker, an adaptive throttle, an adaptive limit, several of them in a row, a shadowed
 * breaker. A permit is a positive number, 0 a refusal; exactly one of the four methods has to follow a permit.
 */
export interface PermitSource {
  tryAcquire(): number
  success(permit: number, durationMs?: number): void
  failure(permit: number, durationMs?: number): void
  /** The call says nothing about the dependency. */
  ignore(permit: number): void
  /** The call was not made, or was aborted. */
  release(permit: number): void
}

/**
 * One call of `fn` on a permit of `source`. A result is a success, an error a failure; `refused()` makes the error of
 * a call that is not admitted. `fn` may return a value, a promise or nothing, and may throw.
 */
export function runWithPermit<T>(source: PermitSource, fn: () => T | PromiseLike<T>, refused: () => Error): Promise<T> {
  const permit = source.tryAcquire()
  if (permit === 0) return Promise.reject(refused())
  return followPermit(source, permit, fn)
}

/** As `runWithPermit`, for a permit already taken. */
export function followPermit<T>(
  source: Omit<PermitSource, 'tryAcquire'>,
  permit: number,
  fn: () => T | PromiseLike<T>,
): Promise<T> {
  let returned: T | PromiseLike<T>
  try {
    returned = fn()
    if (!isThenable(returned)) {
      source.success(permit)
      return Promise.resolve(returned)
    }
  } catch (error) {
    source.failure(permit)
    return Promise.reject(error)
  }
  return Promise.resolve(returned).then(
    (value) => {
      source.success(permit)
      return value
    },
    (error: unknown) => {
      source.failure(permit)
      throw error
    },
  )
}
