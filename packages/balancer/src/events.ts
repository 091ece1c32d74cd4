import { EventEmitter } from 'eventemitter3'
import type { Endpoint } from './endpoint.ts'

/**
 * Calls that change the set emit before they return. What a pick or the end of a lease brings about is emitted in a
 * microtask afterwards, so that no listener runs, or throws, inside a pick; and nothing is done when nobody listens.
 */
export interface BalancerEvents<T> {
  /** By `add`, and not for the endpoints given to the constructor: nobody can listen yet. */
  'endpoint-added': (event: { readonly endpoint: Endpoint<T> }) => void
  /** By `remove`. The endpoint may still have leases: see `endpoint.inflight`. */
  'endpoint-removed': (event: { readonly endpoint: Endpoint<T> }) => void
  /** By `drain`, once per drain: from here on only its own sessions reach the endpoint. */
  'endpoint-drained': (event: { readonly endpoint: Endpoint<T> }) => void
  /** Too many failures in a row: it takes nothing for `durationMs`. */
  'endpoint-ejected': (event: { readonly endpoint: Endpoint<T>; readonly durationMs: number }) => void
  /** Its ejection is over; noticed with the first pick afterwards. */
  'endpoint-returned': (event: { readonly endpoint: Endpoint<T> }) => void
  /** It answered that the rate limit is reached: it takes nothing for `durationMs`. */
  'endpoint-cooling': (event: { readonly endpoint: Endpoint<T>; readonly durationMs: number }) => void
  /** Everybody is ejected or cooling down and requests go to them all the same; once per second at most. */
  panic: (event: { readonly endpoints: number }) => void
}

/** The emitter, with its two ways of emitting. */
export class Events<T> {
  readonly emitter: EventEmitter<BalancerEvents<T>> = new EventEmitter()

  emit<E extends keyof BalancerEvents<T>>(event: E, payload: Parameters<BalancerEvents<T>[E]>[0]): void {
    this.emitter.emit(event, ...([payload] as never))
  }

  emitLater<E extends keyof BalancerEvents<T>>(event: E, payload: Parameters<BalancerEvents<T>[E]>[0]): void {
    if (this.emitter.listenerCount(event) > 0) queueMicrotask(() => this.emit(event, payload))
  }
}
