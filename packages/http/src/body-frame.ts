import { CHUNKED_BAD, CHUNKED_MORE, CHUNKED_TOO_LONG, ChunkedDecoder, payloadRanges } from './wire/chunked.ts'
import { BODY_CHUNKED, BODY_LENGTH, BODY_NONE, BODY_UNTIL_CLOSE, responseBodyKind } from './wire/response-scan.ts'
import { responseHead } from './wire/scanned-head.ts'

/**
 * Where the body of one message ends, whatever frames it. The state of one direction of one connection, used again for
 * each message.
 *
 *    none: 0 bytes · length: #left bytes · chunked: as the decoder finds · until close: the owner decides
 */
export class BodyFrame {
  isComplete = true
  isBad = false
  isTooLong = false
  /** Payload bytes that were announced (chunked) or came so far. */
  size = 0
  /** Bytes that go on in place of the piece that was read last, if it had chunk extensions or trailers; else null. */
  replacement: Buffer | null = null
  #kind = BODY_NONE
  #left = 0
  #chunks: ChunkedDecoder | null = null

  /** A request follows. @param contentLength -1 without one */
  begin(chunked: boolean, contentLength: number, maxBytes: number): void {
    this.#begin(chunked ? BODY_CHUNKED : contentLength > 0 ? BODY_LENGTH : BODY_NONE, contentLength, maxBytes)
  }

  /** The body behind `responseHead` follows. */
  beginResponse(isHead: boolean): void {
    this.#begin(responseBodyKind(responseHead, isHead), responseHead.contentLength, Number.POSITIVE_INFINITY)
  }

  get isChunked(): boolean {
    return this.#kind === BODY_CHUNKED
  }

  get endsWithClose(): boolean {
    return this.#kind === BODY_UNTIL_CLOSE
  }

  /** No body at all, or an empty one. */
  get isNone(): boolean {
    return this.#kind === BODY_NONE
  }

  /** Bytes still to come; Infinity if unknown. */
  get left(): number {
    return this.isComplete ? 0 : this.#kind === BODY_LENGTH ? this.#left : Number.POSITIVE_INFINITY
  }

  /** Reads a piece. @returns where the body ends in it, or `end` */
  read(bytes: Buffer, start: number, end: number): number {
    switch (this.#kind) {
      case BODY_LENGTH: {
        const here = end - start
        if (here < this.#left) {
          this.#left -= here
          this.size += here
          return end
        }
        const to = start + this.#left
        this.size += this.#left
        this.#left = 0
        this.isComplete = true
        return to
      }
      case BODY_CHUNKED:
        return this.#chunks === null ? end : this.#readChunks(this.#chunks, bytes, start, end)
      case BODY_UNTIL_CLOSE:
        this.size += end - start
        return end
      default:
        return start
    }
  }

  /** Payload of the piece `[start, to)` that was read last: call it before anything else is read anywhere. */
  payload(bytes: Buffer, start: number, to: number): Buffer {
    if (this.#kind !== BODY_CHUNKED) return bytes.subarray(start, to)
    const { count, offsets } = payloadRanges
    if (count === 0) return bytes.subarray(start, start)
    if (count === 1) return bytes.subarray(offsets[0], offsets[1])
    const pieces: Buffer[] = []
    for (let i = 0; i < count * 2; i += 2) pieces.push(bytes.subarray(offsets[i], offsets[i + 1]))
    return Buffer.concat(pieces)
  }

  /** Length of that payload. */
  payloadLength(start: number, to: number): number {
    if (this.#kind !== BODY_CHUNKED) return to - start
    const { count, offsets } = payloadRanges
    let length = 0
    for (let i = 0; i < count * 2; i += 2) length += (offsets[i + 1] as number) - (offsets[i] as number)
    return length
  }

  #begin(kind: number, contentLength: number, maxBytes: number): void {
    this.#kind = kind
    this.#left = contentLength
    this.isComplete = kind === BODY_NONE
    this.isBad = false
    this.isTooLong = false
    this.size = 0
    this.replacement = null
    if (kind !== BODY_CHUNKED) return
    this.#chunks ??= new ChunkedDecoder()
    this.#chunks.reset(maxBytes)
  }

  #readChunks(chunks: ChunkedDecoder, bytes: Buffer, start: number, end: number): number {
    const result = chunks.push(bytes, start, end)
    this.size = chunks.total
    if (result === CHUNKED_BAD || result === CHUNKED_TOO_LONG) {
      this.isBad = result === CHUNKED_BAD
      this.isTooLong = result === CHUNKED_TOO_LONG
      return end
    }
    this.isComplete = result !== CHUNKED_MORE
    const to = this.isComplete ? result : end
    this.replacement = chunks.isClean ? null : chunks.output(bytes, start, to)
    return to
  }
}
