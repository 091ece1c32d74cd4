import type { Socket } from 'node:net'
import type { ConnectionOwner, ConnectionUser, NetPeer } from '../connection/connection-user.ts'
import { NetConnection } from '../connection/net-connection.ts'
import type { ContextPool } from '../context-pool.ts'
import type { RouteTable } from '../handler.ts'
import { Listeners } from '../listening/listeners.ts'
import type { ServerSettings } from '../options.ts'
import { DEFAULT_RULES, type HeadRules } from '../wire/scanned-head.ts'
import { Http2Doors } from './http2-inbound.ts'
import { NetExchange } from './net-exchange.ts'
import type { ExchangeServices } from './services.ts'

/**
 * The engine on raw sockets. `Listeners` hands it connections through `accept`; it makes no difference between a plain
 * socket and one that speaks TLS.
 *
 *    Listeners ──accept(socket, peer)──► NetConnection ──► NetExchange ──► handler ──► NetForward ──► ConnectionPool
 *                                        bytes, limits,    one request     respond,     attempts      UpstreamSocket
 *                                        time-outs         at a time       stream       relay         Endpoint.connect
 *
 * What it needs of a socket: `allowHalfOpen`, `noDelay`, ready to read, nobody else listening to its data.
 */
export class NetEngine implements ExchangeServices, ConnectionOwner<NetConnection> {
  readonly settings: ServerSettings
  readonly pool: ContextPool
  readonly router: RouteTable
  /** Every further answer says `Connection: close`. */
  isDraining = false
  readonly listeners: Listeners
  readonly timeouts: { readonly headersMs: number; readonly keepAliveMs: number; readonly requestMs: number }
  readonly maxBodyBytes: number
  readonly #connections = new Set<NetConnection>()
  /** node:http2 reads its frames; a request of it is an exchange of engine node. */
  readonly #http2: Http2Doors
  readonly #trusted: HeadRules
  readonly #others: HeadRules

  constructor(settings: ServerSettings, router: RouteTable, pool: ContextPool) {
    this.settings = settings
    this.router = router
    this.pool = pool
    this.timeouts = settings
    this.maxBodyBytes = settings.maxBodyBytes
    this.#http2 = new Http2Doors(this)
    this.listeners = new Listeners({
      ...settings,
      onConnection: (socket, peer) => {
        if (!this.#http2.takes(socket, peer)) this.accept(socket, peer)
      },
    })
    this.#others = {
      ...DEFAULT_RULES,
      maxHeadBytes: settings.maxHeaderBytes,
      maxFields: settings.maxHeaders,
      maxBodyBytes: settings.maxBodyBytes,
      underscores: settings.underscores,
      // A route may want it; without one it is refused after routing.
      allowTrace: true,
    }
    this.#trusted = { ...this.#others, trustsForwarding: true }
  }

  /** Called when the last connection is gone. */
  set onEmpty(callback: () => void) {
    this.listeners.onEmpty = callback
  }

  get connectionCount(): number {
    return this.listeners.socketCount
  }

  /** Rejects with the error of the listen call; nothing is open then. */
  listen(): Promise<void> {
    return this.listeners.open()
  }

  /** Stops listening. Connections stay. */
  closeListener(): void {
    this.listeners.close()
  }

  /** Takes a client's connection. */
  accept(socket: Socket, peer: NetPeer): void {
    const connection = new NetConnection(socket, peer, peer.trusted ? this.#trusted : this.#others, this)
    this.#connections.add(connection)
    if (this.#connections.size > this.settings.maxConnections) connection.refuse(503, 'Too many connections')
  }

  /** Closes connections that are idle for at least that long. */
  closeIdle(idleMs: number): void {
    this.#http2.drain()
    const latest = performance.now() - idleMs
    for (const connection of this.#connections) {
      if (connection.isIdle && connection.idleSince <= latest) connection.close()
    }
  }

  destroyAll(): void {
    this.listeners.destroyAll()
  }

  makeUser(connection: NetConnection): ConnectionUser {
    return new NetExchange(connection, this)
  }

  connectionClosed(connection: NetConnection): void {
    this.#connections.delete(connection)
  }
}
