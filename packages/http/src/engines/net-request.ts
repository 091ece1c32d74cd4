import type { Socket } from 'node:net'
import { type NetConnection, PAUSED_BODY, requestScans } from '../connection/net-connection.ts'
import type { RequestFacts } from '../context.ts'
import { BodyTooLargeError, StateError } from '../errors.ts'
import type { ForwardOptions } from '../handler.ts'
import type { ClientCertificate } from '../tls/client-certificate.ts'
import { ChunkedDecoder, payloadRanges } from '../wire/chunked.ts'
import { clientAddress } from '../wire/client-address.ts'
import { X_FORWARDED_FOR, X_FORWARDED_PROTO } from '../wire/field-names.ts'
import {
  fieldList,
  forwardedRequestHead,
  framingLine,
  keptRequestHead,
  type RequestChanges,
} from '../wire/forwarded-head.ts'
import { firstValue, mergedValue } from '../wire/forwarding-fields.ts'
import type { HeaderSource } from '../wire/header-view.ts'
import { scanRequestHead } from '../wire/request-scan.ts'
import { requestHead } from '../wire/scanned-head.ts'
import { isPassedOn, scannedField, textField } from '../wire/text-fields.ts'
import type { ExchangeServices } from './services.ts'

/** A head and the body that came with it become one string, and later one write, up to this size. */
const ONE_WRITE_BYTES = 16_000
/** Body bytes that are held while nobody takes them; then the client waits. */
const MOST_HELD_BYTES = 65_536
/** Protocols that are never switched to: HTTP/2 without TLS would go around every rule of this engine. */
const NEVER_UPGRADED: ReadonlySet<string> = new Set(['h2c', 'h2', 'http/1.1', 'http/1.0', 'http/2.0', 'tls/1.0'])

/** Who takes the body of a request as it comes. */
export interface BodyTaker {
  /** @param complete nothing follows */
  takeBody(bytes: Buffer | string, complete: boolean): void
}

interface Collecting {
  readonly maxBytes: number
  readonly resolve: (body: Buffer) => void
  readonly reject: (error: Error) => void
}

/**
 * The request under way on one connection: its head as one latin1 string, and its body, which goes to whoever takes it.
 *
 *    text   GET /a HTTP/1.1 CRLF fields CRLF CRLF │ body that came with the head, if both are short
 *    pieces                                        │ otherwise, and all that came before somebody took it
 */
export class NetRequest implements RequestFacts, HeaderSource {
  method = ''
  target = ''
  minor = 1
  isHead = false
  keepAlive = true
  isRefused = false
  hasBody = false
  clientAddress = ''
  scheme: 'http' | 'https' = 'http'
  upgradeProtocol = ''
  /** latin1; offsets of `requestHead` fit it. */
  text = ''
  headLength = 0
  fieldsStart = 0
  /** The body has ended or was given up. */
  isOver = true
  /** A byte of the body was handed on and not kept. */
  isTaken = false
  /** The client waits for 100 before it sends the body. */
  waitsForContinue = false
  readonly #connection: NetConnection
  readonly #services: ExchangeServices
  #taker: BodyTaker | null = null
  #pieces: Buffer[] = []
  #piecesLength = 0
  #isDiscarding = false
  /** All of the body is in `text`. */
  #wasComplete = false
  #collecting: Collecting | null = null
  #isCollected = false
  #collected: Buffer | null = null
  #serial = -1

  constructor(connection: NetConnection, services: ExchangeServices) {
    this.#connection = connection
    this.#services = services
  }

  /** `requestHead` holds the head; the body that came with it ends at `end`. */
  start(bytes: Buffer, end: number): void {
    const head = requestHead
    const { body, peer } = this.#connection
    const isShort = end - head.start <= ONE_WRITE_BYTES && body.replacement === null
    const text = bytes.toString('latin1', head.start, isShort ? end : head.end)
    this.text = text
    this.headLength = head.end - head.start
    this.fieldsStart = head.fieldsStart
    this.method = head.method
    this.target = text.slice(head.targetStart, head.targetEnd)
    this.minor = head.minor
    this.isHead = head.method === 'HEAD'
    this.keepAlive = head.keepAlive
    this.waitsForContinue = head.expectContinue && !body.isComplete
    this.hasBody = !body.isNone
    this.isOver = body.isComplete
    this.#wasComplete = body.isComplete && isShort
    this.isRefused = false
    this.isTaken = false
    this.#isDiscarding = false
    this.#isCollected = false
    this.#serial = requestScans.count
    this.clientAddress = peer.remoteAddress
    this.scheme = peer.secure ? 'https' : 'http'
    this.upgradeProtocol = head.upgrade ? upgradeOf(text) : ''
    if (peer.trusted) this.#believe(text)
    if (!isShort && end > head.end) this.#keep(body.replacement ?? bytes.subarray(head.end, end))
  }

