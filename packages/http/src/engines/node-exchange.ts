import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientConnection, PendingRequest } from '../connection/client-connection.ts'
import { RequestBody } from '../connection/request-body.ts'
import type { Exchange, PoolableRequestContext } from '../context.ts'
import type { ContextPool } from '../context-pool.ts'
import { BodyTooLargeError, ClientAbortError, ResponseChosenError } from '../errors.ts'
import type { ForwardOptions, ResponseHeaders, RouteTable, Sink, Target } from '../handler.ts'
import type { ServerSettings } from '../options.ts'
import { problem } from '../problem.ts'
import { requireTarget } from '../upstream/target.ts'
import { forwardedRequestFields } from '../wire/forwarded-request.ts'
import type { RequestHead } from '../wire/request-head.ts'
import { localResponseFields, overlayFields } from '../wire/response-fields.ts'
import { resolveForwardTimeouts } from './forward-options.ts'
import { type ForwardHost, Forwarding, type ForwardRequest } from './node-forward.ts'
import { ResponseSink, type SinkHost } from './node-sink.ts'

/** What all exchanges of a server share. */
export interface ExchangeServices {
  readonly settings: ServerSettings
  readonly pool: ContextPool
  readonly router: RouteTable
  readonly isDraining: boolean
}

/** A connection is kept if no more than this of an unwanted request body must be read away. */
const MOST_READ_AWAY_BYTES = 65_536
/** A local answer that does not fit into the socket's buffer must move within this time. */
const STALLED_READER_MS = 60_000

/**
 * One request and its response on node:http. Not pooled: every callback of a socket belongs to this object, and only
 * this object touches the context, until all of these are over: response, request body, forwarding, handler.
 */
export class NodeExchange implements Exchange, ForwardHost, SinkHost {
  readonly ctx: PoolableRequestContext
  readonly res: ServerResponse
  readonly hasBody: boolean
  readonly #req: IncomingMessage
  readonly #head: RequestHead
  readonly #connection: ClientConnection
  readonly #services: ExchangeServices
  readonly #generation: number
  #chosen: '' | 'respond' | 'forward' | 'stream' = ''
  #forwarding: Forwarding | null = null
  #sink: ResponseSink | null = null
  #abort: AbortController | null = null
  #bodyBytes = 0
  #expectsContinue: boolean
  #clientGone = false
  #responseOver = false
  #bodyOver: boolean
  #forwardOver = true
  #handlerOver = true
  #over = false

