import type { Endpoint, Member } from './endpoint.ts'
import { checkNumber, show } from './validate.ts'

/**
 * How the work ended. `error` and `timeout` count as failures of the endpoint; `cancelled` says nothing about it;
 * `rate-limited` (status 429, or 503 with Retry-After) lets the endpoint cool down and is no failure.
 */
export type Outcome = 'ok' | 'error' | 'timeout' | 'cancelled' | 'rate-limited'

/**
 * Why this endpoint.
 *
 * - `new`: no session, or one not seen before
 * - `pinned`: where the session is
 * - `spill`: the session's endpoint is out for now (ejected, cooling down, at its cap …); this one helps out until it is
 *   back, the session stays pinned there
 * - `overload`: its endpoint cost more than `session.overload.factor` times this one, where it is pinned from now on
 * - `unavailable`: its endpoint is excluded or not available; the session is pinned to this one from now on
 * - `removed`: its endpoint has left the set; the session is pinned to this one from now on
 * - `expired`: it came back after its time to live
 * - `rebalance`: it was moved to an endpoint with fewer sessions, see `session.rebalance`
 */
export type PickReason = 'new' | 'pinned' | 'spill' | 'overload' | 'unavailable' | 'removed' | 'expired' | 'rebalance'

/** One piece of work in flight on one endpoint. Ends exactly once, also when its endpoint is removed meanwhile. */
export interface Lease<T> {
  readonly endpoint: Endpoint<T>
  readonly reason: PickReason
  /**
   * Ends the lease; every further call does nothing. Throws TypeError or RangeError for an unknown outcome or a wrong
   * pause, after ending it.
   *
   * @param retryAfterMs With `rate-limited`: how long the endpoint cools down, 0 to 1e12 ms, an hour at most taken
   *   into account. Default 1000.
   */
  done(outcome?: Outcome, retryAfterMs?: number): void
  /** `using lease = …`: ends a lease that nobody ended, as `cancelled`. Exists where the runtime has the symbol. */
  [Symbol.dispose](): void
}

/** Who counts the lease's end. */
export interface LeaseOwner<T> {
  release(member: Member<T>, outcome: Outcome, startedAt: number, retryAfterMs: number | undefined): void
}

export class EndpointLease<T> implements Lease<T> {
  readonly endpoint: Endpoint<T>
  readonly reason: PickReason
  declare readonly [Symbol.dispose]: () => void
  readonly #owner: LeaseOwner<T>
  readonly #member: Member<T>
  readonly #startedAt: number
  #ended = false

  constructor(owner: LeaseOwner<T>, member: Member<T>, reason: PickReason, startedAt: number) {
    this.endpoint = member
    this.reason = reason
    this.#owner = owner
    this.#member = member
    this.#startedAt = startedAt
  }

  done(outcome: Outcome = 'ok', retryAfterMs?: number): void {
    if (this.#ended) return
    this.#ended = true
    const known = KNOWN.includes(outcome)
    const pause = typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? retryAfterMs : undefined
    this.#owner.release(this.#member, known ? outcome : 'cancelled', this.#startedAt, pause)
    if (!known) throw new TypeError(`outcome must be ${KNOWN.map(show).join(', ')}, got ${show(outcome)}`)
    if (retryAfterMs !== undefined) checkNumber('retryAfterMs', retryAfterMs, { min: 0, max: 1e12, unit: ' ms' })
  }
}

const KNOWN: readonly Outcome[] = ['ok', 'error', 'timeout', 'cancelled', 'rate-limited']

// A class member would need the symbol while the class is defined; Node 20 has it, not every runtime does.
if (typeof Symbol.dispose === 'symbol') {
  Object.defineProperty(EndpointLease.prototype, Symbol.dispose, {
    configurable: true,
    value: function dispose(this: EndpointLease<unknown>): void {
      this.done('cancelled')
    },
  })
}
