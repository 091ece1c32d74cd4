import { DEFAULT_RULES, type HeadRules } from '../../src/wire/scanned-head.ts'
import { latin1, type Reading, readChunked, readInPieces, readRequest, readResponse } from '../wire/reading.ts'
import type { Rng } from './messages.ts'

// What must hold for any bytes. Each check answers with a sentence about what is wrong, or the empty string.

/** A message that is passed on, as the next hop gets it; and what we say that it means. */
export interface Forwarded {
  readonly bytes: string
  readonly method: string
  readonly target: string
  readonly status: number
  readonly body: string
}

export interface Finding {
  readonly wrong: string
  /** The message that went on, if one did and was complete. */
  readonly forwarded: Forwarded | null
}

const FINE: Finding = { wrong: '', forwarded: null }
const wrong = (text: string): Finding => ({ wrong: text, forwarded: null })

/** The usual ones more often than those of other listeners. */
const RULES: readonly HeadRules[] = [
  DEFAULT_RULES,
  DEFAULT_RULES,
  { ...DEFAULT_RULES, trustsForwarding: true },
  { ...DEFAULT_RULES, underscores: 'allow', allowTrace: true },
  { ...DEFAULT_RULES, underscores: 'reject', maxFields: 4, maxHeadBytes: 1_024, maxBodyBytes: 5 },
]

export function checkRequest(message: string, rng: Rng): Finding {
  const bytes = latin1(message)
  const rules = RULES[rng(RULES.length)] ?? DEFAULT_RULES
  const whole = readRequest(bytes, rules)
  const cuts = [rng(bytes.length + 1), rng(bytes.length + 1)].sort((a, b) => a - b)
  const cut = readInPieces(bytes, cuts, rules)
  // What is incomplete in one piece may be refused at once in another cut only if it is refused in the end: not here.
  if (!sameReading(whole, cut)) return wrong(`cut at ${cuts}: ${cut.verdict} ${cut.reason}, else ${whole.verdict}`)
  const longer = readRequest(latin1(`${message}\r\n0\r\n`), rules)
  if (whole.verdict !== -1 && !sameReading(whole, longer)) return wrong(`with more bytes: ${longer.verdict}`)
  if (whole.verdict !== 0) return FINE
  // HTTP/1.0 without Host: the engine writes the target's.
  const hasHost = /\r\nhost:/i.test(whole.forwarded)
  const forwarded = hasHost ? whole.forwarded : whole.forwarded.replace('\r\n', '\r\nhost: target.test\r\n')
  const dirt = headDirt(forwarded, true)
  if (dirt !== '') return wrong(dirt)
  // Our own fields make it longer than the limits of a client may be.
  const again = readRequest(latin1(forwarded), { ...rules, maxFields: 200, maxHeadBytes: 32_768 })
  if (!sameMeaning({ ...whole, forwarded }, again))
    return wrong(`the forwarded head means something else: ${again.verdict} ${again.reason}`)
  const body = readBody(whole, message.slice(whole.length), rng)
  if (typeof body !== 'string') return body
  if (body === INCOMPLETE_BODY) return FINE
  const text = `${forwarded}${body}`
  const payload = whole.chunked ? readChunked(latin1(body)).payload : body
  const { method, target } = whole
  return { wrong: '', forwarded: { bytes: text, method, target, status: 0, body: payload } }
}

export function checkResponse(message: string, rng: Rng): Finding {
  const bytes = latin1(message)
  const whole = readResponse(bytes)
  const longer = readResponse(latin1(`${message}\r\n0\r\n`))
  if (whole.verdict !== -1 && !sameReading(whole, longer)) return wrong(`with more bytes: ${longer.verdict}`)
  const part = readResponse(bytes.subarray(0, rng(bytes.length + 1)))
  if (part.verdict !== -1 && !sameReading(whole, part))
    return wrong(`a part of it: ${part.verdict}, else ${whole.verdict}`)
  if (whole.verdict !== 0) return FINE
  const dirt = headDirt(whole.forwarded, false)
  if (dirt !== '') return wrong(dirt)
  const again = readResponse(latin1(whole.forwarded))
  if (!sameMeaning(whole, again))
    return wrong(`the forwarded head means something else: ${again.verdict} ${again.reason}`)
  if (whole.bodyKind === 3 || whole.status < 200) return FINE
  const length = whole.bodyKind === 0 ? 0 : whole.contentLength
  const body = readBody(
    { ...whole, chunked: whole.bodyKind === 2, contentLength: length },
    message.slice(whole.length),
    rng,
  )
  if (typeof body !== 'string') return body
  if (body === INCOMPLETE_BODY) return FINE
  const payload = whole.bodyKind === 2 ? readChunked(latin1(body)).payload : body
  const { status } = whole
  return { wrong: '', forwarded: { bytes: `${whole.forwarded}${body}`, method: '', target: '', status, body: payload } }
}

