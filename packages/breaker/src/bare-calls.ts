import type { ProtectedFunction } from './guarded-call.ts'
import type { Recorder } from './recorder.ts'
import { isThenable } from './thenable.ts'

/**
 * Calls without data of their own: no limit, no signal, nobody listening. All of one generation share this object
 * and its two handlers, so that a call allocates its derived promise and nothing else.
 */
export class BareCalls {
  readonly generation: number
  readonly #fulfilled: <T>(value: T) => T
  readonly #rejected: (error: unknown) => never

  constructor(recorder: Recorder, generation: number) {
    this.generation = generation
    const { circuit } = recorder.machine
    const classified = recorder.classifies
    this.#fulfilled = (value) => {
      if (circuit.credit > 0 && circuit.generation === generation && !classified) circuit.credit--
      else recorder.value(generation, value, undefined)
      return value
    }
    this.#rejected = (error) => {
      recorder.error(generation, error, undefined)
      throw error
    }
  }

  start<T>(fn: ProtectedFunction<T>): Promise<T> {
    let returned: T | PromiseLike<T>
    let pending: boolean
    try {
      returned = fn()
      if (returned instanceof Promise) return returned.then(this.#fulfilled<T>, this.#rejected)
      pending = isThenable(returned)
    } catch (error) {
      return settleNow(this.#rejected, error)
    }
    if (!pending) return settleNow(this.#fulfilled<T>, returned as T)
    return Promise.resolve(returned).then(this.#fulfilled<T>, this.#rejected)
  }
}

/** Records a synchronous end before the caller goes on, and answers as a promise. */
function settleNow<V, T>(settle: (value: V) => T, value: V): Promise<T> {
  try {
    return Promise.resolve(settle(value))
  } catch (error) {
    return Promise.reject(error)
  }
}
