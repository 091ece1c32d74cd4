import type { Exchange, PoolableRequestContext } from '../context.ts'
import { BodyTooLargeError, ClientAbortError, ResponseChosenError } from '../errors.ts'
import type { ForwardOptions, ResponseHeaders, Sink, Target } from '../handler.ts'
import { requireTarget } from '../upstream/target.ts'
import type { RequestHead } from '../wire/request-head.ts'
import { localResponseFields } from '../wire/response-fields.ts'
import type { ForwardHost } from './forward-host.ts'
import { resolveForwardTimeouts } from './forward-options.ts'
import { forwardRequest } from './forward-request.ts'
import type { ExchangeConnection, PendingRequest } from './message.ts'
import { Forwarding } from './node-forward.ts'
import { ClientRequest, type RequestOwner } from './node-request.ts'
import { ClientResponse } from './node-response.ts'
import { ResponseSink } from './node-sink.ts'
import { findHandler, reportError, statusOfError, tellRequestEnd } from './policy-calls.ts'
import type { ExchangeServices } from './services.ts'

/** A connection is kept if no more than this of an unwanted request body must be read away. */
const MOST_READ_AWAY_BYTES = 65_536

/**
 * One request and its response on node:http. Not pooled: every callback of a socket belongs to this object, and only
 * this object touches the context, until all of these are over: response, request body, forwarding, handler.
 */
export class NodeExchange implements Exchange, ForwardHost, RequestOwner {
  readonly ctx: PoolableRequestContext
  readonly request: ClientRequest
  readonly response: ClientResponse
  readonly #connection: ExchangeConnection
  readonly #services: ExchangeServices
  readonly #generation: number
  #chosen: '' | 'respond' | 'forward' | 'stream' = ''
  #forwarding: Forwarding | null = null
  #sink: ResponseSink | null = null
  #abort: AbortController | null = null
  #responseOver = false
  #forwardOver = true
  #handlerOver = true
  #over = false

