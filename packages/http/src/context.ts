import { randomUUID } from 'node:crypto'
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { InvalidBodyError } from './errors.ts'
import type {
  ForwardOptions,
  HeaderView,
  ReadBodyOptions,
  RequestContext,
  RequestTimestamps,
  ResponseHeaders,
  Sink,
  Target,
} from './handler.ts'
import { integer } from './option-checks.ts'
import type { ClientCertificate } from './tls/client-certificate.ts'
import { isHopByHop } from './wire/connection-options.ts'
import { type HeaderSource, RequestHeaders } from './wire/header-view.ts'

/** What an engine knows about a request when it hands it to policy. */
export interface RequestFacts {
  readonly method: string
  readonly target: string
  readonly httpVersion: string
  /** All fields, `[name, value, …]`, or what reads them when they are asked for. */
  readonly rawHeaders: readonly string[] | HeaderSource
  readonly remoteAddress: string
  readonly clientAddress: string
  readonly scheme: 'http' | 'https'
  /** See `RequestContext.upgradeProtocol`. */
  readonly upgradeProtocol?: string
  /** See `RequestContext.clientCertificate`. */
  readonly clientCertificate?: ClientCertificate | null
}

/** The engine's side of one request: what the methods of a context call. Never pooled, so late calls find the right one. */
export interface Exchange {
  respond(status: number, headers: ResponseHeaders | undefined, body: string | Uint8Array | undefined): void
  forward(target: Target, options: ForwardOptions): void
  upgrade(target: Target, options: ForwardOptions): void
  stream(status: number, headers: ResponseHeaders | undefined): Sink
  readBody(maxBytes: number): Promise<Uint8Array>
  abortSignal(): AbortSignal
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>)
const NO_FIELDS: readonly string[] = Object.freeze([])
const LONGEST_REQUEST_ID = 128
const MOST_BODY_BYTES = 10_485_760
const MOST_MAX_BYTES = 2_147_483_647
const UTF8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The context of one request, reused for later ones. Its shape never changes; `reset()` works in place; everything that
 * a handler may not ask for (query, request id, state, signal, header index) is made on first read.
 *
 *    pool ── acquire ──► begin(facts, exchange) ── handler, response, body ──► reset() ── release ──► pool
 *                        generation n                                         generation n + 1
 */
export class PoolableRequestContext implements RequestContext {
  method = ''
  target = ''
  path = ''
  search = ''
  httpVersion = ''
  remoteAddress = ''
  clientAddress = ''
  scheme: 'http' | 'https' = 'http'
  clientCertificate: ClientCertificate | null = null
  upgradeProtocol = ''
  params: Readonly<Record<string, string>> = NO_PARAMS
  route: unknown = undefined
  attachment: unknown = null
  responded = false
  status = 0
  bytesSent = 0
  readonly timestamps: RequestTimestamps = {
    start: 0,
    routeMatch: 0,
    pluginStart: 0,
    pluginEnd: 0,
    upstreamStart: 0,
    upstreamHead: 0,
    upstreamEnd: 0,
  }
  /** Grows with every `reset()`: what was started under an older number must not touch the context any more. */
  generation = 0
  /** True while the context lies in the pool: makes a double release harmless. */
  pooled = false
  /** Fields to put over whatever head is sent, `[name, value, …]`, names in lower case. */
  readonly overlay: string[] = []
  readonly #headers = new RequestHeaders()
  #exchange: Exchange | null = null
  #requestId = ''
  #query: URLSearchParams | null = null
  #state: Record<string, unknown> | null = null

  /** Makes this the context of a request. O(length of the target). */
  begin(facts: RequestFacts, exchange: Exchange, now: number): void {
    const { target } = facts
    this.method = facts.method
    this.target = target
    const mark = target.indexOf('?')
    this.path = mark === -1 ? target : target.slice(0, mark)
    this.search = mark === -1 ? '' : target.slice(mark)
    this.httpVersion = facts.httpVersion
    this.remoteAddress = facts.remoteAddress
    this.clientAddress = facts.clientAddress
    this.scheme = facts.scheme
    this.clientCertificate = facts.clientCertificate ?? null
    this.upgradeProtocol = facts.upgradeProtocol ?? ''
    this.#headers.assign(facts.rawHeaders)
    this.#exchange = exchange
    this.timestamps.start = now
  }

