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
import { scanReceived } from './head-reading.ts'
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
  const verdict = scanReceived(scanRequest, head, bytes, line, isCut ? limit : end, rules)
  return verdict === INCOMPLETE && isCut ? refuseLong(head, rules) : verdict
}

function refuseLong(head: ScannedHead, rules: HeadRules): number {
  return head.refuse(431, `The head is longer than ${rules.maxHeadBytes} bytes`)
}

function scanRequest(head: ScannedHead, bytes: Buffer, stop: number, rules: HeadRules): number {
  head.clear()
  let verdict = scanRequestLine(head, bytes, stop, rules)
  // `end` is behind the request line here.
  if (verdict === ACCEPTED) verdict = scanFields(head, bytes, head.end, stop, rules, REQUEST)
  return verdict === ACCEPTED ? judgeRequest(head, bytes, rules) : verdict
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
  // What follows a CR is a line end or a fault.
  if (from > start && bytes[from - 1] === CR) return true
  for (let p = from; p < end; p++) if (VALUE[bytes[p] as number] !== 1) return true
  return false
}

function scanRequestLine(head: ScannedHead, bytes: Buffer, stop: number, rules: HeadRules): number {
  const { start } = head
  let p = start
  while (METHOD[bytes[p] as number] === 1) p++
  if (p - start > LONGEST_METHOD) return head.refuse(400, `The method is longer than ${LONGEST_METHOD} characters`)
  // Digits and the dash are no beginning.
  if (p > start && (bytes[start] as number) < 0x41) return head.refuse(400, 'The method is malformed')
  if (p === start || bytes[p] !== SP) return head.fault(p, stop, 400, 'The method is malformed')
  const method = methodName(bytes, start, p)
  head.method = method
  if (method === 'CONNECT' || (method === 'TRACE' && !rules.allowTrace)) {
    return head.refuse(405, `${method} is not allowed`)
  }
  const verdict = scanTarget(head, bytes, p + 1, stop)
  return verdict === ACCEPTED ? scanVersion(head, bytes, start + head.targetEnd + 1, stop) : verdict
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
  let p = from
  if (bytes[p] !== 0x2f) return scanAsterisk(head, bytes, from, stop)
  let flags = 0
  // Behind the last slash.
  let segment = ++p
  let kind = 0
  for (;;) {
    while (TARGET[bytes[p] as number] === 1) p++
    kind = TARGET[bytes[p] as number] as number
    if (kind === TARGET_SLASH) {
      if (p === segment) flags |= PATH_DOUBLE_SLASH
      else if (isDotSegment(bytes, segment, p)) flags |= PATH_DOT_SEGMENT
      segment = p + 1
    } else if (kind === TARGET_PERCENT) flags |= PATH_PERCENT
    else if (kind === TARGET_SEMICOLON) flags |= PATH_SEMICOLON
    else if (kind === TARGET_BACKSLASH) flags |= PATH_BACKSLASH
    else break
    p++
  }
  if (isDotSegment(bytes, segment, p)) flags |= PATH_DOT_SEGMENT
  const pathEnd = p
  // The query, if there is one: any byte of a target.
  while (TARGET[bytes[p] as number] !== 0) p++
  return endOfTarget(head, bytes, from, pathEnd, p, flags, stop)
}

function scanAsterisk(head: ScannedHead, bytes: Buffer, from: number, stop: number): number {
  if (bytes[from] !== 0x2a) return head.fault(from, stop, 400, 'The request target must be in origin-form')
  if (head.method !== 'OPTIONS') return head.refuse(400, 'The target * belongs to OPTIONS')
  return endOfTarget(head, bytes, from, from + 1, from + 1, 0, stop)
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
  const { start } = head
  // Before the byte is looked at: a line that long is refused whatever comes next.
  if (to - start >= LONGEST_REQUEST_LINE) return head.refuse(414, TOO_LONG)
  if (bytes[to] !== SP) return head.fault(to, stop, 400, 'The request target has a byte that no target has')
  head.targetStart = from - start
  head.pathEnd = pathEnd - start
  head.targetEnd = to - start
  head.pathFlags = flags
  return ACCEPTED
}

function isDotSegment(bytes: Buffer, from: number, to: number): boolean {
  const length = to - from
  if (length === 1) return bytes[from] === 0x2e
  return length === 2 && bytes[from] === 0x2e && bytes[from + 1] === 0x2e
}

/** `HTTP/`, digit, dot, digit, CRLF: 505 for another version, 400 for anything else. */
function scanVersion(head: ScannedHead, bytes: Buffer, from: number, stop: number): number {
  let p = from
  if (bytes[p] === 0x48 && bytes[++p] === 0x54 && bytes[++p] === 0x54 && bytes[++p] === 0x50 && bytes[++p] === 0x2f) {
    const major = (bytes[++p] as number) - 0x30
    if (major >= 0 && major <= 9 && bytes[++p] === 0x2e) {
      const minor = (bytes[++p] as number) - 0x30
      if (minor >= 0 && minor <= 9 && bytes[++p] === CR && bytes[++p] === LF) {
        if (major !== 1 || minor > 1) return head.refuse(505, `HTTP/${major}.${minor} is not supported`)
        if (from + 8 - head.start > LONGEST_REQUEST_LINE) return head.refuse(414, TOO_LONG)
        head.minor = minor
        head.end = p + 1
        return ACCEPTED
      }
    }
  }
  // `p` is at the first byte that does not fit.
  return head.fault(p, stop, 400, 'The HTTP version is malformed')
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
