import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ClientConnection, type HeldRequest } from '../connection/client-connection.ts'
import type { ContextPool } from '../context-pool.ts'
import type { RouteTable } from '../handler.ts'
import { Listeners } from '../listening/listeners.ts'
import type { ListenerAddress } from '../listening/options.ts'
import type { Peer } from '../listening/peer.ts'
import type { ServerSettings } from '../options.ts'
import { beginExchange } from './begin-exchange.ts'
import { Http2Doors } from './http2-inbound.ts'
import { NetEngine } from './net.ts'
import { headBytes } from './request-bytes.ts'
import type { ExchangeServices } from './services.ts'

/** How often node:http looks for requests that take too long, ms: the error of headersMs and requestMs. */
const TIMEOUT_CHECK_MS = 1_000

/**
 * The engine on node:http and undici: accepts connections, judges what the parser lets through, starts exchanges.
 *
 *    'connection' ──► ClientConnection ── over the limit: 503, close
 *    'request' ─────► accept ──► turn comes ──► readRequestHead ──► NodeExchange.run (or a refusal)
 *    'clientError' ─► 400 / 408 / 431 after the answers under way
 */
export class NodeEngine implements ExchangeServices {
  readonly settings: ServerSettings
  readonly pool: ContextPool
  readonly router: RouteTable
  readonly listeners: Listeners
  readonly #server: HttpServer
  /** Connections that asked for another protocol. */
  readonly #upgraded: NetEngine
  readonly #http2: Http2Doors
  /** Called when the last connection is gone. */
  set onEmpty(callback: () => void) {
    this.listeners.onEmpty = callback
  }

  /** Every further answer says `Connection: close`. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  set isDraining(value: boolean) {
    this.#isDraining = value
    this.#upgraded.isDraining = value
  }

  #isDraining = false
  readonly #connections = new Map<Duplex, ClientConnection>()

  constructor(settings: ServerSettings, router: RouteTable, pool: ContextPool) {
    this.settings = settings
    this.router = router
    this.pool = pool
    this.listeners = new Listeners({ ...settings, onConnection: (socket, peer) => this.#connect(socket, peer) })
    this.#upgraded = new NetEngine({ ...settings, listen: [] }, router, pool)
    this.#http2 = new Http2Doors(this)
    const { requestMs, headersMs } = settings
    const shortest = Math.min(
      requestMs > 0 ? requestMs : TIMEOUT_CHECK_MS * 4,
      headersMs > 0 ? headersMs : TIMEOUT_CHECK_MS * 4,
    )
    this.#server = createServer({
      insecureHTTPParser: false,
      maxHeaderSize: settings.maxHeaderBytes,
      requestTimeout: requestMs,
      // node:http refuses to be built with a longer one.
      headersTimeout: requestMs > 0 ? Math.min(headersMs, requestMs) : headersMs,
      keepAliveTimeout: settings.keepAliveMs,
      connectionsCheckingInterval: Math.max(20, Math.min(TIMEOUT_CHECK_MS, Math.floor(shortest / 4))),
      // Two Host fields and none are judged in one place.
      requireHostHeader: false,
      noDelay: true,
    })
    // node:http drops surplus fields without a word; one more than allowed shows that there are too many.
    this.#server.maxHeadersCount = settings.maxHeaders + 1
    // close() must not take idle connections along: a request may be on its way on them.
    this.#server.closeIdleConnections = () => {}
    this.#server.on('request', (req, res) => this.#accept(req, res, false))
    this.#server.on('checkContinue', (req, res) => this.#accept(req, res, true))
    this.#server.on('checkExpectation', (req, res) => this.#accept(req, res, false))
    this.#server.on('upgrade', (req, socket, head) => this.#upgrade(req, socket, head))
    this.#server.on('connect', (_req, socket) => this.#refuseConnect(socket))
    this.#server.on('clientError', (error, socket) => this.#parserFailed(error, socket))
  }

  /** Rejects with the error of the listen call; nothing is open then. */
  async listen(): Promise<void> {
    await this.listeners.open()
    // node:http begins to look for late requests when it listens; here somebody else listens for it.
    if (this.address() !== null) this.#server.emit('listening')
  }

