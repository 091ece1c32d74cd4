import { TargetBusyError, UpstreamTimeoutError } from '../errors.ts'
import type { ForwardError } from '../handler.ts'
import type { Attempt } from '../upstream/attempt.ts'

export const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/**
 * The engine's only resend: a kept-alive connection died before a byte of the answer came, as it does when the upstream
 * closes an idle connection at that moment. Nothing sent: any method. Sent on a reused socket: idempotent methods
 * without a body. Never after our own time-out.
 */
export function mayResend(attempt: Attempt, method: string, hasBody: boolean): boolean {
  if (!attempt.started) return true
  return attempt.wasReused && !attempt.answered && !hasBody && IDEMPOTENT.has(method)
}

/** No byte of a body moved for too long. */
export function isIdleTimeout({ phase }: UpstreamTimeoutError): boolean {
  return phase === 'upload' || phase === 'idle'
}

/** Status of the engine's answer when policy gives none: never 500, the fault is upstream. */
export function failureStatus(cause: Error): number {
  if (cause instanceof UpstreamTimeoutError) return 504
  return cause instanceof TargetBusyError ? 503 : 502
}

/** What the client is told: no addresses, no text that an upstream wrote. */
export function ownFailure(kind: ForwardError['kind']): string {
  switch (kind) {
    case 'connect':
      return 'The upstream could not be reached'
    case 'reset':
      return 'The upstream closed the connection before it answered'
    case 'timeout':
      return 'The upstream did not answer in time'
    case 'protocol':
      return 'The upstream sent an invalid response'
    case 'response':
      return 'No upstream gave a usable response'
  }
}
