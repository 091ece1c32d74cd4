import type { RequestContext, RouteHandler } from '@breakwater/http'

/** Whether the gateway wants traffic: started and not draining. */
export type Readiness = () => boolean

/**
 * Paths and handlers of the probes. `/livez`: the process answers. `/readyz`: send traffic here; 503 tells a load
 * balancer to stop before the listener closes.
 *
 * @param prefix Put in front of both paths, for services that own these paths themselves.
 */
export function probeHandlers(prefix: string, isReady: Readiness): ReadonlyMap<string, RouteHandler> {
  const front = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
  return new Map<string, RouteHandler>([
    [`${front}/livez`, (ctx) => answer(ctx, 200, 'ok')],
    [`${front}/readyz`, (ctx) => (isReady() ? answer(ctx, 200, 'ok') : answer(ctx, 503, 'draining'))],
  ])
}

function answer(ctx: RequestContext, status: number, text: string): void {
  ctx.respond(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }, `${text}\n`)
}
