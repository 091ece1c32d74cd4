import { nearestName } from '../nearest-name.ts'
import { checkNumber, checkRecord, show } from '../validate.ts'
import { Auto, type Choices } from './auto.ts'
import { BoundedRendezvous } from './bounded-rendezvous.ts'
import { LeastInflight } from './least-inflight.ts'
import { Maglev } from './maglev.ts'
import { P2c } from './p2c.ts'
import { P2cEwma } from './p2c-ewma.ts'
import { Priority } from './priority.ts'
import { RandomSelection } from './random.ts'
import { Rendezvous } from './rendezvous.ts'
import { Ring } from './ring.ts'
import { RoundRobin } from './round-robin.ts'
import type { Selection } from './selection.ts'
import { Weighted } from './weighted.ts'

/** How new work is placed. */
export type Strategy =
  | 'auto'
  | 'round-robin'
  | 'weighted'
  | 'least-inflight'
  | 'random'
  | 'p2c'
  | 'p2c-ewma'
  | 'rendezvous'
  | 'ring'
  | 'maglev'
  | 'bounded-rendezvous'
  | 'priority'

/** A strategy, or one of the names it goes by elsewhere. */
export type StrategyName =
  | Strategy
  | 'round_robin'
  | 'least_used'
  | 'least_conn'
  | 'least-pending'
  | 'hash'
  | 'ip-hash'
  | 'ip_hash'

/** A strategy with settings of its own. */
export type StrategyOptions =
  | AutoOptions
  | {
      readonly name: 'round-robin' | 'round_robin'
      /** Whom the first turn falls to: the first endpoint given, or anybody. @default 'first' */
      readonly start?: 'first' | 'random' | undefined
    }
  | {
      readonly name: 'p2c-ewma'
      /** Time in which a latency is forgotten to 37 %, 1 to 1e9 ms. @default 10_000 */
      readonly tauMs?: number | undefined
    }
  | {
      readonly name: 'bounded-rendezvous'
      /** Most in-flight requests of an endpoint, as a multiple of its fair share, 1 to 100. @default 1.25 */
      readonly factor?: number | undefined
    }
  | {
      readonly name: 'priority'
      /** The strategy inside a tier; not `priority` again. @default 'auto' */
      readonly within?: StrategyName | StrategyOptions | undefined
    }
  | { readonly name: Exclude<StrategyName, 'auto' | 'round-robin' | 'round_robin' | 'p2c-ewma' | 'priority'> }

export interface AutoOptions {
  readonly name: 'auto'
  /**
   * How many candidates are compared: a number of random ones (1 to 65,536), all, or `adaptive`: all up to 128
   * endpoints, 32 beyond, so that the cost of a pick stays flat.
   * @default 'adaptive'
   */
  readonly choices?: Choices | undefined
  /** A failure counts as a latency of this many times the mean, 0 to 1e6; 0 switches it off. @default 100 */
  readonly errorPenalty?: number | undefined
}

/** A checked strategy: its name and how to make one. */
export interface ResolvedStrategy {
  readonly name: Strategy
  /** The same for equal settings: two of one key need not be exchanged. */
  readonly key: string
  readonly create: (random: () => number) => Selection
  /** It wants to know how long requests take, and its costs tell whether an endpoint is overloaded. */
  readonly latencyAware: boolean
  /** It places by the request's key. */
  readonly keyed: boolean
}

const canonicalNames: ReadonlyMap<string, Strategy> = new Map<string, Strategy>([
  ['auto', 'auto'],
  ['round-robin', 'round-robin'],
  ['weighted', 'weighted'],
  ['least-inflight', 'least-inflight'],
  ['random', 'random'],
  ['p2c', 'p2c'],
  ['p2c-ewma', 'p2c-ewma'],
  ['rendezvous', 'rendezvous'],
  ['ring', 'ring'],
  ['maglev', 'maglev'],
  ['bounded-rendezvous', 'bounded-rendezvous'],
  ['priority', 'priority'],
  ['round_robin', 'round-robin'],
  ['least_used', 'least-inflight'],
  ['least_conn', 'least-inflight'],
  ['least-pending', 'least-inflight'],
  ['hash', 'rendezvous'],
  ['ip-hash', 'rendezvous'],
  ['ip_hash', 'rendezvous'],
])