  address(): ListenerAddress | null {
    return this.listeners.addresses()[0] ?? null
  }

  get connectionCount(): number {
    return this.listeners.socketCount
  }

  /** Stops listening. Connections stay. */
  closeListener(): void {
    this.listeners.close()
    // Ends its search for late requests.
    this.#server.close()
  }

  /** Closes connections that are idle for at least that long, and sends HTTP/2 sessions away. For a draining server. */
  closeIdle(idleMs: number): void {
    this.#http2.drain()
    this.#upgraded.closeIdle(idleMs)
    const latest = performance.now() - idleMs
    for (const connection of this.#connections.values()) {
      if (connection.isIdle && connection.idleSince <= latest) connection.close()
    }
  }

  destroyAll(): void {
    this.listeners.destroyAll()
  }

  #connect(socket: Socket, peer: Peer): void {
    if (this.#http2.takes(socket, peer)) return
    const connection = new ClientConnection(socket, peer, performance, this.#start)
    this.#connections.set(socket, connection)
    socket.once('close', () => this.#connections.delete(socket))
    this.#server.emit('connection', socket)
    if (this.#connections.size > this.settings.maxConnections) connection.refuse(503, 'Too many connections')
  }

  #accept(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void {
    this.#connections.get(req.socket)?.accept({ req, res, expectsContinue })
  }

  /** The turn of a request has come. */
  readonly #start = (pending: HeldRequest, connection: ClientConnection): void => {
    const { method = '', url: target = '', httpVersion } = pending.req
    const { exchange, start } = beginExchange(pending, { method, target, httpVersion }, connection, this)
    connection.current = exchange
    start()
  }

  /**
   * node:http gives the whole connection away with the first request that asks for another protocol, whether policy
   * grants it or not. From that request on the connection is served as engine net serves it.
   */
  #upgrade(req: IncomingMessage, socket: Duplex, rest: Buffer): void {
    const connection = this.#connections.get(socket)
    if (connection === undefined) {
      socket.destroy()
      return
    }
    connection.handOver(() => {
      this.#connections.delete(socket)
      connection.socket.setTimeout(0)
      connection.socket.unshift(Buffer.concat([headBytes(req), rest]))
      this.#upgraded.accept(connection.socket, connection.peer)
    })
  }

  #refuseConnect(socket: Duplex): void {
    const connection = this.#connections.get(socket)
    if (connection === undefined) socket.destroy()
    else connection.refuse(405, 'CONNECT is not allowed', 'allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n')
  }

  #parserFailed(error: Error, socket: Duplex): void {
    const connection = this.#connections.get(socket)
    if (connection === undefined || !socket.writable) {
      socket.destroy()
      return
    }
    const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
    if (code !== 'ERR_HTTP_REQUEST_TIMEOUT' && !code.startsWith('HPE_')) {
      // The connection itself failed: nobody is left to answer.
      socket.destroy()
      return
    }
    const [status, detail] = parserRefusal(code, error)
    if (connection.current?.requestBroken(status, detail) !== true) connection.refuse(status, detail)
  }
}

function parserRefusal(code: string, error: Error): [status: number, detail: string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'The request did not arrive in time']
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'The request head is too large']
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, 'The chunk extensions are too large']
    case 'HPE_INVALID_VERSION':
      return isWellFormedVersion(error) ? [505, 'The HTTP version is not supported'] : [400, 'The request is malformed']
    default:
      return [400, 'The request is malformed']
  }
}

/** True if the packet that the parser choked on ends its request line with `HTTP/<digit>.<digit>`. */
function isWellFormedVersion(error: Error): boolean {
  const packet = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : ''
  return / HTTP\/\d\.\d\r\n/.test(packet)
}
