import { EventEmitter } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { Client } from 'undici'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import { UpstreamTimeoutError } from '../errors.ts'

/** Where a link dials to; one object per target, shared by its links. */
export interface Origin {
  readonly protocol: string
  /** Name or address without brackets. */
  readonly hostname: string
  readonly port: number
  readonly connectMs: number
  /** Open sockets of the target. */
  openSockets: number
  /** Last TLS session of this origin, for resumption. */
  session: Buffer | undefined
}

type DialCallback = (...result: [null, Socket | TLSSocket] | [Error, null]) => void

/** Node's own value for plain sockets: one read of a large body is one piece. */
const READ_BYTES = 65_536
/** TCP keep-alive probes start after this idle time: below the 350 s after which cloud load balancers forget flows. */
const TCP_KEEP_ALIVE_MS = 60_000

/**
 * The single connection of one undici client, as far as we must know it: whether it is up, and how many requests were
 * written on the socket that is up now. undici tells a handler neither, and both decide what may be sent again.
 */
export class UpstreamLink implements DeadlineOwner {
  /** The socket in use; null while there is none. */
  socket: Socket | null = null
  /** Requests begun on `socket`. */
  requests = 0
  readonly #origin: Origin
  readonly #connectDeadline: Deadline = new Deadline(this)
  #dialing: Socket | null = null

  constructor(origin: Origin) {
    this.#origin = origin
  }

  /** Opens the connection; undici's `connect` function. The name in TLS is the configured one, never the client's Host. */
  dial(callback: DialCallback): void {
    const origin = this.#origin
    const secure = origin.protocol === 'https:'
    const address = { host: origin.hostname, port: origin.port, highWaterMark: READ_BYTES }
    const socket: Socket = secure
      ? connectTls({
          ...address,
          ...(isIP(origin.hostname) === 0 ? { servername: origin.hostname } : {}),
          ...(origin.session === undefined ? {} : { session: origin.session }),
          ALPNProtocols: ['http/1.1'],
        })
      : connectTcp(address)
    let pending: DialCallback | null = callback
    this.#dialing = socket
    origin.openSockets++
    socket.setNoDelay(true)
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS)
    deadlines.arm(this.#connectDeadline, origin.connectMs)
    if (secure) {
      socket.on('session', (session: Buffer) => {
        origin.session = session
      })
    }
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      if (pending === null) return
      const done = pending
      pending = null
      deadlines.disarm(this.#connectDeadline)
      this.#dialing = null
      this.socket = socket
      this.requests = 0
      done(null, socket)
    })
    // Stays for the life of the socket: an error after undici let go of it must not end the process.
    socket.on('error', (error) => {
      if (pending === null) return
      const done = pending
      pending = null
      deadlines.disarm(this.#connectDeadline)
      this.#dialing = null
      done(error, null)
    })
    socket.once('close', () => {
      origin.openSockets--
      if (this.socket === socket) this.socket = null
    })
  }

  deadlinePassed(): void {
    this.#dialing?.destroy(new UpstreamTimeoutError('connect', this.#origin.connectMs))
  }
}

/** What a handler must be for its link to be known to it. */
export interface LinkedHandler {
  link: UpstreamLink | null
}

/** An undici client that tells each handler over which link its request goes. */
export class LinkedClient extends Client {
  readonly #link: UpstreamLink

  constructor(url: URL, options: Client.Options, origin: Origin) {
    const link = new UpstreamLink(origin)
    super(url, { ...options, connect: (_options, callback) => link.dial(callback) })
    this.#link = link
    // Only a handler that throws while it is told of a failure gets here. It must not end the process.
    EventEmitter.prototype.on.call(this, 'error', (error: Error) => process.emitWarning(error))
  }

  override dispatch(...call: Parameters<Client['dispatch']>): boolean {
    const handler: object = call[1]
    if ('link' in handler) handler.link = this.#link
    return super.dispatch(...call)
  }
}
