// The npm package: turns over a fixed list.
import { createRequire } from 'node:module'
import { type Balancing, unsupported } from './balancing.ts'

interface Engine {
  pick(): number
}

// It has no types, and exports that Node does not find by name.
const { roundRobin } = createRequire(import.meta.url)('loadbalance') as {
  readonly roundRobin: (pool: readonly number[]) => Engine
}

export function createBalancing(endpoints: number): Balancing {
  const engine = roundRobin(Array.from({ length: endpoints }, (_, index) => index))
  return { pick: () => engine.pick(), pickFor: unsupported, serve: unsupported }
}
