import type { Lease } from '@breakwater/balancer'
import type { UpstreamTarget } from '../upstream/upstream-target.ts'
import type { Exchange } from './exchange.ts'
import { markIn, markOf } from './session-cookie.ts'

/** The balancer's next candidate: the session's own target if it can serve, never one that was tried. */
export function pickTarget(exchange: Exchange): Lease<UpstreamTarget> | null {
  const lease = exchange.upstream.pick(exchange.request)
  const isNewcomer = lease?.reason === 'new' || lease?.reason === 'expired'
  return lease !== null && isNewcomer ? followMark(exchange, lease) : lease
}

/** A session that the table does not hold goes to the target its cookie names, if that can serve. Once per session. */
function followMark(exchange: Exchange, lease: Lease<UpstreamTarget>): Lease<UpstreamTarget> {
  const { upstream, request } = exchange
  const mark = request.sessionId === undefined ? undefined : markIn(request.sessionId)
  if (mark === undefined || mark === markOf(lease.endpoint.id)) return lease
  const others = new Set(upstream.targets.map(({ id }) => id).filter((id) => markOf(id) !== mark))
  for (const id of request.exclude ?? []) others.add(id)
  const home = upstream.balancer.pick({ ...request, exclude: others })
  if (home === null) return lease
  lease.done('cancelled')
  return home
}
