// The npm package: power of two choices by how often each was picked since the start. It counts nothing in flight.
import { P2cBalancer } from 'load-balancers'
import { type Balancing, unsupported } from './balancing.ts'

export function createBalancing(endpoints: number): Balancing {
  const balancer = new P2cBalancer(endpoints)
  return { pick: () => balancer.pick(), pickFor: unsupported, serve: unsupported }
}
