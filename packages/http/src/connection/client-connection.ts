import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import type { Peer } from '../listening/peer.ts'
import { rawAnswer } from './raw-answer.ts'

/** A parsed request whose turn has not come. */
export interface HeldRequest {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The client waits for 100 before it sends the body. */
  readonly expectsContinue: boolean
}

/** The exchange under way, as far as its connection must know it. */
export interface CurrentExchange {
  /** The bytes of the request are malformed or late. False: the request itself was complete. */
  requestBroken(status: number, detail: string): boolean
  /** The socket is closed: no event of the request or the response need follow. */
  connectionClosed(): void
}

/** Parsed requests held behind the one under way before reading is paused; one read (64 KiB) more may come. */
const MOST_HELD = 64
/** Reading goes on below this. */
const FEW_HELD = 16
/** How long a closed connection is still read, so that the client gets the answer and not a reset. */
const LINGER_MS = 2_000

/**
 * One connection of a client. Its requests are handled one after the other, so that a client that sends thousands at
 * once has one exchange under way, and answers need no reordering.
 *
 *    parsed ──► idle? ──yes──► start ──► … ──► exchangeOver ─┐
 *                 └──no──► #held (FIFO; > 64: stop reading) ◄┘ next
 *
 * Closing is half-close, read away, close: a socket that is closed with unread bytes sends a reset, and the client
 * may lose the answer that was already on its way (an early 413, the last answer before a restart).
 *
 * While reading is stopped, a client that leaves is noticed at the next write to it or by a time-out, not at once.
 */
export class ClientConnection implements DeadlineOwner {
  readonly socket: Socket
  readonly peer: Peer
  /** No request is taken any more. */
  closing = false
  /** The exchange that was started last; null before the first and when it is over. */
  current: CurrentExchange | null = null
  /** Since when no request is under way, monotonic ms. */
  idleSince: number
  readonly #start: (pending: HeldRequest, connection: ClientConnection) => void
  readonly #clock: { now(): number }
  readonly #held: HeldRequest[] = []
  readonly #linger: Deadline = new Deadline(this)
  #busy = false
  #paused = false
  #bytesWhenIdle = 0
  #refusal = ''
  #handOver: (() => void) | null = null

  constructor(
    socket: Socket,
    peer: Peer,
    clock: { now(): number },
    start: (pending: HeldRequest, connection: ClientConnection) => void,
  ) {
    this.socket = socket
    this.peer = peer
    this.#clock = clock
    this.#start = start
    this.idleSince = clock.now()
    socket.on('error', ignore)
    socket.once('close', () => {
      this.closing = true
      this.#held.length = 0
      deadlines.disarm(this.#linger)
      this.current?.connectionClosed()
    })
    // node:http closes a connection with this public method of its socket, and would close it with bytes unread.
    socket.destroySoon = () => this.close()
    // node:http resumes the socket for every request it reads away; while too many are held, it must not.
    socket.resume = () => (this.#paused ? socket : Socket.prototype.resume.call(socket))
  }

  /** True if no request is under way or held and no byte of a next one has come. */
  get isIdle(): boolean {
    return !this.#busy && this.#refusal === '' && this.socket.bytesRead === this.#bytesWhenIdle
  }

  /** True if parsed requests wait behind the one under way: it is not the last of this connection. */
  get hasHeld(): boolean {
    return this.#held.length > 0
  }

  accept(pending: HeldRequest): void {
    if (this.closing) {
      pending.req.resume()
    } else if (!this.#busy) {
      this.#busy = true
      this.#start(pending, this)
    } else {
      this.#held.push(pending)
      if (this.#held.length > MOST_HELD) this.#pause()
    }
  }

  /** The exchange under way is over; the next held one starts in its own turn of the event loop. */
  exchangeOver(): void {
    this.current = null
    const next = this.#held.shift()
    if (this.#paused && this.#held.length < FEW_HELD) {
      this.#paused = false
      this.socket.resume()
    }
    if (next !== undefined && !this.closing) {
      setImmediate(startNext, this, next)
      return
    }
    this.#busy = false
    this.idleSince = this.#clock.now()
    this.#bytesWhenIdle = this.socket.bytesRead
    if (this.#handOver !== null) this.#handOverNow(this.#handOver)
    else if (this.#refusal !== '') this.#refuseNow()
  }

  /** Somebody else takes the socket, with what was not read of it, once the requests so far are answered. */
  handOver(take: () => void): void {
    if (this.closing) this.socket.destroy()
    else if (this.#busy) this.#handOver = take
    else this.#handOverNow(take)
  }

  /** The bytes after the requests so far are not HTTP: answers what is under way, then this, then closes. */
  refuse(status: number, detail: string, fields = ''): void {
    if (this.#refusal !== '' || this.closing) return
    this.#refusal = rawAnswer(status, detail, fields)
    if (!this.#busy) this.#refuseNow()
  }

  /** Sends what was written, then half-closes, reads away what still comes, and closes. */
  close(): void {
    if (this.closing) return
    this.closing = true
    this.#paused = false
    const { socket } = this
    socket.once('end', () => socket.destroy())
    socket.once('finish', () => {
      if (socket.readableEnded) socket.destroy()
      else deadlines.arm(this.#linger, LINGER_MS)
    })
    socket.end()
    socket.resume()
  }

  destroy(): void {
    this.socket.destroy()
  }

  deadlinePassed(): void {
    this.socket.destroy()
  }

  /** For `setImmediate` only. */
  startNext(next: HeldRequest): void {
    if (!this.closing) this.#start(next, this)
  }

  #handOverNow(take: () => void): void {
    this.closing = true
    Reflect.deleteProperty(this.socket, 'destroySoon')
    Reflect.deleteProperty(this.socket, 'resume')
    take()
  }

  #refuseNow(): void {
    if (this.closing || !this.socket.writable) {
      this.socket.destroy()
      return
    }
    this.socket.write(this.#refusal)
    this.close()
  }

  #pause(): void {
    this.#paused = true
    this.socket.pause()
  }
}

function startNext(connection: ClientConnection, next: HeldRequest): void {
  connection.startNext(next)
}

function ignore(): void {}