  /** A refused head. False: not even a method and a target are known. */
  startRefused(bytes: Buffer, start: number): boolean {
    const line = /^(?:\r\n)?([A-Z][A-Z0-9-]{0,23}) ([!-~]{1,8192}) HTTP\/(1\.[01])\r\n/.exec(
      bytes.toString('latin1', start, Math.min(bytes.length, start + 8_300)),
    )
    if (line === null) return false
    const { peer } = this.#connection
    this.text = line[0]
    this.fieldsStart = this.headLength = line[0].length
    this.method = line[1] ?? ''
    this.target = line[2] ?? ''
    this.minor = line[3] === '1.0' ? 0 : 1
    this.isHead = this.method === 'HEAD'
    this.isRefused = true
    this.hasBody = false
    this.isOver = true
    this.isTaken = false
    this.waitsForContinue = false
    this.clientAddress = peer.remoteAddress
    this.scheme = peer.secure ? 'https' : 'http'
    this.upgradeProtocol = ''
    return true
  }

  get httpVersion(): string {
    return this.minor === 1 ? '1.1' : '1.0'
  }

  get remoteAddress(): string {
    return this.#connection.peer.remoteAddress
  }

  get clientCertificate(): ClientCertificate | null {
    return this.#connection.peer.clientCertificate
  }

  get rawHeaders(): HeaderSource {
    return this
  }

  fields(): readonly string[] {
    return fieldList(this.text.slice(this.fieldsStart, Math.max(this.fieldsStart, this.headLength - 2)))
  }

  /** The body that came with the head. */
  get textBody(): string {
    return this.text.slice(this.headLength)
  }

  /** True if the whole body is still here: it can be sent once more. */
  get isKept(): boolean {
    return !this.hasBody || this.#collected !== null || (this.#wasComplete && this.text.length > this.headLength)
  }

