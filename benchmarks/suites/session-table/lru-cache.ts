// lru-cache as one would use it for this: bounded, with a sliding time to live and no timers.
import { LRUCache } from 'lru-cache'
import { type SessionStore, TTL_MS } from './table.ts'

class LruStore implements SessionStore {
  readonly #cache: LRUCache<string, number>
  readonly #endpoints: number
  #next = 0

  constructor(max: number, endpoints: number) {
    this.#cache = new LRUCache({ max, ttl: TTL_MS, updateAgeOnGet: true })
    this.#endpoints = endpoints
  }

  route(sessionId: string): number {
    const known = this.#cache.get(sessionId)
    if (known !== undefined) return known
    const endpoint = this.#next
    this.#next = endpoint + 1 === this.#endpoints ? 0 : endpoint + 1
    this.#cache.set(sessionId, endpoint)
    return endpoint
  }

  size(): number {
    return this.#cache.size
  }
}

export function createStore(max: number, endpoints: number): SessionStore {
  return new LruStore(max, endpoints)
}
