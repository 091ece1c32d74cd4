import { problem, type RequestContext, type ResponseHead } from '@breakwater/http'
import type { RouteCacheConfig } from '../config/config.ts'
import type { ForwardHooks } from './forward.ts'
import { IssuedCookies } from './issued-cookies.ts'
import { StoredResponse } from './response-cache-entry.ts'
import {
  allowsReuse,
  type CachedRequest,
  type Freshness,
  freshnessOf,
  mustBypass,
  onlyIfCached,
  varyFields,
} from './response-cache-policy.ts'
import { addressOf, type Reservation, ResponseStore } from './response-cache-store.ts'

export interface ResponseCacheClock {
  /** Monotonic milliseconds. */
  now(): number
  /** Milliseconds since 1970, for the dates of responses. */
  wall(): number
}

/** A response on its way to the client, a copy of which is being collected. */
interface Fill {
  readonly status: number
  readonly raw: readonly string[]
  readonly freshness: Freshness
  readonly receivedAt: number
  readonly place: Reservation
  readonly length: number | null
  readonly chunks: Uint8Array[]
  size: number
}

type ForwardReason = 'bypass' | 'method' | 'miss' | 'request'

const SYSTEM_CLOCK: ResponseCacheClock = { now: () => performance.now(), wall: () => Date.now() }
const NO_COOKIES = new IssuedCookies([])
/** Safe methods (RFC 9110, 9.2.1) other than GET and HEAD; any other method invalidates. */
const SAFE: ReadonlySet<string> = new Set(['OPTIONS', 'TRACE'])

/**
 * The response cache of one route: a shared cache after RFC 9111 that keeps whole responses to GET in memory.
 *
 *   GET, HEAD ──► fresh and allowed? ── yes ──► 200 or 304 with Age            Cache-Status: breakwater; hit; ttl=9
 *                      │ no
 *                      └──► upstream ── body ──► client                        Cache-Status: breakwater; fwd=miss; stored
 *                                        └ copy, up to maxBody ── complete? ──► kept
 *   POST, PUT, … ──► upstream ── answered 2xx or 3xx? ──► its address is forgotten
 *
 * Answered from here or kept: never with Range, If-Match, a request body, Set-Cookie, `private`, `no-store`, `Vary: *`;
 * with Authorization only if the response says `public`, `s-maxage` or `must-revalidate`. A response that names no
 * lifetime lives for the route's `ttlMs` if neither it nor a later request for it carries Cookie or Authorization. The
 * session cookie of the gateway itself is not seen here.
 * Nothing stale is ever given. Memory: at most maxEntries × maxBody, plus one maxBody per response under way.
 */
