import type { RequestContext } from '@breakwater/http'
import type { Exchange } from '../pipeline/exchange.ts'
import { RouteMetrics, UNMATCHED } from './http-metrics.ts'
import type { Logger } from './logger.ts'

/** One line per request. The path is written without its query, and no header at all: both carry secrets. */
export function logAccess(log: Logger, ctx: RequestContext, exchange: Exchange | null, durationMs: number): void {
  if (!log.isLevelEnabled('info')) return
  log.info(
    {
      requestId: ctx.requestId,
      client: ctx.clientAddress,
      method: ctx.method,
      path: ctx.path,
      route: ctx.route instanceof RouteMetrics ? ctx.route.route : UNMATCHED,
      status: ctx.status,
      bytes: ctx.bytesSent,
      durationMs: Math.round(durationMs * 1000) / 1000,
      ...(exchange !== null && {
        upstream: exchange.upstream.name,
        target: exchange.lastTarget?.id ?? null,
        attempts: exchange.attempts,
        outcome: exchange.outcome,
      }),
    },
    'request',
  )
}
