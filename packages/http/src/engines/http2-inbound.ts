import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import type { Http2Settings } from '../listening/options.ts'
import type { Peer } from '../listening/peer.ts'
import { beginExchange } from './begin-exchange.ts'
import { Http2Request, Http2Response, methodRefusal, translateHead } from './http2-message.ts'
import type { ExchangeConnection } from './message.ts'
import type { NodeExchange } from './node-exchange.ts'
import type { ExchangeServices } from './services.ts'

/** Pseudo fields that stand beside the counted ones. */
const PSEUDO_FIELDS = 5

/** HTTP/2 of all addresses of a server, each with its own limits. Both engines hand over what chose it. */
export class Http2Doors {
  readonly #doors = new Map<Http2Settings, Http2Inbound>()

  constructor(services: ExchangeServices) {
    for (const { http2 } of services.settings.listen) {
      if (http2 !== null) this.#doors.set(http2, new Http2Inbound(services, http2))
    }
  }

  /** Takes a connection if its client chose HTTP/2 in the handshake. False: it is for HTTP/1.1. */
  takes(socket: Socket, peer: Peer): boolean {
    if (peer.http2 === null) return false
    const door = this.#doors.get(peer.http2)
    if (door === undefined) socket.destroy()
    else door.add(socket, peer)
    return true
  }

  /** Sends every session away; those without a stream close at once. */
  drain(): void {
    for (const door of this.#doors.values()) door.drain()
  }
}

/**
 * HTTP/2 from clients: sessions on connections whose handshake chose it, one exchange per stream.
 *
 *    add(socket, peer) ──► session ──► stream ──► translateHead ──► NodeExchange ──► the same handlers as HTTP/1.1
 *                             │ limits: streams, windows, fields; resets and empty frames are counted by nghttp2
 *                             └ drain: GOAWAY, streams under way end, later ones are the client's to send elsewhere
 *
 * No server push, no extended CONNECT (WebSocket over HTTP/2), no h2c; trailers are dropped.
 */
class Http2Inbound {
  readonly #server: Http2Server
  readonly #services: ExchangeServices
  readonly #limits: Http2Settings
  readonly #sessions = new Set<Session>()
  #peer: Peer | null = null

  constructor(services: ExchangeServices, limits: Http2Settings) {
    this.#services = services
    this.#limits = limits
    const { settings } = services
    this.#server = createServer({
      settings: {
        enablePush: false,
        enableConnectProtocol: false,
        maxConcurrentStreams: limits.maxStreams,
        initialWindowSize: limits.streamWindow,
        maxHeaderListSize: settings.maxHeaderBytes,
      },
      maxHeaderListPairs: settings.maxHeaders + PSEUDO_FIELDS + 1,
      // What cannot be answered any more is the session's end, not that of the process.
      unknownProtocolTimeout: 1_000,
    })
    this.#server.on('session', (session) => this.#open(session))
    this.#server.on('sessionError', ignore)
    this.#server.on('error', ignore)
  }

  /** Begins a session on a connection. */
  add(socket: Socket, peer: Peer): void {
    if (this.#sessions.size >= this.#services.settings.maxConnections) {
      socket.destroy()
      return
    }
    // The session is made within the call: this is how it is known whose it is.
    this.#peer = peer
    this.#server.emit('connection', socket)
    this.#peer = null
  }

  drain(): void {
    for (const session of this.#sessions) session.drain()
  }

  #open(session: ServerHttp2Session): void {
    session.on('error', ignore)
    const peer = this.#peer
    if (peer === null) {
      session.destroy()
      return
    }
    session.setLocalWindowSize(this.#limits.connectionWindow)
    const entry = new Session(session, peer, this.#services)
    this.#sessions.add(entry)
    session.once('close', () => {
      this.#sessions.delete(entry)
      entry.closed()
    })
  }
}

/** One connection of a client. */
class Session implements DeadlineOwner {
  readonly #session: ServerHttp2Session
  readonly #peer: Peer
  readonly #services: ExchangeServices
  /** Accept → first request. */
  readonly #deadline: Deadline = new Deadline(this)
  #streams = 0

  constructor(session: ServerHttp2Session, peer: Peer, services: ExchangeServices) {
    this.#session = session
    this.#peer = peer
    this.#services = services
    const { headersMs, keepAliveMs } = services.settings
    deadlines.arm(this.#deadline, headersMs)
    session.on('stream', (stream, headers, flags, raw) => this.#stream(stream, headers, flags, raw))
    session.setTimeout(keepAliveMs, () => {
      if (this.#streams === 0) session.close()
    })
  }

  drain(): void {
    if (!this.#session.closed) this.#session.close()
  }

  closed(): void {
    deadlines.disarm(this.#deadline)
  }

  deadlinePassed(): void {
    this.#session.destroy()
  }

  #stream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, raw: readonly string[]): void {
    stream.on('error', ignore)
    deadlines.disarm(this.#deadline)
    this.#streams++
    stream.once('close', () => {
      this.#streams--
    })
    const head = translateHead(headers, raw, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0)
    const res = new Http2Response(stream)
    const pending = {
      req: new Http2Request(stream, head.rawHeaders),
      res,
      expectsContinue: head.expectsContinue,
    }
    const line = { method: head.method, target: head.target, httpVersion: '2.0' }
    const connection = new StreamConnection(stream, this.#peer, this.#services.settings.requestMs)
    const { exchange, start } = beginExchange(pending, line, connection, this.#services)
    connection.current = exchange
    const refusal = methodRefusal(head.method)
    if (refusal === 0) start()
    else exchange.refuse(refusal, `The method is not ${refusal === 405 ? 'allowed' : 'one of HTTP'}`)
    if (this.#services.isDraining) this.drain()
  }
}

/** A stream as a connection that carries one request. */
class StreamConnection implements ExchangeConnection, DeadlineOwner {
  readonly peer: Peer
  // A draining session is sent away by GOAWAY; no answer has to say so.
  readonly hasHeld = true
  current: NodeExchange | null = null
  readonly #stream: ServerHttp2Stream
  /** The whole request must have come by then. */
  readonly #deadline: Deadline = new Deadline(this)

  constructor(stream: ServerHttp2Stream, peer: Peer, requestMs: number) {
    this.#stream = stream
    this.peer = peer
    deadlines.arm(this.#deadline, requestMs)
    stream.once('end', () => deadlines.disarm(this.#deadline))
    stream.once('close', () => {
      deadlines.disarm(this.#deadline)
      this.current?.connectionClosed()
    })
    // An answer that does not wait for the rest of the request: the client need not send it (RFC 9113, 8.1).
    stream.once('finish', () => {
      if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
    })
  }

  close(): void {
    if (!this.#stream.destroyed) this.#stream.close(constants.NGHTTP2_NO_ERROR)
  }

  exchangeOver(): void {
    this.current = null
  }

  deadlinePassed(): void {
    this.current?.requestBroken(408, 'The request did not arrive in time')
  }
}

function ignore(): void {}
