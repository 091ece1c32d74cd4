import {
  CR,
  LF,
  METHOD,
  SP,
  spells,
  TARGET,
  TARGET_BACKSLASH,
  TARGET_PERCENT,
  TARGET_SEMICOLON,
  TARGET_SLASH,
  VALUE,
} from './bytes.ts'
import { REQUEST, scanFields } from './field-scan.ts'
import { isHostAt } from './host.ts'
import {
  ACCEPTED,
  type HeadRules,
  INCOMPLETE,
  PATH_BACKSLASH,
  PATH_DOT_SEGMENT,
  PATH_DOUBLE_SLASH,
  PATH_PERCENT,
  PATH_SEMICOLON,
  requestHead,
  type ScannedHead,
} from './scanned-head.ts'

/** Request lines longer than this, without their CRLF, are refused with 414: 8 KiB, as in most servers. */
export const LONGEST_REQUEST_LINE = 8_192
const LONGEST_METHOD = 24

/**
 * Judges the request head that begins at `start`, into `requestHead`. Give it all bytes of the head received so far;
 * while it answers INCOMPLETE, keep them and call again with more from the same `start`. The verdict is the same however
 * the bytes were cut, and never changes once it was given: the first fault in the order of the bytes decides.
 *
 * O(bytes), about 1 ns per byte; no allocation before the verdict but for a method that is not one of the usual.
 *
 * @param end behind the last byte received; `bytes` may be longer
 * @returns ACCEPTED, INCOMPLETE, or the status to refuse with (400, 405, 413, 414, 417, 431, 501, 505)
 */
export function scanRequestHead(bytes: Buffer, start: number, end: number, rules: HeadRules): number {
  const head = requestHead
  let line = start
  // One empty line is skipped: some clients end a body with a CRLF that does not belong to it.
  if (start < end && bytes[start] === CR) {
    if (start + 1 === end) {
      head.begin(start)
      return INCOMPLETE
    }
    if (bytes[start + 1] === LF) line += 2
  }
  head.begin(line)
  const limit = line + rules.maxHeadBytes
  const isCut = end >= limit
  const stop = isCut ? limit : end
  let verdict = scanRequestLine(head, bytes, line, stop, rules)
  // `end` is behind the request line here.
  if (verdict === ACCEPTED) verdict = scanFields(head, bytes, head.end, stop, rules, REQUEST)
  if (verdict === ACCEPTED) return judgeRequest(head, bytes, rules)
  if (verdict === INCOMPLETE && isCut) return head.refuse(431, `The head is longer than ${rules.maxHeadBytes} bytes`)
  return verdict
}

/**
 * Whether bytes that arrived at `bytes[from, end)` can change the verdict INCOMPLETE on the head that begins at `start`:
 * a line ended, a byte came that no line has, or a limit was passed. Without this check a head that arrives byte by
 * byte would be scanned from its start each time. True at most a few times per field line. O(new bytes).
 */
export function isWorthScanning(bytes: Buffer, start: number, from: number, end: number, rules: HeadRules): boolean {
  const length = end - start
  // The first bytes always: what is no HTTP shows there.
  if (length <= 64 || length >= rules.maxHeadBytes) return true
  if (length >= LONGEST_REQUEST_LINE && from - start < LONGEST_REQUEST_LINE) return true
  for (let p = from; p < end; p++) if (VALUE[bytes[p] as number] !== 1) return true
  return false
}

function scanRequestLine(head: ScannedHead, bytes: Buffer, start: number, stop: number, rules: HeadRules): number {
  let p = start
  while (p < stop && METHOD[bytes[p] as number] === 1) p++
  if (p - start > LONGEST_METHOD) return head.refuse(400, `The method is longer than ${LONGEST_METHOD} characters`)
  // Digits and the dash are no beginning.
  if (p > start && (bytes[start] as number) < 0x41) return head.refuse(400, 'The method is malformed')
  if (p === stop) return INCOMPLETE
  if (p === start || bytes[p] !== SP) return head.refuse(400, 'The method is malformed')
  const method = methodName(bytes, start, p)
  head.method = method
  if (method === 'CONNECT' || (method === 'TRACE' && !rules.allowTrace)) {
    return head.refuse(405, `${method} is not allowed`)
  }
  const verdict = scanTarget(head, bytes, p + 1, stop)
  return verdict === ACCEPTED ? scanVersion(head, bytes, head.start + head.targetEnd + 1, stop) : verdict
}

/** The usual methods cost no string. */
function methodName(bytes: Buffer, from: number, to: number): string {
  switch (to - from) {
    case 3:
      if (bytes[from] === 0x47 && bytes[from + 1] === 0x45 && bytes[from + 2] === 0x54) return 'GET'
      if (bytes[from] === 0x50 && bytes[from + 1] === 0x55 && bytes[from + 2] === 0x54) return 'PUT'
      break
    case 4:
      if (spells(bytes, from, 'post')) return 'POST'
      if (spells(bytes, from, 'head')) return 'HEAD'
      break
    case 5:
      if (spells(bytes, from, 'patch')) return 'PATCH'
      break
    case 6:
      if (spells(bytes, from, 'delete')) return 'DELETE'
      break
    case 7:
      if (spells(bytes, from, 'options')) return 'OPTIONS'
      break
  }
  return bytes.toString('latin1', from, to)
}

