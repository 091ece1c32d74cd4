import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { Client, type Dispatcher } from 'undici'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import { UpstreamTimeoutError } from '../errors.ts'
import type { Endpoint } from './endpoint.ts'

/** What the links of a target share. */
export interface LinkedTarget {
  readonly endpoint: Endpoint
  /** Open sockets of the target, those included that are still connecting. */
  openSockets: number
  /** Links that are up. */
  readonly links: Set<UpstreamLink>
}

type DialCallback = (...result: [null, Socket] | [Error, null]) => void

/** Node's own value for plain sockets: one read of a large body is one piece. */
const READ_BYTES = 65_536

/**
 * The single connection of one undici client, as far as we must know it: whether it is up, and how many requests were
 * written on the socket that is up now. undici tells a handler neither, and both decide what may be sent again.
 */
export class UpstreamLink implements DeadlineOwner {
  /** The socket in use; null while there is none. */
  socket: Socket | null = null
  /** What broke `socket`; null while nothing did. */
  error: Error | null = null
  /** Requests begun on `socket`. */
  requests = 0
  /** Requests given to the client and not over. */
  running = 0
  readonly #target: LinkedTarget
  readonly #connectDeadline: Deadline = new Deadline(this)
  #dialing: Socket | null = null

  constructor(target: LinkedTarget) {
    this.#target = target
  }

  /** The socket goes to an address that the host no longer has. */
  get isOutdated(): boolean {
    return this.socket !== null && !this.#target.endpoint.isCurrent(this.socket)
  }

  /** Opens the connection; undici's `connect` function. The name in TLS is the configured one, never the client's Host. */
  dial(callback: DialCallback): void {
    const target = this.#target
    const { endpoint } = target
    const socket = endpoint.connect({ highWaterMark: READ_BYTES })
    let pending: DialCallback | null = callback
    this.#dialing = socket
    target.openSockets++
    deadlines.arm(this.#connectDeadline, endpoint.connectMs)
    socket.once(endpoint.readyEvent, () => {
      if (pending === null) return
      const done = pending
      pending = null
      deadlines.disarm(this.#connectDeadline)
      this.#dialing = null
      this.socket = socket
      this.error = null
      this.requests = 0
      target.links.add(this)
      done(null, socket)
    })
    // Stays for the life of the socket: an error after undici let go of it must not end the process.
    socket.on('error', (error) => {
      // Known before undici hears of it.
      if (this.socket === socket) this.error = error
      if (pending === null) return
      const done = pending
      pending = null
      deadlines.disarm(this.#connectDeadline)
      this.#dialing = null
      done(error, null)
    })
    socket.once('close', () => {
      target.openSockets--
      if (this.socket !== socket) return
      this.socket = null
      target.links.delete(this)
    })
  }

  /** Closes a connection that carries nothing and goes to an address that is gone. */
  retireIdle(): void {
    if (this.running === 0 && this.isOutdated) this.socket?.destroy()
  }

  deadlinePassed(): void {
    this.#dialing?.destroy(new UpstreamTimeoutError('connect', this.#target.endpoint.connectMs))
  }
}

/** What a handler must be for its link to be known to it. */
export interface LinkedHandler {
  link: UpstreamLink | null
}

/** An undici client that tells each handler over which link its request goes. */
export class LinkedClient extends Client {
  readonly link: UpstreamLink

  constructor(options: Client.Options, target: LinkedTarget) {
    const link = new UpstreamLink(target)
    super(target.endpoint.url, { ...options, connect: (_options, callback) => link.dial(callback) })
    this.link = link
    // Only a handler that throws while it is told of a failure gets here. It must not end the process.
    EventEmitter.prototype.on.call(this, 'error', (error: Error) => process.emitWarning(error))
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const linked: object = handler
    const { link } = this
    if (!('link' in linked)) return super.dispatch(options, handler)
    linked.link = link
    link.running++
    // The last request on a connection to an address that is gone: it closes after it.
    return super.dispatch(link.isOutdated ? { ...options, reset: true } : options, handler)
  }
}
