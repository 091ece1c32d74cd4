import { isHopByHop, readConnectionNames } from './connection-options.ts'
import { isFieldName, isFieldValue } from './field-grammar.ts'
import { isHost } from './host.ts'
import { LONGEST_REQUEST_LINE } from './request-scan.ts'

/** What the head of a request says about its framing and its origin. One object per request, filled by `readRequestHead`. */
export interface RequestHead {
  /** 0 = acceptable, else the status to refuse it with. */
  refusal: number
  /** Why it was refused; for the detail of the answer. */
  reason: string
  host: string
  /** Bytes of the body by Content-Length, -1 without one. */
  contentLength: number
  chunked: boolean
  /** Lower-case names in Connection; null without that field. */
  connectionNames: Set<string> | null
  /** All X-Forwarded-For lines, merged in order; empty without one. */
  forwardedFor: string
  /** The first X-Forwarded-Proto. */
  forwardedProto: string
  /** Fields with an underscore in their name go on. */
  readonly keepsUnderscores: boolean
}

export interface HeadLimits {
  readonly maxHeaders: number
  readonly maxBodyBytes: number
  /** What becomes of names with an underscore; see `ServerConfig`. */
  readonly underscores: 'drop' | 'allow' | 'reject'
}

/** The blanks and the version of a request line. */
const LINE_REST = ' '.length + ' HTTP/1.1'.length
/** 15 digits are below 2^53, so that the length is an exact number. */
const MOST_LENGTH_DIGITS = 15

// Names that must never reach an upstream spelt with underscores: some servers read `_` as `-` (CGI's habit).
const CONFUSABLE: ReadonlySet<string> = new Set([
  'content-length',
  'host',
  'forwarded',
  'x-real-ip',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
])

/**
 * Judges a parsed request by the grammar of the data plane as far as the parser of Node shows it: what it repairs or
 * lets pass (two Host fields, absolute-form, transfer codings other than chunked, HTTP/2.0, surplus fields) is refused
 * here. Looks at raw fields only: no object is keyed by a name that a client chose. O(fields).
 */
export function readRequestHead(
  method: string,
  target: string,
  version: string,
  raw: readonly string[],
  limits: HeadLimits,
): RequestHead {
  const head: RequestHead = {
    refusal: 0,
    reason: '',
    host: '',
    contentLength: -1,
    chunked: false,
    connectionNames: null,
    forwardedFor: '',
    forwardedProto: '',
    keepsUnderscores: limits.underscores === 'allow',
  }
  if (version === '0.9') return refuse(head, 400, 'The request line has no HTTP version')
  if (version !== '1.1' && version !== '1.0') return refuse(head, 505, `HTTP/${version} is not supported`)
  if (method.length + target.length + LINE_REST > LONGEST_REQUEST_LINE) {
    return refuse(head, 414, `The request line is longer than ${LONGEST_REQUEST_LINE} bytes`)
  }
  if (!isTarget(method, target)) return refuse(head, 400, 'The request target must be in origin-form')
  if (raw.length > limits.maxHeaders * 2) return refuse(head, 431, `More than ${limits.maxHeaders} header fields`)
  let hosts = 0
  let codings = 0
  let lengths = 0
  let expects = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase()
    const value = raw[i + 1] ?? ''
    // The parser of a server that we are mounted in may be told to take anything.
    if (!isFieldName(name)) return refuse(head, 400, 'A field name is malformed')
    if (!isFieldValue(value)) return refuse(head, 400, 'A field value has a control character')
    switch (name) {
      case 'host':
        hosts++
        head.host = value
        break
      case 'content-length':
        lengths++
        head.contentLength = parseLength(value)
        if (head.contentLength === -1) return refuse(head, 400, 'Content-Length is not a length')
        break
      case 'transfer-encoding':
        codings++
        if (value.toLowerCase() !== 'chunked') return refuseCoding(head, value)
        head.chunked = true
        break
      case 'connection':
        head.connectionNames ??= new Set()
        if (!readConnectionNames(value, head.connectionNames)) {
          return refuse(head, 400, 'Connection is not a list of at most 32 names')
        }
        break
      case 'expect':
        // The parser of Node takes any value that has the word in it, and any number of lines.
        if (expects++ > 0 || value.toLowerCase() !== '100-continue') {
          return refuse(head, 417, 'Only one Expect: 100-continue is supported')
        }
        break
      case 'x-forwarded-for':
        head.forwardedFor = head.forwardedFor === '' ? value : `${head.forwardedFor}, ${value}`
        break
      case 'x-forwarded-proto':
        if (head.forwardedProto === '') head.forwardedProto = value
        break
      default:
        if (!name.includes('_')) break
        if (isConfusable(name)) return refuse(head, 400, `Field ${name} is spelt with underscores`)
        if (limits.underscores === 'reject') return refuse(head, 400, 'A field name has an underscore')
    }
  }
  if (hosts > 1) return refuse(head, 400, 'More than one Host field')
  if (hosts === 0 && version === '1.1') return refuse(head, 400, 'No Host field')
  if (hosts === 1 && !isHost(head.host)) return refuse(head, 400, 'Host is not a host')
  if (lengths > 1) return refuse(head, 400, 'More than one Content-Length field')
  if (codings > 1) return refuse(head, 400, 'More than one Transfer-Encoding field')
  if (codings === 1 && (lengths === 1 || version === '1.0')) return refuse(head, 400, 'Ambiguous framing')
  const names = head.connectionNames
  if (names !== null && (names.has('host') || names.has('content-length') || names.has('transfer-encoding'))) {
    return refuse(head, 400, 'Connection names a field that may not be removed')
  }
  if (head.contentLength > limits.maxBodyBytes)
    return refuse(head, 413, `The body is larger than ${limits.maxBodyBytes} bytes`)
  return head
}

function refuse(head: RequestHead, status: number, reason: string): RequestHead {
  head.refusal = status
  head.reason = reason
  return head
}

/** 501 for a coding that exists but is not ours, 400 for a list that hides where the body ends. */
function refuseCoding(head: RequestHead, value: string): RequestHead {
  const codings = value.split(',').map((coding) => coding.trim().toLowerCase())
  const malformed = codings[0] === 'chunked' || codings.includes('')
  return malformed
    ? refuse(head, 400, 'Transfer-Encoding is malformed')
    : refuse(head, 501, 'Only the transfer coding chunked is supported')
}

function isTarget(method: string, target: string): boolean {
  if (target === '*') return method === 'OPTIONS'
  if (target.charCodeAt(0) !== 0x2f) return false
  for (let i = 1; i < target.length; i++) {
    const code = target.charCodeAt(i)
    if (code < 0x21 || code > 0x7e || code === 0x23) return false
  }
  return true
}

function parseLength(value: string): number {
  if (value.length === 0 || value.length > MOST_LENGTH_DIGITS) return -1
  let length = 0
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return -1
    length = length * 10 + digit
  }
  return length
}

/** Reads as framing, routing or forwarding once `_` is `-`. */
export function isConfusable(name: string): boolean {
  const dashed = name.replaceAll('_', '-')
  return CONFUSABLE.has(dashed) || isHopByHop(dashed)
}
