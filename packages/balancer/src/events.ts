import type { Endpoint } from './endpoint.ts'

/** Emitted after the change is in effect and only by calls that change the set, never by a pick. */
export interface BalancerEvents<T> {
  /** By `add`, and not for the endpoints given to the constructor: nobody can listen yet. */
  'endpoint-added': (event: { readonly endpoint: Endpoint<T> }) => void
  /** By `remove`. The endpoint may still have leases: see `endpoint.inflight`. */
  'endpoint-removed': (event: { readonly endpoint: Endpoint<T> }) => void
  /** By `drain`, once per drain: from here on only its own sessions reach the endpoint. */
  'endpoint-drained': (event: { readonly endpoint: Endpoint<T> }) => void
}
