import { BodyFrame } from '../body-frame.ts'
import { isWorthScanning } from '../wire/request-scan.ts'
import { scanResponseHead } from '../wire/response-scan.ts'
import { ACCEPTED, type HeadRules, INCOMPLETE, responseHead } from '../wire/scanned-head.ts'

/** The ninth interim response of one request is an attack or a bug. */
const MOST_INTERIM_RESPONSES = 8

/**
 * Reads the response to one request: heads, interim ones first, then a body in the framing that the head declares. The
 * state of one upstream socket; makes no object per response.
 */
export class ResponseReader {
  /** The final head was read. */
  hasHead = false
  /** What is wrong with the bytes; empty = nothing so far. */
  refusal = ''
  status = 0
  /** The peer keeps the connection, and for how long, ms; 0 = it does not say. */
  keepAlive = false
  keepAliveMs = 0
  /** Bytes came behind the body. */
  hasSurplus = false
  /** A 101 to the protocol that was asked for. */
  isTunnel = false
  /** Bytes of an unfinished head. */
  partial: Buffer | null = null
  readonly body: BodyFrame = new BodyFrame()
  readonly #rules: HeadRules
  #isHead = false
  #protocol = ''
  #interim = 0
  /** Bytes of the unfinished head that were scanned. */
  #seen = 0

  /** @param rules a head is complete within their bytes or refused; more of an unfinished one is never kept */
  constructor(rules: HeadRules) {
    this.#rules = rules
  }

  /** @param protocol what the request asks to switch to, in lower case; empty = it does not */
  begin(isHead: boolean, protocol: string): void {
    this.hasHead = false
    this.refusal = ''
    this.status = 0
    this.hasSurplus = false
    this.isTunnel = false
    this.partial = null
    this.#isHead = isHead
    this.#protocol = protocol
    this.#interim = 0
    this.#seen = 0
  }

  get isComplete(): boolean {
    return this.body.isComplete
  }

  /** Only the end of the connection ends the body. */
  get endsWithClose(): boolean {
    return this.hasHead && this.body.endsWithClose
  }

  join(read: Buffer, length: number): Buffer {
    const { partial } = this
    this.partial = null
    const piece = read.subarray(0, length)
    return partial === null ? piece : Buffer.concat([partial, piece])
  }

  /**
   * Reads one head.
   *
   * @returns where it ends, or 0 if it is not complete: its bytes were copied. `refusal` may be set.
   */
  readHead(bytes: Buffer, start: number, end: number): number {
    // A head that comes byte by byte is not scanned from its start for each of them.
    const seen = start + this.#seen
    const isWorth = this.#seen === 0 || isWorthScanning(bytes, start, seen, end, this.#rules)
    const verdict = isWorth ? scanResponseHead(bytes, start, end, this.#rules) : INCOMPLETE
    if (verdict === INCOMPLETE) {
      this.#seen = end - start
      this.partial = Buffer.from(bytes.subarray(start, end))
      return 0
    }
    this.#seen = 0
    if (verdict !== ACCEPTED) {
      this.refusal = responseHead.reason
      return end
    }
    const { status } = responseHead
    this.status = status
    if (status === 101) {
      this.refusal = this.#protocol === '' ? 'A switch of protocols that nobody asked for' : this.#switchRefusal(bytes)
      if (this.refusal === '') this.hasHead = this.isTunnel = true
    } else if (status < 200) {
      if (++this.#interim > MOST_INTERIM_RESPONSES) {
        this.refusal = `More than ${MOST_INTERIM_RESPONSES} interim responses`
      }
    } else {
      this.hasHead = true
      this.keepAlive = responseHead.keepAlive
      this.keepAliveMs = responseHead.keepAliveEnd > 0 ? peerKeepAliveMs(bytes) : 0
      this.body.beginResponse(this.#isHead)
    }
    return responseHead.end
  }

  /** RFC 9110, 7.8 and 15.2.2. Whoever switches to something else does not speak what the client will speak. */
  #switchRefusal(bytes: Buffer): string {
    const { start, upgrade, upgradeStart, upgradeEnd, chunked, contentLength } = responseHead
    if (!upgrade) return 'A switch of protocols that does not say so in Connection and one Upgrade field'
    if (chunked || contentLength !== -1) return 'A switch of protocols with a body'
    const protocol = bytes.toString('latin1', start + upgradeStart, start + upgradeEnd).toLowerCase()
    return protocol === this.#protocol ? '' : 'A switch to another protocol than the one that was asked for'
  }

  /** @returns where the body ends in these bytes; `refusal` may be set, `isComplete` become true */
  readBody(bytes: Buffer, start: number, end: number): number {
    const { body } = this
    const to = body.read(bytes, start, end)
    if (body.isBad) this.refusal = 'The chunked body is malformed'
    return to
  }
}

/** `timeout=5, max=100`: the first number behind `timeout=`. */
function peerKeepAliveMs(bytes: Buffer): number {
  const { start, keepAliveStart, keepAliveEnd } = responseHead
  const value = bytes.toString('latin1', start + keepAliveStart, start + keepAliveEnd)
  const seconds = /(?:^|[ ,;])timeout=(\d{1,9})/i.exec(value)?.[1]
  return seconds === undefined ? 0 : Number(seconds) * 1_000
}