const INCOMPLETE_BODY = '\0incomplete'

/** The body as it goes on. */
function readBody(head: Reading, rest: string, rng: Rng): string | Finding {
  if (!head.chunked) {
    const length = Math.max(head.contentLength, 0)
    return rest.length < length ? INCOMPLETE_BODY : rest.slice(0, length)
  }
  const bytes = latin1(rest)
  const whole = readChunked(bytes)
  const cuts = [rng(bytes.length + 1), rng(bytes.length + 1), rng(bytes.length + 1)].sort((a, b) => a - b)
  const cut = readChunked(bytes, cuts)
  if (whole.outcome !== cut.outcome || whole.output !== cut.output || whole.payload !== cut.payload) {
    return wrong(`chunked body cut at ${cuts}: ${cut.outcome}, else ${whole.outcome}`)
  }
  if (whole.outcome !== 'end') return INCOMPLETE_BODY
  const again = readChunked(latin1(whole.output))
  if (again.outcome !== 'end' || again.payload !== whole.payload || again.length !== whole.output.length) {
    return wrong('the forwarded chunks mean something else')
  }
  if (again.output !== whole.output) return wrong('the forwarded chunks are not clean')
  return whole.output
}

/** Whatever a next hop might stumble over, by another way than the scanner's: expressions over the text. */
function headDirt(head: string, isRequest: boolean): string {
  const lines = head.slice(0, -4).split('\r\n')
  if (!head.endsWith('\r\n\r\n')) return 'no end of the head'
  const first = lines.shift() ?? ''
  const line = isRequest
    ? /^[A-Z][A-Z0-9-]{0,23} (?:\/[!-"$-~]*|\*) HTTP\/1\.1$/
    : /^HTTP\/1\.1 [1-5]\d\d [A-Za-z' -]*$/
  if (!line.test(first)) return `first line ${JSON.stringify(first)}`
  const counts: Record<string, number> = { host: 0, 'content-length': 0, 'transfer-encoding': 0, 'x-forwarded-for': 0 }
  for (const field of lines) {
    const parts = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t -~\x80-\xff]*)$/.exec(field)
    if (parts === null) return `field line ${JSON.stringify(field)}`
    const name = (parts[1] ?? '').toLowerCase().replaceAll('_', '-')
    if (name in counts) counts[name] = (counts[name] ?? 0) + 1
    if (HOP_BY_HOP.test(name)) return `field ${name}`
    const value = (parts[2] ?? '').trim()
    if (name === 'content-length' && !/^(?:0|[1-9]\d{0,14})$/.test(value)) return `length ${value}`
    if (name === 'transfer-encoding' && value !== 'chunked') return `coding ${value}`
  }
  const { host = 0, 'content-length': length = 0, 'transfer-encoding': coding = 0 } = counts
  if (isRequest && (host > 1 || counts['x-forwarded-for'] !== 1)) return 'routing fields'
  return length + coding > 1 ? 'two framings' : ''
}

const HOP_BY_HOP =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|upgrade|proxy-authenticate|proxy-authorization)$/

function sameReading(a: Reading, b: Reading): boolean {
  return a.verdict === b.verdict && a.reason === b.reason && a.forwarded === b.forwarded && a.length === b.length
}

/** What a forwarded head must keep: who is asked for what, and where the message ends. */
function sameMeaning(a: Reading, b: Reading): boolean {
  const kept =
    b.verdict === 0 &&
    b.length === a.forwarded.length &&
    a.method === b.method &&
    a.target === b.target &&
    a.status === b.status
  if (!kept || a.bodyKind !== b.bodyKind) return false
  // A body that is not there has no framing in the copy.
  if (a.status !== 0 && a.bodyKind === 0) return true
  return a.chunked === b.chunked && a.contentLength === b.contentLength
}
