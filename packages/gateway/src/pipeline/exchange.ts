import type { Lease } from '@breakwater/balancer'
import type { RequestContext } from '@breakwater/http'
import type { Upstream } from '../upstream/upstream.ts'
import type { AttemptOutcome, UpstreamTarget } from '../upstream/upstream-target.ts'

/**
 * What policy knows about one proxied request: one object per request, kept on the context.
 *
 *   attempt 1        attempt 2
 *   lease ── done    lease ── done        the balancer's in-flight count, until the body ended
 *   permit ─ settle  permit ─ settle      the breaker's verdict, at the head or at the end
 *   tried {a}        tried {a, b}
 *
 * `lease` is null and `permit` 0 whenever nothing is owed, so settling twice cannot happen.
 */
export class Exchange {
  readonly upstream: Upstream
  /** What the balancer is asked with; `exclude` holds the targets already tried. */
  readonly request: { sessionId?: string; exclude?: Set<string> } = {}
  /** Name of the cookie that a client without a session gets with its answer; null = none. */
  owedCookie: string | null = null
  lease: Lease<UpstreamTarget> | null = null
  permit = 0
  /** Attempts begun, the one under way included. */
  attempts = 0
  /** Target of the last attempt, also after it ended: for the log. */
  lastTarget: UpstreamTarget | null = null
  /** How the last attempt ended; null before: for the log. */
  outcome: AttemptOutcome | null = null
  /** Status of the attempt's answer, 0 = no head yet. */
  headStatus = 0

  constructor(upstream: Upstream) {
    this.upstream = upstream
  }

  beginAttempt(lease: Lease<UpstreamTarget>, permit: number): void {
    this.lease = lease
    this.permit = permit
    this.lastTarget = lease.endpoint.value
    this.attempts++
    this.headStatus = 0
  }

  /** The next pick passes over this target. */
  exclude(id: string): void {
    if (this.request.exclude === undefined) this.request.exclude = new Set()
    this.request.exclude.add(id)
  }
}

/** Puts a fresh exchange on the context. */
export function openExchange(ctx: RequestContext, upstream: Upstream): Exchange {
  const exchange = new Exchange(upstream)
  ctx.attachment = exchange
  return exchange
}

/** The exchange of a request, or null if it was answered without an upstream. */
export function exchangeOf(ctx: RequestContext): Exchange | null {
  const { attachment } = ctx
  return attachment instanceof Exchange ? attachment : null
}
