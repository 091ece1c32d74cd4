// The npm package: turns over a fixed list.
import loadbalance from 'loadbalance'
import { type Balancing, unsupported } from './balancing.ts'

export function createBalancing(endpoints: number): Balancing {
  const engine = loadbalance.roundRobin(Array.from({ length: endpoints }, (_, index) => index))
  return { pick: () => engine.pick(), pickFor: unsupported, serve: unsupported }
}
