import { COLON, CR, decimal, LF, NAME, SP, spells, TAB, VALUE } from './bytes.ts'
import { dropNominated, readConnection } from './connection-field.ts'
import * as names from './field-names.ts'
import { ACCEPTED, DROPPED, type HeadRules, INCOMPLETE, MOST_FIELDS, type ScannedHead } from './scanned-head.ts'

/** Whose field lines these are: some names mean something in one of them only. */
export const REQUEST = 0
export const RESPONSE = 1
export const TRAILERS = 2

/**
 * Scans field lines from `from` up to and with the empty line, into `head`. What it refuses it refuses at the first bad
 * byte or the end of the first bad line, so the verdict does not depend on how the bytes were cut into reads.
 *
 * One look-up per byte and no test for the end: `bytes[stop - 1]` must be a line feed, or `bytes[stop]` a byte
 * that no line has (`head-reading.ts` sees to it). O(bytes); no allocation.
 *
 * @returns ACCEPTED with `head.end` behind the empty line; INCOMPLETE if `stop` was reached before; or a status
 */
export function scanFields(
  head: ScannedHead,
  bytes: Uint8Array,
  from: number,
  stop: number,
  rules: HeadRules,
  role: number,
): number {
  const { start, fields, kinds } = head
  // The tables have no room for more, whatever the rules say.
  const maxFields = Math.min(rules.maxFields, MOST_FIELDS)
  let p = from
  let count = 0
  head.fieldsStart = from - start
  for (;;) {
    if (p >= stop) return INCOMPLETE
    const line = p
    while (NAME[bytes[p] as number] === 1) p++
    let underscored = false
    while (NAME[bytes[p] as number] === 2) {
      underscored = true
      p++
      while (NAME[bytes[p] as number] === 1) p++
    }
    if (bytes[p] !== COLON || p === line) {
      if (p !== line || bytes[p] !== CR) {
        return head.fault(p, stop, 400, 'A field line does not begin with a name and a colon')
      }
      if (bytes[p + 1] !== LF) return head.fault(p + 1, stop, 400, 'CR without LF')
      break
    }
    const nameEnd = p++
    while (bytes[p] === SP || bytes[p] === TAB) p++
    const valueStart = p
    while (VALUE[bytes[p] as number] === 1) p++
    if (bytes[p] !== CR) return head.fault(p, stop, 400, 'A field value has a control character or a bare LF')
    if (bytes[p + 1] !== LF) return head.fault(p + 1, stop, 400, 'CR without LF')
    let valueEnd = p
    while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === TAB)) valueEnd--
    p += 2
    if (count === maxFields) return head.refuse(431, `More than ${maxFields} field lines`)
    const at = count * 4
    fields[at] = line - start
    fields[at + 1] = nameEnd - start
    fields[at + 2] = valueStart - start
    fields[at + 3] = valueEnd - start
    let kind = names.knownName(bytes, line, nameEnd - line)
    if (kind !== names.OTHER || underscored) {
      if (underscored) kind = underscoredName(head, kind, rules, role)
      else if (role === REQUEST) kind = requestField(head, bytes, kind, valueStart, valueEnd, rules)
      else if (role === RESPONSE) kind = responseField(head, bytes, kind, valueStart, valueEnd)
      if (kind >= 400) return kind
      if (kind >= DROPPED) head.droppedCount++
    }
    kinds[count++] = kind
  }
  head.fieldCount = count
  head.fieldsEnd = p - start
  head.end = p + 2
  if (head.nominatedCount !== 0) dropNominated(head, bytes)
  return ACCEPTED
}

// What follows returns the kind of the line, with DROPPED if it is not passed on, or a status (all are above 255).

function underscoredName(head: ScannedHead, kind: number, rules: HeadRules, role: number): number {
  if (kind !== names.OTHER) return head.refuse(400, 'A field of the connection is spelt with underscores')
  if (role === RESPONSE || rules.underscores === 'allow') return names.OTHER
  if (rules.underscores === 'reject') return head.refuse(400, 'A field name has an underscore')
  head.underscoreCount++
  return names.OTHER | DROPPED
}

