import type { ValueTest } from './constraint.ts'
import { RouterError, reentered, show } from './errors.ts'
import type { Guard } from './guard.ts'
import type { Leaf } from './leaf.ts'
import { checkMethod, GET, MethodNumbers, NONE } from './methods.ts'
import { type CheckedOptions, checkOptions, type RouterOptions } from './options.ts'
import { captureParams, NO_PARAMS, ParamShapes } from './params.ts'
import { type Pattern, parsePattern } from './pattern.ts'
import { RadixTree } from './radix-tree.ts'
import { mergeSlashes } from './slashes.ts'
import { StaticTable } from './static-table.ts'
import type { Route, RouteMatch } from './types.ts'

const SLASH = 47

type Register = <H>(
  router: Router<H>,
  method: string,
  path: string,
  handler: H,
  priority: number,
  guard: Guard | null,
  conditions: string,
) => Route<H>

/**
 * Registration with conditions, for RequestRouter only: `register` of the public class takes none.
 *
 * `conditions` says them in a message of conflict; empty for a Router.
 */
let registerGuarded: Register

export { registerGuarded }

/**
 * Finds the handler of a method and a path.
 *
 * Among the routes that match a path and answer its method, the first of these differences decides:
 * 1. a route without parameters wins over one with any;
 * 2. the higher `priority` wins;
 * 3. reading both patterns from the left, at the first place where they differ: text wins over a parameter, a
 *    parameter that shares its segment with text (`:name.json`) over one with a constraint, that over one without, a
 *    parameter over `*`;
 * 4. the request's own method wins over GET for HEAD, and that over `*`.
 *
 * A route that does not answer the method hides nothing: with `GET /a/b` and `POST /a/*`, `POST /a/b` finds the second.
 * Slashes are strict unless the options say otherwise: `/a`, `/a/` and `/a//` are three paths, for every kind of route,
 * and no parameter is ever empty.
 */
export class Router<H> {
  readonly #methods = new MethodNumbers()
  readonly #static = new StaticTable<H>()
  readonly #tree = new RadixTree<H>()
  readonly #shapes = new ParamShapes()
  readonly #options: CheckedOptions
  readonly #isLoose: boolean
  #routes: Route<H>[] = []
  /** A function of the caller is deciding about a value. */
  #isAsking = false

  static {
    registerGuarded = (router, method, path, handler, priority, guard, conditions) =>
      router.#add(method, path, handler, priority, guard, conditions)
  }

