import { CR, HEX, LF, VALUE } from './bytes.ts'
import { addRange, type PieceRanges } from './piece-ranges.ts'
import { areTrailers } from './trailer-fields.ts'

/** `push` wants more bytes; or the message is malformed; or its body is longer than allowed. */
export const CHUNKED_MORE = -1
export const CHUNKED_BAD = -2
export const CHUNKED_TOO_LONG = -3

/** Bytes of the extension of one chunk, from its `;`. They have no use left but to be a burden (CVE-2024-22019). */
export const LONGEST_EXTENSION = 256
/** Bytes of all extensions of one message. */
export const MOST_EXTENSION_BYTES = 16_384
/** Bytes of a trailer section, and its field lines: the limits of a head. */
export const MOST_TRAILER_BYTES = 16_384
const MOST_TRAILER_FIELDS = 100
/** Hexadecimal digits of a size, leading zeros counted: sizes stay below 2^32, far below what a number holds exactly. */
const MOST_SIZE_DIGITS = 8

//            ┌───────────────────────────────────────────────────────────────┐
//            ▼                                                               │
//   SIZE ─► DIGITS ─► (EXTENSION) ─► SIZE_LF ─► DATA ─► DATA_CR ─► DATA_LF ──┘
//                                       │ size 0
//                                       ▼
//                    TRAILER_LINE ─► LAST_LF ─► end of the message
//                      ▲      │
//                      │      ▼
//                TRAILER_LF ◄─ TRAILER
const SIZE = 0
const DIGITS = 1
const EXTENSION = 2
const SIZE_LF = 3
const DATA = 4
const DATA_CR = 5
const DATA_LF = 6
const TRAILER_LINE = 7
const TRAILER = 8
const TRAILER_LF = 9
const LAST_LF = 10

const NOTHING = Buffer.alloc(0)

/** Payload bytes of the last piece: the body without its framing. */
export const payloadRanges: PieceRanges = { count: 0, offsets: new Int32Array(64) }
/** Bytes of the last piece that are not passed on: extensions and trailers. */
const cutRanges: PieceRanges = { count: 0, offsets: new Int32Array(64) }

/**
 * Proves where a chunked body ends and what its payload is, piece by piece. The bytes are passed on as received, minus
 * extensions and trailers: what remains is read alike by every parser. State between pieces: one number for the place
 * in the picture above, one for what is left of a size; the rest is counters of the limits.
 *
 * O(lines) per piece, not O(bytes): data is skipped. No allocation for pieces without trailers.
 */
export class ChunkedDecoder {
  #state = SIZE
  #left = 0
  /** Digits of the size line, or bytes of its extension. */
  #line = 0
  #extensions = 0
  #trailer: Buffer = NOTHING
  #trailerLength = 0
  #maxBodyBytes = Number.POSITIVE_INFINITY

  /** Payload bytes announced so far. */
  total = 0

  /** Prepares for the next message. @param maxBodyBytes longest payload; more is CHUNKED_TOO_LONG */
  reset(maxBodyBytes: number = Number.POSITIVE_INFINITY): void {
    this.#state = SIZE
    this.#left = 0
    this.#line = 0
    this.#extensions = 0
    this.#trailer = NOTHING
    this.#trailerLength = 0
    this.#maxBodyBytes = maxBodyBytes
    this.total = 0
  }

  /** False after a piece with (a part of) an extension or a trailer: pass on `output` then, not the bytes. */
  get isClean(): boolean {
    return cutRanges.count === 0
  }

