import { BodyTooLargeError, ClientAbortError, StateError } from '../errors.ts'
import type { BodySource } from './request-body.ts'

type DataListener = (chunk: Buffer) => void

/** What is told about the body of a request while it is collected. */
export interface CollectedFrom extends BodySource {
  once(event: 'close', listener: () => void): unknown
}

/**
 * The body of a request, whole, for a handler that wants to see it. Stands in for the request afterwards, so that it can
 * still be forwarded: `pause`, `resume` and two events are all that a `RequestBody` asks of its source.
 */
export class CollectedBody implements BodySource {
  readableEnded = false
  readonly #bytes: Buffer
  #onData: DataListener | null = null
  #onEnd: (() => void) | null = null

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  on(event: 'data' | 'end', listener: DataListener | (() => void)): void {
    if (event === 'data') this.#onData = listener
    else this.#onEnd = listener as () => void
  }

  off(event: 'data' | 'end'): void {
    if (event === 'data') this.#onData = null
    else this.#onEnd = null
  }

  pause(): void {}

  resume(): void {
    if (this.readableEnded) return
    this.readableEnded = true
    if (this.#bytes.length > 0) this.#onData?.(this.#bytes)
    this.#onEnd?.()
  }
}

/**
 * Reads a body to its end.
 *
 * Rejects with `BodyTooLargeError` beyond `maxBytes`: the rest is then left to be read away; with `ClientAbortError` if
 * it does not end.
 */
export function collectBody(source: CollectedFrom, maxBytes: number): Promise<Buffer> {
  if (source.readableEnded) return Promise.reject(new StateError('The body of this request was already read'))
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const onData = (piece: Buffer): void => {
      size += piece.length
      if (size <= maxBytes) pieces.push(piece)
      else settle(new BodyTooLargeError(maxBytes))
    }
    const onEnd = (): void => settle(null)
    const settle = (error: Error | null): void => {
      source.off('data', onData)
      source.off('end', onEnd)
      if (error === null) resolve(Buffer.concat(pieces, size))
      else reject(error)
    }
    source.on('data', onData)
    source.on('end', onEnd)
    source.once('close', () => settle(new ClientAbortError('The client closed the connection')))
    source.resume()
  })
}
