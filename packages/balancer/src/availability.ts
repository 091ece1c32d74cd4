import type { Endpoint } from './endpoint.ts'
import { BalancerError } from './errors.ts'
import { show } from './validate.ts'

/** The option `isAvailable`, and a guard against what it must not do. */
export class Availability<T> {
  readonly #ask: ((endpoint: Endpoint<T>) => boolean) | undefined
  #asking = false

  constructor(ask: ((endpoint: Endpoint<T>) => boolean) | undefined) {
    this.#ask = ask
  }

  /** Whether there is anybody to ask. */
  get checked(): boolean {
    return this.#ask !== undefined
  }

  /** An answer is being waited for. */
  get asking(): boolean {
    return this.#asking
  }

  of(endpoint: Endpoint<T>): boolean {
    return this.#ask === undefined || this.#answer(this.#ask, endpoint)
  }

  /** Throws when called from inside `isAvailable`: the pick in progress holds positions that the call would move. */
  assertNotAsking(method: string): void {
    if (this.#asking) throw new BalancerError('ERR_BALANCER_REENTRANT', `isAvailable must not call ${method}()`)
  }

  #answer(ask: (endpoint: Endpoint<T>) => boolean, endpoint: Endpoint<T>): boolean {
    this.#asking = true
    try {
      const answer = ask(endpoint)
      // A promise is truthy: an async function would switch the check off without a word.
      if (typeof answer !== 'boolean') {
        throw new TypeError(`options.isAvailable must return true or false, got ${show(answer)}`)
      }
      return answer
    } finally {
      this.#asking = false
    }
  }
}