  /** Forgets the request. O(1). */
  reset(): void {
    this.generation++
    this.method = ''
    this.target = ''
    this.path = ''
    this.search = ''
    this.httpVersion = ''
    this.remoteAddress = ''
    this.clientAddress = ''
    this.scheme = 'http'
    this.clientCertificate = null
    this.upgradeProtocol = ''
    this.params = NO_PARAMS
    this.route = undefined
    this.attachment = null
    this.responded = false
    this.status = 0
    this.bytesSent = 0
    if (this.overlay.length !== 0) this.overlay.length = 0
    this.#headers.assign(NO_FIELDS)
    this.#exchange = null
    this.#requestId = ''
    this.#query = null
    this.#state = null
    const { timestamps } = this
    timestamps.start = 0
    timestamps.routeMatch = 0
    timestamps.pluginStart = 0
    timestamps.pluginEnd = 0
    timestamps.upstreamStart = 0
    timestamps.upstreamHead = 0
    timestamps.upstreamEnd = 0
  }

  get headers(): HeaderView {
    return this.#headers
  }

  get requestId(): string {
    if (this.#requestId === '') {
      const received = this.#headers.get('x-request-id')
      this.#requestId = received !== undefined && isRequestId(received) ? received : randomUUID()
    }
    return this.#requestId
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.search)
    return this.#query
  }

  get state(): Record<string, unknown> {
    this.#state ??= new State() as Record<string, unknown>
    return this.#state
  }

  get signal(): AbortSignal {
    return this.#requireExchange().abortSignal()
  }

  /** @throws TypeError for a field that cannot be sent, or that frames the message and is therefore the engine's */
  setResponseHeader(name: string, value: string): void {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    const lower = name.toLowerCase()
    if (lower === 'content-length' || isHopByHop(lower)) throw new TypeError(`'${lower}' is written by the engine`)
    const { overlay } = this
    if (lower !== 'set-cookie') {
      for (let i = 0; i < overlay.length; i += 2) {
        if (overlay[i] !== lower) continue
        overlay[i + 1] = value
        return
      }
    }
    overlay.push(lower, value)
  }

  respond(status: number, headers?: ResponseHeaders, body?: string | Uint8Array): void {
    this.#requireExchange().respond(status, headers, body)
  }

  forward(target: Target, options: ForwardOptions = {}): void {
    this.#requireExchange().forward(target, options)
  }

  stream(status: number, headers?: ResponseHeaders): Sink {
    return this.#requireExchange().stream(status, headers)
  }

  upgrade(target: Target, options: ForwardOptions = {}): void {
    this.#requireExchange().upgrade(target, options)
  }

  readBody({ maxBytes = MOST_BODY_BYTES }: ReadBodyOptions = {}): Promise<Uint8Array> {
    return this.#requireExchange().readBody(integer('maxBytes', maxBytes, 0, MOST_MAX_BYTES))
  }

  async json(options?: ReadBodyOptions): Promise<unknown> {
    const body = await this.readBody(options)
    try {
      return JSON.parse(UTF8.decode(body))
    } catch (error) {
      throw new InvalidBodyError('The request body is not JSON in UTF-8', error)
    }
  }

  /** Puts another exchange behind the context: one that stands for a request that is over. */
  detach(exchange: Exchange): void {
    this.#exchange = exchange
  }

  #requireExchange(): Exchange {
    if (this.#exchange === null) throw new TypeError('This request is over: its context was given back to the pool')
    return this.#exchange
  }
}

// An object made by Object.create(null) is a hash table from its first property on; one with an empty prototype that has
// none itself holds the same names and no others, and its properties have fixed places.
const State = function State() {} as unknown as new () => object
State.prototype = Object.freeze(Object.create(null) as object)

/** 1–128 visible ASCII characters. */
function isRequestId(value: string): boolean {
  if (value.length === 0 || value.length > LONGEST_REQUEST_ID) return false
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code < 0x21 || code > 0x7e) return false
  }
  return true
}
