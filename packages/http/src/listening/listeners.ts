import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ListenTlsOptions } from '../tls/options.ts'
import { TlsLayer } from '../tls/tls-layer.ts'
import { plainAddress, type TrustedProxies } from '../wire/trusted-proxies.ts'
import { AcceptingServer } from './accepting-server.ts'
import type { ListenerAddress, ListenSettings } from './options.ts'
import type { Peer } from './peer.ts'
import { type GateOwner, ProxyGate } from './proxy-gate.ts'

const LOOPBACK = '127.0.0.1'
/** Connections in a handshake beyond the limit of served ones: enough for a burst, bounded for an attack. */
const MOST_UNFINISHED = 1_024

export interface ListenersOptions {
  readonly listen: readonly ListenSettings[]
  readonly trustedProxies: TrustedProxies
  readonly maxConnections: number
  /** A connection is ready: its PROXY header taken off, its handshake complete. Read it, or destroy it. */
  readonly onConnection: (socket: Socket, peer: Peer) => void
}

/**
 * All addresses of a server. An accepted connection passes what its address asks for, then goes to the engine:
 *
 *    accept ──► PROXY header? ──► TLS? ──► onConnection(socket, peer)
 *       TCP, socket file │            │ SNI, ALPN, client certificate
 *                        └ not from a trusted proxy, or malformed: destroyed
 */
export class Listeners {
  readonly #doors: readonly Door[]
  /** Accepted sockets that are open, those in a handshake included. */
  readonly #sockets = new Set<Socket>()
  /** Called when the last accepted socket is gone. */
  onEmpty: (() => void) | null = null

  /** @throws TlsConfigError for certificates that cannot be used */
  constructor(options: ListenersOptions) {
    const most = options.maxConnections + MOST_UNFINISHED
    const track = (socket: Socket): boolean => {
      if (this.#sockets.size >= most) {
        socket.destroy()
        return false
      }
      this.#sockets.add(socket)
      socket.once('close', () => {
        this.#sockets.delete(socket)
        if (this.#sockets.size === 0) this.onEmpty?.()
      })
      return true
    }
    this.#doors = options.listen.map((settings) => new Door(settings, options, track))
  }

  /** Accepted sockets that are open, with or without a request so far. */
  get socketCount(): number {
    return this.#sockets.size
  }

  /** Opens every address, in order. Rejects with the error of the first that cannot be opened; nothing is open then. */
  async open(): Promise<void> {
    try {
      for (const door of this.#doors) await door.open()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Stops accepting. Connections stay. */
  close(): void {
    for (const door of this.#doors) door.close()
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Where each address is, in the order of the options; null for one that is not open. */
  addresses(): readonly (ListenerAddress | null)[] {
    return this.#doors.map((door) => door.address())
  }

  /** New certificates for the address of that number. @throws TlsConfigError if they cannot be used */
  reloadTls(index: number, tls: ListenTlsOptions): void {
    const door = this.#doors[index]
    if (door === undefined || door.tls === null) throw new TypeError(`Address ${index} of this server has no TLS`)
    door.tls.reload(tls)
  }

  /** When the certificate of that address that ends first does; null without TLS. */
  certificateExpiry(index: number): Date | null {
    return this.#doors[index]?.tls?.expires ?? null
  }
}

/** One address and what stands behind it. */
class Door implements GateOwner {
  readonly tls: TlsLayer | null
  readonly #settings: ListenSettings
  readonly #options: ListenersOptions
  readonly #server: AcceptingServer
  /** Addresses that a PROXY header gave, until the handshake behind it is complete. */
  readonly #proxied = new Map<string, string>()

  constructor(settings: ListenSettings, options: ListenersOptions, track: (socket: Socket) => boolean) {
    this.#settings = settings
    this.#options = options
    const { tls, http2, proxyProtocol } = settings
    this.tls =
      tls === null
        ? null
        : new TlsLayer({
            tls,
            http2: http2 !== null,
            onSecure: (socket, certificate) => this.#give(socket, this.#addressBehind(socket), certificate),
          })
    this.#server = new AcceptingServer(settings, (socket) => {
      socket.on('error', ignore)
      if (!track(socket)) return
      if (!proxyProtocol) this.passed(socket, '')
      else if (options.trustedProxies.has(addressOf(socket))) new ProxyGate(socket, this)
      else socket.destroy()
    })
  }

  open(): Promise<void> {
    return this.#server.open()
  }

  close(): void {
    this.#server.close()
  }

  address(): ListenerAddress | null {
    return this.#server.address()
  }

  passed(socket: Socket, proxied: string): void {
    if (this.tls === null) {
      this.#give(socket, proxied === '' ? addressOf(socket) : proxied, null)
      return
    }
    if (proxied !== '') {
      const key = endsOf(socket)
      this.#proxied.set(key, proxied)
      socket.once('close', () => this.#proxied.delete(key))
    }
    this.tls.add(socket)
  }

  #addressBehind(socket: TLSSocket): string {
    return this.#proxied.get(endsOf(socket)) ?? addressOf(socket)
  }

  #give(socket: Socket, remoteAddress: string, clientCertificate: Peer['clientCertificate']): void {
    const http2 = 'alpnProtocol' in socket && socket.alpnProtocol === 'h2' ? this.#settings.http2 : null
    const trusted = this.#options.trustedProxies.has(remoteAddress)
    const peer = { remoteAddress, trusted, secure: this.#settings.tls !== null, http2, clientCertificate }
    this.#options.onConnection(socket, peer)
  }
}

function addressOf(socket: Socket): string {
  const { remoteAddress } = socket
  return remoteAddress === undefined || remoteAddress === '' ? LOOPBACK : plainAddress(remoteAddress)
}

/** Both ends of a connection: no two open ones of this process have the same. A TLS socket says those of its own. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}

function ignore(): void {}
