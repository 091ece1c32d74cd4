import type { ConnectionUser } from '../connection/connection-user.ts'
import type { NetConnection } from '../connection/net-connection.ts'
import type { Exchange, PoolableRequestContext } from '../context.ts'
import { BodyTooLargeError, ClientAbortError, ResponseChosenError } from '../errors.ts'
import type { ForwardOptions, ResponseHeaders, Sink, Target } from '../handler.ts'
import { turnClock } from '../turn-clock.ts'
import { requireTarget } from '../upstream/target.ts'
import { resolveForwardTimeouts } from './forward-options.ts'
import { GoneExchange } from './gone-exchange.ts'
import { NetForward } from './net-forward.ts'
import type { NetForwardHost } from './net-forward-host.ts'
import { NetRequest } from './net-request.ts'
import { localLines, NetResponse, type ResponseOwner } from './net-response.ts'
import { NetSink, type SinkFraming } from './net-sink.ts'
import { findHandler, reportError, statusOfError, tellRequestEnd } from './policy-calls.ts'
import type { ExchangeServices } from './services.ts'

/** A connection is kept if no more than this of an unwanted request body must be read away. */
const MOST_READ_AWAY_BYTES = 65_536

type Chosen = '' | 'respond' | 'forward' | 'upgrade' | 'stream'

/**
 * The requests of one connection, one after the other: this object is made once per connection and used for each. A
 * handler that still holds its context when the request is over is given a `GoneExchange` instead.
 *
 *    started ──► handler ──► respond │ forward │ stream ──► response over ─┐
 *       └── body: to the upstream, to readBody, or read away ──► body over ┴─► finish: context back, next request
 */
export class NetExchange implements Exchange, ConnectionUser, ResponseOwner, NetForwardHost {
  readonly connection: NetConnection
  readonly services: ExchangeServices
  readonly request: NetRequest
  readonly response: NetResponse
  ctx: PoolableRequestContext
  #forward: NetForward | null = null
  #sink: NetSink | null = null
  #abort: AbortController | null = null
  #chosen: Chosen = ''
  #isForwarding = false
  #responseOver = true
  #handlerOver = true
  #over = true
  /** The handler has not returned: its context is its own until then, also if the response is complete. */
  #isCalling = false

  constructor(connection: NetConnection, services: ExchangeServices) {
    this.connection = connection
    this.services = services
    this.request = new NetRequest(connection, services)
    this.response = new NetResponse(connection, this)
    this.ctx = null as unknown as PoolableRequestContext
  }

  get minor(): number {
    return this.request.minor
  }

  get isHead(): boolean {
    return this.request.isHead
  }

  requestStarted(bytes: Buffer, end: number): void {
    this.request.start(bytes, end)
    this.#begin()
    this.#isCalling = true
    try {
      const handler = findHandler(this.ctx, this.services)
      if (handler === 404) this.#answerProblem(404, '')
      else if (handler === 405) this.#refuse(405, 'TRACE is not allowed')
      else {
        const settled = handler(this.ctx)
        if (settled !== undefined) this.#awaitHandler(settled)
      }
    } catch (error) {
      this.callbackFailed(error)
    }
    this.#isCalling = false
    this.#finish()
  }

  requestRefused(status: number, detail: string, bytes: Buffer, start: number): void {
    if (!this.request.startRefused(bytes, start)) {
      this.connection.refuse(status, detail, status === 405 ? `allow: ${ALLOWED}\r\n` : '')
      return
    }
    this.#begin()
    this.#refuse(status, detail)
  }

  requestBody(bytes: Buffer, start: number, end: number): void {
    const { request } = this
    request.body(bytes, start, end)
    if (request.isOver) this.#finish()
  }

  requestBroken(status: number, detail: string): void {
    const error =
      status === 413 ? new BodyTooLargeError(this.services.settings.maxBodyBytes) : new ClientAbortError(detail)
    this.request.giveUp(error)
    this.#forward?.abandon(error)
    if (this.#responseOver) {
      this.connection.close()
      this.#finish()
    } else if (this.response.isHeadSent) this.response.cut()
    else this.#answerProblem(status, detail, true)
  }

  clientGone(): void {
    // Most leave between requests: nobody is there to be told, and an error costs a stack trace.
    if (this.#over) return
    const error = new ClientAbortError('The client closed the connection')
    this.request.giveUp(error)
    this.#endResponse(false)
  }

  clientFlushed(): void {
    if (this.#over) return
    this.response.flushed()
    this.#forward?.clientFlushed()
  }

  clientDrained(): void {
    this.#sink?.drained()
  }

  tunnelled(bytes: Buffer | null): void {
    this.#forward?.tunnelled(bytes)
  }

  get isEnding(): boolean {
    return this.response.isEnded
  }

  mustClose(): boolean {
    const { request, connection, services } = this
    if (!request.keepAlive || request.isRefused) return true
    if (services.isDraining && !connection.hasHeld) return true
    if (request.isOver) return false
    return connection.body.left > MOST_READ_AWAY_BYTES || request.waitsForContinue
  }

  responseEnded(complete: boolean): void {
    this.#endResponse(complete)
  }

  respond(status: number, headers: ResponseHeaders = {}, body?: string | Uint8Array): void {
    this.#mayChoose('respond')
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`The status of a response must be an integer from 200 to 599, got ${status}`)
    }
    const lines = localLines(headers)
    this.#chosen = 'respond'
    this.response.answer(status, lines, body)
  }

  forward(target: Target, options: ForwardOptions): void {
    this.#startForward('forward', target, options)
  }

