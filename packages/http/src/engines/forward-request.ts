import type { ForwardOptions, RequestContext } from '../handler.ts'
import { forwardedRequestFields } from '../wire/forwarded-request.ts'
import type { ExchangeConnection } from './message.ts'
import type { ClientRequest } from './node-request.ts'

/** One request as undici takes it, without the body, which is opened for each attempt. */
export interface ForwardRequest {
  readonly path: string
  readonly method: string
  readonly headers: string[]
}

/** The request as it goes upstream. @throws TypeError for a path or a field that cannot be sent */
export function forwardRequest(
  ctx: RequestContext,
  received: ClientRequest,
  { peer }: ExchangeConnection,
  options: ForwardOptions,
): ForwardRequest {
  const path = options.path ?? ctx.target
  if (path !== '*' && !isOriginForm(path)) {
    throw new TypeError(`ForwardOptions.path must start with '/' and have visible ASCII characters only, got '${path}'`)
  }
  const { remoteAddress, trusted } = peer
  const { head, hasBody, rawHeaders } = received
  const headers = forwardedRequestFields(rawHeaders, head, { remoteAddress, trusted, scheme: ctx.scheme }, options)
  if (hasBody && !head.chunked) headers.push('content-length', String(head.contentLength))
  return { path, method: ctx.method, headers }
}

function isOriginForm(path: string): boolean {
  if (path.charCodeAt(0) !== 0x2f) return false
  for (let i = 1; i < path.length; i++) {
    const code = path.charCodeAt(i)
    if (code < 0x21 || code > 0x7e) return false
  }
  return true
}
