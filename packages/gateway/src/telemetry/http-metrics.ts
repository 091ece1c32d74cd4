import type { RequestContext } from '@breakwater/http'
import { DurationHistogram } from './histogram.ts'

/** Methods that get their own label; all others are `_OTHER`, or a client could invent series without end. */
export const METHOD_LABELS: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  '_OTHER',
]
const OTHER = METHOD_LABELS.length - 1
const METHOD_INDEX: ReadonlyMap<string, number> = new Map(METHOD_LABELS.map((method, index) => [method, index]))
const SCHEMES = ['http', 'https'] as const
/** Stands for the route of requests that no route took; a pattern begins with a slash, so this is none. */
export const UNMATCHED = '(none)'
const VERSIONS = ['1.0', '1.1', '2', ''] as const

export interface SeriesLabels {
  readonly method: string
  readonly status: number
  readonly scheme: string
  readonly version: string
}

/** What a finished request is filed under. */
export type FinishedRequest = Pick<RequestContext, 'method' | 'status' | 'scheme' | 'httpVersion'>

/**
 * Durations of one route by method, status, scheme and protocol version. The four are packed into one integer, so an
 * observation looks up a number and builds no string.
 *
 *   key = ((status · 16 + method) · 2 + scheme) · 4 + version
 */
export class RouteMetrics {
  /** The route's pattern; `(none)` for requests that no route took. Never a path of a client. */
  readonly route: string
  readonly #series = new Map<number, DurationHistogram>()

  constructor(route: string) {
    this.route = route
  }

  observe(request: FinishedRequest, seconds: number): void {
    const scheme = request.scheme === 'https' ? 1 : 0
    const key =
      ((request.status * 16 + methodIndex(request.method)) * 2 + scheme) * 4 + versionIndex(request.httpVersion)
    let histogram = this.#series.get(key)
    if (histogram === undefined) {
      histogram = new DurationHistogram()
      this.#series.set(key, histogram)
    }
    histogram.observe(seconds)
  }

  *series(): Generator<[SeriesLabels, DurationHistogram]> {
    for (const [key, histogram] of this.#series) {
      yield [
        {
          method: METHOD_LABELS[(key >> 3) & 15] ?? '_OTHER',
          status: key >> 7,
          scheme: SCHEMES[(key >> 2) & 1] ?? 'http',
          version: VERSIONS[key & 3] ?? '',
        },
        histogram,
      ]
    }
  }
}

/** Requests under way and the durations of the finished ones, over all routes. */
export class HttpMetrics {
  readonly active: ActiveRequests = new ActiveRequests()
  /** Open tunnels of WebSockets. */
  webSockets = 0
  /** Of requests that no route took: 400, 404, 405, and what the engine refused itself. */
  readonly unmatched: RouteMetrics = new RouteMetrics(UNMATCHED)
  readonly #routes = new Map<string, RouteMetrics>([[UNMATCHED, this.unmatched]])

  /** Metrics of a pattern; two routes of the same pattern, for different methods, share them. */
  addRoute(pattern: string): RouteMetrics {
    const known = this.#routes.get(pattern)
    if (known !== undefined) return known
    const route = new RouteMetrics(pattern)
    this.#routes.set(pattern, route)
    return route
  }

  routes(): Iterable<RouteMetrics> {
    return this.#routes.values()
  }

  /** A handler took the request. */
  begin(ctx: RequestContext): void {
    this.active.begin(ctx.method, ctx.scheme)
  }

  /** The response ended. A request without a route never reached a handler: it was not begun. */
  end(ctx: RequestContext, seconds: number): void {
    const { route } = ctx
    if (route instanceof RouteMetrics) {
      this.active.end(ctx.method, ctx.scheme)
      route.observe(ctx, seconds)
    } else this.unmatched.observe(ctx, seconds)
  }
}

/** Requests under way, by method and scheme. */
export class ActiveRequests {
  readonly #counts = new Int32Array(METHOD_LABELS.length * 2)
  readonly #seen = new Uint8Array(METHOD_LABELS.length * 2)

  begin(method: string, scheme: 'http' | 'https'): void {
    const cell = cellOf(method, scheme)
    this.#counts[cell] = (this.#counts[cell] as number) + 1
    this.#seen[cell] = 1
  }

  end(method: string, scheme: 'http' | 'https'): void {
    const cell = cellOf(method, scheme)
    this.#counts[cell] = Math.max(0, (this.#counts[cell] as number) - 1)
  }

  total(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  /** Of every method and scheme that was seen so far. */
  *cells(): Generator<{ method: string; scheme: string; count: number }> {
    for (const [index, method] of METHOD_LABELS.entries()) {
      for (const [offset, scheme] of SCHEMES.entries()) {
        const cell = index * 2 + offset
        if (this.#seen[cell] === 1) yield { method, scheme, count: this.#counts[cell] ?? 0 }
      }
    }
  }
}

function cellOf(method: string, scheme: 'http' | 'https'): number {
  return methodIndex(method) * 2 + (scheme === 'https' ? 1 : 0)
}

function methodIndex(method: string): number {
  if (method === 'GET') return 0
  return METHOD_INDEX.get(method) ?? OTHER
}

function versionIndex(version: string): number {
  if (version === '1.1') return 1
  if (version === '1.0') return 0
  return version.startsWith('2') ? 2 : 3
}
