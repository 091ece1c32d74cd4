import { CoarseClock } from './coarse-clock.ts'
import type { ProtectedFunction } from './guarded-call.ts'
import type { Recorder } from './recorder.ts'
import type { Settings } from './settings.ts'
import { isThenable } from './thenable.ts'

/** Calls kept for later use; more than that in flight at once are made anew. */
const maxKept = 1024

/** A call whose duration counts. Its two handlers are made once and serve one call after another. */
class TimedCall {
  // Never a small integer at first: the field holds its double in place, and storing one allocates nothing.
  startedAt = 0.5
  generation = 0
  readonly fulfilled: <T>(value: T) => T
  readonly rejected: (error: unknown) => never

  constructor(pool: TimedCalls) {
    this.fulfilled = (value) => {
      const generation = this.generation
      const durationMs = pool.finish(this)
      pool.recorder.value(generation, value, durationMs)
      return value
    }
    this.rejected = (error) => {
      const generation = this.generation
      const durationMs = pool.finish(this)
      pool.recorder.error(generation, error, durationMs)
      throw error
    }
  }
}

/**
 * Calls that carry nothing but the moment they began.
 *
 * ```
 *   kept ┌────┐┌────┐┌────┐ ◄─ start takes one ── fn() ── .then(its handlers) ── back on top
 *        └────┘└────┘└────┘
 * ```
 *
 * A call allocates its derived promise and nothing else.
 */
export class TimedCalls {
  readonly recorder: Recorder
  readonly #clock: CoarseClock
  readonly #kept: TimedCall[] = []

  constructor(settings: Settings, recorder: Recorder) {
    this.recorder = recorder
    this.#clock = new CoarseClock(settings)
  }

  start<T>(fn: ProtectedFunction<T>, generation: number): Promise<T> {
    const call = this.#kept.pop() ?? new TimedCall(this)
    call.generation = generation
    call.startedAt = this.#clock.now()
    let returned: T | PromiseLike<T>
    try {
      returned = fn()
      if (returned instanceof Promise) return returned.then(call.fulfilled<T>, call.rejected)
      if (isThenable(returned)) return Promise.resolve(returned).then(call.fulfilled<T>, call.rejected)
    } catch (error) {
      return this.#endNow(call.rejected, error)
    }
    return this.#endNow(call.fulfilled<T>, returned as T)
  }

  /** Milliseconds the call took; the call may serve another one from now on. */
  finish(call: TimedCall): number {
    const durationMs = this.#clock.now() - call.startedAt
    if (this.#kept.length < maxKept) this.#kept.push(call)
    return Math.max(0, durationMs)
  }

  /** A function that returned or threw at once may have blocked the loop all the while: that needs a true reading. */
  #endNow<V, T>(settle: (value: V) => T, value: V): Promise<T> {
    this.#clock.read()
    try {
      return Promise.resolve(settle(value))
    } catch (error) {
      return Promise.reject(error)
    }
  }
}
