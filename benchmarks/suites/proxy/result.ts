// From measured rounds to the runner's document: medians with ranges, and ratios taken within each round.
import type { Cpu } from '../../runner/measure-cpu.ts'
import type { CaseResult, ContenderResult, Figure, SuiteResult } from '../../runner/result.ts'
import { median, type Ratio, ratioOfRounds, spread } from '../../runner/statistics.ts'
import type { Goal } from '../../runner/summary.ts'
import type { Contender } from './contender.ts'
import type { HoldFigures, RunFigures } from './load/orders.ts'
import { IDLE, type LoadScenario } from './scenarios.ts'

/** One round of a row: CPU per request, and what else was seen. */
export interface ProxyRound extends Cpu {
  readonly wallMs: number
  readonly p50: number
  readonly p99: number
  /** Share of its core that the contender used; others used; and the load used of its own. */
  readonly core: number
  readonly foreign: number
  readonly load: number
  readonly residentBytes: number
}

/** What happened to a row of a scenario. */
export interface Row {
  readonly contender: Contender
  readonly rounds: readonly RunFigures[]
  /** Its program is absent, or it does not start. */
  readonly missing?: string
  /** A wrong answer: it was not measured. */
  readonly wrong?: string
}

export interface ProxyContender extends ContenderResult {
  /** Why its figures count for nothing; then there are none. */
  readonly void?: string
}

export interface ProxyCase extends CaseResult {
  readonly contenders: readonly ProxyContender[]
  /** Rows by which the table divides. */
  readonly references: readonly string[]
}

export interface ProxyResult extends SuiteResult {
  readonly cases: readonly ProxyCase[]
  /** What to know before judging the figures. */
  readonly notes: readonly string[]
  readonly goals: readonly Goal[]
  /** Goals about rows that were not measured. */
  readonly unjudged: readonly string[]
}

const MICROSECONDS_PER_TICK = 10_000

function toRound(figures: RunFigures): ProxyRound {
  const { requests, total, user, system, wallMs, p50, p99, foreign, load, residentBytes } = figures
  return {
    microseconds: total / requests,
    user: user / requests,
    system: system / requests,
    requests,
    resolution: MICROSECONDS_PER_TICK / requests,
    wallMs,
    p50,
    p99,
    core: total / 1_000 / wallMs,
    foreign,
    load,
    residentBytes,
  }
}

function faultsOf(rounds: readonly RunFigures[]): string | null {
  const faults = rounds.flatMap((round) => round.faults)
  if (faults.length > 0) return faults.join(', ')
  return rounds.some(({ requests }) => requests === 0) ? 'nothing was answered' : null
}

/** Ratio of medians, with the range of the rounds. */
function ratioTo(values: readonly number[], others: readonly number[]): Ratio | null {
  if (others.length !== values.length) return null
  return ratioOfRounds(values, others)
}

function figureOf(name: string, values: ReadonlyMap<string, readonly number[]>, divisors: readonly string[]): Figure {
  const own = values.get(name) ?? []
  const ratios: Record<string, Ratio | null> = {}
  for (const divisor of divisors) {
    const others = values.get(divisor)
    if (divisor !== name && others !== undefined) ratios[divisor] = ratioTo(own, others)
  }
  return { ...spread(own), values: own, ratios, rounds: [] }
}

/** Rows that others are divided by: the scenario's references, and ours. */
function divisorsOf(references: readonly string[], contenders: readonly Contender[]): string[] {
  const ours = contenders.filter(({ role }) => role === 'ours').map(({ name }) => name)
  return [...references, ...ours]
}

export function assembleCase(scenario: LoadScenario, rows: readonly Row[]): ProxyCase {
  const { name, title, unit, references, contenders } = scenario
  const faults = new Map(rows.map((row) => [row.contender.name, row.wrong ?? faultsOf(row.rounds)]))
  const sound = rows.filter((row) => row.rounds.length > 0 && faults.get(row.contender.name) === null)
  const values = new Map(
    sound.map((row) => [row.contender.name, row.rounds.map((round) => round.total / round.requests)]),
  )
  const divisors = divisorsOf(references, contenders)
  const results = rows.map(({ contender, rounds, missing }): ProxyContender => {
    const own = { name: contender.name, role: contender.role }
    if (missing !== undefined) return { ...own, skipped: missing }
    const fault = faults.get(contender.name) ?? null
    if (fault !== null) return { ...own, void: fault }
    return { ...own, cpu: { ...figureOf(contender.name, values, divisors), rounds: rounds.map(toRound) } }
  })
  return { name, title, unit, references, contenders: results }
}

/** A contender's connections at rest, or why there is no figure. */
export interface IdleRow {
  readonly contender: Contender
  readonly figures?: HoldFigures
  readonly missing?: string
}

export function assembleIdle(rows: readonly IdleRow[], connections: number): ProxyCase {
  const bytes = (figures: HoldFigures): number => (figures.after - figures.before) / figures.connections
  const sound = rows.flatMap(({ contender, figures }) =>
    figures === undefined || figures.faults.length > 0 ? [] : [[contender.name, [bytes(figures)]] as const],
  )
  const values = new Map<string, readonly number[]>(sound)
  const divisors = divisorsOf(['nginx', 'haproxy'], IDLE.contenders)
  const contenders = rows.map(({ contender, figures, missing }): ProxyContender => {
    const own = { name: contender.name, role: contender.role }
    if (missing !== undefined) return { ...own, skipped: missing }
    if (figures === undefined || figures.faults.length > 0) {
      return { ...own, void: figures?.faults.join(', ') ?? 'not measured' }
    }
    return { ...own, retained: figureOf(contender.name, values, divisors) }
  })
  const title = `${connections.toLocaleString('en-US')} connections: ${IDLE.title}`
  return { name: IDLE.name, title, unit: 'connection', references: ['nginx', 'haproxy'], contenders }
}

/** Rounds of a row, as this suite writes them. */
export function roundsOf(figure: Figure): readonly ProxyRound[] {
  return figure.rounds.filter((round): round is ProxyRound => 'foreign' in round)
}

export function medianOf(rounds: readonly ProxyRound[], pick: (round: ProxyRound) => number): number {
  return median(rounds.map(pick))
}
