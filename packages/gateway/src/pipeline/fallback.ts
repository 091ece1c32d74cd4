import type { ForwardError } from '@breakwater/http'
import type { FallbackReason } from '../upstream/upstream.ts'
import type { Exchange } from './exchange.ts'
import { acquireTarget } from './permit.ts'

/** Sending one of these twice does what sending it once does (RFC 9110, 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

/**
 * Begins an attempt on another target after one failed, or returns false: the request has failed. Never waits.
 *
 * | failed by                         | another target                                  |
 * |-----------------------------------|-------------------------------------------------|
 * | no connection                     | for every method: nothing was sent              |
 * | connection lost before an answer  | if idempotent or nothing was sent, within budget |
 * | time-out, not HTTP, answer begun  | never: it may have been executed, or is under way |
 */
export function fallBack(exchange: Exchange, method: string, error: ForwardError): boolean {
  const reason = reasonFor(method, error)
  if (reason === null) return false
  const { upstream } = exchange
  if (exchange.attempts >= upstream.config.fallback.maxAttempts) return false
  if (exchange.lastTarget !== null) exchange.exclude(exchange.lastTarget.id)
  if (reason !== 'connect' && !upstream.retryBudget.tryWithdraw()) return false
  if (!acquireTarget(exchange)) return false
  upstream.fallbacks[reason]++
  return true
}

function reasonFor(method: string, error: ForwardError): FallbackReason | null {
  if (!error.canRetry) return null
  if (error.kind !== 'connect' && error.kind !== 'reset') return null
  return error.sent === 'none' || IDEMPOTENT.has(method) ? error.kind : null
}
