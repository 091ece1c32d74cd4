import type {
  ForwardError,
  ForwardOptions,
  ForwardResult,
  ForwardTimeouts,
  RequestContext,
  ResponseHead,
  Target,
} from '@breakwater/http'
import type { RouteConfig, UpstreamConfig } from '../config/config.ts'
import { logFailure, logTruncation } from '../telemetry/failure-log.ts'
import type { Logger } from '../telemetry/logger.ts'
import { exchangeOf } from './exchange.ts'
import { fallBack } from './fallback.ts'
import type { IssuedCookies } from './issued-cookies.ts'
import { endAttempt, outcomeOfError, outcomeOfResult, recordHead } from './outcome.ts'
import { canonicalPath, stripPrefix } from './path-policy.ts'
import { badGateway, gatewayTimeout, serviceUnavailable } from './replies.ts'
import { issueCookie } from './session-cookie.ts'

/** Hooks that a step before the upstream adds to a forwarded request: a cache that keeps the answer. */
export type ForwardHooks = Pick<ForwardOptions, 'set' | 'remove' | 'onHead' | 'tap' | 'onEnd'> & {
  /** The connection becomes a tunnel if the target agrees. */
  readonly upgrade?: boolean
}

/** Codes of a silence: the engine's, and the kernel's for a connection that nobody answered. */
const TIMEOUTS: ReadonlySet<unknown> = new Set(['ERR_UPSTREAM_TIMEOUT', 'ETIMEDOUT'])

/** Sends a request with its first attempt begun to the upstream, and follows it to its end. */
export class Forwarder {
  readonly #stripPrefix: string
  readonly #timeouts: ForwardTimeouts
  readonly #cookies: IssuedCookies
  readonly #log: Logger

  constructor(route: RouteConfig, timeouts: UpstreamConfig['timeouts'], cookies: IssuedCookies, log: Logger) {
    this.#stripPrefix = route.stripPrefix
    const { headersMs, idleMs, totalMs } = timeouts
    const { websocket } = route
    const tunnel = websocket === null || websocket === undefined ? {} : { tunnelIdleMs: websocket.idleMs }
    this.#timeouts = { headersMs, idleMs, totalMs, ...tunnel }
    this.#cookies = cookies
    this.#log = log
  }

  /** @throws What the engine throws if it refuses; the attempt is then ended and counts against nobody. */
  forward(ctx: RequestContext, target: Target, hooks: ForwardHooks | undefined): void {
    const options = this.#plain(ctx, hooks)
    try {
      if (hooks === undefined) ctx.forward(target, options)
      else if (hooks.upgrade === true) ctx.upgrade(target, { ...options, ...this.#join(hooks) })
      else ctx.forward(target, { ...hooks, ...options, ...this.#join(hooks) })
    } catch (error) {
      const exchange = exchangeOf(ctx)
      if (exchange !== null) endAttempt(exchange, 'cancelled')
      throw error
    }
  }

  #plain(ctx: RequestContext, hooks: ForwardHooks | undefined): ForwardOptions {
    const cookie = this.#cookies.cookieFor(ctx.headers)
    if (cookie === undefined && hooks === undefined) {
      // The usual case, as one object of one shape.
      return {
        path: this.#targetOf(ctx),
        set: { 'x-request-id': ctx.requestId },
        timeouts: this.#timeouts,
        onHead: passHead,
        onError: this.#onError,
        onEnd: this.#finish,
      }
    }
    return {
      path: this.#targetOf(ctx),
      // The id of our log lines, so that those of the target can be found.
      set: { ...(cookie && { cookie }), ...hooks?.set, 'x-request-id': ctx.requestId },
      ...(cookie === '' && { remove: [...(hooks?.remove ?? []), 'cookie'] }),
      timeouts: this.#timeouts,
      onHead: passHead,
      onError: this.#onError,
      onEnd: this.#finish,
    }
  }

  /** Ours first: the breaker hears of a head whatever the hook thinks of it. */
  #join(hooks: ForwardHooks): ForwardOptions {
    const { onHead, onEnd } = hooks
    return {
      ...(onHead !== undefined && {
        onHead: (ctx: RequestContext, head: ResponseHead) => {
          passHead(ctx, head)
          return onHead(ctx, head)
        },
      }),
      ...(onEnd !== undefined && {
        onEnd: (ctx: RequestContext, result: ForwardResult) => {
          this.#finish(ctx, result)
          onEnd(ctx, result)
        },
      }),
    }
  }

  /** What is sent is what was routed: the canonical path, less the prefix. */
  #targetOf(ctx: RequestContext): string {
    const { path } = ctx
    const canonical = path.includes('%') ? (canonicalPath(path) ?? path) : path
    const sent = this.#stripPrefix === '' ? canonical : stripPrefix(canonical, this.#stripPrefix)
    return sent === path ? ctx.target : sent + ctx.search
  }

  // One function per route, not one per request: the exchange is on the context.
  readonly #onError = (ctx: RequestContext, error: ForwardError): Target | null => {
    const exchange = exchangeOf(ctx)
    if (exchange === null) return null
    const failed = { target: exchange.lastTarget?.id, attempt: exchange.attempts, error }
    const outcome = outcomeOfError(error)
    endAttempt(exchange, outcome)
    const next = fallBack(exchange, ctx.method, error) ? exchange.lastTarget : null
    logFailure(this.#log, ctx, exchange, failed, next?.id ?? null)
    if (next !== null) return next.connections
    if (outcome === 'busy') serviceUnavailable(ctx, null)
    else if (error.kind === 'timeout' || TIMEOUTS.has((error.cause as { code?: unknown }).code)) gatewayTimeout(ctx)
    else badGateway(ctx)
    return null
  }

  readonly #finish = (ctx: RequestContext, result: ForwardResult): void => {
    const exchange = exchangeOf(ctx)
    if (exchange === null) return
    endAttempt(exchange, outcomeOfResult(result, exchange.headStatus))
    if (result.outcome === 'truncated') logTruncation(this.#log, ctx, exchange, result.error)
  }
}

function passHead(ctx: RequestContext, head: ResponseHead): 'pass' {
  const exchange = exchangeOf(ctx)
  if (exchange === null) return 'pass'
  recordHead(exchange, head)
  issueCookie(ctx, exchange, head)
  return 'pass'
}
