import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { NetConnection } from '../connection/net-connection.ts'
import { resetConnection } from '../connection/reset-connection.ts'
import type { PoolableRequestContext } from '../context.ts'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import type { ResponseHeaders } from '../handler.ts'
import { problem } from '../problem.ts'
import { statusLine, withoutFields } from '../wire/forwarded-head.ts'
import { localResponseFields } from '../wire/response-fields.ts'
import { dateLine } from './date-line.ts'

/** The connection of a client that takes nothing of a finished answer for this time is closed. */
const STALLED_READER_MS = 60_000

/** What a response needs of its exchange. */
export interface ResponseOwner {
  readonly ctx: PoolableRequestContext
  /** HTTP/1.`minor` of the request. */
  readonly minor: number
  readonly isHead: boolean
  /** May no further request follow on this connection? Asked when the head goes out. */
  mustClose(): boolean
  /** The whole response has left, or (false) the client has. */
  responseEnded(complete: boolean): void
}

/**
 * The response side of one connection: one head and one body per request, counted into the context. Writes latin1
 * strings: a head and a short body are one string and one system call.
 */
export class NetResponse implements DeadlineOwner {
  isHeadSent = false
  /** All of it was written. */
  isEnded = false
  /** The client left or was cut: nothing is written any more. */
  isGone = false
  /** The connection ends with this response. */
  closes = false
  readonly #connection: NetConnection
  readonly #owner: ResponseOwner
  readonly #stall: Deadline = new Deadline(this)
  #bytesAtStall = 0

  constructor(connection: NetConnection, owner: ResponseOwner) {
    this.#connection = connection
    this.#owner = owner
  }

  begin(): void {
    this.isHeadSent = false
    this.isEnded = false
    this.closes = false
  }

  /**
   * Completes a head: what `ctx.setResponseHeader` put over it, and Connection. Marks it as sent; the caller writes it.
   *
   * @param fields  lines of the message, each with its CRLF
   * @param framing lines of the framing
   */
  head(status: number, fields: string, framing: string): string {
    const { ctx, minor } = this.#owner
    const { overlay } = ctx
    let lines = fields
    if (overlay.length > 0) {
      const names: string[] = []
      let added = ''
      for (let i = 0; i < overlay.length; i += 2) {
        const name = overlay[i] as string
        if (name !== 'set-cookie') names.push(name)
        added += `${name}: ${overlay[i + 1] as string}\r\n`
      }
      lines = withoutFields(fields, names, 0) + added
    }
    this.closes ||= this.#owner.mustClose()
    this.isHeadSent = true
    ctx.status = status
    ctx.responded = true
    const connection = this.closes
      ? 'connection: close\r\n\r\n'
      : minor === 0
        ? 'connection: keep-alive\r\n\r\n'
        : '\r\n'
    return statusLine(status) + lines + framing + connection
  }

  /**
   * Marks a received head as sent that needs nothing of ours, neither lines nor Connection. The caller writes it.
   *
   * @returns false if it does: ask for `head`
   */
  passes(status: number): boolean {
    const { ctx, minor } = this.#owner
    this.closes ||= this.#owner.mustClose()
    if (this.closes || minor === 0 || ctx.overlay.length > 0) return false
    this.isHeadSent = true
    ctx.status = status
    ctx.responded = true
    return true
  }

  /** A whole local answer. Does nothing if a head is out or the client is gone. */
  answer(status: number, lines: string, body: string | Uint8Array | undefined, close = false): void {
    if (this.isGone || this.isHeadSent) return
    const { ctx, isHead } = this.#owner
    const bodyless = status === 204 || status === 304
    const length = body === undefined ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    this.closes ||= close
    const head = this.head(status, lines, bodyless ? '' : `content-length: ${length}\r\n`)
    const { socket } = this.#connection
    if (bodyless || isHead || body === undefined || length === 0) {
      socket.write(head, 'latin1')
    } else {
      ctx.bytesSent += length
      if (typeof body === 'string' && length === body.length) socket.write(head + body, 'latin1')
      else {
        socket.cork()
        socket.write(head, 'latin1')
        socket.write(body)
        socket.uncork()
      }
    }
    this.end()
  }

  answerProblem(status: number, detail: string, close = false): void {
    const { headers, body } = problem(status, undefined, detail)
    this.answer(status, localLines(headers), body, close)
  }

  /** All of the response was written; it is over when the socket has taken it. */
  end(): void {
    if (this.isEnded || this.isGone) return
    this.isEnded = true
    const { socket } = this.#connection
    if (socket.writableLength === 0) {
      this.#owner.responseEnded(true)
      return
    }
    this.#bytesAtStall = socket.bytesWritten - socket.writableLength
    deadlines.arm(this.#stall, STALLED_READER_MS)
    this.#connection.whenFlushed()
  }

  /** A tunnel is over: nothing more is written. */
  finish(): void {
    this.isEnded = true
    this.#owner.responseEnded(true)
  }

  /** The socket has taken all that was written. */
  flushed(): void {
    if (!this.isEnded || this.isGone) return
    deadlines.disarm(this.#stall)
    this.#owner.responseEnded(true)
  }

  /** Closes the connection without ending the response: the client must see that it is incomplete. */
  cut(): void {
    // What goes to HTTP/1.0 ends with its connection: a clean end of that would complete it.
    if (this.#owner.minor === 0 && this.isHeadSent) resetConnection(this.#connection.socket)
    else this.#connection.destroy()
  }

  gone(): void {
    this.isGone = true
    deadlines.disarm(this.#stall)
  }

  deadlinePassed(): void {
    const { socket } = this.#connection
    const taken = socket.bytesWritten - socket.writableLength
    if (taken === this.#bytesAtStall) {
      this.cut()
      return
    }
    this.#bytesAtStall = taken
    deadlines.arm(this.#stall, STALLED_READER_MS)
  }
}

/** Field lines of a local answer. @throws TypeError for a field that may not be sent */
export function localLines(headers: ResponseHeaders): string {
  const fields = localResponseFields(headers)
  let lines = ''
  let hasDate = false
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    const value = fields[i + 1] as string
    validateHeaderName(name)
    validateHeaderValue(name, value)
    if (name.length === 4 && name.toLowerCase() === 'date') hasDate = true
    lines += `${name}: ${value}\r\n`
  }
  return hasDate ? lines : lines + dateLine()
}
