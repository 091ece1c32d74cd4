import { PAUSED_BODY } from '../connection/net-connection.ts'
import type { Deadline, DeadlineOwner } from '../deadlines.ts'
import { ClientAbortError, ResponseRefusedError } from '../errors.ts'
import type { ForwardError, ForwardOptions, ForwardResult, ForwardTimeouts, Target } from '../handler.ts'
import { isReleasable, releaseMemory } from '../release-memory.ts'
import { turnClock } from '../turn-clock.ts'
import type { ConnectionPool } from '../upstream/connection-pool.ts'
import { failureKind } from '../upstream/failure.ts'
import { requireTarget } from '../upstream/target.ts'
import type { UpstreamSocket, UpstreamUser } from '../upstream/upstream-socket.ts'
import { keptResponseFields } from '../wire/forwarded-head.ts'
import { responseHead } from '../wire/scanned-head.ts'
import { goesOnAsReceived } from '../wire/unchanged-head.ts'
import { dateLine, hasDate } from './date-line.ts'
import { ForwardClock } from './forward-clock.ts'
import { tellForwardEnd } from './forward-end.ts'
import type { NetForwardHost } from './net-forward-host.ts'
import { HeldResponse } from './net-hold.ts'
import { relayInterim } from './net-interim.ts'
import { NetRelay } from './net-relay.ts'
import type { BodyTaker } from './net-request.ts'
import { NetResponseHead } from './net-response-head.ts'
import { openTunnel, type Tunnel } from './net-tunnel.ts'
import { failureStatus, IDEMPOTENT, isIdleTimeout, ownFailure } from './node-failure.ts'

const GONE = new ClientAbortError('The client closed the connection')

/**
 * Forwarded requests of one connection, one after the other, each from `start` to `onEnd`: one attempt after the other
 * until a response is passed on. Made once per connection.
 *
 *    waiting ──► uploading ──► headers ──► answering ──► ending ──► over
 *       │ queue, dial │ body        │ no head yet │ body back  │ the client has not read all of it
 *       └─────────────┴── failed ───┴──► onError ──► next target, an answer of policy, or 502/503/504
 *                                     answering: failed ──► client cut (never a final chunk)
 */
export class NetForward implements UpstreamUser, DeadlineOwner, BodyTaker {
  /** `onError` is being asked: policy may answer itself. */
  asksPolicy = false
  readonly #host: NetForwardHost
  readonly #relay: NetRelay
  readonly #clock: ForwardClock
  #target: Target | null = null
  #pool: ConnectionPool | null = null
  #head = ''
  #options: ForwardOptions = {}
  #isUpgrade = false
  #isOver = true
  #socket: UpstreamSocket | null = null
  #tunnel: Tunnel | null = null
  /** An attempt waits for a connection. */
  #isPending = false
  #attempts = 0
  #resent = false
  #interimSent = false
  #overWhileAsking: boolean | null = null
  #outcome: ForwardResult['outcome'] | null = null
  #error: Error | null = null

  constructor(host: NetForwardHost) {
    this.#host = host
    this.#clock = new ForwardClock(this)
    this.#relay = new NetRelay(host)
  }

  /** @param head the request head as it goes upstream, with its empty line */
  start(
    target: Target,
    pool: ConnectionPool,
    head: string,
    options: ForwardOptions,
    timeouts: ForwardTimeouts,
    isUpgrade: boolean,
  ): void {
    this.#head = head
    this.#options = options
    this.#isUpgrade = isUpgrade
    this.#isOver = false
    this.#attempts = 0
    this.#resent = false
    this.#interimSent = false
    this.#outcome = null
    this.#error = null
    this.#clock.restart(timeouts)
    if (this.#host.response.isGone) {
      this.#target = target
      this.clientOver(false)
    } else this.#dispatch(target, pool, false)
  }

