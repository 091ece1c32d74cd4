// For implementations that wrap a function: an acquire starts an action whose promise stays pending until it is settled.
import type { SettledAs } from '../vector.ts'
import { flushMicrotasks } from '../virtual-time.ts'

/** Thrown by an action; `outcome` says what the classification has to make of it. */
export class ActionError extends Error {
  override readonly name = 'ActionError'
  readonly outcome: SettledAs

  constructor(outcome: SettledAs) {
    super(outcome)
    this.outcome = outcome
  }
}

/** Calls a function through the breaker under test. A refusal rejects without calling it. */
export type Execute = (action: () => Promise<string>) => PromiseLike<unknown>

export class DeferredCalls {
  readonly #execute: Execute
  readonly #pending = new Map<string, { resolve(value: string): void; reject(error: unknown): void }>()
  /** Errors that did not reach the caller as they were thrown; the first is thrown by the next operation. */
  #strays: unknown[] = []

  constructor(execute: Execute) {
    this.#execute = execute
  }

  async acquire(call: string): Promise<boolean> {
    let started = false
    this.#watch(
      () =>
        this.#execute(() => {
          started = true
          return new Promise<string>((resolve, reject) => this.#pending.set(call, { resolve, reject }))
        }),
      undefined,
    )
    await flushMicrotasks()
    return started
  }

  settle(call: string, outcome: SettledAs): void {
    const pending = this.#pending.get(call)
    if (outcome === 'ok') pending?.resolve('ok')
    else pending?.reject(new ActionError(outcome))
  }

  /** One action that settles at once; `throw` throws before there is a promise. */
  async call(outcome: SettledAs): Promise<boolean> {
    let started = false
    const error = new ActionError(outcome)
    this.#watch(
      () =>
        this.#execute(() => {
          started = true
          if (outcome === 'throw') throw error
          return outcome === 'ok' ? Promise.resolve('ok') : Promise.reject(error)
        }),
      () => (started && outcome !== 'ok' ? error : undefined),
    )
    await flushMicrotasks()
    const [stray] = this.#strays
    if (stray !== undefined) throw stray
    return started
  }

  /** @param thrown what the action threw, when the caller must get that very error */
  #watch(start: () => PromiseLike<unknown>, thrown: (() => unknown) | undefined): void {
    let result: PromiseLike<unknown>
    try {
      result = start()
    } catch (error) {
      this.#strays.push(new Error('the breaker threw instead of rejecting', { cause: error }))
      return
    }
    result.then(
      () => this.#expect(thrown?.(), undefined),
      (error: unknown) => this.#expect(thrown?.(), error),
    )
  }

  #expect(thrown: unknown, received: unknown): void {
    if (thrown === undefined || thrown === received) return
    this.#strays.push(new Error('the caller did not receive the error that the action threw', { cause: received }))
  }
}
