import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { StateError } from '../errors.ts'
import type { Peer } from '../listening/peer.ts'
import { plainAddress } from '../wire/trusted-proxies.ts'
import { beginExchange } from './begin-exchange.ts'
import { Http2Request, Http2Response, methodRefusal, translateHead } from './http2-message.ts'
import type { ExchangeConnection, RequestMessage } from './message.ts'
import { NetEngine } from './net.ts'
import { ParsedRequest, parsedBody } from './parsed-body.ts'
import { headBytes } from './request-bytes.ts'
import type { ExchangeServices } from './services.ts'

/** Its limits are not ours. */
const OF_THE_OTHER_SERVER = { maxStreams: 0, streamWindow: 0, connectionWindow: 0 }

/**
 * Requests of a server that is not ours: the handlers of a server mounted in one of node:http, Express or Fastify. That
 * server owns the connections, their limits and their order; one request after the other is handed in.
 *
 *    their server ──request──► handle ──► body parsed already? its bytes again ──► NodeExchange ──► the same handlers
 *                 ──upgrade──► upgrade ──► one request of engine net, then the connection ends
 */
export class MountedRequests {
  /** Requests and tunnels under way. */
  active = 0
  /** Called when the last one is over. */
  onIdle: (() => void) | null = null
  readonly #services: ExchangeServices
  readonly #upgrades: NetEngine
  readonly #sockets = new Set<Duplex>()

  constructor(services: ExchangeServices) {
    this.#services = services
    this.#upgrades = new NetEngine({ ...services.settings, listen: [] }, services.router, services.pool)
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const stream = streamOf(req)
    if (stream !== null) {
      this.#handleStream(req, stream)
      return
    }
    const { method = '', url: target = '', httpVersion } = req
    const body = parsedBody(req)
    const message: RequestMessage = body === undefined || body === null ? req : new ParsedRequest(req, body)
    const connection = new MountedConnection(req, this.#peerOf(req.socket), () => this.#over())
    this.active++
    const pending = { req: message, res, expectsContinue: false }
    const { exchange, start } = beginExchange(pending, { method, target, httpVersion }, connection, this.#services)
    if (body !== null) {
      start()
      return
    }
    exchange.callbackFailed(
      new StateError('The body of the request was read before it was handed over, and what is left cannot be sent'),
    )
  }

  /** A request of HTTP/2: of a server made by `http2.createSecureServer`, through its likeness to node:http. */
  #handleStream(req: IncomingMessage, stream: ServerHttp2Stream): void {
    const head = translateHead(req.headers, req.rawHeaders, stream.endAfterHeaders)
    const line = { method: head.method, target: req.url ?? '', httpVersion: '2.0' }
    const socket = stream.session?.socket
    if (socket === undefined || stream.destroyed) return
    const peer = { ...this.#peerOf(socket), http2: OF_THE_OTHER_SERVER }
    const connection = new MountedConnection(req, peer, () => this.#over())
    this.active++
    const message = new Http2Request(stream, head.rawHeaders)
    // The other server has sent 100, if it was asked for.
    const pending = { req: message, res: new Http2Response(stream), expectsContinue: false }
    const { exchange, start } = beginExchange(pending, line, connection, this.#services)
    const refusal = methodRefusal(head.method)
    if (refusal === 0) start()
    else exchange.refuse(refusal, 'The method cannot be passed on')
  }

  upgrade(req: IncomingMessage, socket: Duplex, rest: Buffer): void {
    socket.on('error', ignore)
    if (!isSocket(socket)) {
      socket.destroy()
      return
    }
    this.active++
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#over()
    })
    socket.setTimeout(0)
    this.#upgrades.isDraining = this.#services.isDraining
    // The next request of this connection is not ours: it would pass by whatever stands in front of us.
    socket.unshift(Buffer.concat([headBytes(req, 'Connection: close\r\n'), rest]))
    this.#upgrades.accept(socket, this.#peerOf(socket))
  }

  /** Cuts what is left. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #over(): void {
    this.active--
    if (this.active === 0) this.onIdle?.()
  }

  #peerOf(socket: Socket): Peer {
    const remoteAddress = plainAddress(socket.remoteAddress ?? '') || '127.0.0.1'
    return {
      remoteAddress,
      trusted: this.#services.settings.trustedProxies.has(remoteAddress),
      secure: 'encrypted' in socket && socket.encrypted === true,
      http2: null,
      clientCertificate: null,
    }
  }
}

/** The stream of a request that came over HTTP/2; null for HTTP/1.1. */
function streamOf(req: IncomingMessage): ServerHttp2Stream | null {
  if (req.httpVersionMajor !== 2 || !('stream' in req)) return null
  return req.stream as ServerHttp2Stream
}

/** A connection of somebody else's server, as far as one request goes. */
class MountedConnection implements ExchangeConnection {
  readonly peer: Peer
  // Whether the connection goes on is not ours to say.
  readonly hasHeld = true
  readonly #req: IncomingMessage
  #onOver: (() => void) | null

  constructor(req: IncomingMessage, peer: Peer, onOver: () => void) {
    this.#req = req
    this.peer = peer
    this.#onOver = onOver
  }

  close(): void {
    this.#req.socket.destroySoon()
  }

  exchangeOver(): void {
    const over = this.#onOver
    this.#onOver = null
    over?.()
  }
}

function isSocket(stream: Duplex): stream is Socket {
  return 'setTimeout' in stream && 'remoteAddress' in stream
}

function ignore(): void {}
