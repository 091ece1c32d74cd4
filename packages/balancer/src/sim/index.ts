export { central } from './central.ts'
export {
  type CompareOptions,
  type Comparison,
  compare,
  type Metric,
  type PolicySummary,
  type Spread,
} from './compare.ts'
export { PolicyError, ScenarioError } from './errors.ts'
export { loadScenario } from './load-scenario.ts'
export { type Policy, parsePolicy, policies } from './policies.ts'
export type { Affinity, KeysMoved, Latency, Percentiles, RunResult } from './result.ts'
export type { Scenario, ScenarioInput } from './scenario.ts'
export { type SimulateOptions, simulate } from './simulate.ts'
export { formatTable } from './table.ts'