export class ResponseCache {
  /** Pattern of the route; label of the metrics. */
  readonly name: string
  /** `stale` stays 0: stale responses are not kept. */
  readonly requests: Record<'hit' | 'miss' | 'stale' | 'bypass', number> = { hit: 0, miss: 0, stale: 0, bypass: 0 }
  readonly #config: RouteCacheConfig
  readonly #clock: ResponseCacheClock
  readonly #store: ResponseStore
  readonly #cookies: IssuedCookies
  readonly #onlyPass: Readonly<Record<ForwardReason, ForwardHooks>> = {
    bypass: passing('bypass'),
    method: passing('method'),
    miss: passing('miss'),
    request: passing('request'),
  }

  /** @param cookies The gateway's own, which the cache does not see. */
  constructor(
    name: string,
    config: RouteCacheConfig,
    clock: ResponseCacheClock = SYSTEM_CLOCK,
    cookies: IssuedCookies = NO_COOKIES,
  ) {
    this.name = name
    this.#config = config
    this.#clock = clock
    this.#cookies = cookies
    this.#store = new ResponseStore(config.maxEntries, clock)
  }

  /** Responses held, expired ones that were not yet met included. */
  get entries(): number {
    return this.#store.entries
  }

  /** Bodies and header fields held, bytes. */
  get bytes(): number {
    return this.#store.bytes
  }

  /** Live responses dropped to keep `maxEntries`. */
  get evictions(): number {
    return this.#store.evictions
  }

  /** Answers from memory, or has the upstream asked, with hooks that keep its answer. */
  handle(ctx: RequestContext, proceed: (ctx: RequestContext, hooks?: ForwardHooks) => void): void {
    const { method } = ctx
    const headers = this.#cookies.hidden(ctx.headers)
    if (method !== 'GET' && method !== 'HEAD') {
      this.requests.bypass++
      proceed(ctx, SAFE.has(method) ? this.#onlyPass.method : this.#invalidating(addressOf(ctx)))
      return
    }
    if (mustBypass(headers)) {
      this.requests.bypass++
      proceed(ctx, this.#onlyPass.bypass)
      return
    }
    const address = addressOf(ctx)
    const now = this.#clock.now()
    const found = this.#store.find(address, headers)
    if (
      found !== undefined &&
      allowsReuse(headers, found.ageMs(now), found.remainingMs(now), found.freshness.assumed)
    ) {
      this.requests.hit++
      found.reply(ctx, now)
      return
    }
    this.requests.miss++
    if (onlyIfCached(headers)) {
      refuseMiss(ctx)
      return
    }
    const reason = found === undefined ? 'miss' : 'request'
    if (method === 'GET') proceed(ctx, this.#storing({ target: ctx.target, headers }, address, reason))
    else proceed(ctx, this.#onlyPass[reason])
  }

  /** Forgets everything, responses under way included. */
  clear(): void {
    this.#store.clear()
  }

  #storing(request: CachedRequest, address: string, reason: ForwardReason): ForwardHooks {
    const startedAt = this.#store.sequence
    let fill: Fill | null = null
    return {
      onHead: (_, head) => {
        fill = this.#begin(request, head, address, startedAt)
        announce(head, fill === null ? `fwd=${reason}` : `fwd=${reason}; stored`)
        return 'pass'
      },
      tap: (chunk, last) => {
        if (fill !== null && !collect(fill, chunk, this.#config.maxBody)) fill = null
        if (fill === null || !last) return
        this.#finish(fill)
        fill = null
      },
    }
  }

  /** Null: the response is not to be kept. */
  #begin(request: CachedRequest, head: ResponseHead, address: string, startedAt: number): Fill | null {
    const freshness = freshnessOf(request, head, this.#config.ttlMs, this.#clock.wall())
    if (freshness === null) return null
    const declared = head.get('content-length')
    const length = declared === undefined ? null : Number(declared)
    if (length !== null && !(length <= this.#config.maxBody)) return null
    const place = this.#store.reserve(address, request.headers, varyFields(head) ?? [], startedAt)
    const receivedAt = this.#clock.now()
    return { status: head.status, raw: head.raw, freshness, receivedAt, place, length, chunks: [], size: 0 }
  }

  #finish(fill: Fill): void {
    // What does not have the length it promised was cut or stretched on the way.
    if (fill.length !== null && fill.length !== fill.size) return
    const body = Buffer.concat(fill.chunks, fill.size)
    const response = new StoredResponse(fill.status, fill.raw, body, fill.freshness, fill.receivedAt)
    this.#store.put(fill.place, response, response.remainingMs(this.#clock.now()))
  }

  /** RFC 9111, 4.4. */
  #invalidating(address: string): ForwardHooks {
    return {
      onHead: (_, head) => {
        if (head.status >= 200 && head.status < 400) this.#store.invalidate(address)
        announce(head, 'fwd=method')
        return 'pass'
      },
    }
  }
}

function passing(reason: ForwardReason): ForwardHooks {
  return {
    onHead: (_, head) => {
      announce(head, `fwd=${reason}`)
      return 'pass'
    },
  }
}

/** RFC 9211: the cache nearest to the client comes last. */
function announce(head: ResponseHead, parameters: string): void {
  const before = head.get('cache-status')
  const own = `breakwater; ${parameters}`
  head.set('cache-status', before === undefined ? own : `${before}, ${own}`)
}

/** Copies a chunk, since it belongs to the engine; false if the body became too large. */
function collect(fill: Fill, chunk: Uint8Array, maxBody: number): boolean {
  fill.size += chunk.byteLength
  if (fill.size > maxBody) return false
  if (chunk.byteLength > 0) fill.chunks.push(Buffer.from(chunk))
  return true
}

/** RFC 9111, 5.2.1.7. */
function refuseMiss(ctx: RequestContext): void {
  const { headers, body } = problem(504, 'Gateway Timeout', 'Only a stored response was asked for, and there is none.')
  ctx.respond(504, { ...headers, 'cache-status': 'breakwater' }, body)
}
