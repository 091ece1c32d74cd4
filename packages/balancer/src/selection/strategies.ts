import { nearestName } from '../nearest-name.ts'
import { show } from '../validate.ts'
import { LeastInflight } from './least-inflight.ts'
import { RandomSelection } from './random.ts'
import { RoundRobin } from './round-robin.ts'
import type { Selection } from './selection.ts'
import { Weighted } from './weighted.ts'

/** How new work is placed. */
export type Strategy = 'round-robin' | 'weighted' | 'least-inflight' | 'random'

/** A strategy, or one of the names it goes by elsewhere. */
export type StrategyName = Strategy | 'round_robin' | 'least_used' | 'least_conn' | 'least-pending'

const canonicalNames: ReadonlyMap<string, Strategy> = new Map<string, Strategy>([
  ['round-robin', 'round-robin'],
  ['weighted', 'weighted'],
  ['least-inflight', 'least-inflight'],
  ['random', 'random'],
  ['round_robin', 'round-robin'],
  ['least_used', 'least-inflight'],
  ['least_conn', 'least-inflight'],
  ['least-pending', 'least-inflight'],
])

/** The canonical name; throws TypeError with the nearest known name for anything else. */
export function resolveStrategy(name: unknown): Strategy {
  const strategy = typeof name === 'string' ? canonicalNames.get(name) : undefined
  if (strategy !== undefined) return strategy
  const known = [...canonicalNames.keys()]
  const nearest = typeof name === 'string' ? nearestName(name, known) : null
  const advice = nearest === null ? `known: ${known.join(', ')}` : `did you mean ${show(nearest)}?`
  throw new TypeError(`options.strategy must be the name of a strategy, got ${show(name)}; ${advice}`)
}

export function createSelection(strategy: Strategy, random: () => number): Selection {
  switch (strategy) {
    case 'round-robin':
      return new RoundRobin()
    case 'weighted':
      return new Weighted(random)
    case 'least-inflight':
      return new LeastInflight()
    case 'random':
      return new RandomSelection(random)
  }
}