  /** Writes the head and all of the body that is here; what follows goes to a `BodyTaker`. */
  writeTo(socket: Socket, head: string): void {
    if (this.#collected !== null) {
      socket.cork()
      socket.write(head, 'latin1')
      if (this.#collected.length > 0) socket.write(this.#collected)
      socket.uncork()
      return
    }
    const inText = this.text.length > this.headLength
    if (inText || this.#piecesLength > 0) this.isTaken = true
    if (this.#piecesLength === 0) {
      socket.write(inText ? head + this.textBody : head, 'latin1')
      return
    }
    socket.cork()
    socket.write(inText ? head + this.textBody : head, 'latin1')
    for (const piece of this.#pieces) socket.write(piece)
    socket.uncork()
    this.clearHeld()
  }

  /**
   * The head as it goes upstream.
   *
   * @param authority of the target, for a client of HTTP/1.0 that names no host: what goes on is HTTP/1.1
   * @throws TypeError for what policy may not send
   */
  forwardedHead(options: ForwardOptions, isUpgrade: boolean, authority: string): string {
    const head = requestHead
    // Another head was scanned since: an asynchronous handler. The text has all that the scan needs.
    if (this.#serial !== requestScans.count) {
      const bytes = Buffer.from(this.text.slice(0, this.headLength), 'latin1')
      scanRequestHead(bytes, 0, bytes.length, this.#connection.rules)
      this.#serial = ++requestScans.count
    }
    const { body } = this.#connection
    let framing = ''
    if (this.#collected !== null) framing = framingLine(false, this.#collected.length)
    else if (head.contentLength >= 0 || head.chunked) framing = framingLine(body.isChunked, head.contentLength)
    if (isUpgrade) framing = `connection: upgrade\r\nupgrade: ${this.upgradeProtocol}\r\n`
    if (head.hostStart === -1 && options.set?.host === undefined) framing += `host: ${authority}\r\n`
    const forwarding = this.#connection.forwarding.lines(this.text, head)
    // Whoever waited for 100 has been answered.
    const changes =
      this.#collected === null ? this.#changes(options) : { ...options, remove: [...(options.remove ?? []), 'expect'] }
    return forwardedRequestHead(keptRequestHead(this.text, head), framing, forwarding, changes)
  }

  /** What policy changes, less what is so already: most often nothing is left, and the head goes on as it came. */
  #changes(options: ForwardOptions): RequestChanges | null {
    const { remove } = options
    const path = options.path === this.target ? undefined : options.path
    let { set } = options
    if (set !== undefined && this.#isSet(set)) set = undefined
    return path === undefined && remove === undefined && set === undefined ? null : { path, set, remove }
  }

  #isSet(set: Readonly<Record<string, string>>): boolean {
    for (const name of Object.keys(set)) {
      if (!isPassedOn(this.text, requestHead, name, set[name] ?? '')) return false
    }
    return true
  }

  /** Value of a field as received, for policy. */
  field(name: string): string | undefined {
    return this.#serial === requestScans.count && !this.isRefused
      ? scannedField(this.text, requestHead, name)
      : textField(this.text, this.fieldsStart, name)
  }

  /** More of the body came. */
  body(bytes: Buffer, start: number, end: number): void {
    const { body } = this.#connection
    const complete = body.isComplete
    this.waitsForContinue = false
    if (complete) this.isOver = true
    if (this.#isDiscarding) return
    const piece = body.replacement ?? bytes.subarray(start, end)
    if (this.#taker !== null) this.#taker.takeBody(piece, complete)
    else this.#keep(piece)
    if (this.#collecting !== null) this.#checkCollected(this.#collecting)
  }

  /** Everything that is held and all that follows goes to `taker`. */
  giveTo(taker: BodyTaker): void {
    this.#taker = taker
    this.#connection.resume(PAUSED_BODY)
  }

  /** The next attempt finds the body as the last one left it. */
  takeFrom(): void {
    this.#taker = null
  }

  /** The held pieces were handed on. */
  clearHeld(): void {
    if (this.#piecesLength === 0) return
    this.#pieces = []
    this.#piecesLength = 0
  }

  /** The whole body. See `RequestContext.readBody`. */
  collect(maxBytes: number): Promise<Buffer> {
    if (this.#isCollected || this.#taker !== null || this.#isDiscarding) {
      return Promise.reject(new StateError('The body of this request was already read'))
    }
    this.#isCollected = true
    const { body } = this.#connection
    if (body.left !== Number.POSITIVE_INFINITY && body.size + body.left > maxBytes) {
      return Promise.reject(new BodyTooLargeError(maxBytes))
    }
    if (this.waitsForContinue) {
      this.waitsForContinue = false
      this.#connection.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')
    }
    return new Promise((resolve, reject) => {
      this.#collecting = { maxBytes, resolve, reject }
      this.#checkCollected(this.#collecting)
    })
  }

  /** Nobody wants the rest of the body. */
  readAway(): void {
    this.#isDiscarding = true
    this.#taker = null
    this.clearHeld()
    if (!this.isOver) this.#connection.resume(PAUSED_BODY)
  }

  /** No more of the body is waited for. */
  giveUp(error: Error | null): void {
    this.isOver = true
    const collecting = this.#collecting
    this.#collecting = null
    if (error !== null) collecting?.reject(error)
  }

  /** The request is over: lets go of its memory. */
  end(): void {
    this.text = ''
    this.#taker = null
    this.#collected = null
    this.clearHeld()
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#piecesLength += piece.length
    if (this.#piecesLength > MOST_HELD_BYTES && this.#collecting === null) this.#connection.pause(PAUSED_BODY)
  }

  #checkCollected(collecting: Collecting): void {
    const { body } = this.#connection
    if (body.size > collecting.maxBytes) {
      this.#collecting = null
      this.clearHeld()
      collecting.reject(new BodyTooLargeError(collecting.maxBytes))
      return
    }
    if (!this.isOver) {
      this.#connection.resume(PAUSED_BODY)
      return
    }
    this.#collecting = null
    const inText = this.text.length > this.headLength ? [Buffer.from(this.textBody, 'latin1')] : []
    const raw = Buffer.concat([...inText, ...this.#pieces])
    this.clearHeld()
    this.text = this.text.slice(0, this.headLength)
    this.#collected = body.isChunked ? payloadOf(raw) : raw
    collecting.resolve(this.#collected)
  }

  /** What a trusted peer says of the client. */
  #believe(text: string): void {
    const head = requestHead
    const forwardedFor = mergedValue(text, head, X_FORWARDED_FOR)
    if (forwardedFor !== '') {
      this.clientAddress = clientAddress(this.clientAddress, forwardedFor, this.#services.settings.trustedProxies)
    }
    const proto = firstValue(text, head, X_FORWARDED_PROTO).toLowerCase()
    if (proto === 'https' || proto === 'http') this.scheme = proto
  }
}

function upgradeOf(text: string): string {
  const protocol = text.slice(requestHead.upgradeStart, requestHead.upgradeEnd).toLowerCase()
  return NEVER_UPGRADED.has(protocol) || !/^[!#$%&'*+\-.^_`|~0-9a-z/]+$/.test(protocol) ? '' : protocol
}

/** The payload of a whole chunked body that was accepted. */
function payloadOf(raw: Buffer): Buffer {
  const decoder = new ChunkedDecoder()
  decoder.push(raw, 0, raw.length)
  const pieces: Buffer[] = []
  const { count, offsets } = payloadRanges
  for (let i = 0; i < count * 2; i += 2) pieces.push(raw.subarray(offsets[i], offsets[i + 1]))
  return Buffer.concat(pieces)
}