  /** @throws {TypeError} for an unknown option or a value of the wrong type; the message names it. */
  constructor(options: RouterOptions = {}) {
    const checked = checkOptions(options)
    const constraints = new Map<string, RegExp | ValueTest>()
    for (const [name, test] of checked.constraints) {
      constraints.set(name, typeof test === 'function' ? this.#guarded(test) : test)
    }
    this.#options = { ...checked, constraints }
    this.#isLoose = this.#options.ignoreTrailingSlash || this.#options.ignoreDuplicateSlashes
  }

  /**
   * Adds a route. O(length of the pattern).
   *
   * Patterns: `/users`, `/users/:id`, `/v:version/users`, `/:from-:to`, `/users/:id(\d+)` and `/users/:id<integer>` with
   * constraints, `/files/*` (also matches `/files`; what follows is `params['*']`), `::` for a colon. Text is compared
   * byte for byte with the path on the wire.
   * @param method Upper case, or `*` for every method. GET routes answer HEAD too; of two that
   * rules 1 to 3 do not tell apart the HEAD route wins.
   * @param priority Any finite number, default 0. Decides between dynamic routes that match the same path.
   * @throws RouterError `ERR_ROUTE_METHOD`, `ERR_ROUTE_PATTERN`, `ERR_ROUTE_HANDLER`, `ERR_ROUTE_PRIORITY`, or
   * `ERR_ROUTE_CONFLICT` if a route of the same method and priority matches the same paths.
   */
  register(method: string, path: string, handler: H, priority = 0): void {
    this.#add(method, path, handler, priority, null, '')
  }

  /**
   * The best route for a request, or null. O(segments) for ordinary route sets; no regular expression but those of
   * constraints. It allocates the match, its params and their values (nothing for a static route), and besides:
   * - for three or more values a list of them;
   * - for each constraint that is tried the value it tests, decoded, and once more when the route is the answer;
   * - with `ignoreTrailingSlash` or `ignoreDuplicateSlashes` the path without the slashes that do not count, if it has any.
   *
   * Values are percent-decoded one by one; a value with a malformed escape (`%zz`, bytes that are not UTF-8) is given as
   * it was received, so that no bad escape can steer a request to another route.
   * @param path The path as received: a string that starts with `/`, no query, not decoded.
   * @throws Nothing for strings, but what a function of the caller throws, and RouterError `ERR_ROUTE_REENTRY` if one calls
   * this router.
   */
  match(method: string, path: string): RouteMatch<H> | null {
    if (this.#isAsking) throw reentered()
    const number = method === 'GET' ? GET : this.#methods.of(method)
    if (number === NONE) return null
    return this.#isLoose ? this.#matchLoose(number, path) : this.#matchWithin(number, path, path, path.length)
  }

  /** All routes in order of registration; a copy. */
  getRoutes(): readonly Route<H>[] {
    return [...this.#routes]
  }

  /**
   * Methods that `match` answers for a path, sorted, HEAD with GET: the `Allow` field of a 405. Empty: no route of any
   * method (404). `['*']`: a route of every method matches. O(methods registered × match).
   */
  allowedMethods(path: string): string[] {
    if (this.match('*', path) !== null) return ['*']
    const allowed: string[] = []
    for (const name of this.#methods.names()) {
      if (this.match(name, path) !== null) allowed.push(name)
    }
    return allowed.sort()
  }

  /** Removes all routes. */
  clear(): void {
    if (this.#isAsking) throw reentered()
    this.#methods.clear()
    this.#static.clear()
    this.#tree.clear()
    this.#shapes.clear()
    this.#routes = []
  }

  /** A search has its values in one array: a second one within would overwrite them. */
  #guarded(test: ValueTest): ValueTest {
    return (value) => {
      this.#isAsking = true
      try {
        return test(value)
      } finally {
        this.#isAsking = false
      }
    }
  }

  #matchLoose(method: number, path: string): RouteMatch<H> | null {
    const merged = this.#options.ignoreDuplicateSlashes ? mergeSlashes(path) : path
    const end = merged.length - 1
    if (!this.#options.ignoreTrailingSlash || end <= 0 || merged.charCodeAt(end) !== SLASH) {
      return this.#matchWithin(method, merged, merged, merged.length)
    }
    return this.#matchWithin(method, merged, merged.slice(0, end), end)
  }

  /** @param counted The first `end` characters of the path, which routes are compared with; a wildcard captures the rest. */
  #matchWithin(method: number, path: string, counted: string, end: number): RouteMatch<H> | null {
    const fixed = this.#static.find(method, counted)
    if (fixed !== null) return fixed.staticMatch
    const found = this.#tree.find(method, path, end)
    if (found === null) return null
    return {
      handler: found.handler,
      params: captureParams(found.create, found.captures, path, this.#tree.spans),
      route: found.route,
    }
  }

  #add(method: string, path: string, handler: H, priority: number, guard: Guard | null, conditions: string): Route<H> {
    if (this.#isAsking) throw reentered()
    const pattern = parsePattern(path, this.#options)
    checkMethod(method, path)
    if (handler === undefined) {
      throw new RouterError('ERR_ROUTE_HANDLER', `The handler of ${method} ${show(path)} is undefined.`, path)
    }
    if (typeof priority !== 'number' || !Number.isFinite(priority)) {
      throw new RouterError(
        'ERR_ROUTE_PRIORITY',
        `The priority of ${method} ${show(path)} must be a finite number, got ${show(priority)}.`,
        path,
      )
    }
    const number = this.#methods.assign(method)
    const leaf = this.#leaf(pattern, priority)
    const taken = leaf.same(number, priority, guard)
    if (taken !== undefined) throw conflict(method, path, taken.route, conditions)
    const route = Object.freeze({ method, path, handler, priority, paramNames: Object.freeze([...pattern.names]) })
    const staticMatch = pattern.staticPath === null ? null : Object.freeze({ handler, params: NO_PARAMS, route })
    leaf.add({
      method: number,
      priority,
      route,
      handler,
      staticMatch,
      create: this.#shapes.creatorFor(pattern.names),
      captures: pattern.names.length,
      guard,
    })
    this.#routes.push(route)
    return route
  }

  #leaf(pattern: Pattern, priority: number): Leaf<H> {
    if (pattern.staticPath !== null) return this.#static.leaf(pattern.staticPath)
    return this.#tree.leaf(pattern.parts, pattern.names.length, priority)
  }
}

function conflict(method: string, path: string, earlier: Route<unknown>, conditions: string): RouterError {
  const name = method === '*' ? 'every method' : method
  const same = earlier.path === path ? 'is registered already' : `matches the same paths as ${show(earlier.path)}`
  return new RouterError(
    'ERR_ROUTE_CONFLICT',
    `${show(path)} for ${name} ${same}, with the same priority ${earlier.priority}` +
      `${conditions === '' ? '' : ` and the same conditions (${conditions})`}. Remove one of the two, ` +
      `${conditions === '' ? '' : 'give one of them other conditions, '}` +
      'or give the one that shall win a higher priority.',
    path,
    earlier.path,
  )
}
