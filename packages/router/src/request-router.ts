import type { ValueTest } from './constraint.ts'
import type { RouterOptions } from './options.ts'
import { RequestView, type RouteRequest } from './request-view.ts'
import {
  checkConditions,
  DemandGuard,
  describeConditions,
  normalizeHost,
  type RouteConditions,
} from './route-conditions.ts'
import { Router, registerGuarded } from './router.ts'
import type { RouteParams } from './types.ts'

/** One registered route, as in {@link Router}, and its conditions. Frozen, the conditions too. */
export interface RequestRoute<H> {
  readonly method: string
  readonly path: string
  readonly handler: H
  readonly priority: number
  readonly paramNames: readonly string[]
  readonly conditions: RouteConditions
}

export interface RequestMatch<H> {
  readonly handler: H
  readonly params: RouteParams
  readonly route: RequestRoute<H>
}

const NO_CONDITIONS: RouteConditions = Object.freeze({})

/**
 * A router whose routes can also ask for a host, headers and query parameters. It stands around {@link Router}, one per
 * host, so that who needs no conditions pays for none:
 *
 *   host ──► "api.example.com"   Router ─┐
 *            "*.example.com"     Router ─┤ the first with an answer, the most specific host first
 *            every host          Router ─┘
 *
 * Within a host the path decides by the rules of {@link Router}; among routes of one method, pattern and priority the one
 * with the most header conditions is asked first, then the one with the most query conditions. A route whose conditions
 * are not met hides nothing.
 */
export class RequestRouter<H> {
  readonly #options: RouterOptions
  readonly #hosts = new Map<string, Router<RequestRoute<H>>>()
  readonly #view = new RequestView()
  readonly #tests = new Map<ValueTest, number>()
  #routes: RequestRoute<H>[] = []
  #hasHostSuffix = false

  /** @throws {TypeError} as {@link Router} does */
  constructor(options: RouterOptions = {}) {
    // Options are checked now, not when the first route of some host comes, and copied: the routers of later hosts have
    // the same, whatever becomes of the caller's object.
    this.#hosts.set('', new Router(options))
    this.#options = { ...options, constraints: { ...options.constraints } }
  }

  /**
   * Adds a route. O(length of the pattern).
   * @param priority As in {@link Router}; it decides between paths, not between conditions.
   * @throws RouterError as {@link Router.register} does, and `ERR_ROUTE_CONDITION`
   */
  register(method: string, path: string, handler: H, conditions: RouteConditions = NO_CONDITIONS, priority = 0): void {
    this.#view.requireIdle()
    const { conditions: copy, host, demands } = checkConditions(conditions, path)
    let router = this.#hosts.get(host)
    const isNew = router === undefined
    router ??= new Router(this.#options)
    const guard = demands.length === 0 ? null : new DemandGuard(demands, this.#view, (test) => this.#numberOf(test))
    const route: { -readonly [Key in keyof RequestRoute<H>]: RequestRoute<H>[Key] } = {
      method,
      path,
      handler,
      priority,
      paramNames: [],
      conditions: copy,
    }
    // An undefined handler would be hidden behind the route that carries it.
    const carried = handler === undefined ? undefined : route
    const registered = registerGuarded(
      router,
      method,
      path,
      carried as RequestRoute<H>,
      priority,
      guard,
      describeConditions(host, demands),
    )
    route.paramNames = registered.paramNames
    this.#routes.push(Object.freeze(route))
    if (isNew) this.#hosts.set(host, router)
    this.#hasHostSuffix ||= host.startsWith('*.')
  }

  /** The best route for a request, or null. As {@link Router.match}, once per host that fits. */
  match(request: RouteRequest): RequestMatch<H> | null {
    this.#view.look(request)
    try {
      for (const router of this.#routersFor(request.host)) {
        const found = router.match(request.method, request.path)
        if (found !== null) return { handler: found.handler.handler, params: found.params, route: found.handler }
      }
      return null
    } finally {
      this.#view.lookAway()
    }
  }

  /** Methods that `match` would answer if the request had them, sorted; `['*']` for every method. See {@link Router}. */
  allowedMethods(request: RouteRequest): string[] {
    this.#view.look(request)
    try {
      const allowed = new Set<string>()
      for (const router of this.#routersFor(request.host)) {
        for (const method of router.allowedMethods(request.path)) allowed.add(method)
      }
      return allowed.has('*') ? ['*'] : [...allowed].sort()
    } finally {
      this.#view.lookAway()
    }
  }

  /** All routes in order of registration; a copy. */
  getRoutes(): readonly RequestRoute<H>[] {
    return [...this.#routes]
  }

  /** Removes all routes. */
  clear(): void {
    this.#view.requireIdle()
    this.#hosts.clear()
    this.#hosts.set('', new Router(this.#options))
    this.#tests.clear()
    this.#routes = []
    this.#hasHostSuffix = false
  }

  /** The exact host, then the names it stands below from the longest on, then every host. */
  *#routersFor(host: string | undefined): Generator<Router<RequestRoute<H>>> {
    if (host && this.#hosts.size > 1) {
      const name = normalizeHost(host)
      const exact = this.#hosts.get(name)
      // No host has such a name: a request can name the condition `*.example.com` no more than `.example.com`.
      const isName = !name.startsWith('*') && !name.startsWith('.')
      if (exact !== undefined && isName) yield exact
      for (
        let dot = isName && this.#hasHostSuffix ? name.indexOf('.') : -1;
        dot !== -1;
        dot = name.indexOf('.', dot + 1)
      ) {
        const below = this.#hosts.get(`*${name.slice(dot)}`)
        if (below !== undefined) yield below
      }
    }
    const everyHost = this.#hosts.get('')
    if (everyHost !== undefined) yield everyHost
  }

  #numberOf(test: ValueTest): number {
    const number = this.#tests.get(test) ?? this.#tests.size
    this.#tests.set(test, number)
    return number
  }
}
