import { loadScenario } from '../../src/sim/load-scenario.ts'
import type { Scenario, ScenarioInput } from '../../src/sim/scenario.ts'

/** Two equal servers of one worker, recorded requests, half a millisecond of network; any field replaced. */
export function scenarioOf(fields: Partial<ScenarioInput> = {}): Scenario {
  return loadScenario({
    version: 1,
    durationMs: 1000,
    networkMs: 0.5,
    servers: { count: 2, workers: 1 },
    arrivals: { process: 'trace', events: [] },
    ...fields,
  })
}

/** One queue: the textbook's model, where the mean is known. */
export function queueOf(load: number, workers: number, durationMs: number): ScenarioInput {
  return {
    version: 1,
    durationMs,
    warmupMs: 2000,
    networkMs: 0.3,
    timeoutMs: 1e9,
    servers: { count: 1, workers },
    work: { dist: 'exponential', meanMs: 10 },
    arrivals: { process: 'poisson', load },
  }
}
