import { CR, LF, SP, VALUE } from './bytes.ts'
import { RESPONSE, scanFields } from './field-scan.ts'
import { scanReceived } from './head-reading.ts'
import { ACCEPTED, type HeadRules, INCOMPLETE, responseHead, type ScannedHead } from './scanned-head.ts'

/** What follows a response head. */
export const BODY_NONE = 0
export const BODY_LENGTH = 1
export const BODY_CHUNKED = 2
export const BODY_UNTIL_CLOSE = 3

/**
 * Judges the response head that begins at `start`, into `responseHead`, as strictly as a request. Same contract as
 * `scanRequestHead`; nothing is skipped before the status line.
 *
 * @returns ACCEPTED, INCOMPLETE, or 502: the upstream cannot be understood and its connection must be destroyed
 */
export function scanResponseHead(bytes: Buffer, start: number, end: number, rules: HeadRules): number {
  const head = responseHead
  head.begin(start)
  const limit = start + rules.maxHeadBytes
  const isCut = end >= limit
  const verdict = scanReceived(scanResponse, head, bytes, start, isCut ? limit : end, rules)
  if (verdict === INCOMPLETE && isCut) return head.refuse(502, `The head is longer than ${rules.maxHeadBytes} bytes`)
  return verdict > ACCEPTED ? 502 : verdict
}

function scanResponse(head: ScannedHead, bytes: Buffer, stop: number, rules: HeadRules): number {
  head.clear()
  let verdict = scanStatusLine(head, bytes, stop)
  if (verdict === ACCEPTED) verdict = scanFields(head, bytes, head.end, stop, rules, RESPONSE)
  return verdict === ACCEPTED ? judgeResponse(head) : verdict
}

const VERSION = 'HTTP/1.'
const MALFORMED = 'The status line is malformed'

/** `HTTP/1.0` or `1.1`, blank, three digits 100-599, then a blank and a reason, or nothing. */
function scanStatusLine(head: ScannedHead, bytes: Buffer, stop: number): number {
  const { start } = head
  for (let i = 0; i < 13; i++) {
    const byte = bytes[start + i] as number
    let fits = false
    if (i < 7) fits = byte === VERSION.charCodeAt(i)
    else if (i === 7) fits = byte === 0x30 || byte === 0x31
    else if (i === 8) fits = byte === SP
    else if (i === 9) fits = byte >= 0x31 && byte <= 0x35
    else if (i < 12) fits = byte >= 0x30 && byte <= 0x39
    else fits = byte === SP || byte === CR
    if (!fits) return head.fault(start + i, stop, 502, MALFORMED)
  }
  head.minor = (bytes[start + 7] as number) - 0x30
  head.status =
    (bytes[start + 9] as number) * 100 + (bytes[start + 10] as number) * 10 + (bytes[start + 11] as number) - 0x30 * 111
  let p = start + 12
  while (VALUE[bytes[p] as number] === 1) p++
  if (bytes[p] !== CR) return head.fault(p, stop, 502, MALFORMED)
  if (bytes[p + 1] !== LF) return head.fault(p + 1, stop, 502, MALFORMED)
  head.end = p + 2
  return ACCEPTED
}

function judgeResponse(head: ScannedHead): number {
  const { minor, chunked, contentLength } = head
  if (chunked && contentLength !== -1) return head.refuse(502, 'Both Transfer-Encoding and Content-Length')
  if (chunked && minor === 0) return head.refuse(502, 'Transfer-Encoding in HTTP/1.0')
  head.keepAlive = !head.sawClose && (minor === 1 || head.sawKeepAlive)
  head.upgrade = minor === 1 && head.upgradeCount === 1 && head.sawUpgrade && head.upgradeEnd > head.upgradeStart
  return ACCEPTED
}

/**
 * Kind of the body behind `responseHead`. HEAD, 1xx, 204 and 304 have none, whatever their head declares: bytes that
 * follow are not a body but a fault of the upstream. O(1).
 */
export function responseBodyKind(head: ScannedHead, isHead: boolean): number {
  const { status } = head
  if (isHead || status < 200 || status === 204 || status === 304) return BODY_NONE
  if (head.chunked) return BODY_CHUNKED
  if (head.contentLength === 0) return BODY_NONE
  return head.contentLength > 0 ? BODY_LENGTH : BODY_UNTIL_CLOSE
}
