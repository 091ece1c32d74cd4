// The goals of the context pool, judged by one run; the old pool is what it improves upon.
import type { ContenderResult, SuiteResult } from '../../runner/result.ts'
import { median } from '../../runner/statistics.ts'
import type { Goal, Improvement, Summary } from '../../runner/summary.ts'
import { formatNumber } from '../../runner/table.ts'

/** What each is called, where its time is measured, and where its bytes are. */
const SCENARIOS: readonly (readonly [scenario: string, time: string, bytes: string])[] = [
  ['256 in flight', 'in-flight-256', 'allocated'],
  ['16,384 in flight', 'in-flight-16384', 'allocated'],
  ['burst beyond the pool', 'burst', 'burst'],
]
/** More than so many nanoseconds per operation is fewer operations a second than promised: 9 and 26 million. */
const MOST_ACQUIRE_NS = 111
const MOST_RESET_NS = 38
const MOST_MEGABYTES = 15
const REQUESTS = 100_000

function find(result: SuiteResult, benchmark: string, contender: string): ContenderResult | undefined {
  return result.cases.find(({ name }) => name === benchmark)?.contenders.find(({ name }) => name === contender)
}

function nanoseconds(result: SuiteResult, benchmark: string, contender: string): readonly number[] {
  return find(result, benchmark, contender)?.nanoseconds?.values ?? [Number.NaN]
}

function bytes(result: SuiteResult, benchmark: string, contender: string): number {
  return find(result, benchmark, contender)?.bytes?.median ?? Number.NaN
}

function rate(result: SuiteResult, name: string, benchmark: string, most: number): Goal {
  const middle = median(nanoseconds(result, benchmark, 'ours'))
  return {
    name,
    limit: `≥ ${Math.floor(1_000 / most)} M a second`,
    measured: `${formatNumber(1_000 / middle)} M (${formatNumber(middle)} ns)`,
    met: middle <= most,
  }
}

/** Ours is not dearer in every round. */
function notDearer(result: SuiteResult, [scenario, benchmark]: readonly [string, string, string]): Goal {
  const plain = nanoseconds(result, benchmark, 'plain-new')
  const ratios = nanoseconds(result, benchmark, 'ours').map((value, round) => value / (plain[round] ?? Number.NaN))
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)]
  return {
    name: `pool ÷ plain new, ${scenario}`,
    limit: '≤ 1×, or noise',
    measured: `${formatNumber(median(ratios))}× [${formatNumber(least)}–${formatNumber(most)}]`,
    met: least <= 1,
  }
}

function memory(result: SuiteResult): Goal[] {
  const allocated = (bytes(result, 'allocated', 'ours') * REQUESTS) / 1e6
  const kept = ((find(result, 'heap-100000', 'ours')?.retained?.median ?? Number.NaN) * REQUESTS) / 1e6
  const goal = (name: string, megabytes: number): Goal => ({
    name,
    limit: `< ${MOST_MEGABYTES} MB`,
    measured: `${megabytes.toFixed(2)} MB`,
    met: megabytes < MOST_MEGABYTES,
  })
  return [goal('allocated by 100,000 requests', allocated), goal('kept of 100,000 requests', kept)]
}

function less(theirs: number, ours: number): number {
  return theirs === 0 ? 0 : (1 - ours / theirs) * 100
}

function improvement(
  result: SuiteResult,
  [scenario, benchmark, allocation]: readonly [string, string, string],
): Improvement {
  const ours = median(nanoseconds(result, benchmark, 'ours'))
  const theirs = median(nanoseconds(result, benchmark, 'legacy'))
  return {
    scenario,
    throughput: (theirs / ours - 1) * 100,
    latency: less(theirs, ours),
    memory: less(bytes(result, allocation, 'legacy'), bytes(result, allocation, 'ours')),
  }
}

export function summarize(result: SuiteResult): Summary {
  const improvements = SCENARIOS.map((scenario) => improvement(result, scenario))
  const mean = (of: (one: Improvement) => number): number =>
    improvements.reduce((sum, one) => sum + of(one), 0) / improvements.length
  const goals = [
    rate(result, 'acquire and release, 256 in flight', 'in-flight-256', MOST_ACQUIRE_NS),
    rate(result, 'reset', 'reset', MOST_RESET_NS),
    ...SCENARIOS.map((scenario) => notDearer(result, scenario)),
    ...memory(result),
  ]
  const missed = goals.filter(({ met }) => !met)
  return {
    heading: 'the pool of this package against the old pool',
    notes: ['Pooling saves little: what it is worth is what plain new costs beside it.'],
    improvements,
    average: {
      scenario: 'all three',
      throughput: mean(({ throughput }) => throughput),
      latency: mean(({ latency }) => latency),
      memory: mean((one) => one.memory),
    },
    gates: [],
    goals,
    level: null,
    verdict: missed.length === 0 ? 'every goal is met' : `${missed.length} of ${goals.length} goals missed`,
  }
}
