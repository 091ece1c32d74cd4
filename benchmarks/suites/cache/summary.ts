// The goals of the cache, evaluated from one run.
import type { ContenderResult, SuiteResult } from '../../runner/result.ts'
import { median } from '../../runner/statistics.ts'
import type { Goal, Improvement, Summary } from '../../runner/summary.ts'
import { formatNumber } from '../../runner/table.ts'

type Measure = 'nanoseconds' | 'retained' | 'pauses'

/** Looks figures up; what was skipped or is not there is NaN, and no goal is met by it. */
class Figures {
  readonly #result: SuiteResult

  constructor(result: SuiteResult) {
    this.#result = result
  }

  of(benchmark: string, contender: string): ContenderResult | undefined {
    return this.#result.cases
      .find(({ name }) => name === benchmark)
      ?.contenders.find(({ name, skipped }) => name === contender && skipped === undefined)
  }

  values(benchmark: string, contender: string, measure: Measure = 'nanoseconds'): readonly number[] {
    return this.of(benchmark, contender)?.[measure]?.values ?? [Number.NaN]
  }
}

function range(values: readonly number[]): string {
  return values.length < 2 ? '' : ` [${formatNumber(Math.min(...values))}–${formatNumber(Math.max(...values))}]`
}

/** Round by round: both figures of a ratio ran within seconds of each other. */
function ratios(dividend: readonly number[], divisor: readonly number[]): number[] {
  return dividend.map((value, round) => value / (divisor[round] ?? Number.NaN))
}

function atMost(name: string, values: readonly number[], limit: number, unit: string): Goal {
  const middle = median(values)
  return {
    name,
    limit: `≤ ${limit} ${unit}`,
    measured: `${formatNumber(middle)} ${unit}${range(values)}`,
    met: middle <= limit,
  }
}

function times(name: string, theirs: readonly number[], ours: readonly number[], limit: number): Goal {
  const values = ratios(theirs, ours)
  const middle = median(values)
  return { name, limit: `≥ ${limit}×`, measured: `${formatNumber(middle)}×${range(values)}`, met: middle >= limit }
}

/** Whichever of the two exact policies is cheaper in that case: the goals are for `lru` or `clock`. */
function cheaper(figures: Figures, benchmark: string, measure: Measure = 'nanoseconds'): string {
  const [lru, clock] = ['lru', 'clock'].map((policy) => median(figures.values(benchmark, policy, measure)))
  return Number(lru) < Number(clock) ? 'lru' : 'clock'
}

function speed(figures: Figures): Goal[] {
  const against = (what: string, benchmark: string, limit: number, other = 'lru-cache'): Goal => {
    const policy = cheaper(figures, benchmark)
    const theirs = figures.values(benchmark, other)
    return times(`${policy}: ${what} against ${other}`, theirs, figures.values(benchmark, policy), limit)
  }
  const hit = 'hit-string-10000'
  const policy = cheaper(figures, hit)
  const toMap = ratios(figures.values(hit, policy), figures.values(hit, 'map'))
  return [
    atMost(`${policy}: get of a string against Map.get`, toMap, 1.2, '×'),
    against('get of a string', hit, 1.7),
    against('update of a string', 'update-string-10000', 2.8),
    against('evicting set of a string', 'evict-string-10000', 1.6),
    against('get of an integer', 'hit-integer-10000', 3),
    against('evicting set of an integer', 'evict-integer-10000', 8),
    against('evicting set', 'evict-string-10000', 5, 'legacy-sort'),
  ]
}

function pauses(figures: Figures): Goal[] {
  const name = 'pauses-10000'
  const policy = cheaper(figures, name, 'pauses')
  const theirs = figures.values(name, 'legacy-sort', 'pauses')
  return [
    times(`${policy}: p99.9 of an evicting set, legacy-sort`, theirs, figures.values(name, policy, 'pauses'), 200),
  ]
}

function memory(figures: Figures): Goal[] {
  const of = (policy: string): readonly number[] => figures.values('heap-string', policy, 'retained')
  const policy = cheaper(figures, 'heap-string', 'retained')
  return [
    atMost(`${policy}: memory of an entry with TTL`, of(policy), 62, 'B'),
    atMost('adaptive: memory of an entry with TTL', of('adaptive'), 81, 'B'),
  ]
}

function adaptive(figures: Figures): Goal[] {
  const hit = ratios(figures.values('hit-string-10000', 'adaptive'), figures.values('hit-string-10000', 'map'))
  const rows = [
    'hit-string-10000',
    'update-string-10000',
    'evict-string-10000',
    'hit-integer-10000',
    'evict-integer-10000',
  ]
  return [
    atMost('adaptive: get of a string against Map.get', hit, 1.4, '×'),
    ...rows.map((row) =>
      times(`adaptive: ${row} against lru-cache`, figures.values(row, 'lru-cache'), figures.values(row, 'adaptive'), 1),
    ),
  ]
}

function improvement(figures: Figures, scenario: string, benchmark: string, other: string): Improvement {
  const policy = cheaper(figures, benchmark)
  const faster = median(ratios(figures.values(benchmark, other), figures.values(benchmark, policy)))
  const kept = (name: string): number => median(figures.values('heap-string', name, 'retained'))
  return {
    scenario: `${policy}: ${scenario}`,
    throughput: 100 * (faster - 1),
    latency: 100 * (1 - 1 / faster),
    memory: 100 * (1 - kept(policy) / kept(other)),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

export function summarize(result: SuiteResult): Summary {
  const figures = new Figures(result)
  const improvements = [
    improvement(figures, 'get, against legacy-sort', 'hit-string-10000', 'legacy-sort'),
    improvement(figures, 'evicting set, against legacy-sort', 'evict-string-10000', 'legacy-sort'),
    improvement(figures, 'update, against legacy-timer', 'update-string-10000', 'legacy-timer'),
  ]
  const goals = [...speed(figures), ...pauses(figures), ...memory(figures), ...adaptive(figures)]
  const met = goals.filter((goal) => goal.met).length
  return {
    heading: 'the cache, 10,000 entries with TTL',
    notes: [
      'The goals of lru and clock hold for the better of the two in each row; memory is that of 100,000 entries.',
      'legacy-timer has no bound: its sets evict nothing, and each leaves a timer.',
    ],
    improvements,
    average: {
      scenario: 'all of these',
      throughput: mean(improvements.map(({ throughput }) => throughput)),
      latency: mean(improvements.map(({ latency }) => latency)),
      memory: mean(improvements.map(({ memory }) => memory)),
    },
    gates: [],
    goals,
    level: null,
    verdict: `${met} of ${goals.length} goals met`,
  }
}