  upgrade(target: Target, options: ForwardOptions): void {
    if (this.request.upgradeProtocol === '') throw new TypeError('The client asks for no other protocol')
    this.#startForward('upgrade', target, options)
  }

  stream(status: number, headers: ResponseHeaders = {}): Sink {
    this.#mayChoose('stream')
    const lines = localLines(headers)
    this.#chosen = 'stream'
    const { response, request, connection } = this
    const report = (error: unknown): void => this.reportError(error)
    if (response.isGone) return new NetSink(null, connection.socket, this.ctx, 'none', report)
    const bodyless = request.isHead || status === 204 || status === 304
    const framing: SinkFraming = bodyless ? 'none' : request.minor === 1 ? 'chunked' : 'plain'
    if (framing === 'plain') response.closes = true
    const head = response.head(status, lines, framing === 'chunked' ? 'transfer-encoding: chunked\r\n' : '')
    connection.socket.write(head, 'latin1')
    connection.watchDrain()
    this.#sink = new NetSink(response, connection.socket, this.ctx, framing, report)
    return this.#sink
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
    return this.#chosen !== 'forward' && this.#chosen !== 'upgrade'
  }

  answerFailure(status: number, detail: string, close = false): void {
    this.#answerProblem(status, detail, close)
  }

  forwardOver(): void {
    this.#isForwarding = false
    this.#finish()
  }

  callbackFailed(error: unknown): void {
    const status = statusOfError(error)
    if (status === 500) this.reportError(error)
    if (this.#over || this.response.isGone || this.response.isEnded) return
    this.#forward?.abandon(error instanceof Error ? error : new Error(String(error)))
    if (this.response.isHeadSent) {
      this.response.cut()
      return
    }
    this.#chosen = 'respond'
    this.ctx.overlay.length = 0
    this.#answerProblem(status, status === 500 ? '' : (error as Error).message)
  }

  reportError(error: unknown): void {
    reportError(error, this.#over ? null : this.ctx, this.services)
  }

  #begin(): void {
    const { services } = this
    this.ctx = services.pool.acquire()
    this.#chosen = ''
    this.#responseOver = false
    this.#handlerOver = true
    this.#over = false
    this.response.begin()
    this.ctx.begin(this.request, this, turnClock.now())
  }

  #refuse(status: number, detail: string): void {
    this.#chosen = 'respond'
    if (status === 405) this.ctx.setResponseHeader('allow', ALLOWED)
    this.#answerProblem(status, detail, true)
  }

  #startForward(kind: 'forward' | 'upgrade', target: Target, options: ForwardOptions): void {
    const { connections: pool, endpoint } = requireTarget(target)
    const timeouts = resolveForwardTimeouts(options)
    const head = this.request.forwardedHead(options, kind === 'upgrade', endpoint.authority)
    this.#mayChoose(kind)
    this.#chosen = kind
    this.#isForwarding = true
    this.#forward ??= new NetForward(this)
    this.#forward.start(target, pool, head, options, timeouts, kind === 'upgrade')
  }

  #mayChoose(kind: Chosen): void {
    const isForward = this.#chosen === 'forward' || this.#chosen === 'upgrade'
    const mayReplace = isForward && kind !== 'forward' && kind !== 'upgrade' && this.#forward?.asksPolicy === true
    if (this.#chosen !== '' && !mayReplace) throw new ResponseChosenError(this.#chosen)
  }

  #answerProblem(status: number, detail: string, close = false): void {
    if (this.#chosen === '') this.#chosen = 'respond'
    this.response.answerProblem(status, detail, close)
  }

  #awaitHandler(settled: Promise<void>): void {
    this.#handlerOver = false
    const { ctx } = this
    const over = (): void => {
      if (ctx !== this.ctx || this.#over) return
      this.#handlerOver = true
      this.#finish()
    }
    Promise.resolve(settled).then(over, (error: unknown) => {
      if (ctx === this.ctx && !this.#over) this.callbackFailed(error)
      else if (statusOfError(error) === 500) reportError(error, null, this.services)
      over()
    })
  }

  #endResponse(complete: boolean): void {
    if (this.#responseOver) {
      this.#finish()
      return
    }
    this.#responseOver = true
    if (!complete) {
      this.response.gone()
      if (this.#abort !== null) this.abortSignal()
      if (!this.ctx.responded) this.ctx.status = 499
    }
    this.#sink?.closed()
    if (this.#isForwarding) this.#forward?.clientOver(complete)
    this.request.readAway()
    // The connection ends: what is left of the body is the connection's to read away, for a short time only.
    if (this.response.closes) this.request.giveUp(null)
    this.#finish()
  }

  /** Gives the context back when nothing can touch it any more. */
  #finish(): void {
    if (this.#over || this.#isCalling || !this.#responseOver || !this.request.isOver || this.#isForwarding) return
    // A handler that is still deciding may yet call forward(), and must then be told by onEnd that the client left.
    if (!this.#handlerOver && this.#chosen === '') return
    const { ctx, services, response } = this
    tellRequestEnd(ctx, services)
    this.#over = true
    if (this.#handlerOver && this.#chosen !== '') services.pool.release(ctx)
    else {
      services.pool.discard(ctx)
      ctx.detach(new GoneExchange(ctx, this.#chosen, this.#abort?.signal ?? null))
    }
    this.#abort = null
    this.#sink = null
    this.request.end()
    if (response.isGone) return
    if (response.closes) this.connection.close()
    else this.connection.next()
  }
}

const ALLOWED = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'
