/**
 * A scenario as it is written. Times are in ms. Only `version`, `durationMs`, `servers.count`, `work.meanMs` and
 * `arrivals` must be given; `loadScenario` fills in the rest.
 */
export interface ScenarioInput {
  readonly version: 1
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly seed?: number | undefined
  readonly durationMs: number
  readonly warmupMs?: number | undefined
  readonly networkMs?: number | undefined
  readonly timeoutMs?: number | undefined
  readonly instances?: number | undefined
  readonly servers: {
    readonly count: number
    readonly workers?: number | readonly number[] | undefined
    readonly speeds?: number | readonly number[] | undefined
    readonly weights?: number | readonly number[] | undefined
  }
  readonly work?: Partial<WorkSpec> | undefined
  readonly antagonist?: AntagonistInput | null | undefined
  readonly arrivals: ArrivalInput
  readonly sessions?: (Partial<SessionSpec> & Pick<SessionSpec, 'count' | 'zipf'>) | null | undefined
  readonly faults?: readonly FaultInput[] | undefined
  readonly churn?: readonly ChurnInput[] | undefined
}

/** A scenario with every default filled in and every list in order of time; itself a valid `ScenarioInput`. */
export interface Scenario extends ScenarioInput {
  readonly name: string
  readonly description: string
  /** Used when no other seed is given. @default 1 */
  readonly seed: number
  /** Requests that arrive earlier are simulated and not measured. @default 0 */
  readonly warmupMs: number
  /** One way between a balancer and a server. @default 0.3 */
  readonly networkMs: number
  /** @default 5000 */
  readonly timeoutMs: number
  /** Independent balancers, each with its own state. @default 1 */
  readonly instances: number
  /** Server i takes element i modulo the length of each list. Churn may add more servers. */
  readonly servers: {
    readonly count: number
    /** @default 4 */
    readonly workers: readonly number[]
    /** @default 1 */
    readonly speeds: readonly number[]
    /** What the balancers are told; speeds they are not told. @default 1 */
    readonly weights: readonly number[]
  }
  readonly work: WorkSpec
  readonly antagonist: AntagonistSpec | null
  readonly arrivals: ArrivalSpec
  readonly sessions: SessionSpec | null
  readonly faults: readonly FaultSpec[]
  readonly churn: readonly ChurnSpec[]
}

export interface WorkSpec {
  /** @default 'normal' */
  readonly dist: 'normal' | 'exponential' | 'lognormal' | 'constant'
  /** Mean service time at speed 1. The works of a trace are taken as they are. */
  readonly meanMs: number
  /** Standard deviation ÷ mean; without effect on `exponential` and `constant`. @default 1 */
  readonly cv: number
}

interface RandomAntagonist {
  readonly kind: 'random'
  readonly factor: number
  readonly onMs: number
  readonly offMs: number
  /** @default all of the beginning */
  readonly servers: readonly number[]
}

interface RotatingAntagonist {
  readonly kind: 'rotating'
  readonly factor: number
  readonly periodMs: number
  /** Servers squeezed at a time, consecutive in `servers`. */
  readonly size: number
  /** @default 0 */
  readonly startMs: number
  /** @default all of the beginning */
  readonly servers: readonly number[]
}

/** Somebody else on the servers' machines, who takes a part of their speed away for a while. */
export type AntagonistSpec = RandomAntagonist | RotatingAntagonist
type AntagonistInput = Optional<RandomAntagonist, 'servers'> | Optional<RotatingAntagonist, 'servers' | 'startMs'>

/** From `atMs` on the rate is multiplied by `factor`; before the first step by 1. */
export type ProfileStep = readonly [atMs: number, factor: number]

/** One recorded request. `workMs` is its service time at speed 1. */
export type TraceEvent = readonly [atMs: number, workMs: number, session?: number]

interface PoissonArrivals {
  readonly process: 'poisson'
  /** Rate ÷ capacity of the servers of the beginning, the antagonist taken into account. */
  readonly load: number
  /** @default [] */
  readonly profile: readonly ProfileStep[]
}

/** Alternates between `low` × the rate, first, and `high` × the rate, each for an exponentially distributed time. */
interface BurstArrivals extends Omit<PoissonArrivals, 'process'> {
  readonly process: 'burst'
  readonly high: number
  readonly highMs: number
  readonly low: number
  readonly lowMs: number
}

interface TraceArrivals {
  readonly process: 'trace'
  readonly events: readonly TraceEvent[]
}

export type ArrivalSpec = PoissonArrivals | BurstArrivals | TraceArrivals
type ArrivalInput = Optional<PoissonArrivals, 'profile'> | Optional<BurstArrivals, 'profile'> | TraceArrivals

export interface SessionSpec {
  readonly count: number
  /** Session i (from 0) is drawn with a probability proportional to 1 / (i + 1)^zipf. */
  readonly zipf: number
  /** Part of the requests that have a session. @default 1 */
  readonly share: number
  /** `pinned`: a session always comes through the instance of its number modulo the instances. @default 'any' */
  readonly routing: 'any' | 'pinned'
}

export interface FaultSpec {
  readonly kind: 'error' | 'hang' | 'slow'
  readonly server: readonly number[]
  readonly fromMs: number
  /** The first moment after the fault. */
  readonly toMs: number
  /** `error`: the failed reply leaves the server so long after the request came. @default 0.2 */
  readonly afterMs: number
  /** `error`, `hang`: part of the requests that are hit. @default 1 */
  readonly probability: number
  /** `slow`: the speed is multiplied by it; must be given there. @default 1 */
  readonly factor: number
}

interface FaultInput extends Pick<FaultSpec, 'kind' | 'fromMs' | 'toMs'> {
  readonly server: number | readonly number[]
  readonly afterMs?: number
  readonly probability?: number
  readonly factor?: number
}

export type ChurnOp = 'add' | 'remove' | 'drain' | 'weight'

export interface ChurnSpec {
  readonly atMs: number
  readonly op: ChurnOp
  /** `add`: the index that the new server gets, the next free one. */
  readonly server: number
  /** `add` only. @default 1 */
  readonly speed: number
  /** `add` only. @default 4 */
  readonly workers: number
  /** `add` (default 1) and `weight` (must be given). */
  readonly weight: number
}

type ChurnInput = Pick<ChurnSpec, 'atMs' | 'op'> & Partial<ChurnSpec>

type Optional<O, K extends keyof O> = Omit<O, K> & Partial<Pick<O, K>>

export interface ServerSpec {
  readonly speed: number
  readonly workers: number
  readonly weight: number
}

/** All servers that ever exist by index, those of the beginning first. */
export function allServers({ servers, churn }: Scenario): ServerSpec[] {
  const initial = Array.from({ length: servers.count }, (_, index) => ({
    speed: servers.speeds[index % servers.speeds.length] as number,
    workers: servers.workers[index % servers.workers.length] as number,
    weight: servers.weights[index % servers.weights.length] as number,
  }))
  return [...initial, ...churn.filter(({ op }) => op === 'add')]
}
