import type { BodyFrame } from '../body-frame.ts'
import type { NetConnection } from '../connection/net-connection.ts'
import type { PoolableRequestContext } from '../context.ts'
import type { ForwardOptions } from '../handler.ts'
import type { UpstreamSocket } from '../upstream/upstream-socket.ts'
import type { HeldResponse } from './net-hold.ts'
import type { NetRequest } from './net-request.ts'
import type { NetResponse } from './net-response.ts'

/** A head and the body that came with it travel as one string, i.e. one system call, up to this size. */
const ONE_WRITE_BYTES = 16_000
/** Pieces up to here are copied through a string, larger ones are written as buffers. */
const SMALL_PIECE_BYTES = 4_096
/** A body of which more than this is to come is read into a buffer of its own. */
const LONG_BODY_BYTES = 65_536

const NONE = 0
const SAME = 1
const CHUNK = 2
const PLAIN = 3

const NOTHING = new Uint8Array(0)

export interface RelayHost {
  readonly ctx: PoolableRequestContext
  readonly connection: NetConnection
  readonly request: NetRequest
  readonly response: NetResponse
  reportError(error: unknown): void
}

/**
 * Passes one response on to the client, piece by piece, in the framing that the client understands.
 *
 *    none   HEAD, 204, 304, empty          same   as received: a length, or chunks (less extensions and trailers)
 *    chunk  until close ─► chunked, 1.1    plain  chunked or until close ─► 1.0: until close
 *
 * Every read waits for its write: while the client's socket holds bytes of ours, the upstream is not read.
 */
export class NetRelay {
  /** The upstream is not read, because the client reads more slowly. */
  isPaused = false
  /** A response that the client has seen nothing of. */
  held: HeldResponse | null = null
  readonly #host: RelayHost
  #framing = NONE
  #head = ''
  /** The head goes on as received, without a copy. */
  #isWhole = false
  #tap: ForwardOptions['tap']

  constructor(host: RelayHost) {
    this.#host = host
  }

  /** The latin1 string of a head, and of the body bytes that came with it if both are short. */
  textOf(body: BodyFrame, bytes: Buffer, start: number, bodyStart: number, end: number): string {
    const isShort = end - start <= ONE_WRITE_BYTES && body.replacement === null
    return bytes.toString('latin1', start, isShort ? end : bodyStart)
  }

  /** Makes the head that the client gets. @param isWhole it can be the received one: see `goesOnAsReceived` */
  begin(
    socket: UpstreamSocket,
    status: number,
    fields: string,
    contentLength: number,
    options: ForwardOptions,
    isWhole = false,
  ): void {
    const { response, request } = this.#host
    const { body } = socket.response
    this.isPaused = false
    this.#tap = options.tap
    let framing = ''
    if (body.isNone) {
      this.#framing = NONE
      if (contentLength >= 0 && status !== 204) framing = `content-length: ${contentLength}\r\n`
    } else if (body.isChunked || body.endsWithClose) {
      if (request.minor === 0) {
        this.#framing = PLAIN
        response.closes = true
      } else {
        this.#framing = body.isChunked ? SAME : CHUNK
        framing = 'transfer-encoding: chunked\r\n'
      }
    } else {
      this.#framing = SAME
      framing = `content-length: ${contentLength}\r\n`
    }
    this.#isWhole = isWhole && response.passes(status)
    this.#head = this.#isWhole ? '' : response.head(status, fields, framing)
    if (body.left > LONG_BODY_BYTES && body.left !== Number.POSITIVE_INFINITY) socket.buffer.useOwn()
  }

