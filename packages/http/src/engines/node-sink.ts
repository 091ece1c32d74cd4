import type { ServerResponse } from 'node:http'
import type { Sink } from '../handler.ts'

/** Counts what goes to the client. */
export interface SinkHost {
  readonly res: ServerResponse
  countSent(bytes: number): void
  reportError(error: unknown): void
}

/**
 * A response written piece by piece. It belongs to one response and not to the pooled context: a call after the end
 * does nothing. `onDrain` keeps the last callback given and calls it at every drain, so that registering once and
 * registering anew for each wait both work.
 */
export class ResponseSink implements Sink {
  #host: SinkHost | null
  #drain: (() => void) | null = null
  readonly #closeCallbacks: (() => void)[] = []

  /** @param host null: the client is already gone */
  constructor(host: SinkHost | null) {
    this.#host = host
  }

  write(chunk: string | Uint8Array): boolean {
    const host = this.#host
    if (host === null || host.res.writableEnded || host.res.destroyed) return false
    host.countSent(typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength)
    return host.res.write(chunk)
  }

  end(chunk?: string | Uint8Array): void {
    const host = this.#host
    if (host === null || host.res.writableEnded) return
    if (chunk !== undefined) this.write(chunk)
    host.res.end()
  }

  onDrain(callback: () => void): void {
    this.#drain = callback
  }

  onClose(callback: () => void): void {
    if (this.#host === null) callback()
    else this.#closeCallbacks.push(callback)
  }

  drained(): void {
    if (this.#drain !== null) this.#call(this.#drain)
  }

  closed(): void {
    const callbacks = this.#closeCallbacks.splice(0)
    for (const callback of callbacks) this.#call(callback)
    this.#host = null
    this.#drain = null
  }

  #call(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.#host?.reportError(error)
    }
  }
}
