// Answers the gateway gives itself, as RFC 9457 problems. They name the request, never a target, an address or an
// error of ours: what failed behind the gateway is for the log.

import { problem, type RequestContext } from '@breakwater/http'

export function badPath(ctx: RequestContext): void {
  reply(
    ctx,
    400,
    'Bad Request',
    'The path is ambiguous: encoded slashes or dots, dot segments, `//`, `;`, `\\` are refused.',
  )
}

export function notFound(ctx: RequestContext): void {
  reply(ctx, 404, 'Not Found', 'No route matches this path.')
}

/** @param allowed Methods that the path answers to. */
export function methodNotAllowed(ctx: RequestContext, allowed: readonly string[]): void {
  const methods = allowed.join(', ')
  reply(ctx, 405, 'Method Not Allowed', `This path answers to ${methods}.`, { allow: methods })
}

export function badGateway(ctx: RequestContext): void {
  reply(ctx, 502, 'Bad Gateway', 'The upstream gave no valid answer.')
}

/** @param retryAfterMs When to come again, ms; null = unknown. Sent in whole seconds, rounded up, at least 1. */
export function serviceUnavailable(ctx: RequestContext, retryAfterMs: number | null): void {
  const headers = retryAfterMs === null ? undefined : { 'retry-after': Math.max(1, Math.ceil(retryAfterMs / 1000)) }
  reply(ctx, 503, 'Service Unavailable', 'The upstream cannot take requests at the moment.', headers)
}

export function tooManyWebSockets(ctx: RequestContext): void {
  reply(ctx, 503, 'Service Unavailable', 'This path has as many open WebSockets as it may have.')
}

export function gatewayTimeout(ctx: RequestContext): void {
  reply(ctx, 504, 'Gateway Timeout', 'The upstream did not answer in time.')
}

function reply(
  ctx: RequestContext,
  status: number,
  title: string,
  detail: string,
  extraHeaders: Readonly<Record<string, string | number>> = {},
): void {
  // A request id is the client's to choose: escaped, it is a valid URI reference whatever it holds.
  const { headers, body } = problem(status, title, detail, { instance: encodeURIComponent(ctx.requestId) })
  ctx.respond(status, { ...headers, ...extraHeaders }, body)
}