const SETTINGS: Readonly<Record<Strategy, readonly string[]>> = {
  auto: ['choices', 'errorPenalty'],
  'round-robin': ['start'],
  weighted: [],
  'least-inflight': [],
  random: [],
  p2c: [],
  'p2c-ewma': ['tauMs'],
  rendezvous: [],
  ring: [],
  maglev: [],
  'bounded-rendezvous': ['factor'],
  priority: ['within'],
}

/** Throws TypeError with the nearest known name for an unknown one, TypeError or RangeError for a wrong setting. */
export function resolveStrategy(strategy: unknown, option = 'options.strategy'): ResolvedStrategy {
  if (typeof strategy !== 'object' || strategy === null)
    return resolveNamed(canonicalName(strategy, option), {}, option)
  const { name } = strategy as { name?: unknown }
  const canonical = canonicalName(name, `${option}.name`)
  return resolveNamed(canonical, checkRecord(option, strategy, ['name', ...SETTINGS[canonical]]), option)
}

function canonicalName(name: unknown, option: string): Strategy {
  const strategy = typeof name === 'string' ? canonicalNames.get(name) : undefined
  if (strategy !== undefined) return strategy
  const known = [...canonicalNames.keys()]
  const nearest = typeof name === 'string' ? nearestName(name, known) : null
  const advice = nearest === null ? `known: ${known.join(', ')}` : `did you mean ${show(nearest)}?`
  throw new TypeError(`${option} must be the name of a strategy, got ${show(name)}; ${advice}`)
}

function resolveNamed(name: Strategy, settings: Record<string, unknown>, option: string): ResolvedStrategy {
  switch (name) {
    case 'auto': {
      const choices = checkChoices(settings.choices ?? 'adaptive', `${option}.choices`)
      const errorPenalty = checkNumber(`${option}.errorPenalty`, settings.errorPenalty ?? 100, { min: 0, max: 1e6 })
      const create = (random: () => number): Selection => new Auto(random, { choices, errorPenalty })
      return { name, key: `auto ${choices} ${errorPenalty}`, create, latencyAware: true, keyed: false }
    }
    case 'p2c-ewma': {
      const tauMs = checkNumber(`${option}.tauMs`, settings.tauMs ?? 10_000, { min: 1, max: 1e9, unit: ' ms' })
      const create = (random: () => number): Selection => new P2cEwma(random, tauMs)
      return { name, key: `p2c-ewma ${tauMs}`, create, latencyAware: true, keyed: false }
    }
    case 'bounded-rendezvous': {
      const factor = checkNumber(`${option}.factor`, settings.factor ?? 1.25, { min: 1, max: 100 })
      const create = (random: () => number): Selection => new BoundedRendezvous(random, factor)
      return { name, key: `bounded-rendezvous ${factor}`, create, latencyAware: false, keyed: true }
    }
    case 'priority': {
      const within = resolveStrategy(settings.within ?? 'auto', `${option}.within`)
      if (within.name === 'priority') throw new TypeError(`${option}.within must not be "priority" again`)
      const create = (random: () => number): Selection => new Priority(() => within.create(random))
      return { ...within, name, key: `priority ${within.key}`, create }
    }
    case 'round-robin': {
      const start = settings.start ?? 'first'
      if (start !== 'first' && start !== 'random') {
        throw new TypeError(`${option}.start must be "first" or "random", got ${show(start)}`)
      }
      return simple(name, (random) => new RoundRobin(start === 'random' ? random : null), start)
    }
    case 'weighted':
      return simple(name, (random) => new Weighted(random))
    case 'least-inflight':
      return simple(name, () => new LeastInflight())
    case 'random':
      return simple(name, (random) => new RandomSelection(random))
    case 'p2c':
      return simple(name, (random) => new P2c(random))
    case 'rendezvous':
      return { ...simple(name, (random) => new Rendezvous(random)), keyed: true }
    case 'ring':
      return { ...simple(name, (random) => new Ring(random)), keyed: true }
    case 'maglev':
      return { ...simple(name, (random) => new Maglev(random)), keyed: true }
  }
}

function simple(name: Strategy, create: (random: () => number) => Selection, setting = ''): ResolvedStrategy {
  return { name, key: `${name} ${setting}`, create, latencyAware: false, keyed: false }
}

function checkChoices(choices: unknown, option: string): Choices {
  if (choices === 'all' || choices === 'adaptive') return choices
  if (typeof choices === 'string')
    throw new TypeError(`${option} must be "all", "adaptive" or a number, got ${show(choices)}`)
  return checkNumber(option, choices, { min: 1, max: 65_536, integer: true })
}
