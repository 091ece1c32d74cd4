import type { RequestBody } from '../connection/request-body.ts'
import type { Deadline, DeadlineOwner } from '../deadlines.ts'
import { ClientAbortError, ResponseRefusedError, UpstreamProtocolError } from '../errors.ts'
import type { ForwardError, ForwardOptions, ForwardResult, ForwardTimeouts, Target } from '../handler.ts'
import { Attempt, type AttemptOwner } from '../upstream/attempt.ts'
import { failureKind } from '../upstream/failure.ts'
import { requireTarget } from '../upstream/target.ts'
import { forwardedResponseFields, responseRefusal, UpstreamResponseHead } from '../wire/response-fields.ts'
import { ForwardClock } from './forward-clock.ts'
import type { ForwardHost } from './forward-host.ts'
import type { ForwardRequest } from './forward-request.ts'
import { failureStatus, isIdleTimeout, mayResend, ownFailure } from './node-failure.ts'
import { ResponseRelay } from './node-relay.ts'

/**
 * A forwarded request from `ctx.forward` to `onEnd`: one attempt after the other until a response is passed on.
 *
 *    waiting ──► uploading ──► headers ──► answering ──► ending ──► over
 *       │ queue, dial │ body        │ no head yet │ body back  │ the client has not read all of it
 *       └─────────────┴── failed ───┴──► onError ──► next target, an answer of policy, or 502/503/504
 *                                     answering: failed ──► client cut (never a final chunk)
 */
