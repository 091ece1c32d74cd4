import { CHUNKED_MORE, ChunkedDecoder, payloadRanges } from '../../src/wire/chunked.ts'
import {
  fieldList,
  forwardedRequestHead,
  framingLine,
  keptRequestHead,
  keptResponseFields,
  statusLine,
} from '../../src/wire/forwarded-head.ts'
import { ForwardingFields } from '../../src/wire/forwarding-fields.ts'
import { isWorthScanning, scanRequestHead } from '../../src/wire/request-scan.ts'
import { responseBodyKind, scanResponseHead } from '../../src/wire/response-scan.ts'
import {
  ACCEPTED,
  DEFAULT_RULES,
  type HeadRules,
  INCOMPLETE,
  requestHead,
  responseHead,
} from '../../src/wire/scanned-head.ts'

// Reads messages through the wire functions as a connection does, in one piece or in many. Shared by the tests of this
// folder and by the fuzz command.

export const PEER = '192.0.2.1'

export interface Reading {
  /** 0 accepted, -1 incomplete, else the status of the refusal. */
  readonly verdict: number
  readonly reason: string
  /** The head as it goes on, if accepted. */
  readonly forwarded: string
  /** Bytes of the input that the head took. */
  readonly length: number
  readonly method: string
  readonly target: string
  readonly path: string
  readonly pathFlags: number
  readonly status: number
  readonly chunked: boolean
  readonly contentLength: number
  readonly bodyKind: number
  readonly keepAlive: boolean
  readonly expectContinue: boolean
  readonly upgrade: string
  readonly underscoreCount: number
}

const NOTHING: Omit<Reading, 'verdict' | 'reason'> = {
  forwarded: '',
  length: 0,
  method: '',
  target: '',
  path: '',
  pathFlags: 0,
  status: 0,
  chunked: false,
  contentLength: -1,
  bodyKind: 0,
  keepAlive: true,
  expectContinue: false,
  upgrade: '',
  underscoreCount: 0,
}

export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

const untrustedPeer = new ForwardingFields(PEER, 'http', false)
const trustedPeer = new ForwardingFields(PEER, 'http', true)

/** One scan of all bytes. They lie in the middle of a larger buffer of other bytes, as in a buffer that is reused. */
export function readRequest(bytes: Buffer, rules: HeadRules = DEFAULT_RULES, frame: string = STALE): Reading {
  const larger = Buffer.concat([latin1(frame), bytes, latin1(frame)])
  return readRequestAt(larger, frame.length, frame.length + bytes.length, rules)
}

const STALE = 'stale\r\n'

function readRequestAt(bytes: Buffer, start: number, end: number, rules: HeadRules): Reading {
  const verdict = scanRequestHead(bytes, start, end, rules)
  const head = requestHead
  if (verdict !== ACCEPTED) return { ...NOTHING, verdict, reason: verdict === INCOMPLETE ? '' : head.reason }
  const text = bytes.toString('latin1', head.start, head.end)
  const origin = rules.trustsForwarding ? trustedPeer : untrustedPeer
  const framing = framingLine(head.chunked, head.contentLength)
  return {
    verdict,
    reason: head.reason,
    forwarded: forwardedRequestHead(keptRequestHead(text, head), framing, origin.lines(text, head), null),
    length: head.end - start,
    method: head.method,
    target: text.slice(head.targetStart, head.targetEnd),
    path: text.slice(head.targetStart, head.pathEnd),
    pathFlags: head.pathFlags,
    status: 0,
    chunked: head.chunked,
    contentLength: head.contentLength,
    bodyKind: 0,
    keepAlive: head.keepAlive,
    expectContinue: head.expectContinue,
    upgrade: head.upgrade ? text.slice(head.upgradeStart, head.upgradeEnd) : '',
    underscoreCount: head.underscoreCount,
  }
}

