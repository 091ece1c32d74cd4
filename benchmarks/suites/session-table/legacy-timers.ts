// The first design, written anew from its description: a Map, and one timer per session that nothing renews. No bound.
import { type SessionStore, TTL_MS } from './table.ts'

class TimerStore implements SessionStore {
  readonly #sessions = new Map<string, number>()
  readonly #endpoints: number
  #next = 0

  constructor(endpoints: number) {
    this.#endpoints = endpoints
  }

  route(sessionId: string): number {
    const known = this.#sessions.get(sessionId)
    if (known !== undefined) return known
    const endpoint = this.#next
    this.#next = endpoint + 1 === this.#endpoints ? 0 : endpoint + 1
    this.#sessions.set(sessionId, endpoint)
    // The original does not unref it either; here the measured process would never end.
    setTimeout(() => this.#sessions.delete(sessionId), TTL_MS).unref()
    return endpoint
  }

  size(): number {
    return this.#sessions.size
  }
}

export function createStore(_max: number, endpoints: number): SessionStore {
  return new TimerStore(endpoints)
}
