import { Cache } from '@breakwater/cache'
import type { HeaderView, RequestContext } from '@breakwater/http'
import { canonicalPath } from './path-policy.ts'
import type { StoredResponse } from './response-cache-entry.ts'

/** Request fields that responses to one address depend on. A new id makes the variants kept under an older one unreachable. */
interface VaryRecord {
  readonly id: number
  readonly fields: readonly string[]
}

/** Where a response under way will be kept, and since when it is under way. */
export interface Reservation {
  readonly address: string
  readonly key: string
  readonly startedAt: number
}

/** Invalidations remembered for responses still under way; forgetting one only means that those are not kept. */
const REMEMBERED_INVALIDATIONS = 1024

/**
 * Responses by address and, below it, by the request fields they vary on.
 *
 *   address = [scheme, host, forwarded host, path, query]          as JSON: no two addresses share a spelling
 *      │
 *      ├─ vary:       address            ─► { id 7, fields ["accept", "accept-language"] }
 *      ├─ responses:  [address, 7, "text/html", null]  ─► response
 *      │              [address, 7, "text/html", "de"]  ─► response
 *      └─ invalidated: address           ─► number of the invalidation
 *
 * All three are bounded; a lost vary record or invalidation costs a miss, never a wrong answer.
 */
export class ResponseStore {
  readonly #responses: Cache<string, StoredResponse>
  readonly #vary: Cache<string, VaryRecord>
  readonly #invalidated: Cache<string, number>
  #nextId = 1
  /** Counts invalidations; what began at or before the latest forgotten one can no longer be judged. */
  #sequence = 0
  #forgotten = 0
  #bytes = 0

  constructor(maxEntries: number, clock: { now(): number }) {
    this.#responses = new Cache({
      max: maxEntries,
      clock,
      onDispose: (response) => {
        this.#bytes -= response.size
      },
    })
    this.#vary = new Cache({ max: maxEntries, clock })
    this.#invalidated = new Cache({
      max: REMEMBERED_INVALIDATIONS,
      clock,
      onDispose: (sequence, _, reason) => {
        if (reason === 'evict') this.#forgotten = Math.max(this.#forgotten, sequence)
      },
    })
  }

  get entries(): number {
    return this.#responses.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get evictions(): number {
    return this.#responses.getCacheStats().evictions
  }

  /** Number to compare later invalidations with. */
  get sequence(): number {
    return this.#sequence
  }

  find(address: string, headers: HeaderView): StoredResponse | undefined {
    return this.#responses.get(keyOf(address, this.#vary.get(address), headers))
  }

  /**
   * Names the place of a response whose head has arrived. Fields that earlier responses varied on stay part of it: an
   * origin that sends Vary only sometimes must not mix its variants.
   */
  reserve(address: string, headers: HeaderView, varies: readonly string[], startedAt: number): Reservation {
    let record = this.#vary.get(address)
    const known = record?.fields ?? []
    if (varies.some((name) => !known.includes(name))) {
      // Kept before anything varied: nobody would find it, until this record is gone and it is out of date.
      if (record === undefined) this.#responses.delete(address)
      record = { id: this.#nextId++, fields: [...new Set([...known, ...varies])].sort() }
      this.#vary.set(address, record)
    }
    return { address, key: keyOf(address, record, headers), startedAt }
  }

  /** Keeps a complete response, unless its address was invalidated while it was under way. */
  put(place: Reservation, response: StoredResponse, ttlMs: number): void {
    const invalidatedAt = Math.max(this.#invalidated.peek(place.address) ?? 0, this.#forgotten)
    if (ttlMs <= 0 || invalidatedAt > place.startedAt) return
    // Added first: replacing an entry takes the old one off within `set`.
    this.#bytes += response.size
    this.#responses.set(place.key, response, { ttlMs })
  }

  /** Makes everything kept for an address unreachable, and everything under way to it unstorable. O(1). */
  invalidate(address: string): void {
    this.#invalidated.set(address, ++this.#sequence)
    const record = this.#vary.peek(address)
    this.#responses.delete(address)
    if (record !== undefined) this.#vary.set(address, { ...record, id: this.#nextId++ })
  }

  clear(): void {
    this.#forgotten = ++this.#sequence
    this.#responses.clear()
    this.#vary.clear()
    this.#invalidated.clear()
  }
}

/** What a response is the answer to, apart from the fields that it varies on. */
export function addressOf(ctx: RequestContext): string {
  const { headers } = ctx
  return JSON.stringify([
    ctx.scheme,
    headers.get('host')?.toLowerCase() ?? '',
    // Upstreams build links from it; a trusted proxy may send another than Host.
    headers.get('x-forwarded-host') ?? '',
    canonicalPath(ctx.path) ?? ctx.path,
    ctx.search,
  ])
}

function keyOf(address: string, record: VaryRecord | undefined, headers: HeaderView): string {
  if (record === undefined) return address
  return JSON.stringify([address, record.id, ...record.fields.map((name) => headers.get(name) ?? null)])
}
