// Ours, through the public class. Before it is timed, requests of different lengths have passed, so that `auto` has
// something to compare.
import { LoadBalancer, type StrategyName } from '@breakwater/balancer'
import type { Balancing, BalancingDesign } from './balancing.ts'

export function designOf(strategy: StrategyName): BalancingDesign {
  return { createBalancing: (endpoints) => createBalancing(strategy, endpoints) }
}

function createBalancing(strategy: StrategyName, endpoints: number): Balancing {
  const balancer = new LoadBalancer(
    Array.from({ length: endpoints }, (_, value) => ({ id: `endpoint-${value}`, value })),
    { strategy },
  )
  warm(balancer, endpoints)
  const request = { sessionId: '' }
  return {
    pick: () => balancer.select()?.value ?? -1,
    pickFor(session) {
      request.sessionId = session
      return balancer.select(request)?.value ?? -1
    },
    serve() {
      const lease = balancer.pick()
      lease?.done('ok')
      return lease?.endpoint.value ?? -1
    },
  }
}

/** Every endpoint has answered some requests, each after another time, and some are still in flight. */
function warm(balancer: LoadBalancer<number>, endpoints: number): void {
  const leases = Array.from({ length: 12 * endpoints }, () => balancer.pick())
  for (const [index, lease] of leases.entries()) if (index % 5 !== 0) lease?.done('ok')
}
