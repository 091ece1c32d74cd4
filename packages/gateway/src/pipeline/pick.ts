import type { Lease } from '@breakwater/balancer'
import type { UpstreamTarget } from '../upstream/upstream-target.ts'
import type { Exchange } from './exchange.ts'

/** The balancer's next candidate: the session's own target if it can serve, never one that was tried. */
export function pickTarget(exchange: Exchange): Lease<UpstreamTarget> | null {
  return exchange.upstream.balancer.pick(exchange.request)
}
