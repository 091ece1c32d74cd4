import type { ForwardError, RequestContext } from '@breakwater/http'
import type { Exchange } from '../pipeline/exchange.ts'
import { describeError, type Logger } from './logger.ts'

/** An attempt that failed before its answer began. */
export interface FailedAttempt {
  readonly target: string | undefined
  /** 1 = the first. */
  readonly attempt: number
  readonly error: ForwardError
}

/** @param next Target of the attempt that follows; null: the request has failed. */
export function logFailure(
  log: Logger,
  ctx: RequestContext,
  exchange: Exchange,
  failed: FailedAttempt,
  next: string | null,
): void {
  const level = next === null ? 'warn' : 'info'
  if (!log.isLevelEnabled(level)) return
  const { stack: _, ...cause } = describeError(failed.error.cause)
  log[level](
    {
      requestId: ctx.requestId,
      upstream: exchange.upstream.name,
      target: failed.target,
      ...(next !== null && { next }),
      attempt: failed.attempt,
      kind: failed.error.kind,
      cause,
    },
    next === null ? 'request failed' : 'attempt failed, trying another target',
  )
}

/** The body of an answer broke off after its head went to the client: no status can tell of it any more. */
export function logTruncation(log: Logger, ctx: RequestContext, exchange: Exchange, error: Error | undefined): void {
  const { stack: _, ...cause } = describeError(error)
  log.warn(
    {
      requestId: ctx.requestId,
      upstream: exchange.upstream.name,
      target: exchange.lastTarget?.id,
      attempt: exchange.attempts,
      status: ctx.status,
      bytes: ctx.bytesSent,
      cause,
    },
    'answer broke off',
  )
}
