import type { Socket } from 'node:net'
import type { PoolableRequestContext } from '../context.ts'
import type { Sink } from '../handler.ts'
import type { NetResponse } from './net-response.ts'

/** How the pieces of a stream are framed. */
export type SinkFraming = 'chunked' | 'plain' | 'none'

/**
 * A response written piece by piece. It belongs to one response and not to the connection: a call after the end does
 * nothing. `onDrain` keeps the last callback given and calls it at every drain, so that registering once and registering
 * anew for each wait both work.
 */
export class NetSink implements Sink {
  #response: NetResponse | null
  readonly #socket: Socket
  readonly #ctx: PoolableRequestContext
  readonly #framing: SinkFraming
  readonly #reportError: (error: unknown) => void
  #drain: (() => void) | null = null
  readonly #closeCallbacks: (() => void)[] = []

  constructor(
    response: NetResponse | null,
    socket: Socket,
    ctx: PoolableRequestContext,
    framing: SinkFraming,
    reportError: (error: unknown) => void,
  ) {
    this.#response = response
    this.#socket = socket
    this.#ctx = ctx
    this.#framing = framing
    this.#reportError = reportError
  }

  write(chunk: string | Uint8Array): boolean {
    const response = this.#response
    if (response === null || response.isGone || response.isEnded) return false
    if (this.#framing === 'none') return true
    const length = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength
    if (length === 0) return !this.#socket.writableNeedDrain
    this.#ctx.bytesSent += length
    if (this.#framing === 'plain') return this.#socket.write(chunk)
    const size = `${length.toString(16)}\r\n`
    // Characters of one byte: the whole chunk is one string.
    if (typeof chunk === 'string' && length === chunk.length) return this.#socket.write(`${size}${chunk}\r\n`, 'latin1')
    this.#socket.cork()
    this.#socket.write(size, 'latin1')
    this.#socket.write(chunk)
    const more = this.#socket.write('\r\n', 'latin1')
    this.#socket.uncork()
    return more
  }

  end(chunk?: string | Uint8Array): void {
    const response = this.#response
    if (response === null || response.isGone || response.isEnded) return
    if (chunk !== undefined) this.write(chunk)
    if (this.#framing === 'chunked') this.#socket.write('0\r\n\r\n', 'latin1')
    response.end()
  }

  onDrain(callback: () => void): void {
    this.#drain = callback
  }

  onClose(callback: () => void): void {
    if (this.#response === null) callback()
    else this.#closeCallbacks.push(callback)
  }

  /** The client took what was written. */
  drained(): void {
    if (this.#drain !== null) this.#call(this.#drain)
  }

  /** The response ended or the client went away. */
  closed(): void {
    this.#response = null
    this.#drain = null
    for (const callback of this.#closeCallbacks.splice(0)) this.#call(callback)
  }

  #call(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.#reportError(error)
    }
  }
}
