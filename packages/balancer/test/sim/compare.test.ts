import { expect, test } from 'vitest'
import { central, compare, formatTable, type RunResult, simulate } from '../../src/sim/index.ts'

const scenario = {
  version: 1,
  name: 'two',
  seed: 4,
  durationMs: 2000,
  servers: { count: 2 },
  work: { meanMs: 5 },
  arrivals: { process: 'poisson', load: 0.6 },
} as const

test('runs every policy on every seed and sums up', () => {
  const told: string[] = []
  const onRun = ({ policy, seed }: RunResult): unknown => told.push(`${policy} ${seed}`)
  const policies = ['random', 'round-robin', 'random']
  const { version, scenario: name, seeds, runs, summary } = compare(scenario, { policies, seeds: [1, 2, 3, 2], onRun })
  expect({ version, name, seeds }).toEqual({ version: 1, name: 'two', seeds: [1, 2, 3] })
  expect(told).toEqual(['random 1', 'round-robin 1', 'random 2', 'round-robin 2', 'random 3', 'round-robin 3'])
  expect(runs.map(({ policy, seed }) => `${policy} ${seed}`)).toEqual(told)
  expect(summary.map(({ policy }) => policy)).toEqual(['random', 'round-robin'])
  const p99 = runs.filter(({ policy }) => policy === 'random').map(({ latencyMs }) => latencyMs.p99 ?? 0)
  const [min, median, max] = p99.sort((one, other) => one - other)
  expect(summary[0]?.['latencyMs.p99']).toEqual({ median, min, max })
  expect(summary[0]?.['affinity.kept']).toEqual({ median: null, min: null, max: null })
  const [first] = runs
  expect({ ...simulate(scenario, { policy: 'random', seed: 1 }), wallMs: 0 }).toEqual({ ...first, wallMs: 0 })
  expect(central(scenario, { seed: 1 })).toEqual(first?.central)
})

test('takes the seed of the scenario, and the mean of the two in the middle', () => {
  expect(compare(scenario, { policies: ['random'] }).seeds).toEqual([4])
  expect(central(scenario)).toEqual(simulate(scenario, { policy: 'random' }).central)
  const { runs, summary } = compare(scenario, { policies: ['random'], seeds: [1, 2] })
  const p50 = runs.map(({ latencyMs }) => latencyMs.p50 ?? 0)
  expect(summary[0]?.['latencyMs.p50'].median).toBeCloseTo(((p50[0] ?? 0) + (p50[1] ?? 0)) / 2, 12)
})

test('a result is what JSON can hold', () => {
  const result = compare(scenario, { policies: ['random'] })
  expect(JSON.parse(JSON.stringify(result))).toEqual(result)
})

test('prints a table, with columns for sessions and churn where there are any', () => {
  const policies = ['random', 'legacy']
  const plain = formatTable(compare(scenario, { policies, seeds: [1, 2] }))
  expect(plain).toContain('### two (seeds 1, 2, central queue p99 ')
  expect(plain).toMatch(/\| policy +\| +p50 \| +p99 \| +p99\.9 \| +p99 ÷ central \| errors % \|/)
  expect(plain).not.toContain('kept')
  expect(
    new Set(
      plain
        .trim()
        .split('\n')
        .slice(2)
        .map((line) => line.length),
    ).size,
  ).toBe(1)
  const sessions = { count: 100, zipf: 0 }
  const churn = [{ atMs: 1000, op: 'remove', server: 0 }] as const
  const full = formatTable(compare({ ...scenario, sessions, churn }, { policies }))
  expect(full).toMatch(/kept % \| +moved \| +must move \|/)
})