/** The head as it goes to a client: own status line, framing as declared. */
export function readResponse(bytes: Buffer, isHead = false, rules: HeadRules = DEFAULT_RULES): Reading {
  const larger = Buffer.concat([latin1(STALE), bytes, latin1(STALE)])
  const start = STALE.length
  const verdict = scanResponseHead(larger, start, start + bytes.length, rules)
  const head = responseHead
  if (verdict !== ACCEPTED) return { ...NOTHING, verdict, reason: verdict === INCOMPLETE ? '' : head.reason }
  const text = larger.toString('latin1', head.start, head.end)
  const fields = keptResponseFields(text, head)
  const isBare = head.status < 200 || head.status === 204
  const framing = isBare ? '' : framingLine(head.chunked && !isHead && head.status !== 304, head.contentLength)
  return {
    ...NOTHING,
    verdict,
    reason: head.reason,
    forwarded: `${statusLine(head.status)}${fields}${framing}\r\n`,
    length: head.end - start,
    status: head.status,
    chunked: head.chunked,
    contentLength: head.contentLength,
    bodyKind: responseBodyKind(head, isHead),
    keepAlive: head.keepAlive,
    upgrade: head.upgrade ? text.slice(head.upgradeStart, head.upgradeEnd) : '',
  }
}

/**
 * A head that arrives in pieces, cut at the given offsets: scanned again with all bytes so far, if they can change
 * anything, until the verdict is there. A request that is refused at the end of its input is refused then.
 */
export function readInPieces(bytes: Buffer, cuts: readonly number[], rules: HeadRules = DEFAULT_RULES): Reading {
  let before = 0
  for (const cut of [...cuts, bytes.length]) {
    if (isWorthScanning(bytes, 0, before, cut, rules)) {
      // What has not arrived yet must not be seen.
      const received = Buffer.alloc(cut + 3, 'x')
      bytes.copy(received, 0, 0, cut)
      const reading = readRequestAt(received, 0, cut, rules)
      if (reading.verdict !== INCOMPLETE) return reading
    }
    before = cut
  }
  // A fault in a line that has no end yet may wait for the end of the line; here it is the end of everything.
  return readRequestAt(Buffer.concat([bytes, latin1(' ')]), 0, bytes.length, rules)
}

export interface ChunkedReading {
  /** `more`, `bad`, `long`, or `end`. */
  readonly outcome: 'more' | 'bad' | 'long' | 'end'
  /** Offset behind the message, if it ended. */
  readonly length: number
  readonly payload: string
  /** What goes on. */
  readonly output: string
}

/** Pushes a chunked body in pieces cut at the given offsets. */
export function readChunked(
  bytes: Buffer,
  cuts: readonly number[] = [],
  options: { maxBodyBytes?: number } = {},
): ChunkedReading {
  const decoder = new ChunkedDecoder()
  decoder.reset(options.maxBodyBytes)
  let payload = ''
  let output = ''
  let before = 0
  for (const cut of [...cuts, bytes.length]) {
    const end = decoder.push(bytes, before, cut)
    if (end < CHUNKED_MORE) return { outcome: end === -2 ? 'bad' : 'long', length: 0, payload: '', output: '' }
    const { count, offsets } = payloadRanges
    for (let i = 0; i < count * 2; i += 2) payload += bytes.toString('latin1', offsets[i], offsets[i + 1])
    output += decoder.output(bytes, before, end === CHUNKED_MORE ? cut : end).toString('latin1')
    if (end !== CHUNKED_MORE) return { outcome: 'end', length: end, payload, output }
    before = cut
  }
  return { outcome: 'more', length: 0, payload, output }
}

/** Names and values of a forwarded head, names in lower case. */
export function fieldsOf(head: string): [name: string, value: string][] {
  const list = fieldList(head.slice(head.indexOf('\r\n') + 2, -2))
  const pairs: [string, string][] = []
  for (let i = 0; i < list.length; i += 2) pairs.push([(list[i] ?? '').toLowerCase(), list[i + 1] ?? ''])
  return pairs
}