function requestField(
  head: ScannedHead,
  bytes: Uint8Array,
  kind: number,
  from: number,
  to: number,
  rules: HeadRules,
): number {
  switch (kind) {
    case names.HOST_FIELD:
      // Whether it is a host is asked once, at the end of the head.
      if (++head.hostCount > 1) return head.refuse(400, 'More than one Host field')
      head.hostStart = from - head.start
      head.hostEnd = to - head.start
      return kind
    case names.EXPECT:
      if (head.expectContinue || to - from !== 12 || !spells(bytes, from, '100-continue')) {
        return head.refuse(417, 'Only one Expect: 100-continue is supported')
      }
      head.expectContinue = true
      // An HTTP/1.0 client cannot wait for an interim response.
      return head.minor === 0 ? kind | DROPPED : kind
    case names.X_FORWARDED_FOR:
    case names.FORWARDED:
      // A trusted one is sent on in one line with our own addition.
      return kind | DROPPED
    case names.X_FORWARDED_PROTO:
    case names.X_FORWARDED_HOST:
    case names.OTHER_FORWARDING:
      return rules.trustsForwarding ? kind : kind | DROPPED
    default:
      return connectionField(head, bytes, kind, from, to)
  }
}

function responseField(head: ScannedHead, bytes: Uint8Array, kind: number, from: number, to: number): number {
  switch (kind) {
    case names.HOST_FIELD:
    case names.EXPECT:
    case names.X_FORWARDED_FOR:
    case names.FORWARDED:
    case names.X_FORWARDED_PROTO:
    case names.X_FORWARDED_HOST:
    case names.OTHER_FORWARDING:
      return names.OTHER
    case names.KEEP_ALIVE:
      head.keepAliveStart = from - head.start
      head.keepAliveEnd = to - head.start
      return kind | DROPPED
    default:
      return connectionField(head, bytes, kind, from, to)
  }
}

/** Fields of the connection and of the framing, alike in both directions. All are dropped; framing is written anew. */
function connectionField(head: ScannedHead, bytes: Uint8Array, kind: number, from: number, to: number): number {
  switch (kind) {
    case names.CONNECTION:
      if (to - from === 10 && spells(bytes, from, 'keep-alive')) {
        head.sawKeepAlive = true
        return kind | DROPPED
      }
      return readConnection(head, bytes, from, to) === ACCEPTED ? kind | DROPPED : 400
    case names.CONTENT_LENGTH:
      if (head.contentLength !== -1) return head.refuse(400, 'More than one Content-Length field')
      head.contentLength = decimal(bytes, from, to)
      if (head.contentLength === -1) return head.refuse(400, 'Content-Length is not a length')
      return kind | DROPPED
    case names.TRANSFER_ENCODING:
      if (head.chunked) return head.refuse(400, 'More than one Transfer-Encoding field')
      if (to - from !== 7 || !spells(bytes, from, 'chunked')) return refuseCoding(head, bytes, from, to)
      head.chunked = true
      return kind | DROPPED
    case names.UPGRADE:
      head.upgradeCount++
      head.upgradeStart = from - head.start
      head.upgradeEnd = to - head.start
      return kind | DROPPED
    default:
      return kind | DROPPED
  }
}

/** 501 for a coding that exists but is not ours, 400 for a list that hides where the body ends. */
function refuseCoding(head: ScannedHead, bytes: Uint8Array, from: number, to: number): number {
  let p = from
  let element = 0
  for (;;) {
    while (p < to && (bytes[p] === SP || bytes[p] === TAB)) p++
    const coding = p
    while (p < to && bytes[p] !== 0x2c) p++
    let end = p
    while (end > coding && (bytes[end - 1] === SP || bytes[end - 1] === TAB)) end--
    const isFirstChunked = element++ === 0 && end - coding === 7 && spells(bytes, coding, 'chunked')
    if (end === coding || isFirstChunked) return head.refuse(400, 'Transfer-Encoding is malformed')
    if (p++ === to) return head.refuse(501, 'Only the transfer coding chunked is supported')
  }
}
