import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { TargetTlsOptions } from '../handler.ts'
import { plainAddress } from '../wire/trusted-proxies.ts'
import { HostAddresses } from './host-addresses.ts'
import { type ResolveHost, resolveHost } from './resolve.ts'
import { resolveTargetTls } from './target-tls.ts'

/** TCP keep-alive probes start after this idle time: below the 350 s after which cloud load balancers forget flows. */
const TCP_KEEP_ALIVE_MS = 60_000
/** Of several addresses each gets this long to answer before the next is tried beside it; node:net's least is 10 ms. */
const SHORTEST_ATTEMPT_MS = 250

export interface EndpointOptions {
  /** How long a dial may take, ms; the caller ends it. */
  readonly connectMs: number
  readonly tls?: TargetTlsOptions | undefined
  /** Default: the operating system's addresses with the TTL of DNS. */
  readonly resolve?: ResolveHost | undefined
  readonly clock?: { now(): number } | undefined
}

/** What a connection is made with, besides the address. */
export interface DialExtras {
  readonly onread?: OnReadOpts
  readonly highWaterMark?: number
  readonly allowHalfOpen?: boolean
}

/**
 * Where the connections of one target go: a host name with the addresses that DNS gives it, an address, or a socket
 * file; and how, with or without TLS. Makes sockets; keeps none.
 *
 *    http://api.test:3000 ─► HostAddresses ─► 10.0.0.1, 10.0.0.2 (each dial begins at the next)
 *    http://localhost:3000 ─► 127.0.0.1, else ::1
 *    unix:/run/app.sock ─► that file
 */
export class Endpoint {
  /** As configured, in its canonical form; the target's name. */
  readonly origin: string
  /** What undici and the Host field of probes are given: the host of the origin, `localhost` for a socket file. */
  readonly url: URL
  /** Name or address without brackets; empty for a socket file. */
  readonly hostname: string
  readonly connectMs: number
  readonly secure: boolean
  /** The event that says that a request can be written. */
  readonly readyEvent: 'connect' | 'secureConnect'
  /** The host has other addresses now: sockets that are not current shall carry no further request. */
  onChange: (() => void) | null = null
  readonly #path: string
  readonly #port: number
  readonly #addresses: HostAddresses | null
  readonly #tls: ConnectionOptions
  /** Last TLS session, for resumption. */
  #session: Buffer | undefined

  /** @throws TypeError for what is no origin; TypeError or RangeError for a bad option */
  constructor(origin: string, options: EndpointOptions) {
    this.#path = socketPath(origin)
    this.url = this.#path === '' ? parseOrigin(origin) : new URL('http://localhost')
    this.origin = this.#path === '' ? this.url.origin : `unix:${this.#path}`
    const { hostname, protocol, port } = this.url
    this.hostname = this.#path === '' ? hostname.replace(/^\[(.*)\]$/, '$1') : ''
    this.secure = protocol === 'https:'
    this.readyEvent = this.secure ? 'secureConnect' : 'connect'
    this.#port = port === '' ? (this.secure ? 443 : 80) : Number(port)
    this.connectMs = options.connectMs
    if (options.tls !== undefined && !this.secure) throw new TypeError(`tls is for https targets, got ${this.origin}`)
    this.#tls = this.secure ? resolveTargetTls(options.tls ?? {}, this.hostname) : {}
    this.#addresses =
      this.#path !== '' || isIP(this.hostname) !== 0
        ? null
        : new HostAddresses(this.hostname, options.resolve ?? resolveHost, options.clock ?? performance, () =>
            this.onChange?.(),
          )
  }

  /** Value of the Host field of a request that has no other. */
  get authority(): string {
    return this.url.host
  }

  /** Call when a request takes a connection: looks the name up again, beside the traffic, when its TTL ran out. */
  touch(): void {
    this.#addresses?.touch()
  }

  /** False: the host's addresses changed and this connection goes to one that is gone. */
  isCurrent(socket: Socket): boolean {
    if (this.#addresses === null) return true
    const { remoteAddress } = socket
    if (remoteAddress === undefined) return true
    return this.#addresses.has(plainAddress(remoteAddress))
  }

  /** Starts to connect and returns the socket at once. `readyEvent` or 'error' follows; the caller ends a late dial. */
  connect(extras: DialExtras = {}): Socket {
    const socket = this.secure ? this.#connectTls(extras) : connectTcp({ ...this.#address(), ...extras })
    if (this.#path === '') {
      socket.setNoDelay(true)
      socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS)
    }
    return socket
  }

  #connectTls(extras: DialExtras): Socket {
    const session = this.#session === undefined ? {} : { session: this.#session }
    const socket = connectTls({ ...this.#address(), ...extras, ...this.#tls, ...session })
    socket.on('session', (next: Buffer) => {
      this.#session = next
    })
    // A session that the other side no longer likes must not fail every dial after it.
    const forget = (): void => {
      this.#session = undefined
    }
    socket.once('error', forget)
    socket.once('secureConnect', () => socket.off('error', forget))
    return socket
  }

  #address(): { path: string } | { host: string; port: number; lookup?: HostAddresses['lookup'] } {
    if (this.#path !== '') return { path: this.#path }
    const address = { host: this.hostname, port: this.#port }
    if (this.#addresses === null) return address
    return {
      ...address,
      lookup: this.#addresses.lookup,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: Math.max(SHORTEST_ATTEMPT_MS, Math.floor(this.connectMs / 4)),
    } as { host: string; port: number; lookup: HostAddresses['lookup'] }
  }
}

/** The file of `unix:/run/app.sock`; the empty string for another origin. */
function socketPath(origin: unknown): string {
  return typeof origin === 'string' && origin.startsWith('unix:/') && !origin.includes('\0') ? origin.slice(5) : ''
}

function parseOrigin(origin: string): URL {
  const parsed = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin) : null
  const isOrigin =
    parsed !== null &&
    (parsed.protocol === 'http:' || parsed.protocol === 'https:') &&
    parsed.port !== '0' &&
    parsed.pathname === '/' &&
    parsed.search === '' &&
    parsed.hash === '' &&
    parsed.username === '' &&
    parsed.password === ''
  if (!isOrigin) {
    throw new TypeError(
      `A target is an origin such as http://127.0.0.1:3000 or unix:/run/app.sock, without path or query; got '${String(origin)}'`,
    )
  }
  return parsed
}