  constructor(
    pending: PendingRequest,
    head: RequestHead,
    ctx: PoolableRequestContext,
    connection: ExchangeConnection,
    services: ExchangeServices,
  ) {
    const { res } = pending
    this.ctx = ctx
    this.response = new ClientResponse(res, ctx, () => this.#mustClose())
    this.request = new ClientRequest(pending, head, services.settings.maxBodyBytes, this)
    this.#connection = connection
    this.#services = services
    this.#generation = ctx.generation
    res.on('error', ignore)
    res.once('finish', () => this.#endResponse(true))
    res.once('close', () => this.#endResponse(false))
    res.on('drain', () => {
      this.#forwarding?.drained()
      this.#sink?.drained()
    })
  }

  /** Finds the handler and calls it. */
  run(): void {
    try {
      const handler = findHandler(this.ctx, this.#services)
      if (handler === 404) {
        this.#answerProblem(404, '')
      } else if (handler === 405) {
        this.refuse(405, 'TRACE is not allowed')
      } else {
        const settled = handler(this.ctx)
        if (settled !== undefined) this.#awaitHandler(settled)
      }
    } catch (error) {
      this.callbackFailed(error)
    }
  }

  /** Refuses the request as such: answers and closes. */
  refuse(status: number, detail: string): void {
    this.#chosen = 'respond'
    this.#answerProblem(status, detail, true)
  }

  /** The parser gave up, or the time to receive the request ran out. True if it was in the middle of this request. */
  requestBroken(status: number, detail: string): boolean {
    if (this.request.isOver) return false
    this.request.giveUp()
    this.#forwarding?.abandon(new ClientAbortError(detail))
    if (this.#responseOver) {
      this.#connection.close()
      this.#finish()
    } else if (this.response.isHeadSent) {
      this.response.cut()
    } else {
      this.#answerProblem(status, detail, true)
    }
    return true
  }

  connectionClosed(): void {
    this.request.giveUp()
    this.#endResponse(false)
    this.#finish()
  }

  respond(status: number, headers: ResponseHeaders = {}, body?: string | Uint8Array): void {
    this.#choose('respond')
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`The status of a response must be an integer from 200 to 599, got ${status}`)
    }
    this.response.answer(status, localResponseFields(headers), body)
  }

  forward(target: Target, options: ForwardOptions): void {
    requireTarget(target)
    const timeouts = resolveForwardTimeouts(options)
    const request = forwardRequest(this.ctx, this.request, this.#connection, options)
    this.#choose('forward')
    const forwarding = new Forwarding(this, target, request, options, timeouts)
    this.#forwarding = forwarding
    this.#forwardOver = false
    if (this.response.isGone) {
      forwarding.clientOver(false)
    } else if (request.path === '*') {
      // undici cannot write this request line.
      forwarding.abandon(new TypeError('OPTIONS * cannot be forwarded by this engine'))
      this.#answerProblem(501, 'OPTIONS * is not forwarded')
    } else {
      forwarding.start()
    }
  }

  stream(status: number, headers: ResponseHeaders = {}): Sink {
    this.#choose('stream')
    const { response } = this
    const reportError = (error: unknown): void => this.reportError(error)
    if (response.isGone) return new ResponseSink(null, reportError)
    response.sendHead(status, localResponseFields(headers))
    response.flushHead()
    this.#sink = new ResponseSink(response, reportError)
    return this.#sink
  }

  /** A request that asks for another protocol has left this engine before it became an exchange. */
  upgrade(): void {
    throw new TypeError('The client asks for no other protocol')
  }

  readBody(maxBytes: number): Promise<Uint8Array> {
    return this.request.collect(maxBytes)
  }

  abortSignal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.response.isGone) this.#abort.abort(new ClientAbortError('The client closed the connection'))
    return this.#abort.signal
  }

  get isAnsweredOtherwise(): boolean {
    return this.#chosen !== 'forward'
  }

  bodyTooLarge(): void {
    const limit = this.#services.settings.maxBodyBytes
    this.#forwarding?.abandon(new BodyTooLargeError(limit))
    if (this.response.isHeadSent) this.response.cut()
    else this.#answerProblem(413, `The body is larger than ${limit} bytes`)
  }

  requestOver(): void {
    this.#finish()
  }

  callbackFailed(error: unknown): void {
    if (statusOfError(error) === 500) this.reportError(error)
    if (this.#over || this.response.isGone || this.response.isEnded) return
    this.#forwarding?.abandon(error instanceof Error ? error : new Error(String(error)))
    if (this.response.isHeadSent) {
      this.response.cut()
      return
    }
    this.#chosen = 'respond'
    this.ctx.overlay.length = 0
    const status = statusOfError(error)
    this.#answerProblem(status, status === 500 ? '' : String((error as Error).message))
  }

  reportError(error: unknown): void {
    reportError(error, this.#isCurrent ? this.ctx : null, this.#services)
  }

  forwardOver(): void {
    this.#forwardOver = true
    this.#finish()
  }

  get #isCurrent(): boolean {
    return this.ctx.generation === this.#generation && !this.#over
  }

  #choose(kind: 'respond' | 'forward' | 'stream'): void {
    const mayReplace = this.#chosen === 'forward' && kind !== 'forward' && this.#forwarding?.asksPolicy === true
    if (this.#chosen !== '' && !mayReplace) throw new ResponseChosenError(this.#chosen)
    this.#chosen = kind
  }

  #answerProblem(status: number, detail: string, close = false): void {
    if (this.#chosen === '') this.#chosen = 'respond'
    this.response.answerProblem(status, detail, close)
  }

  /** True if no further request can or may follow on this connection. */
  #mustClose(): boolean {
    if (this.#services.isDraining && !this.#connection.hasHeld) return true
    return this.request.remainingBytes > MOST_READ_AWAY_BYTES
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

  #endResponse(complete: boolean): void {
    if (this.#responseOver) return
    this.#responseOver = true
    if (!complete) {
      this.request.giveUp()
      this.response.isGone = true
      if (this.#abort !== null) this.abortSignal()
      if (!this.ctx.responded) this.ctx.status = 499
    }
    this.#sink?.closed()
    this.#forwarding?.clientOver(complete)
    // What is left of the request body is read away; a connection that closes does that for a short time only.
    this.request.readAway()
    this.#finish()
  }

  /** Gives the context back when nothing can touch it any more. */
  #finish(): void {
    if (this.#over || !this.#responseOver || !this.request.isOver || !this.#forwardOver) return
    // A handler that is still deciding may yet call forward(), and must then be told by onEnd that the client left.
    if (!this.#handlerOver && this.#chosen === '') return
    tellRequestEnd(this.ctx, this.#services)
    this.#over = true
    const { pool } = this.#services
    if (this.#handlerOver && this.#chosen !== '') pool.release(this.ctx)
    else pool.discard(this.ctx)
    this.#connection.exchangeOver()
  }
}

function ignore(): void {}
