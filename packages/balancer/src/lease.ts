import type { Endpoint, Member } from './endpoint.ts'
import { show } from './validate.ts'

/**
 * How the work ended. `error` and `timeout` count as failures of the endpoint; `cancelled` says nothing about it.
 */
export type Outcome = 'ok' | 'error' | 'timeout' | 'cancelled'

/**
 * Why this endpoint: `new`, no session or one not seen before; `pinned`, where the session was; `expired`, the session
 * came back after its time to live; `unavailable`, its endpoint is excluded, not available or removed, and the session
 * is pinned to this one from now on.
 */
export type PickReason = 'new' | 'pinned' | 'unavailable' | 'expired'

/** One piece of work in flight on one endpoint. Ends exactly once, also when its endpoint is removed meanwhile. */
export interface Lease<T> {
  readonly endpoint: Endpoint<T>
  readonly reason: PickReason
  /** Ends the lease; every further call does nothing. Throws TypeError for an unknown outcome, after ending it. */
  done(outcome?: Outcome): void
  /** `using lease = …`: ends a lease that nobody ended, as `cancelled`. Exists where the runtime has the symbol. */
  [Symbol.dispose](): void
}

/** Who counts the lease's end. */
export interface LeaseOwner<T> {
  release(member: Member<T>, outcome: Outcome): void
}

export class EndpointLease<T> implements Lease<T> {
  readonly endpoint: Endpoint<T>
  readonly reason: PickReason
  declare readonly [Symbol.dispose]: () => void
  readonly #owner: LeaseOwner<T>
  readonly #member: Member<T>
  #ended = false

  constructor(owner: LeaseOwner<T>, member: Member<T>, reason: PickReason) {
    this.endpoint = member
    this.reason = reason
    this.#owner = owner
    this.#member = member
  }

  done(outcome: Outcome = 'ok'): void {
    if (this.#ended) return
    this.#ended = true
    this.#owner.release(this.#member, outcome)
    if (outcome !== 'ok' && outcome !== 'error' && outcome !== 'timeout' && outcome !== 'cancelled') {
      throw new TypeError(`outcome must be 'ok', 'error', 'timeout' or 'cancelled', got ${show(outcome)}`)
    }
  }
}

// A class member would need the symbol while the class is defined; Node 20 has it, not every runtime does.
if (typeof Symbol.dispose === 'symbol') {
  Object.defineProperty(EndpointLease.prototype, Symbol.dispose, {
    configurable: true,
    value: function dispose(this: EndpointLease<unknown>): void {
      this.done('cancelled')
    },
  })
}