export class Forwarding implements AttemptOwner, DeadlineOwner {
  /** `onError` is being asked: policy may answer itself. */
  asksPolicy = false
  readonly #host: ForwardHost
  readonly #options: ForwardOptions
  readonly #request: ForwardRequest
  readonly #relay: ResponseRelay
  readonly #clock: ForwardClock
  #target: Target
  #attempt: Attempt | null = null
  #body: RequestBody | null = null
  #attempts = 0
  #resent = false
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
    this.#clock = new ForwardClock(this, timeouts)
    this.#relay = new ResponseRelay(host.response, options.tap, (error) => host.reportError(error))
  }

  start(): void {
    this.#dispatch(this.#target, false)
  }

  /** The response ended for the client: it has all of it, or it left, or its connection was cut. */
  clientOver(complete: boolean): void {
    if (this.#clock.phase === 'over') return
    if (!complete) this.#cancelAttempt(new ClientAbortError('The client closed the connection'))
    this.#outcome ??= complete ? 'complete' : 'client_abort'
    this.#clock.enter('over')
    this.#closeBody()
    this.#callOnEnd(this.#outcome)
    this.#host.forwardOver()
  }

  /** Gives up for a reason that is not the upstream's: the host answers or cuts. */
  abandon(error: Error): void {
    this.#cancelAttempt(error)
    this.#outcome ??= 'client_abort'
    this.#error ??= error
  }

  /** The client took what was written. */
  drained(): void {
    this.#clock.touch()
    this.#relay.drained(this.#attempt)
  }

  attemptStarted(): void {
    this.#host.request.continue()
    this.#clock.enter(this.#host.request.hasBody ? 'uploading' : 'headers')
  }

  requestBytesSent(): void {
    // An upstream may answer while it still takes the body: bytes of either direction keep the exchange alive.
    const { phase } = this.#clock
    if (phase === 'uploading' || phase === 'answering') this.#clock.touch()
  }

  requestSent(): void {
    if (this.#clock.phase === 'uploading') this.#clock.enter('headers')
  }

  responseHead(status: number, raw: readonly (Buffer | string)[]): void {
    const attempt = this.#attempt
    if (attempt === null) return
    const refusal = responseRefusal(status, raw, requireTarget(this.#target).maxHeaders)
    if (refusal !== '') {
      attempt.fail(new UpstreamProtocolError(refusal))
      return
    }
    const head = new UpstreamResponseHead(status, this.#target, this.#canRetry, forwardedResponseFields(status, raw))
    try {
      if (this.#options.onHead?.(this.#host.ctx, head) === 'retry' && head.canRetry) {
        attempt.discard()
        this.#failed('response', new ResponseRefusedError(status), status)
        return
      }
    } catch (error) {
      this.#host.callbackFailed(error)
      return
    }
    this.#host.ctx.timestamps.upstreamHead = performance.now()
    this.#clock.enter('answering')
    this.#relay.hold(head, attempt)
  }

  responseData(chunk: Buffer): void {
    this.#clock.touch()
    try {
      this.#relay.data(chunk, this.#attempt)
    } catch (error) {
      this.#attempt?.fail(new UpstreamProtocolError('The response has a field that may not be sent', error))
    }
  }

  responseEnd(): void {
    this.#clock.touch()
    this.#host.ctx.timestamps.upstreamEnd = performance.now()
    try {
      this.#relay.end()
      this.#attempt = null
      this.#clock.enter('ending')
    } catch (error) {
      this.#relay.drop()
      this.#failed('protocol', new UpstreamProtocolError('The response has a field that may not be sent', error))
    }
  }

  attemptFailed(error: Error): void {
    const attempt = this.#attempt
    if (attempt === null) return
    if ('code' in error && error.code === 'UND_ERR_INVALID_ARG') {
      // Of the request, before any of it was sent: no upstream has failed.
      this.#host.callbackFailed(error)
      return
    }
    if (this.#clock.phase === 'answering' && !this.#relay.isHolding) {
      this.#truncate(error)
      return
    }
    this.#relay.drop()
    const kind = failureKind(error, attempt.started || !attempt.isUnconnected)
    if (
      kind === 'reset' &&
      !this.#resent &&
      this.#canRetry &&
      mayResend(attempt, this.#request.method, this.#host.request.hasBody)
    ) {
      this.#resent = true
      this.#closeBody()
      this.#dispatch(this.#target, true)
    } else {
      this.#failed(kind, error)
    }
  }

  deadlinePassed(deadline: Deadline): void {
    const error = this.#clock.expired(deadline)
    if (this.#clock.phase === 'ending' || this.#relay.isPaused) {
      // Everything that came was written; it is the client that does not read.
      this.abandon(error)
      this.#host.response.cut()
    } else if (isIdleTimeout(error) && this.#body?.waitsForClient === true) {
      // The upstream would take more of the body; it is the client that sends nothing.
      this.abandon(error)
      if (this.#host.response.isHeadSent) this.#host.response.cut()
      else this.#host.response.answerProblem(408, 'The request body did not arrive in time', true)
    } else {
      this.#attempt?.fail(error)
    }
  }

  get #canRetry(): boolean {
    return !this.#clock.isOutOfTime && this.#host.request.isUntouched
  }

  #dispatch(target: Target, fresh: boolean): void {
    const { timestamps } = this.#host.ctx
    if (timestamps.upstreamStart === 0) timestamps.upstreamStart = performance.now()
    this.#target = target
    if (!fresh) this.#attempts++
    this.#clock.enter('waiting')
    const attempt = new Attempt(this)
    this.#attempt = attempt
    this.#body = this.#host.request.hasBody ? this.#host.request.openBody() : null
    const request = { ...this.#request, body: this.#body }
    const undiciTarget = requireTarget(target)
    if (fresh) undiciTarget.dispatchFresh(request, attempt)
    else undiciTarget.dispatch(request, attempt)
  }

  #failed(kind: ForwardError['kind'], cause: Error, status?: number): void {
    const sent = this.#attempt?.sent ?? 'none'
    this.#attempt = null
    this.#closeBody()
    this.#clock.rest()
    this.#error = cause
    const canRetry = this.#canRetry
    const failure = { kind, sent, canRetry, target: this.#target, cause, ...(status === undefined ? {} : { status }) }
    let next: Target | null = null
    try {
      this.asksPolicy = true
      next = this.#options.onError?.(this.#host.ctx, failure) ?? null
      this.asksPolicy = false
      if (next !== null && canRetry && !this.#host.isAnsweredOtherwise && !this.#host.response.isGone) {
        requireTarget(next)
        this.#dispatch(next, false)
        return
      }
    } catch (error) {
      this.asksPolicy = false
      this.#outcome ??= 'upstream_error'
      this.#host.callbackFailed(error)
      return
    }
    this.#outcome ??= 'upstream_error'
    if (!this.#host.isAnsweredOtherwise) this.#host.response.answerProblem(failureStatus(cause), ownFailure(kind))
  }

  #truncate(error: Error): void {
    this.#attempt = null
    this.#outcome ??= 'truncated'
    this.#error ??= error
    this.#host.response.cut()
  }

  #cancelAttempt(reason: Error): void {
    const attempt = this.#attempt
    this.#attempt = null
    attempt?.cancel(reason)
    this.#relay.drop()
    this.#closeBody()
    this.#clock.rest()
  }

  #closeBody(): void {
    this.#body?.destroy()
    this.#body = null
  }

  #callOnEnd(outcome: ForwardResult['outcome']): void {
    const result = { outcome, target: this.#target, attempts: this.#attempts }
    try {
      this.#options.onEnd?.(this.#host.ctx, this.#error === null ? result : { ...result, error: this.#error })
    } catch (error) {
      this.#host.reportError(error)
    }
  }
}
