import { resetConnection } from '../connection/reset-connection.ts'
import type { PoolableRequestContext } from '../context.ts'
import { problem } from '../problem.ts'
import { isReleasable, releaseMemory } from '../release-memory.ts'
import { localResponseFields, overlayFields } from '../wire/response-fields.ts'
import type { ResponseMessage } from './message.ts'

/** A local answer of more bytes than this may not fit into the socket's buffer … */
const MOST_BUFFERED_BYTES = 65_536
/** … and must then keep moving: the connection of a client that takes nothing for this time is closed. */
const STALLED_READER_MS = 60_000

/** The response of one request on node:http: one head, one body, counted into the context. */
export class ClientResponse {
  readonly res: ResponseMessage
  /** The client left or was cut: nothing is written any more. */
  isGone = false
  readonly #ctx: PoolableRequestContext
  readonly #mustClose: () => boolean

  /** @param mustClose asked when the head goes out: may no further request follow on this connection? */
  constructor(res: ResponseMessage, ctx: PoolableRequestContext, mustClose: () => boolean) {
    this.res = res
    this.#ctx = ctx
    this.#mustClose = mustClose
  }

  get isHeadSent(): boolean {
    return this.res.headersSent
  }

  get isEnded(): boolean {
    return this.res.writableEnded
  }

  /** Writes the head, with what `ctx.setResponseHeader` put over it. @throws TypeError for a field that may not be sent */
  sendHead(status: number, fields: string[], close = false): void {
    const ctx = this.#ctx
    overlayFields(fields, ctx.overlay)
    if (close || this.#mustClose()) fields.push('connection', 'close')
    // A head that was refused for one of its fields has left its reason there.
    if (this.res.statusMessage) this.res.statusMessage = ''
    this.res.writeHead(status, fields)
    ctx.status = status
    ctx.responded = true
  }

  /** Sends a head that waits for a body. */
  flushHead(): void {
    this.res.flushHeaders()
  }

  /** False: the client reads slower than we write; the response emits 'drain' later. */
  write(chunk: string | Uint8Array): boolean {
    if (this.isGone || this.res.writableEnded) return false
    if (this.#ctx.method === 'HEAD') return true
    this.#ctx.bytesSent += byteLength(chunk)
    return this.res.write(chunk)
  }

  /** As `write`, for a piece that belongs to us alone: the memory of a large one is given back once it was sent. */
  writeOwned(chunk: Buffer): boolean {
    if (!isReleasable(chunk)) return this.write(chunk)
    if (this.isGone || this.res.writableEnded) return false
    this.#ctx.bytesSent += chunk.byteLength
    return this.res.write(chunk, () => releaseMemory(chunk))
  }

  end(): void {
    this.res.end()
  }

  /** Closes the connection without ending the response: the client must see that it is incomplete. */
  cut(): void {
    const { res } = this
    // What goes to HTTP/1.0 ends with its connection: a clean end of that would complete it.
    if (this.#ctx.httpVersion === '1.0' && res.headersSent && res.socket) resetConnection(res.socket)
    else res.destroy()
  }

  /** A whole local answer. Does nothing if a head is out or the client is gone. */
  answer(status: number, fields: string[], body: string | Uint8Array | undefined, close = false): void {
    if (this.isGone || this.res.headersSent) return
    const bodyless = status === 204 || status === 304
    const length = body === undefined ? 0 : byteLength(body)
    if (!bodyless) fields.push('content-length', String(length))
    this.sendHead(status, fields, close)
    if (bodyless || length === 0 || this.#ctx.method === 'HEAD') {
      this.res.end()
      return
    }
    this.#ctx.bytesSent += length
    this.res.end(body)
    if (length > MOST_BUFFERED_BYTES) this.res.setTimeout(STALLED_READER_MS, () => this.res.destroy())
  }

  answerProblem(status: number, detail: string, close = false): void {
    const { headers, body } = problem(status, undefined, detail)
    this.answer(status, localResponseFields(headers), body, close)
  }
}

function byteLength(chunk: string | Uint8Array): number {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength
}