/** Target and the blank behind it. Path flags come from the same pass. */
function scanTarget(head: ScannedHead, bytes: Buffer, from: number, stop: number): number {
  const longest = head.start + LONGEST_REQUEST_LINE
  const last = Math.min(stop, longest)
  let p = from
  if (p === stop) return INCOMPLETE
  if (bytes[p] === 0x2a) {
    if (head.method !== 'OPTIONS') return head.refuse(400, 'The target * belongs to OPTIONS')
    p++
  } else if (bytes[p] !== 0x2f) return head.refuse(400, 'The request target must be in origin-form')
  let flags = 0
  let pathEnd = -1
  // Behind the last slash. A target of `*` has no segment: a byte that follows it is refused below.
  let segment = p + 1
  if (p === from) p++
  else return endOfTarget(head, bytes, from, p, p, 0, stop)
  for (;;) {
    while (p < last && TARGET[bytes[p] as number] === 1) p++
    if (p === last) return p === stop && stop < longest ? INCOMPLETE : head.refuse(414, TOO_LONG)
    const kind = TARGET[bytes[p] as number] as number
    if (kind === TARGET_SLASH) {
      if (p === segment) flags |= PATH_DOUBLE_SLASH
      else if (isDotSegment(bytes, segment, p)) flags |= PATH_DOT_SEGMENT
      segment = ++p
    } else if (kind === TARGET_PERCENT) {
      flags |= PATH_PERCENT
      p++
    } else if (kind === TARGET_SEMICOLON) {
      flags |= PATH_SEMICOLON
      p++
    } else if (kind === TARGET_BACKSLASH) {
      flags |= PATH_BACKSLASH
      p++
    } else {
      if (isDotSegment(bytes, segment, p)) flags |= PATH_DOT_SEGMENT
      pathEnd = p
      break
    }
  }
  // The query: any byte of a target.
  while (p < last && TARGET[bytes[p] as number] !== 0) p++
  if (p === last) return p === stop && stop < longest ? INCOMPLETE : head.refuse(414, TOO_LONG)
  return endOfTarget(head, bytes, from, pathEnd, p, flags, stop)
}

const TOO_LONG = `The request line is longer than ${LONGEST_REQUEST_LINE} bytes`

function endOfTarget(
  head: ScannedHead,
  bytes: Buffer,
  from: number,
  pathEnd: number,
  to: number,
  flags: number,
  stop: number,
): number {
  if (to === stop) return INCOMPLETE
  if (bytes[to] !== SP) return head.refuse(400, 'The request target has a byte that no target has')
  head.targetStart = from - head.start
  head.pathEnd = pathEnd - head.start
  head.targetEnd = to - head.start
  head.pathFlags = flags
  return ACCEPTED
}

function isDotSegment(bytes: Buffer, from: number, to: number): boolean {
  const length = to - from
  if (length === 1) return bytes[from] === 0x2e
  return length === 2 && bytes[from] === 0x2e && bytes[from + 1] === 0x2e
}

const VERSION = 'HTTP/'

/** `HTTP/`, digit, dot, digit, CRLF: 505 for another version, 400 for anything else. */
function scanVersion(head: ScannedHead, bytes: Buffer, from: number, stop: number): number {
  for (let i = 0; i < 10; i++) {
    if (from + i === stop) return INCOMPLETE
    const byte = bytes[from + i] as number
    let fits = false
    if (i < 5) fits = byte === VERSION.charCodeAt(i)
    else if (i === 6) fits = byte === 0x2e
    else if (i === 8) fits = byte === CR
    else if (i === 9) fits = byte === LF
    else fits = byte >= 0x30 && byte <= 0x39
    if (!fits) return head.refuse(400, 'The HTTP version is malformed')
  }
  const major = (bytes[from + 5] as number) - 0x30
  const minor = (bytes[from + 7] as number) - 0x30
  if (major !== 1 || minor > 1) return head.refuse(505, `HTTP/${major}.${minor} is not supported`)
  if (from + 8 - head.start > LONGEST_REQUEST_LINE) return head.refuse(414, TOO_LONG)
  head.minor = minor
  head.end = from + 10
  return ACCEPTED
}

/** What only the whole head can tell. */
function judgeRequest(head: ScannedHead, bytes: Buffer, rules: HeadRules): number {
  const { minor, contentLength, chunked } = head
  if (head.hostCount === 0) {
    if (minor === 1) return head.refuse(400, 'No Host field')
  } else if (!isHostAt(bytes, head.start + head.hostStart, head.start + head.hostEnd)) {
    return head.refuse(400, 'Host is not a host')
  }
  if (chunked && contentLength !== -1) return head.refuse(400, 'Both Transfer-Encoding and Content-Length')
  if (chunked && minor === 0) return head.refuse(400, 'Transfer-Encoding in HTTP/1.0')
  if (contentLength > rules.maxBodyBytes) {
    return head.refuse(413, `The body is longer than ${rules.maxBodyBytes} bytes`)
  }
  head.keepAlive = !head.sawClose && (minor === 1 || head.sawKeepAlive)
  if (minor === 0) head.expectContinue = false
  if (head.upgradeCount === 1 && head.sawUpgrade && minor === 1 && head.method === 'GET') {
    const hasBody = chunked || contentLength > 0
    const isWebSocket =
      head.upgradeEnd - head.upgradeStart === 9 && spells(bytes, head.start + head.upgradeStart, 'websocket')
    // The peer would take the body for frames. Other protocols are not upgraded to: their request is an ordinary one.
    if (hasBody && isWebSocket) return head.refuse(400, 'An upgrade request has no body')
    head.upgrade = !hasBody && head.upgradeEnd > head.upgradeStart
  }
  return ACCEPTED
}
