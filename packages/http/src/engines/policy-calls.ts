import type { PoolableRequestContext } from '../context.ts'
import { BodyTooLargeError, InvalidBodyError } from '../errors.ts'
import type { RequestContext, RouteHandler } from '../handler.ts'
import { turnClock } from '../turn-clock.ts'
import type { ExchangeServices } from './services.ts'

/** The handler of a request, or the status of the refusal. @throws What the route table throws */
export function findHandler(
  ctx: PoolableRequestContext,
  { router, settings }: ExchangeServices,
): RouteHandler | 404 | 405 {
  const match = router.match(ctx.method, ctx.path)
  ctx.timestamps.routeMatch = turnClock.now()
  if (match !== null) {
    ctx.params = match.params
    ctx.route = match.route
    return match.handler
  }
  return ctx.method === 'TRACE' ? 405 : (settings.notFound ?? 404)
}

/** Tells policy that a request is over. What it throws is reported to it. */
export function tellRequestEnd(ctx: RequestContext, services: ExchangeServices): void {
  try {
    services.settings.onRequestEnd?.(ctx)
  } catch (error) {
    reportError(error, ctx, services)
  }
}

/** Tells policy of what one of its callbacks threw; a second error, thrown by that, becomes a warning of the process. */
export function reportError(error: unknown, ctx: RequestContext | null, { settings }: ExchangeServices): void {
  try {
    settings.onHandlerError(error, ctx)
  } catch (second) {
    process.emitWarning(second instanceof Error ? second : String(second))
  }
}

/** Status of a request whose handler threw: 500, or what a refused body means that it let pass. */
export function statusOfError(error: unknown): number {
  if (error instanceof BodyTooLargeError) return 413
  return error instanceof InvalidBodyError ? 400 : 500
}
