import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket, Server as TcpServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { ClientConnection, type PendingRequest } from '../connection/client-connection.ts'
import type { ContextPool } from '../context-pool.ts'
import type { RouteTable } from '../handler.ts'
import type { ServerSettings } from '../options.ts'
import { clientAddress } from '../wire/client-address.ts'
import { readRequestHead } from '../wire/request-head.ts'
import { plainAddress } from '../wire/trusted-proxies.ts'
import { NodeExchange } from './node-exchange.ts'
import { listenOnSecondLoopback } from './second-listener.ts'
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
  /** Every further answer says `Connection: close`. */
  isDraining = false
  /** Called when the last connection is gone. */
  onEmpty: (() => void) | null = null
  readonly #server: HttpServer
  /** On the other loopback address, for `localhost`. */
  #second: TcpServer | null = null
  readonly #connections = new Map<Duplex, ClientConnection>()

  constructor(settings: ServerSettings, router: RouteTable, pool: ContextPool) {
    this.settings = settings
    this.router = router
    this.pool = pool
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
    this.#server.on('connection', (socket: Socket) => this.#connect(socket))
    this.#server.on('request', (req, res) => this.#accept(req, res, false))
    this.#server.on('checkContinue', (req, res) => this.#accept(req, res, true))
    this.#server.on('checkExpectation', (req, res) => this.#accept(req, res, false))
    this.#server.on('connect', (_req, socket) => this.#refuseConnect(socket))
    this.#server.on('clientError', (error, socket) => this.#parserFailed(error, socket))
  }

  /** Rejects with the error of the listen call; nothing is open then. */
  async listen(): Promise<void> {
    const { host, port } = this.settings
    if (host !== 'localhost') return this.#listenOn(host, port)
    await this.#listenOn('127.0.0.1', port)
    const address = this.address()
    // Closed again meanwhile.
    if (address === null) return
    try {
      this.#second = await listenOnSecondLoopback(this.#server, address.port, port === 0)
    } catch (error) {
      this.closeListener()
      throw error
    }
  }

  #listenOn(host: string, port: number): Promise<void> {
    const server = this.#server
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => reject(error)
      server.once('error', failed)
      server.listen({ host, port }, () => {
        server.off('error', failed)
        // An error of accept() later on (no file descriptors left) is a warning and does not end the process.
        server.on('error', (error) => process.emitWarning(error))
        resolve()
      })
    })
  }

  address(): AddressInfo | null {
    const address = this.#server.address()
    return typeof address === 'string' ? null : address
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** Stops listening. Connections stay. */
  closeListener(): void {
    if (this.#server.listening) this.#server.close()
    this.#second?.close()
    this.#second = null
  }

  /** Closes connections that are idle for at least that long. */
  closeIdle(idleMs: number): void {
    const latest = performance.now() - idleMs
    for (const connection of this.#connections.values()) {
      if (connection.isIdle && connection.idleSince <= latest) connection.close()
    }
  }

  destroyAll(): void {
    for (const connection of this.#connections.values()) connection.destroy()
  }

  #connect(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '')
    const trusted = this.settings.trustedProxies.has(address)
    const connection = new ClientConnection(socket, address, trusted, performance, this.#start)
    this.#connections.set(socket, connection)
    socket.once('close', () => {
      this.#connections.delete(socket)
      if (this.#connections.size === 0) this.onEmpty?.()
    })
    if (this.#connections.size > this.settings.maxConnections) connection.refuse(503, 'Too many connections')
  }

  #accept(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void {
    this.#connections.get(req.socket)?.accept({ req, res, expectsContinue })
  }

  /** The turn of a request has come. */
  readonly #start = ({ req, res, expectsContinue }: PendingRequest, connection: ClientConnection): void => {
    const method = req.method ?? ''
    const target = req.url ?? ''
    const { rawHeaders } = req
    const head = readRequestHead(method, target, req.httpVersion, rawHeaders, this.settings)
    const { trusted, remoteAddress } = connection
    const named = head.connectionNames
    const forwardedFor = trusted && named?.has('x-forwarded-for') !== true ? head.forwardedFor : ''
    const forwardedProto = trusted && named?.has('x-forwarded-proto') !== true ? head.forwardedProto.toLowerCase() : ''
    const ctx = this.pool.acquire()
    const exchange = new NodeExchange({ req, res, expectsContinue }, head, ctx, connection, this)
    const secure = forwardedProto === 'https' || (connection.secure && forwardedProto !== 'http')
    ctx.begin(
      {
        method,
        target,
        httpVersion: req.httpVersion,
        rawHeaders,
        remoteAddress,
        clientAddress:
          forwardedFor === ''
            ? remoteAddress
            : clientAddress(remoteAddress, forwardedFor, this.settings.trustedProxies),
        scheme: secure ? 'https' : 'http',
      },
      exchange,
      performance.now(),
    )
    connection.current = exchange
    if (head.refusal !== 0) exchange.refuse(head.refusal, head.reason)
    else if (!expectsContinue && isUnknownExpectation(req)) exchange.refuse(417, 'Only 100-continue can be expected')
    else exchange.run()
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

function isUnknownExpectation(req: IncomingMessage): boolean {
  return (
    req.httpVersion === '1.1' && req.headers.expect !== undefined && req.headers.expect.toLowerCase() !== '100-continue'
  )
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
