import { Deadline, type DeadlineOwner, deadlines } from '../connection/deadlines.ts'
import type { RequestBody } from '../connection/request-body.ts'
import { ClientAbortError, ResponseRefusedError, UpstreamProtocolError, UpstreamTimeoutError } from '../errors.ts'
import type {
  ForwardError,
  ForwardOptions,
  ForwardResult,
  ForwardTimeouts,
  RequestContext,
  Target,
} from '../handler.ts'
import { Attempt, type AttemptOwner } from '../upstream/attempt.ts'
import { failureKind } from '../upstream/failure.ts'
import { requireTarget } from '../upstream/target.ts'
import { forwardedResponseFields, MOST_RESPONSE_FIELDS, UpstreamResponseHead } from '../wire/response-fields.ts'
import { failureStatus, mayResend, ownFailure } from './node-failure.ts'

/** The client's side of a forwarded request. */
export interface ForwardHost {
  readonly ctx: RequestContext
  readonly hasBody: boolean
  /** No byte of the request body was taken. */
  readonly isBodyUntouched: boolean
  /** Policy has chosen another answer than this forward. */
  readonly isAnsweredOtherwise: boolean
  openBody(): RequestBody
  /** Lets a client that asked send its body. */
  continueRequest(): void
  sendHead(status: number, fields: string[]): void
  flushHead(): void
  /** False: the client reads slower than we write; `drained()` follows. */
  write(chunk: Uint8Array): boolean
  end(): void
  /** Closes the client's connection without ending the response. */
  cut(): void
  answerProblem(status: number, detail: string): void
  /** A callback of policy threw. */
  callbackFailed(error: unknown): void
  /** A callback threw whose result nobody waits for. */
  reportError(error: unknown): void
  forwardOver(): void
}

/** One request as undici takes it, without the body, which is opened for each attempt. */
export interface ForwardRequest {
  readonly path: string
  readonly method: string
  readonly headers: string[]
}

const NOTHING = new Uint8Array(0)

/**
 * A forwarded request from `ctx.forward` to `onEnd`: one attempt after the other until a response is passed on.
 *
 *    waiting ──► uploading ──► headers ──► answering ──► ending ──► over
 *       │ queue, dial │ body        │ no head yet │ body back  │ client has not read all of it
 *       └─────────────┴── failed ───┴──► onError ──► next target, an answer of policy, or 502/503/504
 *                                         answering: failed ──► client cut (never a final chunk)
 */
export class Forwarding implements AttemptOwner, DeadlineOwner {
  /** `onError` is being asked: policy may answer itself. */
  asksPolicy = false
  readonly #host: ForwardHost
  readonly #options: ForwardOptions
  readonly #timeouts: ForwardTimeouts
  readonly #request: ForwardRequest
  readonly #phaseDeadline: Deadline = new Deadline(this)
  readonly #totalDeadline: Deadline = new Deadline(this)
  #target: Target
  #attempt: Attempt | null = null
  #body: RequestBody | null = null
  #attempts = 0
  #resent = false
  #outOfTime = false
  #phase: 'waiting' | 'uploading' | 'headers' | 'answering' | 'ending' | 'over' = 'waiting'
  #pendingHead: UpstreamResponseHead | null = null
  #paused = false
  #tap: ForwardOptions['tap']
  #outcome: ForwardResult['outcome'] | null = null
  #error: Error | null = null

  constructor(
    host: ForwardHost,
    target: Target,
    request: ForwardRequest,
    options: ForwardOptions,
    timeouts: ForwardTimeouts,
  ) {
    this.#host = host
    this.#target = target
    this.#request = request
    this.#options = options
    this.#timeouts = timeouts
    this.#tap = options.tap
  }

