import { problem, type RequestContext, type RouteHandler, Server } from '@breakwater/http'
import type { AdminSettings } from '../config/config.ts'
import { probeHandlers, type Readiness } from '../pipeline/probes.ts'
import { describeError, type Logger } from '../telemetry/logger.ts'
import { isLoopbackHost } from './host-check.ts'

export interface AdminSources {
  readonly isReady: Readiness
  readonly status: () => unknown
  /** Null = no metrics. */
  readonly metricsPath: string | null
  readonly exposition: { readonly contentType: string; text(): Promise<string> }
}

/**
 * The operator's listener: `/metrics`, `/status`, `/livez`, `/readyz`, and `/` with their list, for GET and HEAD, for callers on this machine.
 * It opens before the public listener and closes after it, so a drain can be watched.
 */
export function createAdminServer(settings: AdminSettings, sources: AdminSources, log: Logger): Server {
  const handlers = new Map<string, RouteHandler>([
    ...probeHandlers('', sources.isReady),
    ['/status', (ctx) => respond(ctx, 'application/json', JSON.stringify(sources.status()))],
  ])
  const { metricsPath, exposition } = sources
  if (metricsPath !== null) {
    handlers.set(metricsPath, async (ctx) => respond(ctx, exposition.contentType, await exposition.text()))
  }
  const pages = [...handlers.keys()]
    .sort()
    .map((path) => `${path}\n`)
    .join('')
  if (!handlers.has('/')) handlers.set('/', (ctx) => respond(ctx, 'text/plain; charset=utf-8', pages))
  return new Server(
    {
      host: settings.listen.host,
      port: settings.listen.port,
      // Nothing here is worth waiting for at the end.
      drainMs: 1000,
      preStopDelayMs: 0,
      limits: { maxConnections: 100 },
      poolSize: 16,
      onHandlerError: (error) => log.error({ err: describeError(error) }, 'admin request failed'),
    },
    { match: (method, path) => ({ handler: guard(method, handlers.get(path)), params: {}, route: path }) },
  )
}

function guard(method: string, handler: RouteHandler | undefined): RouteHandler {
  return (ctx) => {
    if (!isLoopbackHost(ctx.headers.get('host'))) {
      return refuse(ctx, 403, 'Forbidden', 'This listener answers to loopback names only: localhost, 127.0.0.1, [::1].')
    }
    if (handler === undefined) return refuse(ctx, 404, 'Not Found', 'There is nothing at this path.')
    if (method !== 'GET' && method !== 'HEAD')
      return refuse(ctx, 405, 'Method Not Allowed', 'This path answers to GET, HEAD.')
    return handler(ctx)
  }
}

function respond(ctx: RequestContext, type: string, body: string): void {
  ctx.respond(200, { 'content-type': type, 'cache-control': 'no-store' }, body)
}

function refuse(ctx: RequestContext, status: number, title: string, detail: string): void {
  const { headers, body } = problem(status, title, detail)
  ctx.respond(status, status === 405 ? { ...headers, allow: 'GET, HEAD' } : headers, body)
}
