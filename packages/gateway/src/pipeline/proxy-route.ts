import type { RequestContext } from '@breakwater/http'
import type { RouteConfig } from '../config/config.ts'
import type { HttpMetrics, RouteMetrics } from '../telemetry/http-metrics.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { type Exchange, openExchange } from './exchange.ts'
import { Forwarder, type ForwardHooks } from './forward.ts'
import type { IssuedCookies } from './issued-cookies.ts'
import { acquireTarget } from './permit.ts'
import { serviceUnavailable, tooManyWebSockets } from './replies.ts'
import type { ResponseCache } from './response-cache.ts'
import type { RouteEntry } from './route-table.ts'
import { cookieToIssue, sessionIdOf } from './session.ts'
import { WebSockets } from './websockets.ts'

/** What a route is made of, besides its configuration. */
export interface ProxyParts {
  readonly upstream: Upstream
  readonly http: HttpMetrics
  readonly log: Logger
  readonly cache: ResponseCache | null
  readonly cookies: IssuedCookies
}

/** The steps of one configured route, in order: cache → session → pick and permit → forward → outcome. */
export class ProxyRoute implements RouteEntry {
  readonly config: RouteConfig
  readonly metrics: RouteMetrics
  readonly takesTrace: boolean
  readonly #upstream: Upstream
  readonly #http: HttpMetrics
  readonly #forwarder: Forwarder
  readonly #cache: ResponseCache | null
  readonly #cookie: string | null
  /** null: the route allows none, and a request for one is an ordinary request. */
  readonly #websockets: WebSockets | null

  constructor(config: RouteConfig, { upstream, http, log, cache, cookies }: ProxyParts) {
    this.config = config
    this.metrics = http.addRoute(config.path)
    this.takesTrace = config.methods?.includes('TRACE') === true
    this.#upstream = upstream
    this.#http = http
    this.#forwarder = new Forwarder(config, upstream.config.timeouts, cookies, log)
    this.#cache = cache
    const { websocket = null } = config
    this.#websockets = websocket === null ? null : new WebSockets(websocket, http)
    this.#cookie = upstream.config.session === null ? null : cookieToIssue(upstream.config.session)
  }

  // Bound once: the router hands these out without their object.
  readonly handle = (ctx: RequestContext): void => {
    this.#http.begin(ctx)
    if (this.#websockets?.takes(ctx) === true) this.#upgrade(ctx, this.#websockets)
    else if (this.#cache === null) this.#proceed(ctx)
    else this.#cache.handle(ctx, this.#proceed)
  }

  #upgrade(ctx: RequestContext, websockets: WebSockets): void {
    if (websockets.isFull) tooManyWebSockets(ctx)
    else this.#proceed(ctx, websockets.open(ctx))
  }

  readonly #proceed = (ctx: RequestContext, hooks?: ForwardHooks): void => {
    const upstream = this.#upstream
    const exchange = openExchange(ctx, upstream)
    upstream.retryBudget.recordRequest()
    this.#resolveSession(ctx, exchange)
    if (!acquireTarget(exchange) || exchange.lastTarget === null) {
      serviceUnavailable(ctx, upstream.rejectRequest(exchange.request.exclude))
      return
    }
    this.#forwarder.forward(ctx, exchange.lastTarget.connections, hooks)
  }

  #resolveSession(ctx: RequestContext, exchange: Exchange): void {
    const { session } = this.#upstream.config
    if (session === null) return
    const known = sessionIdOf(ctx, session)
    if (known === undefined) exchange.owedCookie = this.#cookie
    else exchange.request.sessionId = known
  }
}
