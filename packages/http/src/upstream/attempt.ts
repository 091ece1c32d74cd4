import type { Dispatcher } from 'undici'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import { UpstreamProtocolError } from '../errors.ts'
import { SentPieces } from './sent-pieces.ts'
import type { LinkedHandler, UpstreamLink } from './upstream-link.ts'

/** Who wants to know how an attempt goes. Exactly one of `responseEnd` and `attemptFailed` comes last. */
export interface AttemptOwner {
  /** The request is about to be written. */
  attemptStarted(): void
  requestBytesSent(): void
  requestSent(): void
  responseHead(status: number, rawFields: readonly (Buffer | string)[]): void
  responseData(chunk: Buffer): void
  responseEnd(): void
  attemptFailed(error: Error): void
}

export interface AttemptKeeper {
  /** Told once when an attempt that was sent no longer needs its connection. */
  attemptOver(): void
  /** Takes an attempt out of the queue. False: it is not in there. */
  dequeue(attempt: Attempt): boolean
}

// More than this of an unwanted response is not worth reading for the sake of its connection.
const MOST_DISCARDED_BYTES = 65_536
const LONGEST_DISCARD_MS = 2_000
/** The ninth interim response of one request is an attack or a bug. */
const MOST_INTERIM_RESPONSES = 8

/** Thrown into undici to drop a request whose turn came after it was cancelled: it takes no notice of anything milder. */
const CANCELLED = new UpstreamProtocolError('The request was cancelled before it was sent')

/**
 * One request on its way to one upstream: an undici handler that keeps what may be known about the bytes sent.
 *
 *    waiting ── onRequestStart ──► started ── onResponseStart ──► answering ── onResponseEnd ──► over
 *       │  cancel: thrown out at its turn │ cancel: socket destroyed │ discard: read away ≤ 64 KiB   ▲
 *       └─────────────────────────────────┴────────── onResponseError ──────────────────────────────┘
 */
export class Attempt implements Dispatcher.DispatchHandler, LinkedHandler, DeadlineOwner {
  link: UpstreamLink | null = null
  keeper: AttemptKeeper | null = null
  /** The request was written, in part at least. */
  started = false
  /** All of the request was handed to the socket. */
  sentAll = false
  /** A byte of a response came. */
  answered = false
  #owner: AttemptOwner | null
  #controller: Dispatcher.DispatchController | null = null
  #cancelled = false
  #discarded = -1
  readonly #sentPieces = new SentPieces()
  #interim = 0
  /** Neither Content-Length nor Transfer-Encoding. */
  #endsWithClose = false
  #reused = false
  #over = false
  #deadline: Deadline | null = null

  constructor(owner: AttemptOwner) {
    this.#owner = owner
  }

  get sent(): 'none' | 'some' | 'all' {
    if (!this.started) return 'none'
    return this.sentAll ? 'all' : 'some'
  }

  /** The connection had carried a request before this one. */
  get wasReused(): boolean {
    return this.#reused
  }

  /** No connection was up when the attempt failed. */
  get isUnconnected(): boolean {
    return this.link === null || this.link.socket === null
  }

  /** The socket died under us: no more of the response can come, only the news of it. */
  get isLost(): boolean {
    const socket = this.link?.socket
    return socket === null || socket === undefined || socket.destroyed
  }

  /** The owner hears nothing more. A request under way loses its connection, a waiting one is not sent. */
  cancel(reason: Error): void {
    this.#owner = null
    this.#cancelled = true
    if (this.keeper?.dequeue(this) === true) this.keeper = null
    else this.#controller?.abort(reason)
  }

  /** Ends a request under way for a reason of ours, which is told to the owner. */
  fail(error: Error): void {
    const owner = this.#owner
    this.cancel(error)
    owner?.attemptFailed(error)
  }

  /** The owner hears nothing more; a short rest of the response is read away, so that the connection can be kept. */
  discard(): void {
    this.#owner = null
    this.#discarded = 0
    if (this.#over) return
    this.#deadline = new Deadline(this)
    deadlines.arm(this.#deadline, LONGEST_DISCARD_MS)
    this.resume()
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    if (this.#controller?.paused === true) this.#controller.resume()
  }

  deadlinePassed(): void {
    this.cancel(new UpstreamProtocolError('The unwanted response took too long to read away'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#cancelled) throw CANCELLED
    this.#controller = controller
    this.started = true
    if (this.link !== null) this.#reused = this.link.requests++ > 0
    this.#owner?.attemptStarted()
  }

  onBodySent(piece: Uint8Array): void {
    const socket = this.link?.socket
    // The pieces are ours alone: no tap sees them, and what was sent is not sent again.
    if (socket !== null && socket !== undefined) this.#sentPieces.add(piece, socket.writableLength)
    this.#owner?.requestBytesSent()
  }

  onRequestSent(): void {
    this.sentAll = true
    this.#owner?.requestSent()
  }

  onResponseStarted(): void {
    this.answered = true
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) {
      if (++this.#interim <= MOST_INTERIM_RESPONSES) return
      this.fail(new UpstreamProtocolError(`More than ${MOST_INTERIM_RESPONSES} interim responses`))
      return
    }
    const { rawHeaders } = controller
    const raw = Array.isArray(rawHeaders) ? rawHeaders : []
    this.#endsWithClose = !isFramed(raw)
    this.#owner?.responseHead(status, raw)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#owner !== null) {
      this.#owner.responseData(chunk)
      return
    }
    if (this.#discarded === -1) return
    this.#discarded += chunk.length
    if (this.#discarded > MOST_DISCARDED_BYTES) {
      this.cancel(new UpstreamProtocolError('The unwanted response is too long to read away'))
    }
  }

  onResponseEnd(): void {
    const owner = this.#owner
    // undici takes a reset for the end of a connection, and so of a body that only that end ends.
    const error = this.#endsWithClose ? (this.link?.error ?? null) : null
    this.#end()
    if (error === null) owner?.responseEnd()
    else owner?.attemptFailed(error)
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const owner = this.#owner
    this.#end()
    owner?.attemptFailed(error)
  }

  #end(): void {
    this.#owner = null
    if (this.#over) return
    this.#over = true
    if (this.link !== null) this.link.running--
    if (this.#deadline !== null) deadlines.disarm(this.#deadline)
    this.keeper?.attemptOver()
  }
}

function isFramed(raw: readonly (Buffer | string)[]): boolean {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    // Few names are that long; a string is made of those only.
    if (name.length !== 14 && name.length !== 17) continue
    const lower = name.toString('latin1').toLowerCase()
    if (lower === 'content-length' || lower === 'transfer-encoding') return true
  }
  return false
}
