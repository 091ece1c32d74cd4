// Ours, as calls meet it: a whole sticky select of the balancer, with the age limit on, taking turns among its endpoints.
import { LoadBalancer } from '@breakwater/balancer'
import { type SessionStore, TTL_MS } from './table.ts'

export function createStore(max: number, endpoints: number): SessionStore {
  const balancer = new LoadBalancer(
    Array.from({ length: endpoints }, (_, value) => ({ id: `endpoint-${value}`, value })),
    { strategy: 'round-robin', session: { max, ttlMs: TTL_MS, maxAgeMs: 4 * TTL_MS } },
  )
  const request = { sessionId: '' }
  return {
    route(sessionId) {
      request.sessionId = sessionId
      return balancer.select(request)?.value ?? -1
    },
    size: () => balancer.getCacheStats().size,
  }
}