  /** The head and what came with it. `text` holds the body from `bodyAt`, or ends there. */
  first(
    socket: UpstreamSocket,
    text: string,
    bytes: Buffer,
    bodyAt: number,
    start: number,
    end: number,
    complete: boolean,
  ): void {
    const out = this.#host.connection.socket
    const isWhole = this.#isWhole
    if (this.#framing === NONE || end === start) {
      out.write(isWhole ? text : this.#head, 'latin1')
    } else if (this.#framing === SAME && text.length > bodyAt) {
      this.#account(socket, bytes, start, end)
      out.write(isWhole ? text : this.#head + text.slice(bodyAt), 'latin1')
    } else {
      out.cork()
      out.write(isWhole ? text : this.#head, 'latin1')
      this.#write(socket, bytes, start, end)
      out.uncork()
    }
    this.#head = ''
    if (complete) this.#end(socket)
    else this.#throttle(socket)
  }

  /** What was held goes on; more may follow. */
  commit(socket: UpstreamSocket, held: HeldResponse, complete: boolean): void {
    const { connection, ctx } = this.#host
    const out = connection.socket
    this.held = null
    out.cork()
    out.write(this.#head, 'latin1')
    for (const payload of held.payload) {
      if (payload.length === 0) continue
      ctx.bytesSent += payload.length
      this.#callTap(payload, false)
      if (this.#framing === CHUNK) out.write(`${payload.length.toString(16)}\r\n`, 'latin1')
      if (this.#framing !== SAME) out.write(payload)
      if (this.#framing === CHUNK) out.write('\r\n', 'latin1')
    }
    if (this.#framing === SAME) for (const raw of held.raw) out.write(raw)
    out.uncork()
    this.#head = ''
    if (complete) this.#end(socket)
    else this.#throttle(socket)
  }

  piece(socket: UpstreamSocket, bytes: Buffer, start: number, end: number, complete: boolean): void {
    if (end > start) {
      this.#write(socket, bytes, start, end)
      if (end - start >= LONG_BODY_BYTES && !complete) socket.buffer.useOwn()
    }
    if (complete) this.#end(socket)
    else this.#throttle(socket)
  }

  /** The response is complete, and all of it is written. */
  over(): void {
    this.isPaused = false
    this.#callTap(NOTHING, true)
    this.#tap = undefined
  }

  /** Forgets a response that is not passed on. */
  drop(): void {
    this.isPaused = false
    this.held = null
    this.#head = ''
    this.#tap = undefined
  }

  #write(socket: UpstreamSocket, bytes: Buffer, start: number, end: number): void {
    const out = this.#host.connection.socket
    const { body } = socket.response
    const length = this.#account(socket, bytes, start, end)
    switch (this.#framing) {
      case SAME:
        if (body.replacement !== null) out.write(body.replacement)
        else this.#pass(socket, bytes, start, end)
        break
      case CHUNK:
        if (length <= SMALL_PIECE_BYTES) {
          out.write(`${length.toString(16)}\r\n${bytes.toString('latin1', start, end)}\r\n`, 'latin1')
          break
        }
        out.cork()
        out.write(`${length.toString(16)}\r\n`, 'latin1')
        this.#pass(socket, bytes, start, end)
        out.write('\r\n', 'latin1')
        out.uncork()
        break
      case PLAIN:
        if (length > 0) out.write(Buffer.from(body.payload(bytes, start, end)))
    }
  }

  #pass(socket: UpstreamSocket, bytes: Buffer, start: number, end: number): void {
    const out = this.#host.connection.socket
    if (end - start <= SMALL_PIECE_BYTES) out.write(bytes.toString('latin1', start, end), 'latin1')
    else if (socket.buffer.isShared(bytes)) out.write(Buffer.from(bytes.subarray(start, end)))
    else out.write(bytes.subarray(start, end))
  }

  /** Counts the payload and shows it to the tap. @returns its length */
  #account(socket: UpstreamSocket, bytes: Buffer, start: number, end: number): number {
    const { body } = socket.response
    const length = body.payloadLength(start, end)
    this.#host.ctx.bytesSent += length
    if (this.#tap !== undefined && length > 0) this.#callTap(body.payload(bytes, start, end), false)
    return length
  }

  #end(socket: UpstreamSocket): void {
    const out = this.#host.connection.socket
    if (this.#framing === CHUNK) out.write('0\r\n\r\n', 'latin1')
    if (out.writableLength > 0) socket.buffer.giveAway()
  }

  #throttle(socket: UpstreamSocket): void {
    const { connection } = this.#host
    if (connection.socket.writableLength === 0) return
    this.isPaused = true
    socket.pause()
    connection.whenFlushed()
  }

  #callTap(chunk: Uint8Array, last: boolean): void {
    if (this.#tap === undefined) return
    try {
      this.#tap(chunk, last)
    } catch (error) {
      this.#tap = undefined
      this.#host.reportError(error)
    }
  }
}
