import type { HeaderView, RequestContext, ResponseHead } from '@breakwater/http'
import CachePolicy from 'http-cache-semantics'
import {
  type CacheControl,
  canonicalCacheControl,
  deltaSeconds,
  parseCacheControl,
  secondsOf,
} from './response-cache-control.ts'

/** How long a response may be used, as decided when its head arrived. */
export interface Freshness {
  /** Age of the response when it arrived, ms (RFC 9111, 4.2.3). */
  readonly initialAgeMs: number
  /** How long it may be used from then on, ms; above 0. */
  readonly freshForMs: number
  /** True if the response named no lifetime and the route's `ttlMs` was taken. */
  readonly assumed: boolean
}

/** A request as the upstream sees it. */
export type CachedRequest = Pick<RequestContext, 'target' | 'headers'>

/** Why the cache must not take part, whatever it holds. */
const BYPASSING_FIELDS: readonly string[] = [
  // Conditions on the state at the origin, and parts of a body.
  'range',
  'if-match',
  'if-unmodified-since',
  'upgrade',
  // A body may change the answer, but is not part of the key.
  'transfer-encoding',
  // Change what some upstreams answer, without being part of the key: a way to poison a cache.
  'x-original-url',
  'x-rewrite-url',
  'x-http-method-override',
  'x-method-override',
]

// Statuses that may be given the route's `ttlMs`. Errors and temporary redirects are kept only if they ask for it.
const ASSUMED_LIFETIME: ReadonlySet<number> = new Set([200, 203, 204, 300, 301, 308])

/** True for GET and HEAD requests that must reach the upstream and whose answers must not be kept. */
export function mustBypass(headers: HeaderView): boolean {
  const length = headers.get('content-length')
  return (length !== undefined && length !== '0') || BYPASSING_FIELDS.some((name) => headers.has(name))
}

/**
 * Whether and how long a response to a GET may be kept by a shared cache, null = not at all. RFC 9111 as
 * http-cache-semantics reads it, and stricter in three places: nothing with Set-Cookie is ever kept, heuristic lifetimes
 * (a tenth of the time since Last-Modified) are not used, and `ttlMs` is never assumed for requests with credentials.
 *
 * @param ttlMs Lifetime of a response that names none, ms; 0 = such responses are not kept.
 * @param wallMs Now, ms since 1970.
 */
export function freshnessOf(
  request: CachedRequest,
  head: ResponseHead,
  ttlMs: number,
  wallMs: number,
): Freshness | null {
  if (head.get('set-cookie') !== undefined) return null
  if (varyFields(head) === null) return null
  const control = parseCacheControl(head.get('cache-control'))
  const policy = policyOf(request, head, control, wallMs)
  if (!policy.storable()) return null
  const ageMs = initialAgeMs(head, wallMs)
  if (control.has('max-age') || control.has('s-maxage') || head.get('expires') !== undefined) {
    const freshForMs = policy.maxAge() * 1000 - ageMs
    return freshForMs > 0 ? { initialAgeMs: ageMs, freshForMs, assumed: false } : null
  }
  const forbidden = control.has('no-cache') || (control.size === 0 && head.get('pragma')?.includes('no-cache') === true)
  if (ttlMs <= 0 || forbidden || !ASSUMED_LIFETIME.has(head.status) || hasCredentials(request.headers)) return null
  return { initialAgeMs: ageMs, freshForMs: ttlMs, assumed: true }
}

/** Names of the request fields the response depends on, lower case, sorted; null = on more than fields (`*`). */
export function varyFields(head: ResponseHead): readonly string[] | null {
  const field = head.get('vary')
  if (field === undefined) return []
  const names = field
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return names.includes('*') ? null : [...new Set(names)].sort()
}

/**
 * Whether a fresh response may answer this request (RFC 9111, 5.2.1). `max-stale` is not used: nothing stale is kept.
 *
 * @param ageMs Age of the response now. @param freshForMs Remaining lifetime.
 */
export function allowsReuse(headers: HeaderView, ageMs: number, freshForMs: number, assumed: boolean): boolean {
  if (assumed && hasCredentials(headers)) return false
  const field = headers.get('cache-control')
  if (field === undefined) return headers.get('pragma')?.toLowerCase().includes('no-cache') !== true
  const control = parseCacheControl(field)
  if (control.has('no-cache')) return false
  const maxAge = secondsOf(control, 'max-age')
  // `max-age=0` is what a browser's reload sends: it wants the origin, also within the first millisecond.
  if (maxAge !== undefined && (maxAge === 0 || ageMs > maxAge * 1000)) return false
  return freshForMs >= (secondsOf(control, 'min-fresh') ?? 0) * 1000
}

/** True if the client wants an answer from the cache or none. */
export function onlyIfCached(headers: HeaderView): boolean {
  return parseCacheControl(headers.get('cache-control')).has('only-if-cached')
}

function hasCredentials(headers: HeaderView): boolean {
  return headers.has('authorization') || headers.has('cookie')
}

function policyOf(request: CachedRequest, head: ResponseHead, control: CacheControl, wallMs: number): CachePolicy {
  const { headers } = request
  const asked = canonicalCacheControl(parseCacheControl(headers.get('cache-control')))
  return new CachePolicy(
    {
      method: 'GET',
      url: request.target,
      headers: { authorization: headers.get('authorization'), 'cache-control': asked },
    },
    {
      status: head.status,
      headers: {
        'cache-control': canonicalCacheControl(control),
        pragma: head.get('pragma'),
        expires: head.get('expires'),
        date: head.get('date') ?? new Date(wallMs).toUTCString(),
      },
    },
    { shared: true, cacheHeuristic: 0, immutableMinTimeToLive: 0 },
  )
}

/** RFC 9111, 4.2.3, in whole seconds: a Date is cut to the second, so a younger difference means nothing. */
function initialAgeMs(head: ResponseHead, wallMs: number): number {
  const date = Date.parse(head.get('date') ?? '')
  const apparent = Number.isNaN(date) ? 0 : Math.max(0, Math.floor((wallMs - date) / 1000))
  const [first = ''] = (head.get('age') ?? '').split(',')
  return Math.max(apparent, deltaSeconds(first.trim())) * 1000
}