  constructor(
    pending: PendingRequest,
    head: RequestHead,
    ctx: PoolableRequestContext,
    connection: ClientConnection,
    services: ExchangeServices,
  ) {
    const { req, res } = pending
    this.ctx = ctx
    this.res = res
    this.#req = req
    this.#head = head
    this.#connection = connection
    this.#services = services
    this.#generation = ctx.generation
    this.#expectsContinue = pending.expectsContinue
    this.hasBody = head.chunked || head.contentLength > 0
    this.#bodyOver = !this.hasBody
    req.on('error', ignore)
    res.on('error', ignore)
    res.once('finish', () => this.#endResponse(true))
    res.once('close', () => this.#endResponse(false))
    res.on('drain', () => this.#drained())
    if (this.hasBody) {
      req.once('end', () => this.#endBody())
      req.once('close', () => this.#endBody())
    }
  }

  /** Finds the handler and calls it. */
  run(): void {
    const { ctx } = this
    const { router, settings } = this.#services
    try {
      const match = router.match(ctx.method, ctx.path)
      ctx.timestamps.routeMatch = performance.now()
      if (match !== null) {
        ctx.params = match.params
        ctx.route = match.route
      } else if (ctx.method === 'TRACE') {
        this.refuse(405, 'TRACE is not allowed')
        return
      }
      const handler = match?.handler ?? settings.notFound
      if (handler === undefined) {
        this.answerProblem(404, '')
        return
      }
      const settled = handler(ctx)
      if (settled !== undefined) this.#awaitHandler(settled)
    } catch (error) {
      this.callbackFailed(error)
    }
  }

  /** Refuses the request as such: answers and closes. */
  refuse(status: number, detail: string): void {
    this.#chosen = 'respond'
    this.answerProblem(status, detail, true)
  }

  /** The parser gave up, or the time to receive the request ran out. True if it was in the middle of this request. */
  requestBroken(status: number, detail: string): boolean {
    if (this.#bodyOver) return false
    this.#forwarding?.abandon(new ClientAbortError(detail))
    this.#bodyOver = true
    if (this.res.headersSent) this.cut()
    else this.answerProblem(status, detail, true)
    return true
  }

  respond(status: number, headers: ResponseHeaders = {}, body?: string | Uint8Array): void {
    this.#choose('respond')
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`The status of a response must be an integer from 200 to 599, got ${status}`)
    }
    this.#answer(status, localResponseFields(headers), body, false)
  }

  forward(target: Target, options: ForwardOptions): void {
    requireTarget(target)
    const timeouts = resolveForwardTimeouts(options)
    const path = options.path ?? this.ctx.target
    const headers = forwardedRequestFields(
      this.#req.rawHeaders,
      this.#head,
      { remoteAddress: this.#connection.remoteAddress, trusted: this.#connection.trusted, scheme: this.ctx.scheme },
      options,
    )
    if (path !== '*' && !path.startsWith('/'))
      throw new TypeError(`ForwardOptions.path must start with '/', got '${path}'`)
    this.#choose('forward')
    if (this.hasBody && !this.#head.chunked) headers.push('content-length', String(this.#head.contentLength))
    const request: ForwardRequest = { path, method: this.ctx.method, headers }
    const forwarding = new Forwarding(this, target, request, options, timeouts)
    this.#forwarding = forwarding
    this.#forwardOver = false
    if (this.#clientGone) {
      forwarding.clientOver(false)
    } else if (path === '*') {
      // undici cannot write this request line.
      forwarding.abandon(new TypeError('OPTIONS * cannot be forwarded by this engine'))
      this.answerProblem(501, 'OPTIONS * is not forwarded')
    } else {
      forwarding.start()
    }
  }

  stream(status: number, headers: ResponseHeaders = {}): Sink {
    this.#choose('stream')
    if (this.#clientGone) return new ResponseSink(null)
    this.sendHead(status, localResponseFields(headers))
    this.res.flushHeaders()
    this.#sink = new ResponseSink(this)
    return this.#sink
  }

  abortSignal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#clientGone) this.#abort.abort(new ClientAbortError('The client closed the connection'))
    return this.#abort.signal
  }

  get isBodyUntouched(): boolean {
    return this.#bodyBytes === 0
  }

  get isAnsweredOtherwise(): boolean {
    return this.#chosen !== 'forward'
  }

  openBody(): RequestBody {
    return new RequestBody(this.#req, this)
  }

  bodyConsumed(bytes: number): void {
    this.#bodyBytes += bytes
    const limit = this.#services.settings.maxBodyBytes
    if (this.#bodyBytes <= limit) return
    this.#forwarding?.abandon(new BodyTooLargeError(limit))
    if (this.res.headersSent) this.cut()
    else this.answerProblem(413, `The body is larger than ${limit} bytes`)
  }

  continueRequest(): void {
    if (!this.#expectsContinue) return
    this.#expectsContinue = false
    this.res.writeContinue()
  }

  sendHead(status: number, fields: string[], close = false): void {
    const { ctx } = this
    overlayFields(fields, ctx.overlay)
    if (close || this.#mustClose()) fields.push('connection', 'close')
    this.res.writeHead(status, fields)
    ctx.status = status
    ctx.responded = true
  }

  flushHead(): void {
    this.res.flushHeaders()
  }

  write(chunk: Uint8Array): boolean {
    this.ctx.bytesSent += chunk.byteLength
    return this.res.write(chunk)
  }

  countSent(bytes: number): void {
    if (this.#isCurrent) this.ctx.bytesSent += bytes
  }

  end(): void {
    this.res.end()
  }

  cut(): void {
    this.res.destroy()
  }

  answerProblem(status: number, detail: string, close = false): void {
    const { headers, body } = problem(status, undefined, detail)
    this.#answer(status, localResponseFields(headers), body, close)
  }

  callbackFailed(error: unknown): void {
    this.reportError(error)
    if (this.#over || this.#clientGone || this.res.writableEnded) return
    this.#forwarding?.abandon(error instanceof Error ? error : new Error(String(error)))
    if (this.res.headersSent) {
      this.cut()
      return
    }
    this.#chosen = 'respond'
    this.ctx.overlay.length = 0
    this.answerProblem(500, '')
  }

  reportError(error: unknown): void {
    try {
      this.#services.settings.onHandlerError(error, this.#isCurrent ? this.ctx : null)
    } catch (second) {
      process.emitWarning(second instanceof Error ? second : String(second))
    }
  }

  forwardOver(): void {
    this.#forwardOver = true
    this.#finish()
  }

  get #isCurrent(): boolean {
    return this.ctx.generation === this.#generation && !this.#over
  }

  #choose(kind: 'respond' | 'forward' | 'stream'): void {
    const mayAnswerInstead = this.#forwarding?.asksPolicy === true && kind !== 'forward'
    if (this.#chosen !== '' && !(mayAnswerInstead && this.#chosen === 'forward'))
      throw new ResponseChosenError(this.#chosen)
    this.#chosen = kind
  }

  #answer(status: number, fields: string[], body: string | Uint8Array | undefined, close: boolean): void {
    if (this.#chosen === '') this.#chosen = 'respond'
    if (this.#clientGone || this.res.headersSent) return
    const { ctx, res } = this
    const bodyless = status === 204 || status === 304
    const length = body === undefined ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    if (!bodyless) fields.push('content-length', String(length))
    this.sendHead(status, fields, close)
    if (bodyless || length === 0 || ctx.method === 'HEAD') {
      res.end()
      return
    }
    ctx.bytesSent += length
    res.end(body)
    if (length > MOST_READ_AWAY_BYTES) res.setTimeout(STALLED_READER_MS, () => res.destroy())
  }

  /** True if no further request can or may follow on this connection. */
  #mustClose(): boolean {
    if (this.#services.isDraining && !this.#connection.hasHeld) return true
    if (this.#bodyOver || this.#req.complete) return false
    return this.#head.chunked || this.#head.contentLength - this.#bodyBytes > MOST_READ_AWAY_BYTES
  }

  #awaitHandler(settled: Promise<void>): void {
    this.#handlerOver = false
    const over = (): void => {
      this.#handlerOver = true
      this.#finish()
    }
    Promise.resolve(settled).then(over, (error: unknown) => {
      this.callbackFailed(error)
      over()
    })
  }

  #drained(): void {
    this.#forwarding?.drained()
    this.#sink?.drained()
  }

  #endResponse(complete: boolean): void {
    if (this.#responseOver) return
    this.#responseOver = true
    if (!complete) {
      this.#bodyOver = true
      this.#clientGone = true
      if (this.#abort !== null) this.abortSignal()
      if (!this.ctx.responded) this.ctx.status = 499
    }
    this.#sink?.closed()
    this.#forwarding?.clientOver(complete)
    // What is left of the request body is read away; a connection that closes does that for a short time only.
    if (!this.#bodyOver) this.#req.resume()
    this.#finish()
  }

  #endBody(): void {
    this.#bodyOver = true
    this.#finish()
  }

  /** Gives the context back when nothing can touch it any more. */
  #finish(): void {
    if (this.#over || !this.#responseOver || !this.#bodyOver || !this.#forwardOver) return
    // A handler that is still deciding may yet call forward(), and must then be told by onEnd that the client left.
    if (!this.#handlerOver && this.#chosen === '') return
    const { onRequestEnd } = this.#services.settings
    if (onRequestEnd !== undefined) {
      try {
        onRequestEnd(this.ctx)
      } catch (error) {
        this.reportError(error)
      }
    }
    this.#over = true
    const { pool } = this.#services
    if (this.#handlerOver && this.#chosen !== '') pool.release(this.ctx)
    else pool.discard(this.ctx)
    this.#connection.exchangeOver()
  }
}

function ignore(): void {}
