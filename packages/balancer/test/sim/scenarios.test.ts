import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compare, type PolicySummary } from '../../src/sim/index.ts'

/** Kept beside the repository, not in it. */
const folder = new URL('../../../../../shared/scenarios/', import.meta.url)

function summarize(name: string, policies: readonly string[], seeds: readonly number[]): Map<string, PolicySummary> {
  const scenario = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
  const { summary } = compare(scenario, { policies, seeds })
  return new Map(summary.map((policy) => [policy.policy, policy]))
}

function median(
  summaries: Map<string, PolicySummary>,
  policy: string,
  metric: keyof Omit<PolicySummary, 'policy'>,
): number {
  return summaries.get(policy)?.[metric].median ?? Number.NaN
}

// Seeds on which nothing was tuned.
const SEEDS = [11, 12, 13]

describe.skipIf(!existsSync(folder))('the development scenarios', { timeout: 120_000 }, () => {
  test('homogeneous-50: the policies come in their order', () => {
    const order = ['auto:d=all', 'auto:d=5', 'p2c', 'random']
    const summaries = summarize('homogeneous-50', [...order, 'round-robin', 'auto'], [11])
    const p99 = (policy: string): number => median(summaries, policy, 'latencyMs.p99')
    const ascending = [median(summaries, 'auto', 'central.p99'), ...order.map(p99)]
    expect(ascending).toEqual(ascending.toSorted((one, other) => one - other))
    expect(p99('round-robin')).toBeLessThan(p99('random'))
    expect(p99('auto')).toBeLessThan(p99('round-robin'))
  })

  test('sinkhole-20: a server that fails fast gets almost nothing', () => {
    const summaries = summarize('sinkhole-20', ['auto', 'least-inflight'], SEEDS)
    expect(median(summaries, 'auto', 'errorShare')).toBeLessThanOrEqual(0.0003)
    expect(median(summaries, 'least-inflight', 'errorShare')).toBeGreaterThan(0.03)
  })

  test('churn-12: only the sessions of removed servers move', () => {
    const summaries = summarize('churn-12', ['auto', 'auto:sticky=off'], SEEDS)
    expect(median(summaries, 'auto', 'affinity.moved')).toBe(median(summaries, 'auto', 'affinity.minimum'))
    expect(median(summaries, 'auto', 'affinity.kept')).toBeGreaterThanOrEqual(0.99)
    const p99 = median(summaries, 'auto', 'latencyMs.p99') / median(summaries, 'auto:sticky=off', 'latencyMs.p99')
    expect(p99).toBeLessThanOrEqual(1.1)
  })
})
