// The table of ours by itself, with the age limit on: hash and lookup, as the bare tables of the others.
import { SessionMap } from '@breakwater/balancer/session-table'
import { type SessionStore, TTL_MS } from './table.ts'

export function createStore(max: number, endpoints: number): SessionStore {
  const table = new SessionMap({ max, ttlMs: TTL_MS, maxAgeMs: 4 * TTL_MS })
  let next = 0
  const choose = (): number => {
    const endpoint = next
    next = endpoint + 1 === endpoints ? 0 : endpoint + 1
    return endpoint
  }
  return {
    route: (sessionId) => table.getOrInsertComputed(sessionId, choose),
    size: () => table.count(),
  }
}
