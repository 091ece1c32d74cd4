// The JSON document: everything needed to judge the figures later, nothing per sample.
import type { Job, Unavailable } from './interleave.ts'
import type { Machine, Revision } from './machine.ts'
import type { Measured } from './measured.ts'
import { type Ratio, ratioOfRounds, type Spread, spread } from './statistics.ts'
import { type AnySuite, type Case, type Measure, measuresOf, type Role } from './suite.ts'
import type { Summary } from './summary.ts'

export interface Document {
  readonly format: 'breakwater-benchmark/1'
  /** When the run began, ISO 8601. */
  readonly date: string
  readonly seconds: number
  readonly quick: boolean
  readonly machine: Machine
  /** null outside a git work tree. */
  readonly revision: Revision | null
  readonly flags: { readonly timing: readonly string[]; readonly bytes: readonly string[] }
  readonly suites: readonly SuiteResult[]
}

export interface SuiteResult {
  readonly name: string
  readonly title: string
  readonly rounds: number
  readonly cases: readonly CaseResult[]
  /** Goals and gates of the suite, evaluated from these figures. */
  readonly summary?: Summary
}

export interface CaseResult {
  readonly name: string
  readonly title: string
  /** What one figure is about: `call`, `request`, … */
  readonly unit: string
  readonly contenders: readonly ContenderResult[]
}

export interface ContenderResult {
  readonly name: string
  readonly role: Role
  /** Its answer differs from the others' by design. */
  readonly differs?: string
  readonly skipped?: string
  /** Nanoseconds per operation: median sample of each round. */
  readonly nanoseconds?: Figure
  /** Heap bytes per operation. */
  readonly bytes?: Figure
  /** CPU microseconds per request. */
  readonly cpu?: Figure
  /** Bytes kept per item; timers, idle CPU and collections are in its round. */
  readonly retained?: Figure
}

export interface Figure extends Spread {
  /** The figure of each round, in order. */
  readonly values: readonly number[]
  /** This contender ÷ the contender of that name, per round. Baselines and ours only; null where that one is 0. */
  readonly ratios: Readonly<Record<string, Ratio | null>>
  /** What was measured in each round (quantiles within the process, calls, …). */
  readonly rounds: readonly Measured[]
}

export interface Sample {
  readonly job: Job
  readonly measured: Measured
}

/** The one number of a round. */
function headline(measured: Measured): number {
  if ('p50' in measured) return measured.p50
  return 'bytes' in measured ? measured.bytes : measured.microseconds
}

function valuesOf(samples: readonly Sample[], benchmark: string, contender: string, measure: Measure): Measured[] {
  return samples
    .filter(({ job }) => job.case === benchmark && job.contender === contender && job.measure === measure)
    .sort((a, b) => a.job.round - b.job.round)
    .map(({ measured }) => measured)
}

function assembleCase(
  suite: AnySuite,
  benchmark: Case<unknown, unknown>,
  samples: readonly Sample[],
  unavailable: Unavailable,
): CaseResult {
  const missing = measuresOf(benchmark).map((measure) => unavailable[measure])
  const references = suite.contenders.filter(({ role }) => role === 'ours' || role === 'baseline')
  const figure = (contender: string, measure: Measure): Figure | undefined => {
    const rounds = valuesOf(samples, benchmark.name, contender, measure)
    if (rounds.length === 0) return undefined
    const values = rounds.map(headline)
    const ratios: Record<string, Ratio | null> = {}
    for (const { name } of references) {
      const theirs = valuesOf(samples, benchmark.name, name, measure).map(headline)
      if (name !== contender && theirs.length === values.length) ratios[name] = ratioOfRounds(values, theirs)
    }
    return { ...spread(values), values, ratios, rounds }
  }
  const contenders = suite.contenders.map(({ name, role }): ContenderResult => {
    const differs = benchmark.differs?.[name]
    const skipped = benchmark.skip?.[name] ?? missing.find((reason) => reason !== undefined)
    const nanoseconds = figure(name, 'nanoseconds')
    const bytes = figure(name, 'bytes')
    const cpu = figure(name, 'cpu')
    const retained = figure(name, 'retained')
    return {
      name,
      role,
      ...(differs === undefined ? {} : { differs }),
      ...(skipped === undefined ? {} : { skipped }),
      ...(nanoseconds === undefined ? {} : { nanoseconds }),
      ...(bytes === undefined ? {} : { bytes }),
      ...(cpu === undefined ? {} : { cpu }),
      ...(retained === undefined ? {} : { retained }),
    }
  })
  const unit = benchmark.kind === 'process' ? 'request' : (benchmark.unit ?? 'call')
  return { name: benchmark.name, title: benchmark.title, unit, contenders }
}

export function assembleSuite(
  suite: AnySuite,
  rounds: number,
  samples: readonly Sample[],
  unavailable: Unavailable = {},
): SuiteResult {
  const cases = suite.cases.map((benchmark) => assembleCase(suite, benchmark, samples, unavailable))
  return { name: suite.name, title: suite.title, rounds, cases }
}

/**
 * JSON with seven significant digits, which is more than any clock has; BigInt as a string. Innermost objects and lists
 * take one line each: half the size, and a difference between two files shows as lines.
 */
export function toJson(value: unknown): string {
  const text = JSON.stringify(
    value,
    (_, item: unknown) => {
      if (typeof item === 'bigint') return String(item)
      return typeof item === 'number' && !Number.isInteger(item) ? Number(item.toPrecision(7)) : item
    },
    2,
  )
  // A raw line feed never stands inside a JSON string, so this moves only what lies between the tokens.
  const innermost = text.replaceAll(/[{[][^{}[\]]*[}\]]/g, (part) => part.replaceAll(/\s*\n\s*/g, ' '))
  return `${innermost}\n`
}
