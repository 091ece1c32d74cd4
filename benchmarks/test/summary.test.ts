import { describe, expect, test } from 'vitest'
import { findSummary } from '../runner/find-summary.ts'
import { type Gate, reachedLevel, renderSummary, type Summary } from '../runner/summary.ts'

const gate = (level: string, met: boolean): Gate => ({ level, name: 'g', limit: '> 1', measured: '2', met })

describe('levels', () => {
  test.each([
    [[gate('MUST', true), gate('SHOULD', true), gate('NICE', true)], 'NICE'],
    [[gate('MUST', true), gate('SHOULD', false), gate('SHOULD', true), gate('NICE', true)], 'MUST'],
    [[gate('MUST', false), gate('SHOULD', true)], null],
    [[], null],
  ])('%j', (gates, level) => {
    expect(reachedLevel(gates)).toBe(level)
  })
})

describe('the box', () => {
  const summary: Summary = {
    heading: 'new against old',
    improvements: [{ scenario: 'calls', throughput: 210, latency: 67.74, memory: 33.3 }],
    average: { scenario: 'all', throughput: 210, latency: 67.74, memory: -12 },
    gates: [gate('MUST', true)],
    goals: [
      { name: 'fast', limit: '≤ 5 ns', measured: '4.00 ns [3.90–4.20]', met: true },
      { name: 'small', limit: '≤ 4 B', measured: '8.00 B', met: false },
    ],
    level: 'MUST',
    verdict: 'half of it',
  }

  test('has the parts of the plan, in its order, and straight sides', () => {
    const lines = renderSummary(summary).split('\n')
    expect(new Set(lines.map((line) => line.length)).size).toBe(1)
    const text = lines.join('\n')
    const parts = [
      'OVERALL SUMMARY',
      'PERFORMANCE IMPROVEMENTS',
      'AVERAGE IMPROVEMENT',
      'SUCCESS CRITERIA',
      'GOALS',
      'VERDICT',
    ]
    const positions = parts.map((part) => text.indexOf(part))
    expect(positions).toEqual([...positions].sort((a, b) => a - b))
    expect(positions[0]).toBeGreaterThan(0)
  })

  test('says what is better with its sign, and what is not met in capitals', () => {
    const text = renderSummary(summary)
    expect(text).toMatch(/calls +\+210 % +-67\.7 % +-33\.3 %/)
    expect(text).toMatch(/all +\+210 % +-67\.7 % +\+12 %/)
    expect(text).toContain('GOALS (1 of 2 met)')
    expect(text).toMatch(/NOT MET +small +≤ 4 B +8\.00 B/)
  })
})

test('a suite without a summary beside it has none', async () => {
  expect(await findSummary(new URL('fixtures/agreeing/suite.bench.ts', import.meta.url).href)).toBeUndefined()
  const found = await findSummary(new URL('../suites/breaker/suite.bench.ts', import.meta.url).href)
  expect(found).toBeTypeOf('function')
})
