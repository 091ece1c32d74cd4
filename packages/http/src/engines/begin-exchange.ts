import { clientAddress } from '../wire/client-address.ts'
import { readRequestHead } from '../wire/request-head.ts'
import type { ExchangeConnection, PendingRequest } from './message.ts'
import { NodeExchange } from './node-exchange.ts'
import type { ExchangeServices } from './services.ts'

/** The request line, in the terms of HTTP/1.1. */
export interface RequestLine {
  readonly method: string
  readonly target: string
  readonly httpVersion: string
}

/**
 * Judges a request that a parser let through, gives it a context and an exchange. The caller tells the connection of
 * the exchange, then calls `start`, which runs the handler or refuses.
 */
export function beginExchange(
  pending: PendingRequest,
  { method, target, httpVersion }: RequestLine,
  connection: ExchangeConnection,
  services: ExchangeServices,
): { readonly exchange: NodeExchange; start(): void } {
  const { settings, pool } = services
  const { rawHeaders } = pending.req
  const isHttp2 = httpVersion === '2.0' && connection.peer.http2 !== null
  const head = readRequestHead(method, target, isHttp2 ? '1.1' : httpVersion, rawHeaders, settings)
  const { trusted, remoteAddress, secure: encrypted, clientCertificate } = connection.peer
  const named = head.connectionNames
  const forwardedFor = trusted && named?.has('x-forwarded-for') !== true ? head.forwardedFor : ''
  const forwardedProto = trusted && named?.has('x-forwarded-proto') !== true ? head.forwardedProto.toLowerCase() : ''
  const secure = forwardedProto === 'https' || (encrypted && forwardedProto !== 'http')
  const ctx = pool.acquire()
  const exchange = new NodeExchange(pending, head, ctx, connection, services)
  ctx.begin(
    {
      method,
      target,
      httpVersion,
      rawHeaders,
      remoteAddress,
      clientAddress:
        forwardedFor === '' ? remoteAddress : clientAddress(remoteAddress, forwardedFor, settings.trustedProxies),
      scheme: secure ? 'https' : 'http',
      clientCertificate,
    },
    exchange,
    performance.now(),
  )
  return {
    exchange,
    start() {
      if (head.refusal !== 0) exchange.refuse(head.refusal, head.reason)
      else if (!pending.expectsContinue && isUnknownExpectation(httpVersion, rawHeaders)) {
        exchange.refuse(417, 'Only 100-continue can be expected')
      } else exchange.run()
    },
  }
}

function isUnknownExpectation(httpVersion: string, raw: readonly string[]): boolean {
  if (httpVersion === '1.0') return false
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]?.length !== 6 || raw[i]?.toLowerCase() !== 'expect') continue
    if (raw[i + 1]?.toLowerCase() !== '100-continue') return true
  }
  return false
}
