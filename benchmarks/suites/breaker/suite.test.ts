import { describe, expect, test } from 'vitest'
import { requireEqualAnswers } from '../../runner/answers.ts'
import type { SuiteResult } from '../../runner/result.ts'
import type { AnySuite } from '../../runner/suite.ts'
import { CONCURRENT } from './cases.ts'
import { suite } from './suite.bench.ts'
import { summarize } from './summary.ts'

describe('cases', () => {
  test('every contender of a case gives the same answers', { timeout: 60_000 }, async () => {
    const answers = new Map<string, Record<string, unknown>>()
    // The array window takes seconds with 50,000 records and 10,000 calls; a benchmark compares those itself.
    const small = suite.cases.filter(({ name }) => !name.endsWith('0000'))
    for (const { name, load } of suite.contenders) {
      const subject = await load()
      const own: Record<string, unknown> = {}
      for (const benchmark of small) {
        if (benchmark.skip?.[name] === undefined)
          own[benchmark.name] = await benchmark.answer(subject, benchmark.inputs())
      }
      answers.set(name, own)
    }
    expect(() => requireEqualAnswers({ ...suite, cases: small } as unknown as AnySuite, answers)).not.toThrow()
    expect(answers.get('run')?.rejected).toEqual({ results: Array.from({ length: 200 }, () => -1), made: 0 })
    expect(answers.get('opossum')?.['mixed-500']).toBeUndefined()
  })

  test('permit and run answer 10,000 calls at once', async () => {
    const [benchmark] = suite.cases.filter(({ name }) => name === `concurrent-${CONCURRENT}`)
    const sums: unknown[] = []
    for (const { name, load } of suite.contenders) {
      if (name === 'bare' || name === 'permit' || name === 'run')
        sums.push(await benchmark?.answer(await load(), [0, 1]))
    }
    expect(sums).toEqual([
      [49_995_000, 50_005_000],
      [49_995_000, 50_005_000],
      [49_995_000, 50_005_000],
    ])
  })
})

function resultOf(figures: Readonly<Record<string, Readonly<Record<string, number>>>>): SuiteResult {
  const cases = Object.entries(figures).map(([name, contenders]) => ({
    name,
    title: name,
    unit: 'call',
    contenders: Object.entries(contenders).map(([contender, ns]) => {
      const spread = { median: ns, min: ns, p25: ns, p75: ns, max: ns, ratios: {}, rounds: [] }
      return { name: contender, role: 'peer' as const, nanoseconds: { ...spread, values: [ns, ns] } }
    }),
  }))
  return { name: 'breaker', title: 'breaker', rounds: 2, cases }
}

describe('the summary', () => {
  test('judges goals by what is added to the bare await', async () => {
    const figures = { bare: 20, permit: 24, run: 35, opossum: 620, cockatiel: 94, legacy: 6_000 }
    const { goals } = await summarize(resultOf({ 'success-500': figures }))
    const goal = (name: string): unknown => goals.find((candidate) => candidate.name.startsWith(name))
    expect(goal('permit, added to')).toMatchObject({ measured: '4.00 ns [4.00–4.00]', met: true })
    expect(goal('run() adds less than opossum with')).toMatchObject({ measured: '40.0× [40.0–40.0]', met: true })
    expect(goal('run() adds less than cockatiel')).toMatchObject({ measured: '4.93× [4.93–4.93]', met: false })
    expect(goal('conformance')).toMatchObject({ met: true })
    // What was not measured is not met.
    expect(goal('run() at 50,000') ?? goal('run at 50,000')).toMatchObject({ met: false })
  })

  test('says which of the plan’s levels are reached', async () => {
    const scenarios = ['success-500', 'mixed-500', 'success-5000', 'metrics']
    const all = Object.fromEntries(scenarios.map((name) => [name, { bare: 10, run: 100, legacy: 190 }]))
    const { average, level, gates, verdict } = await summarize(resultOf(all))
    expect(average.throughput).toBeCloseTo(90)
    expect(average.latency).toBeCloseTo(47.4, 1)
    expect(gates.find(({ name }) => name.startsWith('throughput'))).toMatchObject({ level: 'MUST', met: true })
    // Nothing was measured about the heap, so not even MUST is reached.
    expect(level).toBeNull()
    expect(verdict).toContain('does not do what it must')
  })
})
