import { parsePolicy } from './policies.ts'
import type { RunResult } from './result.ts'
import type { ScenarioInput } from './scenario.ts'
import { prepare, runPolicy } from './simulate.ts'

/** Over the seeds; null where a run had no such figure. */
export interface Spread {
  readonly median: number | null
  readonly min: number | null
  readonly max: number | null
}

/** By the figure's place in a run: `latencyMs.p99`, `ratio.p99`, `affinity.kept` … */
export type Metric =
  | `latencyMs.${'mean' | 'p50' | 'p90' | 'p99' | 'p999' | 'max'}`
  | 'errorShare'
  | 'timeoutShare'
  | 'maxInFlight'
  | 'affinity.kept'
  | 'affinity.moved'
  | 'affinity.minimum'
  | 'affinity.spills'
  | `affinity.repins.${'overload' | 'unavailable' | 'removed' | 'other'}`
  | 'ejections'
  | 'panics'
  | `${'central' | 'ratio'}.${'p50' | 'p90' | 'p99' | 'p999'}`

export type PolicySummary = { readonly policy: string } & { readonly [M in Metric]: Spread }

export interface Comparison {
  readonly version: 1
  /** The scenario's name. */
  readonly scenario: string
  readonly seeds: readonly number[]
  /** By seed, then by policy. */
  readonly runs: readonly RunResult[]
  readonly summary: readonly PolicySummary[]
}

export interface CompareOptions {
  /** @default ['auto'] */
  readonly policies?: readonly string[]
  /** @default the scenario's seed */
  readonly seeds?: readonly number[]
  /** Told after each run. */
  readonly onRun?: (run: RunResult) => void
}

const LATENCIES = ['mean', 'p50', 'p90', 'p99', 'p999', 'max'] as const
const PERCENTILES = ['p50', 'p90', 'p99', 'p999'] as const
const REPINS = ['overload', 'unavailable', 'removed', 'other'] as const

/** Runs every policy on the trace of every seed; each trace is drawn once. Throws ScenarioError and PolicyError. */
export function compare(scenario: ScenarioInput, options: CompareOptions = {}): Comparison {
  const policies = [...new Set(options.policies ?? ['auto'])]
  for (const policy of policies) parsePolicy(policy)
  const runs: RunResult[] = []
  const seeds: number[] = []
  let name = scenario.name ?? ''
  for (const chosen of options.seeds === undefined ? [undefined] : new Set(options.seeds)) {
    const stand = prepare(scenario, chosen)
    name = stand.scenario.name
    seeds.push(stand.seed)
    for (const policy of policies) {
      const run = runPolicy(stand, policy)
      runs.push(run)
      options.onRun?.(run)
    }
  }
  const summary = policies.map((policy) =>
    summarize(
      policy,
      runs.filter((run) => run.policy === policy),
    ),
  )
  return { version: 1, scenario: name, seeds, runs, summary }
}

function summarize(policy: string, runs: readonly RunResult[]): PolicySummary {
  const metrics = runs.map(metricsOf)
  const names = Object.keys(metrics[0] ?? {}) as Metric[]
  const spreads = names.map((name) => [name, spreadOf(metrics.map((figures) => figures[name]))] as const)
  return { policy, ...(Object.fromEntries(spreads) as Record<Metric, Spread>) }
}

function metricsOf(run: RunResult): Record<Metric, number | null> {
  const { latencyMs, affinity, central, ratio } = run
  const figures: [Metric, number | null][] = [
    ...LATENCIES.map((name): [Metric, number | null] => [`latencyMs.${name}`, latencyMs[name]]),
    ...PERCENTILES.map((name): [Metric, number | null] => [`ratio.${name}`, ratio[name]]),
    ...PERCENTILES.map((name): [Metric, number | null] => [`central.${name}`, central[name]]),
    ['errorShare', run.errorShare],
    ['timeoutShare', run.timeoutShare],
    ['maxInFlight', run.maxInFlight],
    ['affinity.kept', affinity.kept],
    ['affinity.moved', sum(affinity.keysMoved.map(({ moved }) => moved))],
    ['affinity.minimum', sum(affinity.keysMoved.map(({ minimum }) => minimum))],
    ['affinity.spills', affinity.spills],
    ...REPINS.map((name): [Metric, number | null] => [`affinity.repins.${name}`, affinity.repins[name]]),
    ['ejections', run.ejections],
    ['panics', run.panics],
  ]
  return Object.fromEntries(figures) as Record<Metric, number | null>
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** The median of an even number is the mean of the two in the middle. */
function spreadOf(values: readonly (number | null)[]): Spread {
  const known = values.filter((value) => value !== null).sort((first, second) => first - second)
  const low = known[(known.length - 1) >> 1]
  const high = known[known.length >> 1]
  if (low === undefined || high === undefined) return { median: null, min: null, max: null }
  return { median: (low + high) / 2, min: known[0] ?? null, max: known.at(-1) ?? null }
}
