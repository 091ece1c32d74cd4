import type { HeaderView, RequestContext } from '@breakwater/http'
import type { Freshness } from './response-cache-policy.ts'

/** Fields that are made anew for every answer. */
const PER_ANSWER: ReadonlySet<string> = new Set(['age', 'cache-status', 'content-length'])
const ENTITY_TAG = /(?:W\/)?"[^"]*"/g

type Fields = Record<string, string | readonly string[]>

/** A complete response of the upstream. Immutable. */
export class StoredResponse {
  readonly status: number
  readonly freshness: Freshness
  /** Monotonic ms at which the head arrived. */
  readonly receivedAt: number
  /** What it is charged with: body and fields, bytes. */
  readonly size: number
  readonly #body: Uint8Array
  readonly #fields: Fields
  /** Cache-Status of caches behind us, with the separator, or empty. */
  readonly #cachesBefore: string

  /** @param raw Fields of the head as received, `[name, value, …]`. */
  constructor(status: number, raw: readonly string[], body: Uint8Array, freshness: Freshness, receivedAt: number) {
    this.status = status
    this.freshness = freshness
    this.receivedAt = receivedAt
    this.#body = body
    this.#fields = Object.create(null) as Fields
    let size = body.byteLength
    let cachesBefore = ''
    for (let i = 0; i < raw.length; i += 2) {
      const name = (raw[i] ?? '').toLowerCase()
      const value = raw[i + 1] ?? ''
      if (name === 'cache-status') cachesBefore += `${value}, `
      if (PER_ANSWER.has(name)) continue
      const before = this.#fields[name]
      this.#fields[name] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value]
      size += name.length + value.length
    }
    this.#cachesBefore = cachesBefore
    this.size = size
  }

  /** RFC 9111, 4.2.3. */
  ageMs(now: number): number {
    return this.freshness.initialAgeMs + Math.max(0, now - this.receivedAt)
  }

  /** What is left of its lifetime, ms; not above 0 once stale. */
  remainingMs(now: number): number {
    return this.freshness.freshForMs - (now - this.receivedAt)
  }

  /** Answers GET or HEAD: the response, or 304 if the client's condition says that it has it. */
  reply(ctx: RequestContext, now: number): void {
    const ttl = Math.floor(this.remainingMs(now) / 1000)
    const status = `${this.#cachesBefore}breakwater; hit; ttl=${ttl}`
    const fields = { ...this.#fields, age: Math.floor(this.ageMs(now) / 1000), 'cache-status': status }
    if (this.status === 200 && this.#clientHasIt(ctx.headers)) ctx.respond(304, withoutContent(fields))
    else ctx.respond(this.status, fields, this.#body)
  }

  /** RFC 9110, 13.2.2: an entity tag decides alone if one was sent. */
  #clientHasIt(headers: HeaderView): boolean {
    const tags = headers.get('if-none-match')
    if (tags !== undefined) return this.#hasTag(tags)
    const since = parseDate(headers.get('if-modified-since'))
    // RFC 9111, 4.3.2: without Last-Modified the time of the response stands for it.
    const modified = parseDate(this.#field('last-modified') ?? this.#field('date'))
    return modified <= since
  }

  #hasTag(tags: string): boolean {
    if (tags.trim() === '*') return true
    const own = this.#field('etag')
    if (own === undefined) return false
    for (const [tag] of tags.matchAll(ENTITY_TAG)) if (opaque(tag) === opaque(own)) return true
    return false
  }

  #field(name: string): string | undefined {
    const value = this.#fields[name]
    return typeof value === 'string' ? value : undefined
  }
}

/** Fields of a 304: those that describe the absent body are left out (RFC 9110, 15.4.5). */
function withoutContent<T extends Record<string, unknown>>(fields: T): T {
  for (const name of Object.keys(fields)) {
    if (name.startsWith('content-') && name !== 'content-location' && name !== 'content-security-policy') {
      delete fields[name]
    }
  }
  return fields
}

/** Weak comparison (RFC 9110, 8.8.3.2). */
function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}

/** NaN for an absent or invalid date: every comparison with it is false. */
function parseDate(field: string | undefined): number {
  return field === undefined ? Number.NaN : Date.parse(field)
}
