import { Readable } from 'node:stream'

/** The parsed request that carries the body: node:http's IncomingMessage, as far as it is used. */
export interface BodySource {
  pause(): unknown
  resume(): unknown
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'end', listener: () => void): unknown
  off(event: 'data', listener: (chunk: Buffer) => void): unknown
  off(event: 'end', listener: () => void): unknown
  readonly readableEnded: boolean
}

/** Told how the body of a request is going. */
export interface BodyWatcher {
  /** The first byte was taken: the request cannot be sent to another target any more. */
  bodyConsumed(bytes: number): void
}

/**
 * The body of a request as a stream for one attempt. It stands between the client's stream and undici, because undici
 * destroys the stream it reads (and takes the socket away from an IncomingMessage) when an attempt ends early, while
 * the rest of the body must still be read away and, if nothing was taken, the next attempt must find it untouched.
 *
 *    client socket ─► IncomingMessage ──data──► RequestBody (≤ 64 KiB) ──► undici ─► upstream socket
 *                          ▲ pause when full ◄──────┘  _read: resume
 */
export class RequestBody extends Readable {
  readonly #source: BodySource
  readonly #watcher: BodyWatcher
  #attached = false
  #waitsForClient = false
  readonly #onData = (chunk: Buffer): void => {
    this.#waitsForClient = false
    this.#watcher.bodyConsumed(chunk.length)
    // The watcher may have given the body up.
    if (!this.destroyed && !this.push(chunk)) this.#source.pause()
  }
  readonly #onEnd = (): void => {
    this.#waitsForClient = false
    this.push(null)
  }

  constructor(source: BodySource, watcher: BodyWatcher) {
    super()
    this.#source = source
    this.#watcher = watcher
    // undici listens as well, but not for the whole life of the stream.
    this.on('error', ignore)
  }

  /** True while the upstream would take more and the client sends nothing. */
  get waitsForClient(): boolean {
    return this.#waitsForClient
  }

  override _read(): void {
    if (!this.#attached) {
      this.#attached = true
      if (this.#source.readableEnded) {
        this.push(null)
        return
      }
      this.#source.on('data', this.#onData)
      this.#source.on('end', this.#onEnd)
    }
    this.#waitsForClient = true
    this.#source.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#attached) {
      this.#source.off('data', this.#onData)
      this.#source.off('end', this.#onEnd)
      this.#source.pause()
    }
    callback(error)
  }
}

function ignore(): void {}
