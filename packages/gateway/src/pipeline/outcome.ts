import type { ForwardError, ForwardResult, ResponseHead } from '@breakwater/http'
import { type AttemptOutcome, isNeutral } from '../upstream/upstream-target.ts'
import type { Exchange } from './exchange.ts'

/**
 * The head of an answer arrived. A 5xx is a failure now: waiting for its body would keep a broken target in use. A
 * stream of events, a tunnel, and whatever a half-open breaker let through as a probe, is a success now: held to the end, one
 * open stream would keep the breaker half-open for hours. Everything else is judged when its body is complete.
 */
export function recordHead(exchange: Exchange, head: ResponseHead): void {
  exchange.headStatus = head.status
  if (head.status >= 500) settlePermit(exchange, 'status_5xx')
  else if (head.status === 101 || isProbe(exchange) || isEventStream(head)) settlePermit(exchange, 'success')
}

/** Ends an attempt: one verdict for the breaker, one for the balancer, one count. A second call does nothing. */
export function endAttempt(exchange: Exchange, outcome: AttemptOutcome): void {
  const lease = exchange.lease
  if (lease === null) return
  settlePermit(exchange, outcome)
  exchange.lease = null
  exchange.outcome = outcome
  lease.endpoint.value.recordAttempt(outcome)
  lease.done(leaseOutcome(outcome))
}

/**
 * An attempt failed before any byte of an answer went to the client. Two of the engine's failures are not the target's:
 * no connection was free within our own limit, and an upload stood still, which a slow client can arrange at will.
 */
export function outcomeOfError({ kind, cause }: ForwardError): AttemptOutcome {
  const { code, phase } = cause as { code?: unknown; phase?: unknown }
  if (code === 'ERR_TARGET_BUSY' || phase === 'queue') return 'busy'
  if (phase === 'upload') return 'cancelled'
  return kind === 'response' ? 'status_5xx' : kind
}

/** The exchange is over. Whether the client got a complete answer says nothing yet about its status. */
export function outcomeOfResult(result: ForwardResult, status: number): AttemptOutcome {
  if (status >= 500) return 'status_5xx'
  switch (result.outcome) {
    case 'complete':
      return 'success'
    case 'client_abort':
      return 'cancelled'
    case 'truncated':
      return 'truncated'
    case 'upstream_error':
      return 'reset'
  }
}

function settlePermit(exchange: Exchange, outcome: AttemptOutcome): void {
  const { permit, lease } = exchange
  if (permit === 0 || lease === null) return
  exchange.permit = 0
  lease.endpoint.value.settle(permit, outcome)
}

function isProbe(exchange: Exchange): boolean {
  return exchange.lease?.endpoint.value.breaker?.getState() === 'half_open'
}

function isEventStream(head: ResponseHead): boolean {
  return head.get('content-type')?.startsWith('text/event-stream') === true
}

function leaseOutcome(outcome: AttemptOutcome): 'ok' | 'error' | 'timeout' | 'cancelled' {
  if (outcome === 'success') return 'ok'
  if (isNeutral(outcome)) return 'cancelled'
  return outcome === 'timeout' ? 'timeout' : 'error'
}