  start(): void {
    deadlines.arm(this.#totalDeadline, this.#timeouts.totalMs)
    this.#try(this.#target)
  }

  /** The response ended for the client: it has all of it, or it left, or its connection was cut. */
  clientOver(complete: boolean): void {
    if (this.#phase === 'over') return
    if (!complete) this.#cancelAttempt(new ClientAbortError('The client closed the connection'))
    this.#outcome ??= complete ? 'complete' : 'client_abort'
    this.#end()
  }

  /** Gives up for a reason that is not the upstream's: the host answers or cuts. */
  abandon(error: Error): void {
    this.#cancelAttempt(error)
    this.#outcome ??= 'client_abort'
    this.#error ??= error
  }

  /** The client took what was written. */
  drained(): void {
    deadlines.touch(this.#phaseDeadline)
    if (!this.#paused) return
    this.#paused = false
    this.#attempt?.resume()
  }

  attemptStarted(): void {
    this.#host.continueRequest()
    this.#phase = this.#host.hasBody ? 'uploading' : 'headers'
    deadlines.arm(this.#phaseDeadline, this.#host.hasBody ? this.#timeouts.idleMs : this.#timeouts.headersMs)
  }

  requestBytesSent(): void {
    if (this.#phase === 'uploading') deadlines.touch(this.#phaseDeadline)
  }

  requestSent(): void {
    if (this.#phase !== 'uploading') return
    this.#phase = 'headers'
    deadlines.arm(this.#phaseDeadline, this.#timeouts.headersMs)
  }

  responseHead(status: number, raw: readonly (Buffer | string)[]): void {
    if (raw.length > MOST_RESPONSE_FIELDS * 2) {
      this.#failAttempt(new UpstreamProtocolError(`More than ${MOST_RESPONSE_FIELDS} response fields`))
      return
    }
    const head = new UpstreamResponseHead(status, this.#target, this.#canRetry, forwardedResponseFields(status, raw))
    if (this.#options.onHead !== undefined) {
      let verdict: 'pass' | 'retry'
      try {
        verdict = this.#options.onHead(this.#host.ctx, head)
      } catch (error) {
        this.#host.callbackFailed(error)
        return
      }
      if (verdict === 'retry' && head.canRetry) {
        this.#attempt?.discard()
        this.#failed('response', new ResponseRefusedError(status), status)
        return
      }
    }
    this.#host.ctx.timestamps.upstreamHead = performance.now()
    this.#phase = 'answering'
    deadlines.arm(this.#phaseDeadline, this.#timeouts.idleMs)
    // Written with the first piece of the body: if that is already known to be broken, 502 is still possible.
    this.#pendingHead = head
    setImmediate(flushHead, this, head)
  }

  responseData(chunk: Buffer): void {
    if (this.#pendingHead !== null && !this.#sendHead(this.#pendingHead)) return
    deadlines.touch(this.#phaseDeadline)
    this.#callTap(chunk, false)
    if (this.#host.write(chunk)) return
    this.#paused = true
    this.#attempt?.pause()
  }

  responseEnd(): void {
    if (this.#pendingHead !== null && !this.#sendHead(this.#pendingHead)) return
    this.#attempt = null
    this.#phase = 'ending'
    this.#host.ctx.timestamps.upstreamEnd = performance.now()
    deadlines.touch(this.#phaseDeadline)
    this.#callTap(NOTHING, true)
    this.#host.end()
  }

  attemptFailed(error: Error): void {
    const attempt = this.#attempt
    if (attempt === null) return
    if (this.#phase === 'answering' && this.#pendingHead === null) {
      this.#attempt = null
      this.#truncate(error)
      return
    }
    this.#pendingHead = null
    const kind = failureKind(error, attempt.started || !attempt.isUnconnected)
    if (
      kind === 'reset' &&
      !this.#resent &&
      this.#canRetry &&
      mayResend(attempt, this.#request.method, this.#host.hasBody)
    ) {
      this.#resent = true
      this.#dispatch(this.#target, true)
      return
    }
    this.#failed(kind, error)
  }

  deadlinePassed(deadline: Deadline): void {
    if (deadline === this.#totalDeadline) {
      this.#outOfTime = true
      this.#timeOut(new UpstreamTimeoutError('total', this.#timeouts.totalMs))
      return
    }
    switch (this.#phase) {
      case 'waiting':
        this.#timeOut(new UpstreamTimeoutError('queue', this.#timeouts.headersMs))
        return
      case 'uploading':
        if (this.#body?.waitsForClient === true) {
          this.abandon(new UpstreamTimeoutError('upload', this.#timeouts.idleMs))
          this.#host.answerProblem(408, 'The request body did not arrive in time')
        } else {
          this.#timeOut(new UpstreamTimeoutError('upload', this.#timeouts.idleMs))
        }
        return
      case 'headers':
        this.#timeOut(new UpstreamTimeoutError('headers', this.#timeouts.headersMs))
        return
      default:
        this.#timeOut(new UpstreamTimeoutError('idle', this.#timeouts.idleMs))
    }
  }

  /** For `setImmediate` only: the head goes out although no piece of the body came with it. */
  flushHead(head: UpstreamResponseHead): void {
    if (this.#pendingHead !== head || this.#attempt === null || this.#attempt.isLost) return
    if (this.#sendHead(head)) this.#host.flushHead()
  }

  get #canRetry(): boolean {
    return !this.#outOfTime && (!this.#host.hasBody || this.#host.isBodyUntouched)
  }

  #try(target: Target): void {
    this.#attempts++
    this.#dispatch(target, false)
  }

  #dispatch(target: Target, fresh: boolean): void {
    const { timestamps } = this.#host.ctx
    if (timestamps.upstreamStart === 0) timestamps.upstreamStart = performance.now()
    this.#target = target
    this.#phase = 'waiting'
    deadlines.arm(this.#phaseDeadline, this.#timeouts.headersMs)
    const attempt = new Attempt(this)
    this.#attempt = attempt
    this.#body = this.#host.hasBody ? this.#host.openBody() : null
    const request = { ...this.#request, body: this.#body }
    const undiciTarget = requireTarget(target)
    if (fresh) undiciTarget.dispatchFresh(request, attempt)
    else undiciTarget.dispatch(request, attempt)
  }

  /** Sends the head; false: it has fields that may not be sent, and the attempt has failed by that. */
  #sendHead(head: UpstreamResponseHead): boolean {
    this.#pendingHead = null
    try {
      this.#host.sendHead(head.status, head.fields)
      return true
    } catch (error) {
      this.#phase = 'headers'
      this.#failAttempt(new UpstreamProtocolError('The response has a field that may not be sent', error))
      return false
    }
  }

  #timeOut(error: UpstreamTimeoutError): void {
    if (this.#phase === 'ending' || this.#paused) {
      // Everything that came was written; it is the client that does not read.
      this.abandon(error)
      this.#host.cut()
    } else if (this.#phase === 'answering' && this.#pendingHead === null) {
      this.#cancelAttempt(error)
      this.#truncate(error)
    } else {
      this.#failAttempt(error)
    }
  }

  #failAttempt(error: Error): void {
    const attempt = this.#attempt
    attempt?.cancel(error)
    this.#pendingHead = null
    this.#failed(failureKind(error, true), error)
  }

  #failed(kind: ForwardError['kind'], cause: Error, status?: number): void {
    const sent = this.#attempt?.sent ?? 'none'
    this.#attempt = null
    this.#closeBody()
    deadlines.disarm(this.#phaseDeadline)
    this.#error = cause
    const canRetry = this.#canRetry
    let next: Target | null = null
    if (this.#options.onError !== undefined) {
      const failure = { kind, sent, canRetry, target: this.#target, cause, ...(status === undefined ? {} : { status }) }
      this.asksPolicy = true
      try {
        next = this.#options.onError(this.#host.ctx, failure)
      } catch (error) {
        this.asksPolicy = false
        this.#outcome ??= 'upstream_error'
        this.#host.callbackFailed(error)
        return
      }
      this.asksPolicy = false
    }
    if (this.#phase === 'over' || this.#outcome !== null) return
    if (this.#host.isAnsweredOtherwise) {
      this.#outcome = 'upstream_error'
    } else if (next !== null && canRetry) {
      this.#try(next)
    } else {
      this.#outcome = 'upstream_error'
      this.#host.answerProblem(failureStatus(cause), ownFailure(kind))
    }
  }

  #truncate(error: Error): void {
    this.#outcome ??= 'truncated'
    this.#error ??= error
    this.#host.cut()
  }

  #callTap(chunk: Uint8Array, last: boolean): void {
    if (this.#tap === undefined) return
    try {
      this.#tap(chunk, last)
    } catch (error) {
      this.#tap = undefined
      this.#host.reportError(error)
    }
  }

  #cancelAttempt(reason: Error): void {
    const attempt = this.#attempt
    this.#attempt = null
    attempt?.cancel(reason)
    this.#closeBody()
    deadlines.disarm(this.#phaseDeadline)
  }

  #closeBody(): void {
    this.#body?.destroy()
    this.#body = null
  }

  #end(): void {
    this.#phase = 'over'
    deadlines.disarm(this.#phaseDeadline)
    deadlines.disarm(this.#totalDeadline)
    this.#closeBody()
    const { onEnd } = this.#options
    if (onEnd !== undefined) {
      const result = { outcome: this.#outcome ?? 'complete', target: this.#target, attempts: this.#attempts }
      try {
        onEnd(this.#host.ctx, this.#error === null ? result : { ...result, error: this.#error })
      } catch (error) {
        this.#host.reportError(error)
      }
    }
    this.#host.forwardOver()
  }
}

function flushHead(forwarding: Forwarding, head: UpstreamResponseHead): void {
  forwarding.flushHead(head)
}