  /** The response ended for the client: it has all of it, or it left, or its connection was cut. */
  clientOver(complete: boolean): void {
    if (this.#isOver) return
    if (this.asksPolicy) {
      // Policy answered, or cut the client, from within onError: the context is its own until it returns.
      this.#overWhileAsking = complete
      return
    }
    if (!complete) this.#cancelAttempt(GONE)
    this.#isOver = true
    this.#clock.enter('over')
    this.#tunnel?.close()
    this.#tunnel = null
    tellForwardEnd(this.#host, this.#options, {
      outcome: this.#outcome ?? (complete ? 'complete' : 'client_abort'),
      target: this.#target as Target,
      attempts: this.#attempts,
      error: this.#error,
    })
    this.#options = NO_OPTIONS
    this.#head = ''
    this.#host.forwardOver()
  }

  /** Gives up for a reason that is not the upstream's: the host answers or cuts. */
  abandon(error: Error): void {
    if (this.#isOver) return
    this.#cancelAttempt(error)
    this.#outcome ??= 'client_abort'
    this.#error ??= error
  }

  /** The client took all that was written. */
  clientFlushed(): void {
    if (this.#isOver) return
    this.#clock.touch()
    this.#relay.isPaused = false
    if (this.#tunnel === null) this.#socket?.resume()
    else this.#tunnel.clientFlushed()
  }

  tunnelled(bytes: Buffer | null): void {
    this.#tunnel?.fromClient(bytes)
  }

  takeBody(bytes: Buffer | string, complete: boolean): void {
    const socket = this.#socket
    if (socket === null) return
    this.#host.request.isTaken = true
    if (typeof bytes !== 'string' && isReleasable(bytes)) socket.socket.write(bytes, () => releaseMemory(bytes))
    else socket.socket.write(bytes as Buffer)
    this.#clock.touch()
    if (complete) {
      socket.requestSent = true
      if (this.#clock.phase === 'uploading') this.#clock.enter('headers')
    } else if (socket.socket.writableNeedDrain) {
      this.#host.connection.pause(PAUSED_BODY)
    }
  }

  upstreamReady(socket: UpstreamSocket): void {
    this.#isPending = false
    this.#send(socket)
  }

  upstreamDrained(): void {
    if (this.#tunnel === null) this.#clock.touch()
    this.#host.connection.resume(PAUSED_BODY)
  }

  upstreamInterim(_socket: UpstreamSocket, status: number, bytes: Buffer, start: number, end: number): void {
    if (relayInterim(this.#host, status, bytes, start, end)) this.#interimSent = true
  }

  upstreamHead(
    socket: UpstreamSocket,
    bytes: Buffer,
    start: number,
    bodyStart: number,
    end: number,
    complete: boolean,
  ): void {
    const host = this.#host
    const { status, contentLength } = responseHead
    const text = this.#relay.textOf(socket.response.body, bytes, start, bodyStart, end)
    const received = keptResponseFields(text, responseHead)
    let fields = received
    // RFC 9110, 6.6.1: who passes on a response without a date adds one.
    if (!hasDate(text, responseHead)) fields += dateLine()
    const isWhole = fields === received && goesOnAsReceived(text, responseHead)
    const { onHead } = this.#options
    if (onHead !== undefined) {
      const head = new NetResponseHead(status, this.#target as Target, this.#canRetry, fields, contentLength, text)
      try {
        if (onHead(host.ctx, head) === 'retry' && head.canRetry && !socket.response.isTunnel) {
          socket.discard()
          this.#failed('response', new ResponseRefusedError(status), status)
          return
        }
      } catch (error) {
        host.callbackFailed(error)
        return
      }
      fields = head.lines
    }
    host.ctx.timestamps.upstreamHead = turnClock.now()
    if (socket.response.isTunnel) {
      this.#startTunnel(socket, fields, bytes, bodyStart, end)
      return
    }
    // An answer before the end of the request that is no success: the upstream wants no more of the body.
    if (!socket.requestSent && (status >= 300 || complete || !socket.response.keepAlive)) this.#stopUpload()
    if (!complete || this.#options.hold !== undefined) this.#clock.enter('answering')
    if (this.#options.hold !== undefined && !socket.response.body.isNone) {
      this.#relay.held = new HeldResponse(status, fields, contentLength, this.#options.hold)
      this.#holdOn(socket, this.#relay.held, bytes, bodyStart, end, complete)
      return
    }
    this.#relay.begin(socket, status, fields, contentLength, this.#options, isWhole && fields === received)
    this.#relay.first(socket, text, bytes, bodyStart - start, bodyStart, end, complete)
  }

  upstreamBody(socket: UpstreamSocket, bytes: Buffer, start: number, end: number, complete: boolean): void {
    this.#clock.touch()
    if (this.#relay.held !== null) {
      this.#holdOn(socket, this.#relay.held, bytes, start, end, complete)
      return
    }
    this.#relay.piece(socket, bytes, start, end, complete)
  }

  #holdOn(
    socket: UpstreamSocket,
    held: HeldResponse,
    bytes: Buffer,
    start: number,
    end: number,
    complete: boolean,
  ): void {
    try {
      const verdict = held.add(socket.response.body, bytes, start, end, complete)
      if (verdict === 'more') return
      if (verdict === 'retry' && this.#canRetry) {
        socket.discard()
        this.#failed('response', new ResponseRefusedError(held.status), held.status)
        return
      }
    } catch (error) {
      this.#host.callbackFailed(error)
      return
    }
    this.#relay.begin(socket, held.status, held.fields, held.contentLength, this.#options)
    this.#relay.commit(socket, held, complete)
  }

  upstreamEnd(): void {
    this.#socket = null
    if (this.#isOver) return
    this.#host.ctx.timestamps.upstreamEnd = turnClock.now()
    if (!this.#host.request.isOver) this.#stopUpload()
    this.#relay.over()
    if (this.#host.connection.socket.writableLength > 0) this.#clock.enter('ending')
    this.#host.response.end()
  }

  upstreamLost(socket: UpstreamSocket | null, error: Error): void {
    this.#isPending = false
    if (this.#isOver) return
    if (this.#tunnel !== null) {
      this.#socket = null
      this.#tunnel.upstreamGone()
      return
    }
    const begun = this.#socket !== null
    this.#socket = null
    if (this.#clock.phase === 'answering' && this.#relay.held === null) {
      this.#outcome ??= 'truncated'
      this.#error ??= error
      this.#host.response.cut()
      return
    }
    const kind = failureKind(error, begun)
    const sent = !begun || socket === null ? 'none' : socket.requestSent ? 'all' : 'some'
    if (kind === 'reset' && socket !== null && this.#mayResend(socket)) {
      this.#resent = true
      this.#redispatch()
    } else this.#failed(kind, error, undefined, sent)
  }

  upstreamTunnel(_socket: UpstreamSocket, bytes: Buffer | null, start: number, end: number): void {
    this.#tunnel?.fromUpstream(bytes, start, end)
  }

  deadlinePassed(deadline: Deadline): void {
    const { request, response, connection } = this.#host
    const error = this.#clock.expired(deadline)
    const byUs = connection.isPausedFor(PAUSED_BODY)
    if (this.#clock.phase === 'ending' || this.#relay.isPaused) {
      // Everything that came was written; it is the client that does not read.
      this.abandon(error)
      response.cut()
    } else if (isIdleTimeout(error) && !request.isOver && !request.waitsForContinue && !byUs) {
      // The upstream would take more of the body; it is the client that sends nothing.
      this.abandon(error)
      if (response.isHeadSent) response.cut()
      else this.#host.answerFailure(408, 'The request body did not arrive in time', true)
    } else if (this.#socket !== null) {
      this.#socket.fail(error)
    } else {
      this.#pool?.cancel(this)
      this.upstreamLost(null, error)
    }
  }

  get #canRetry(): boolean {
    return !this.#clock.isOutOfTime && !this.#host.request.isTaken
  }

  /**
   * The engine's only resend: a kept-alive connection died before a byte of the answer came, as it does when the
   * upstream closes an idle connection at that moment. Idempotent methods only, and a body only if it is still there.
   */
  #mayResend(socket: UpstreamSocket): boolean {
    const { request } = this.#host
    if (this.#resent || this.#clock.isOutOfTime || this.#interimSent || !socket.isReused || socket.answered)
      return false
    return IDEMPOTENT.has(request.method) && request.isOver && request.isKept
  }

  #dispatch(target: Target, pool: ConnectionPool, fresh: boolean): void {
    const { ctx, request } = this.#host
    if (ctx.timestamps.upstreamStart === 0) ctx.timestamps.upstreamStart = turnClock.now()
    this.#target = target
    this.#pool = pool
    if (!fresh) this.#attempts++
    this.#isPending = true
    if (fresh) pool.acquireFresh(this)
    else {
      const socket = pool.acquire(this, !IDEMPOTENT.has(request.method))
      if (socket !== null) {
        this.#isPending = false
        this.#send(socket)
        return
      }
    }
    if (this.#isPending) this.#clock.enter('waiting')
  }

  #redispatch(): void {
    if (this.#target !== null && this.#pool !== null) this.#dispatch(this.#target, this.#pool, true)
  }

  #send(socket: UpstreamSocket): void {
    const { request, connection } = this.#host
    const out = socket.socket
    this.#socket = socket
    socket.begin(this, request.isHead, this.#isUpgrade ? request.upgradeProtocol : '')
    if (!request.hasBody) {
      out.write(this.#head, 'latin1')
      socket.requestSent = true
      this.#clock.enter('headers')
      return
    }
    request.writeTo(out, this.#head)
    if (request.isOver) {
      socket.requestSent = true
      this.#clock.enter('headers')
      return
    }
    this.#clock.enter('uploading')
    request.giveTo(this)
    if (out.writableNeedDrain) connection.pause(PAUSED_BODY)
  }

  /** The rest of the request body is read away, and the connection ends with this response. */
  #stopUpload(): void {
    this.#host.response.closes = true
    this.#host.request.readAway()
  }

  #startTunnel(socket: UpstreamSocket, fields: string, bytes: Buffer, from: number, to: number): void {
    this.#clock.enter('over')
    this.#tunnel = openTunnel(this.#host, socket, fields, this.#options.timeouts?.tunnelIdleMs, () => {
      this.#socket = null
      this.#tunnel = null
      this.#host.response.finish()
    })
    if (to > from) this.#tunnel.fromUpstream(bytes, from, to)
    this.#tunnel.passHeld()
  }

  #failed(
    kind: ForwardError['kind'],
    cause: Error,
    status?: number,
    sent: ForwardError['sent'] = this.#socket?.requestSent === false ? 'some' : 'all',
  ): void {
    const host = this.#host
    this.#socket = null
    host.request.takeFrom()
    this.#relay.drop()
    this.#clock.rest()
    this.#error = cause
    const canRetry = this.#canRetry
    const target = this.#target as Target
    const failure = { kind, sent, canRetry, target, cause, ...(status === undefined ? {} : { status }) }
    let next: Target | null = null
    try {
      this.asksPolicy = true
      this.#overWhileAsking = null
      next = this.#options.onError?.(host.ctx, failure) ?? null
      this.asksPolicy = false
      if (next !== null && canRetry && !host.isAnsweredOtherwise && !host.response.isGone) {
        this.#dispatch(next, requireTarget(next).connections, false)
        return
      }
    } catch (error) {
      this.asksPolicy = false
      this.#outcome ??= 'upstream_error'
      host.callbackFailed(error)
      this.#overNow()
      return
    }
    this.#outcome ??= 'upstream_error'
    if (this.#overNow()) return
    if (!host.isAnsweredOtherwise) host.answerFailure(failureStatus(cause), ownFailure(kind))
  }

  #overNow(): boolean {
    const complete = this.#overWhileAsking
    this.#overWhileAsking = null
    if (complete !== null) this.clientOver(complete)
    return complete !== null
  }

  #cancelAttempt(_reason: Error): void {
    const socket = this.#socket
    this.#socket = null
    if (this.#isPending) {
      this.#isPending = false
      this.#pool?.cancel(this)
    }
    socket?.destroy()
    this.#relay.drop()
    this.#host.request.takeFrom()
    this.#clock.rest()
  }
}

const NO_OPTIONS: ForwardOptions = {}
