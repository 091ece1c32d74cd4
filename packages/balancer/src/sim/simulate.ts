import { centralOf } from './central.ts'
import { loadScenario } from './load-scenario.ts'
import { ratioOf } from './percentiles.ts'
import { parsePolicy } from './policies.ts'
import type { Percentiles, RunResult } from './result.ts'
import type { Scenario, ScenarioInput } from './scenario.ts'
import { Simulation } from './simulation.ts'
import { drawTrace, type Trace } from './trace.ts'

export interface SimulateOptions {
  /** `NAME[:key=value,…]`. @default 'auto' */
  readonly policy?: string
  /** @default the scenario's */
  readonly seed?: number
}

/** A trace and its reference, drawn once for all the policies that meet it. */
export interface Stand {
  readonly scenario: Scenario
  readonly seed: number
  readonly trace: Trace
  readonly central: Percentiles
}

/**
 * Runs one policy on one trace: the same scenario, policy and seed give the same result, `wallMs` apart.
 * Throws ScenarioError and PolicyError.
 */
export function simulate(scenario: ScenarioInput, options: SimulateOptions = {}): RunResult {
  const policy = options.policy ?? 'auto'
  // A slip in the policy's name should not cost a trace.
  parsePolicy(policy)
  return runPolicy(prepare(scenario, options.seed), policy)
}

export function prepare(source: ScenarioInput, chosen?: number): Stand {
  const scenario = loadScenario(source)
  const seed = chosen ?? scenario.seed
  const trace = drawTrace(scenario, seed)
  return { scenario, seed, trace, central: centralOf(scenario, trace) }
}

export function runPolicy({ scenario, seed, trace, central }: Stand, policyName: string): RunResult {
  const policy = parsePolicy(policyName)
  const startedAt = performance.now()
  const simulation = new Simulation(scenario, trace, seed, (stage) => policy.recruit(stage))
  const { requests, measured, latencyMs, ...rest } = simulation.run()
  const { errorShare, timeoutShare, maxInFlight, affinity, ejections, panics, traceHash } = rest
  return {
    policy: policy.name,
    seed,
    requests,
    measured,
    wallMs: Math.round((performance.now() - startedAt) * 10) / 10,
    latencyMs,
    errorShare,
    timeoutShare,
    maxInFlight,
    affinity,
    ejections,
    panics,
    central,
    ratio: ratioOf(latencyMs, central),
    traceHash,
  }
}
