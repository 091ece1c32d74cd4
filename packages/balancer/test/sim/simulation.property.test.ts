import fc from 'fast-check'
import { expect, test } from 'vitest'
import { centralOf } from '../../src/sim/central.ts'
import { describeLatency, percentilesOf } from '../../src/sim/percentiles.ts'
import type { ChurnSpec, FaultSpec, Scenario, ScenarioInput } from '../../src/sim/scenario.ts'
import { simulate } from '../../src/sim/simulate.ts'
import { drawTrace } from '../../src/sim/trace.ts'
import { scenarioOf } from './fixtures.ts'
import { naiveCentral, naiveLegacy } from './naive-simulation.ts'

// Whole numbers everywhere, so that much happens at the same time.
const time = fc.integer({ min: 0, max: 40 })
const events = fc.array(
  fc.oneof(
    fc.tuple(time, fc.integer({ min: 0, max: 12 })),
    fc.tuple(time, fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 4 })),
  ),
  { maxLength: 40 },
)
const fault = fc.record({
  kind: fc.constantFrom<FaultSpec['kind']>('error', 'hang', 'slow'),
  server: fc.uniqueArray(fc.integer({ min: 0, max: 1 }), { minLength: 1 }),
  fromMs: fc.integer({ min: 0, max: 20 }),
  toMs: fc.integer({ min: 20, max: 50 }),
  afterMs: fc.constantFrom(0, 1),
  probability: fc.constantFrom(1, 0.5),
  factor: fc.constantFrom(0.5, 2),
})
const churn = fc.array(fc.record({ atMs: time, op: fc.constantFrom<ChurnSpec['op']>('add', 'remove', 'drain') }), {
  maxLength: 4,
})
const arbitraryScenario = fc
  .record({
    warmupMs: fc.constantFrom(0, 10),
    networkMs: fc.constantFrom(0, 1, 2),
    timeoutMs: fc.constantFrom(4, 12, 1000),
    instances: fc.integer({ min: 1, max: 3 }),
    servers: fc.record({
      count: fc.integer({ min: 2, max: 4 }),
      workers: fc.constantFrom([1], [1, 2]),
      speeds: fc.constantFrom([1], [1, 2]),
    }),
    antagonist: fc.constantFrom<ScenarioInput['antagonist'][]>(
      null,
      { kind: 'rotating', factor: 0.5, periodMs: 5, size: 1 },
      { kind: 'random', factor: 0.5, onMs: 5, offMs: 5 },
    ),
    arrivals: fc.record({ process: fc.constant('trace' as const), events }),
    faults: fc.array(fault, { maxLength: 2 }),
  })
  .chain((fields) =>
    churn.map((changes) => scenarioOf({ ...fields, durationMs: 50, churn: placed(changes, fields.servers.count) })),
  )

type Change = NonNullable<ScenarioInput['churn']>[number]

/** Gives the changes servers that are members at that time; once the set is empty only `add` is left. */
function placed(changes: readonly Pick<ChurnSpec, 'atMs' | 'op'>[], count: number): Change[] {
  const members = Array.from({ length: count }, (_, index) => index)
  let next = count
  return changes
    .toSorted((one, other) => one.atMs - other.atMs)
    .flatMap(({ atMs, op }): Change[] => {
      if (op === 'add') {
        members.push(next++)
        return [{ atMs, op, speed: 2, workers: 1 }]
      }
      const server = op === 'remove' ? members.shift() : members[0]
      return server === undefined ? [] : [{ atMs, op, server }]
    })
}

test('agrees with a plain simulation of the same model', () => {
  fc.assert(
    fc.property(arbitraryScenario, fc.integer({ min: 0, max: 100 }), (scenario: Scenario, seed) => {
      const run = simulate(scenario, { policy: 'legacy', seed })
      const expected = naiveLegacy(scenario, drawTrace(scenario, seed), seed)
      expect(run.latencyMs).toEqual(describeLatency(Float64Array.from(expected.latencies)))
      expect(Math.round(run.errorShare * run.measured)).toBe(expected.errors)
      expect(Math.round(run.timeoutShare * run.measured)).toBe(expected.timeouts)
      expect(run.maxInFlight).toBe(expected.maxInFlight)
      // Nothing is lost on the way.
      expect(expected.latencies.length + expected.errors).toBe(run.measured)
    }),
    { numRuns: 400 },
  )
})

test('the central queue agrees with a plain one', () => {
  fc.assert(
    fc.property(arbitraryScenario, fc.integer({ min: 0, max: 100 }), (scenario: Scenario, seed) => {
      const trace = drawTrace(scenario, seed)
      const expected = describeLatency(Float64Array.from(naiveCentral(scenario, trace)))
      expect(centralOf(scenario, trace)).toEqual(percentilesOf(expected))
    }),
    { numRuns: 400 },
  )
})
