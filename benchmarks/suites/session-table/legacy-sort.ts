// The second design, written anew from its description: a Map of entries with the time they were set; when it is full,
// all of them are sorted by that time and the oldest tenth goes. With its bound lifted to `max`, as the comparison needs.
import { type SessionStore, TTL_MS } from './table.ts'

interface SessionCacheEntry {
  readonly endpoint: number
  readonly timestamp: number
}

class SortedStore implements SessionStore {
  readonly #cache = new Map<string, SessionCacheEntry>()
  readonly #max: number
  readonly #endpoints: number
  #next = 0

  constructor(max: number, endpoints: number) {
    this.#max = max
    this.#endpoints = endpoints
  }

  route(sessionId: string): number {
    const entry = this.#cache.get(sessionId)
    if (entry !== undefined && Date.now() - entry.timestamp < TTL_MS) return entry.endpoint
    const endpoint = this.#next
    this.#next = endpoint + 1 === this.#endpoints ? 0 : endpoint + 1
    if (this.#cache.size >= this.#max) this.#evictOldest()
    this.#cache.set(sessionId, { endpoint, timestamp: Date.now() })
    return endpoint
  }

  size(): number {
    return this.#cache.size
  }

  #evictOldest(): void {
    const entries = Array.from(this.#cache.entries()).sort((left, right) => left[1].timestamp - right[1].timestamp)
    for (const [sessionId] of entries.slice(0, Math.ceil(this.#max * 0.1))) this.#cache.delete(sessionId)
  }
}

export function createStore(max: number, endpoints: number): SessionStore {
  return new SortedStore(max, endpoints)
}
