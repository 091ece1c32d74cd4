import type { BodyFrame } from '../body-frame.ts'
import type { ForwardOptions } from '../handler.ts'

/** So much of a body is held at most; then it is committed. */
const MOST_HELD_BYTES = 65_536

/**
 * A response that the client has seen nothing of, while policy looks at the first bytes of its body.
 *
 *    add ──► 'more' (wait for the next piece) · 'commit' (send all of it on) · 'retry' (another attempt)
 */
export class HeldResponse {
  readonly status: number
  readonly fields: string
  readonly contentLength: number
  /** As received, less extensions and trailers. */
  readonly raw: Buffer[] = []
  /** Without framing. */
  readonly payload: Buffer[] = []
  readonly #hold: NonNullable<ForwardOptions['hold']>
  #size = 0

  constructor(status: number, fields: string, contentLength: number, hold: NonNullable<ForwardOptions['hold']>) {
    this.status = status
    this.fields = fields
    this.contentLength = contentLength
    this.#hold = hold
  }

  /** Asks policy again, with all bytes so far. The piece was just read by `body`. @throws What policy throws */
  add(body: BodyFrame, bytes: Buffer, start: number, end: number, complete: boolean): 'more' | 'commit' | 'retry' {
    if (end > start) {
      const payload = Buffer.from(body.payload(bytes, start, end))
      this.raw.push(body.replacement ?? Buffer.from(bytes.subarray(start, end)))
      this.payload.push(payload)
      this.#size += payload.length
      if (payload.length > 0) {
        const verdict = this.#hold(this.payload.length === 1 ? payload : Buffer.concat(this.payload))
        if (verdict !== 'more') return verdict
      }
    }
    return complete || this.#size >= MOST_HELD_BYTES ? 'commit' : 'more'
  }
}
