import type { Sink } from '../handler.ts'
import type { ClientResponse } from './node-response.ts'

/**
 * A response written piece by piece. It belongs to one response and not to the pooled context: a call after the end
 * does nothing. `onDrain` keeps the last callback given and calls it at every drain, so that registering once and
 * registering anew for each wait both work.
 */
export class ResponseSink implements Sink {
  #response: ClientResponse | null
  readonly #reportError: (error: unknown) => void
  #drain: (() => void) | null = null
  readonly #closeCallbacks: (() => void)[] = []

  /** @param response null: the client is already gone */
  constructor(response: ClientResponse | null, reportError: (error: unknown) => void) {
    this.#response = response
    this.#reportError = reportError
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#response?.write(chunk) ?? false
  }

  end(chunk?: string | Uint8Array): void {
    const response = this.#response
    if (response === null || response.isEnded) return
    if (chunk !== undefined) response.write(chunk)
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
