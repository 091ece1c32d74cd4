import { type RequestContext, turnClock } from '@breakwater/http'
import { Router } from '@breakwater/router'
import type { GatewayConfig } from '../config/config.ts'
import { logAccess } from '../telemetry/access-log.ts'
import type { HttpMetrics } from '../telemetry/http-metrics.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { exchangeOf } from './exchange.ts'
import { IssuedCookies } from './issued-cookies.ts'
import { probeHandlers, type Readiness } from './probes.ts'
import { ProxyRoute } from './proxy-route.ts'
import { ResponseCache } from './response-cache.ts'
import { GatewayRouteTable, type RouteEntry } from './route-table.ts'
import { endWebSocket } from './websockets.ts'

/**
 * All that happens to a request between the engine and the upstreams. One file per step:
 *
 *   path-policy ─ route-table ─ response-cache ─ session ─ pick ─ permit ─ forward ─ outcome ─ fallback
 *        400        404 405         hit                     503             502 504       │         │
 *                                                            └──────◄── next target ◄─────┴─────────┘
 */
export class Pipeline {
  readonly routes: GatewayRouteTable
  /** Response caches, for the metrics. */
  readonly caches: readonly ResponseCache[]
  readonly #metrics: HttpMetrics
  readonly #log: Logger
  readonly #accessLog: boolean

  constructor(
    config: GatewayConfig,
    upstreams: ReadonlyMap<string, Upstream>,
    metrics: HttpMetrics,
    isReady: Readiness,
    log: Logger,
  ) {
    this.#metrics = metrics
    this.#log = log
    this.#accessLog = config.observability.log.access
    const router = new Router<RouteEntry>()
    const caches: ResponseCache[] = []
    const cookies = new IssuedCookies(Object.values(config.upstreams))
    for (const route of config.routes) {
      const upstream = upstreams.get(route.upstream)
      if (upstream === undefined) throw new TypeError(`route ${route.path}: there is no upstream "${route.upstream}"`)
      const cache = route.cache === null ? null : new ResponseCache(route.path, route.cache, undefined, cookies)
      if (cache !== null) caches.push(cache)
      const entry = new ProxyRoute(route, { upstream, http: metrics, log, cache, cookies })
      for (const method of route.methods ?? ['*']) router.register(method, route.path, entry)
    }
    this.caches = caches
    const { probes } = config.server
    this.routes = new GatewayRouteTable(
      router,
      probes === null ? new Map() : probeHandlers(probes.prefix, isReady),
      metrics,
    )
  }

  /** Called once per request, after its response ended. */
  readonly recordEnd = (ctx: RequestContext): void => {
    if (ctx.upgradeProtocol !== '') endWebSocket(ctx)
    const durationMs = turnClock.now() - ctx.timestamps.start
    this.#metrics.end(ctx, durationMs / 1000)
    if (this.#accessLog) logAccess(this.#log, ctx, exchangeOf(ctx), durationMs)
  }
}