  /**
   * Reads the next piece, `bytes[start, end)`, and fills `payloadRanges`.
   *
   * @returns offset behind the message if it ends in this piece, else CHUNKED_MORE, CHUNKED_BAD or CHUNKED_TOO_LONG.
   *          After a fault nothing of this piece may be passed on, and the decoder is of no use until `reset`.
   */
  push(bytes: Buffer, start: number, end: number): number {
    payloadRanges.count = 0
    cutRanges.count = 0
    let state = this.#state
    let left = this.#left
    let p = start
    // Where a cut that is under way began in this piece.
    let cut = state === EXTENSION || state === TRAILER || state === TRAILER_LF ? start : -1
    while (p < end) {
      if (state === DATA) {
        const here = end - p
        if (here < left) {
          addRange(payloadRanges, p, end)
          left -= here
          p = end
          break
        }
        addRange(payloadRanges, p, p + left)
        p += left
        left = 0
        state = DATA_CR
        continue
      }
      const byte = bytes[p++] as number
      switch (state) {
        case SIZE:
        case DIGITS: {
          const digit = HEX[byte] as number
          if (digit !== 255) {
            if (++this.#line > MOST_SIZE_DIGITS) return CHUNKED_BAD
            left = left * 16 + digit
            state = DIGITS
          } else if (state === SIZE) {
            return CHUNKED_BAD
          } else if (byte === CR) {
            state = SIZE_LF
          } else if (byte === 0x3b) {
            state = EXTENSION
            this.#line = 1
            if (++this.#extensions > MOST_EXTENSION_BYTES) return CHUNKED_BAD
            cut = p - 1
          } else {
            return CHUNKED_BAD
          }
          break
        }
        case EXTENSION:
          if (byte === CR) {
            addRange(cutRanges, cut, p - 1)
            cut = -1
            state = SIZE_LF
          } else if (
            VALUE[byte] !== 1 ||
            ++this.#line > LONGEST_EXTENSION ||
            ++this.#extensions > MOST_EXTENSION_BYTES
          ) {
            return CHUNKED_BAD
          }
          break
        case SIZE_LF:
          if (byte !== LF) return CHUNKED_BAD
          this.total += left
          if (this.total > this.#maxBodyBytes) return CHUNKED_TOO_LONG
          state = left === 0 ? TRAILER_LINE : DATA
          this.#line = 0
          break
        case DATA_CR:
          if (byte !== CR) return CHUNKED_BAD
          state = DATA_LF
          break
        case DATA_LF:
          if (byte !== LF) return CHUNKED_BAD
          state = SIZE
          break
        case TRAILER_LINE:
          if (byte === CR) {
            state = LAST_LF
            if (cut !== -1) addRange(cutRanges, cut, p - 1)
            cut = -1
            break
          }
          if (cut === -1) cut = p - 1
          if (VALUE[byte] !== 1 || !this.#keepTrailer(byte)) return CHUNKED_BAD
          state = TRAILER
          break
        case TRAILER:
          if (byte === CR) state = TRAILER_LF
          else if (VALUE[byte] !== 1) return CHUNKED_BAD
          if (!this.#keepTrailer(byte)) return CHUNKED_BAD
          break
        case TRAILER_LF:
          if (byte !== LF || !this.#keepTrailer(byte)) return CHUNKED_BAD
          state = TRAILER_LINE
          break
        default:
          if (byte !== LF) return CHUNKED_BAD
          return this.#end(p)
      }
    }
    if (cut !== -1) addRange(cutRanges, cut, end)
    this.#state = state
    this.#left = left
    return CHUNKED_MORE
  }

  /**
   * What goes on of the piece that was pushed last: `bytes[start, to)` itself if clean, else a copy without extensions
   * and trailers. `to` is what `push` returned, or the end of the piece.
   */
  output(bytes: Buffer, start: number, to: number): Buffer {
    if (this.isClean) return bytes.subarray(start, to)
    const pieces: Buffer[] = []
    let from = start
    const { count, offsets } = cutRanges
    for (let i = 0; i < count * 2; i += 2) {
      pieces.push(bytes.subarray(from, offsets[i]))
      from = offsets[i + 1] as number
    }
    pieces.push(bytes.subarray(from, to))
    return Buffer.concat(pieces)
  }

  #keepTrailer(byte: number): boolean {
    if (this.#trailerLength === MOST_TRAILER_BYTES) return false
    if (this.#trailerLength === this.#trailer.length) {
      const larger = Buffer.allocUnsafe(Math.max(256, this.#trailer.length * 2))
      this.#trailer.copy(larger)
      this.#trailer = larger
    }
    this.#trailer[this.#trailerLength++] = byte
    return true
  }

  #end(p: number): number {
    if (this.#trailerLength > 0) {
      const section = Buffer.concat([this.#trailer.subarray(0, this.#trailerLength), CRLF])
      if (!areTrailers(section, MOST_TRAILER_FIELDS)) return CHUNKED_BAD
      this.#trailer = NOTHING
      this.#trailerLength = 0
    }
    this.#state = SIZE
    this.#left = 0
    return p
  }
}

const CRLF = Buffer.from('\r\n')
