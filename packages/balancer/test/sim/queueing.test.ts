import { describe, expect, test } from 'vitest'
import { policies, simulate } from '../../src/sim/index.ts'
import type { RunResult } from '../../src/sim/result.ts'
import { queueOf } from './fixtures.ts'

const NETWORK = 2 * 0.3

/** Probability of waiting in M/M/c (Erlang C) for an offered load of `a` = rho · c. */
function erlangC(servers: number, rho: number): number {
  const a = rho * servers
  let term = 1
  let sum = 0
  for (let k = 0; k < servers; k++) {
    sum += term
    term *= a / (k + 1)
  }
  return term / (1 - rho) / (sum + term / (1 - rho))
}

function meanOf(rho: number, workers: number): number {
  return 10 + (erlangC(workers, rho) * 10) / (workers * (1 - rho)) + NETWORK
}

function averaged(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length
}

describe('agrees with queueing theory', () => {
  // Three seeds of 300 s; about twice the spread that they have between them.
  test.each([
    [0.5, 1, 0.03],
    [0.7, 1, 0.04],
    [0.8, 4, 0.04],
    [0.9, 4, 0.06],
  ])('load %d on %d workers', (rho, workers, tolerance) => {
    const runs = [1, 2, 3].map((seed) => simulate(queueOf(rho, workers, 300_000), { policy: 'random', seed }))
    const mean = averaged(runs.map(({ latencyMs }) => latencyMs.mean))
    expect(Math.abs(mean / meanOf(rho, workers) - 1)).toBeLessThan(tolerance)
    if (workers > 1) return
    const p99 = averaged(runs.map(({ latencyMs }) => latencyMs.p99))
    expect(Math.abs(p99 / ((10 * Math.log(100)) / (1 - rho) + NETWORK) - 1)).toBeLessThan(2.5 * tolerance)
  })

  test('the formula gives the published values', () => {
    expect([meanOf(0.5, 1), meanOf(0.7, 1), meanOf(0.8, 4), meanOf(0.9, 4)].map((mean) => mean.toFixed(2))).toEqual([
      '20.60',
      '33.93',
      '18.06',
      '30.29',
    ])
  })

  test('random over servers of one worker is M/M/1 on each', () => {
    const farm = { ...queueOf(0.7, 1, 60_000), servers: { count: 10, workers: 1 } }
    const { latencyMs } = simulate(farm, { policy: 'random' })
    expect(Math.abs((latencyMs.mean ?? 0) / meanOf(0.7, 1) - 1)).toBeLessThan(0.05)
  })
})

test('with a single server every policy equals the central queue', () => {
  const single = { ...queueOf(0.9, 3, 20_000), work: { meanMs: 10 }, instances: 3 }
  for (const policy of policies) {
    const { latencyMs, central, ratio } = simulate(single, { policy })
    expect({ policy, p50: latencyMs.p50, p999: latencyMs.p999 }).toEqual({
      policy,
      p50: central.p50,
      p999: central.p999,
    })
    expect(ratio).toEqual({ p50: 1, p90: 1, p99: 1, p999: 1 })
  }
})

const farm = {
  version: 1,
  durationMs: 4000,
  warmupMs: 500,
  instances: 4,
  servers: { count: 10, speeds: [1, 0.5] },
  work: { meanMs: 10 },
  antagonist: { kind: 'random', factor: 0.4, onMs: 300, offMs: 900 },
  arrivals: { process: 'poisson', load: 0.8 },
  sessions: { count: 500, zipf: 0.7, share: 0.8 },
  faults: [{ kind: 'error', server: 3, fromMs: 1000, toMs: 2000, probability: 0.5 }],
  churn: [
    { atMs: 1500, op: 'remove', server: 1 },
    { atMs: 2000, op: 'add' },
  ],
} as const

test('every policy meets the same trace, and repeats itself', () => {
  const run = (policy: string): RunResult => ({ ...simulate(farm, { policy, seed: 7 }), wallMs: 0 })
  const runs = policies.map(run)
  expect(new Set(runs.map(({ traceHash }) => traceHash)).size).toBe(1)
  expect(new Set(runs.map(({ central }) => JSON.stringify(central))).size).toBe(1)
  for (const [index, policy] of policies.entries()) {
    expect(JSON.stringify(run(policy))).toBe(JSON.stringify(runs[index]))
  }
  expect(simulate(farm, { policy: 'random', seed: 8 }).traceHash).not.toBe(runs[0]?.traceHash)
})
