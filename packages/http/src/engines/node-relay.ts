import type { ForwardOptions } from '../handler.ts'
import type { Attempt } from '../upstream/attempt.ts'
import type { UpstreamResponseHead } from '../wire/response-fields.ts'
import type { ClientResponse } from './node-response.ts'

const NOTHING = new Uint8Array(0)

/**
 * Passes one upstream response on, piece by piece. The head waits for the first piece of the body, or for the end of
 * this turn of the event loop: if the body is already known to be broken by then, 502 is still possible.
 *
 *    hold(head) ──► data: head + piece ──► data … ──► end
 *         └── no data in this turn: head alone (event streams)
 */
export class ResponseRelay {
  /** Pieces are held back upstream, because the client reads more slowly. */
  isPaused = false
  readonly #response: ClientResponse
  readonly #reportError: (error: unknown) => void
  #tap: ForwardOptions['tap']
  #held: UpstreamResponseHead | null = null

  constructor(response: ClientResponse, tap: ForwardOptions['tap'], reportError: (error: unknown) => void) {
    this.#response = response
    this.#tap = tap
    this.#reportError = reportError
  }

  /** True while a head is held that the client has not seen. */
  get isHolding(): boolean {
    return this.#held !== null
  }

  hold(head: UpstreamResponseHead, attempt: Attempt): void {
    this.#held = head
    setImmediate(flushHeld, this, head, attempt)
  }

  /** Forgets the held head: another attempt or another answer follows. */
  drop(): void {
    this.#held = null
  }

  /** @throws TypeError if the head has a field that may not be sent; nothing was sent then */
  data(chunk: Buffer, attempt: Attempt | null): void {
    this.#sendHeld()
    this.#callTap(chunk, false)
    if (this.#response.writeOwned(chunk)) return
    this.isPaused = true
    attempt?.pause()
  }

  /** @throws TypeError as `data` */
  end(): void {
    this.#sendHeld()
    this.#callTap(NOTHING, true)
    this.#response.end()
  }

  drained(attempt: Attempt | null): void {
    if (!this.isPaused) return
    this.isPaused = false
    attempt?.resume()
  }

  /** For `setImmediate` only. A lost connection is not flushed for: the news of its failure is on the way. */
  flush(head: UpstreamResponseHead, attempt: Attempt): void {
    if (this.#held !== head || attempt.isLost) return
    try {
      this.#sendHeld()
      this.#response.flushHead()
    } catch (error) {
      attempt.fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #sendHeld(): void {
    const head = this.#held
    if (head === null) return
    this.#response.sendHead(head.status, head.fields)
    this.#held = null
  }

  #callTap(chunk: Uint8Array, last: boolean): void {
    if (this.#tap === undefined) return
    try {
      this.#tap(chunk, last)
    } catch (error) {
      this.#tap = undefined
      this.#reportError(error)
    }
  }
}

function flushHeld(relay: ResponseRelay, head: UpstreamResponseHead, attempt: Attempt): void {
  relay.flush(head, attempt)
}
