import type { RequestContext, RouteHandler, RouteTable } from '@breakwater/http'
import type { Router } from '@breakwater/router'
import type { HttpMetrics, RouteMetrics } from '../telemetry/http-metrics.ts'
import { canonicalPath } from './path-policy.ts'
import { badPath, methodNotAllowed, notFound } from './replies.ts'

/** What the router finds for a configured route. */
export interface RouteEntry {
  readonly handle: RouteHandler
  readonly metrics: RouteMetrics
  /** TRACE echoes cookies and what the gateway adds: only a route that lists it in `methods` takes it. */
  readonly takesTrace: boolean
}

type RouteMatch = NonNullable<ReturnType<RouteTable['match']>>

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>)
const PROBE_METHODS: readonly string[] = ['GET', 'HEAD']
/** What a route of every method answers to, as far as there is a list of that. */
const USUAL_METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Finds the step that answers a request. There always is one:
 *
 *   path ──► probe? ──► ambiguous? ──► route? ──► another method's route?
 *             200/503       400          proxy         405, else 404
 */
export class GatewayRouteTable implements RouteTable {
  readonly #router: Router<RouteEntry>
  readonly #probes = new Map<string, { readonly probe: RouteMatch; readonly refusal: RouteMatch }>()
  readonly #badPath: RouteMatch
  readonly #notFound: RouteMatch
  readonly #methodNotAllowed: RouteMatch
  readonly #metrics: HttpMetrics

  /** @param probes Exact paths that win over every route; see `probeHandlers`. */
  constructor(router: Router<RouteEntry>, probes: ReadonlyMap<string, RouteHandler>, metrics: HttpMetrics) {
    this.#router = router
    this.#metrics = metrics
    this.#badPath = this.#local(badPath, metrics.unmatched)
    this.#notFound = this.#local(notFound, metrics.unmatched)
    this.#methodNotAllowed = this.#local((ctx) => this.#refuseMethod(ctx), metrics.unmatched)
    for (const [path, handler] of probes) {
      const route = metrics.addRoute(path)
      this.#probes.set(path, {
        probe: this.#local(handler, route),
        refusal: this.#local((ctx) => methodNotAllowed(ctx, PROBE_METHODS), route),
      })
    }
  }

  match(method: string, path: string): RouteMatch {
    const probe = this.#probes.get(path)
    if (probe !== undefined) return PROBE_METHODS.includes(method) ? probe.probe : probe.refusal
    const canonical = canonicalPath(path)
    if (canonical === null) return path === '*' ? this.#notFound : this.#badPath
    const found = this.#router.match(method, canonical)
    if (found !== null && (method !== 'TRACE' || found.handler.takesTrace)) {
      return { handler: found.handler.handle, params: found.params, route: found.handler.metrics }
    }
    return this.#router.allowedMethods(canonical).length === 0 ? this.#notFound : this.#methodNotAllowed
  }

  /** True if a request for this target is answered by a probe or a route, whatever its method. */
  takes(target: string): boolean {
    const mark = target.indexOf('?')
    const path = mark === -1 ? target : target.slice(0, mark)
    if (this.#probes.has(path)) return true
    const canonical = canonicalPath(path)
    if (canonical === null) return false
    return this.#router.match('GET', canonical) !== null || this.#router.allowedMethods(canonical).length > 0
  }

  #refuseMethod(ctx: RequestContext): void {
    const allowed = this.#router.allowedMethods(canonicalPath(ctx.path) ?? ctx.path)
    methodNotAllowed(ctx, allowed[0] === '*' ? USUAL_METHODS : allowed)
  }

  #local(handler: RouteHandler, route: RouteMetrics): RouteMatch {
    const counted: RouteHandler = (ctx) => {
      this.#metrics.begin(ctx)
      return handler(ctx)
    }
    return { handler: counted, params: NO_PARAMS, route }
  }
}
