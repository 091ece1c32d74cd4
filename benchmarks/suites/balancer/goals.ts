// Figures of a run against limits. Also used by the session table's suite.
import type { ContenderResult, SuiteResult } from '../../runner/result.ts'
import { median } from '../../runner/statistics.ts'
import type { Goal, Improvement, Summary } from '../../runner/summary.ts'
import { formatNumber } from '../../runner/table.ts'

const NOTHING = [Number.NaN]
/** Below this it is numbers boxed in code that runs too seldom to be compiled, not something allocated by the call. */
const NO_BYTES = 1

/** Looks figures up; what was skipped or is not there is NaN, and no goal is met by it. */
export class Figures {
  readonly #result: SuiteResult

  constructor(result: SuiteResult) {
    this.#result = result
  }

  of(benchmark: string, contender: string): ContenderResult | undefined {
    return this.#result.cases
      .find(({ name }) => name === benchmark)
      ?.contenders.find(({ name, skipped }) => name === contender && skipped === undefined)
  }

  nanoseconds(benchmark: string, contender: string): readonly number[] {
    return this.of(benchmark, contender)?.nanoseconds?.values ?? NOTHING
  }

  bytes(benchmark: string, contender: string): number {
    return this.of(benchmark, contender)?.bytes?.median ?? Number.NaN
  }

  retained(benchmark: string, contender: string, field: 'bytes' | 'timers'): number {
    const round = this.of(benchmark, contender)?.retained?.rounds[0]
    return round !== undefined && 'items' in round ? round[field] : Number.NaN
  }

  /** Ours takes at most this long. */
  within(name: string, benchmark: string, ours: string, limit: number): Goal {
    const values = this.nanoseconds(benchmark, ours)
    return {
      ...atMost(name, median(values), limit, 'ns'),
      measured: `${formatNumber(median(values))} ns ${range(values)}`,
    }
  }

  /** Ours is so many times faster, by the ratios of the rounds; theirs in a case of its own, if need be. */
  faster(
    name: string,
    benchmark: string,
    theirs: string,
    ours: string,
    limit: number,
    theirBenchmark: string = benchmark,
  ): Goal {
    const own = this.nanoseconds(benchmark, ours)
    const ratios = this.nanoseconds(theirBenchmark, theirs).map((value, round) => value / (own[round] ?? Number.NaN))
    const middle = median(ratios)
    const measured = `${formatNumber(middle)}× ${range(ratios)}`
    return { name, limit: `≥ ${limit}×`, measured, met: middle >= limit }
  }

  /** Beyond what the floor takes, ours takes so many times less, by the ratios of the rounds. */
  addsLess(name: string, benchmark: string, floor: string, theirs: string, ours: string, limit: number): Goal {
    const bare = this.nanoseconds(benchmark, floor)
    const own = this.nanoseconds(benchmark, ours)
    const ratios = this.nanoseconds(benchmark, theirs).map((value, round) => {
      const least = bare[round] ?? Number.NaN
      return (value - least) / ((own[round] ?? Number.NaN) - least)
    })
    const middle = median(ratios)
    const measured = `${formatNumber(middle)}× ${range(ratios)}`
    return { name, limit: `≥ ${limit}×`, measured, met: middle >= limit }
  }

  allocatesNothing(name: string, benchmark: string, ours: string): Goal {
    const bytes = this.bytes(benchmark, ours)
    return { name, limit: '0 B', measured: `${formatNumber(bytes)} B`, met: bytes < NO_BYTES }
  }

  improvement(scenario: string, benchmark: string, legacy: string, ours: string): Improvement {
    const before = median(this.nanoseconds(benchmark, legacy))
    const after = median(this.nanoseconds(benchmark, ours))
    const bytesBefore = this.bytes(benchmark, legacy)
    const share = this.bytes(benchmark, ours) / bytesBefore
    return {
      scenario,
      throughput: (before / after - 1) * 100,
      latency: (1 - after / before) * 100,
      memory: Number.isFinite(share) ? (1 - share) * 100 : 0,
    }
  }
}

export function atMost(name: string, value: number, limit: number, unit: string): Goal {
  return { name, limit: `≤ ${limit} ${unit}`, measured: `${formatNumber(value)} ${unit}`, met: value <= limit }
}

/** The summary of a suite whose only criteria are its goals; those in ratios hold on any machine. */
export function summaryOf(
  heading: string,
  notes: readonly string[],
  improvements: readonly Improvement[],
  ratios: readonly Goal[],
  absolute: readonly Goal[],
): Summary {
  const mean = (figure: (improvement: Improvement) => number): number =>
    improvements.reduce((sum, improvement) => sum + figure(improvement), 0) / improvements.length
  const missed = [...ratios, ...absolute].filter(({ met }) => !met).map(({ name }) => name)
  return {
    heading,
    notes,
    improvements,
    average: {
      scenario: 'all',
      throughput: mean(({ throughput }) => throughput),
      latency: mean(({ latency }) => latency),
      memory: mean(({ memory }) => memory),
    },
    gates: ratios.map((goal) => ({ ...goal, level: 'RATIO' })),
    goals: absolute,
    level: ratios.every(({ met }) => met) ? 'RATIO' : null,
    verdict: missed.length === 0 ? 'every goal is met' : `missed: ${missed.join('; ')}`,
  }
}

function range(values: readonly number[]): string {
  return `[${formatNumber(Math.min(...values))}–${formatNumber(Math.max(...values))}]`
}
