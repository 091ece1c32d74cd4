import { describe, expect, test } from 'vitest'
import { measurePauses } from '../runner/measure-pauses.ts'
import type { CaseResult } from '../runner/result.ts'
import { measuresOf, type PausesCase } from '../runner/suite.ts'
import { renderSuite } from '../runner/table.ts'

function caseOf(operate: (input: number) => number, calls: number): PausesCase<undefined, number> {
  return {
    kind: 'pauses',
    name: 'p',
    title: 'single calls',
    unit: 'set',
    calls,
    inputs: () => [1, 2, 3],
    answer: () => 0,
    prepare: () => operate,
  }
}

describe('pauses', () => {
  test('times every call, in turn over the inputs, and finds the one that takes long', () => {
    const seen: number[] = []
    const operate = (input: number): number => {
      seen.push(input)
      if (seen.length !== 600) return input
      const end = performance.now() + 20
      while (performance.now() < end);
      return input
    }
    const measured = measurePauses(caseOf(operate, 1000), undefined)
    expect(measured.calls).toBe(1000)
    expect(seen).toHaveLength(1100)
    expect(new Set(seen)).toEqual(new Set([1, 2, 3]))
    expect(measured.longest).toBeGreaterThanOrEqual(20e6)
    expect(measured.middle).toBeLessThanOrEqual(measured.p99)
    expect(measured.p99).toBeLessThanOrEqual(measured.p999)
    expect(measured.p999).toBeLessThanOrEqual(measured.longest)
  })

  test('does a quarter of the calls when quick', () => {
    expect(
      measurePauses(
        caseOf(() => 1, 400),
        undefined,
        true,
      ).calls,
    ).toBe(100)
  })

  test('are what a case of that kind measures, and have a table', () => {
    expect(measuresOf(caseOf(() => 1, 1) as never)).toEqual(['pauses'])
    const round = { middle: 1000, p99: 2000, p999: 3000, longest: 4_000_000, calls: 10 }
    const spread = { median: 3000, min: 3000, p25: 3000, p75: 3000, max: 3000, ratios: {}, rounds: [round, round] }
    const contenders = [{ name: 'ours', role: 'ours' as const, pauses: { ...spread, values: [3000, 3000] } }]
    const benchmark: CaseResult = { name: 'p', title: 'single calls', unit: 'set', contenders }
    const text = renderSuite({ name: 's', title: 's', rounds: 2, cases: [benchmark] })
    expect(text).toContain('µs per set')
    expect(text).toMatch(/ours +ours +1\.00 +2\.00 +3\.00 +4,000 +4,000/)
  })
})
