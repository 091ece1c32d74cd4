// What a run says about what was promised: figures against limits, and one sentence at the end. A suite that has goals
// evaluates them in its `summary.ts`; nothing here measures.

/** One promise and what the run says about it. */
export interface Goal {
  readonly name: string
  /** The promise in words: `≤ 5 ns`. */
  readonly limit: string
  /** What was measured, with its range over the rounds: `3.1 ns [2.8–3.4]`. */
  readonly measured: string
  readonly met: boolean
}

/** How much better than the old design, in one scenario. */
export interface Improvement {
  readonly scenario: string
  /** Operations per second, percent more. */
  readonly throughput: number
  /** Time of an operation, percent less. */
  readonly latency: number
  /** Bytes allocated by an operation, percent less. */
  readonly memory: number
}

/** A gate of a level; a level is reached when all its gates are met, and those of the levels before it. */
export interface Gate extends Goal {
  readonly level: string
}

export interface Summary {
  readonly heading: string
  /** What to know before judging the figures. */
  readonly notes?: readonly string[]
  readonly improvements: readonly Improvement[]
  readonly average: Improvement
  /** None: the section is left out. */
  readonly gates: readonly Gate[]
  readonly goals: readonly Goal[]
  /** Highest level of which every gate is met; null for none. */
  readonly level: string | null
  readonly verdict: string
}

/** The last level, in the order in which the gates name them, that is reached. */
export function reachedLevel(gates: readonly Gate[]): string | null {
  const levels = [...new Set(gates.map(({ level }) => level))]
  const open = levels.findIndex((level) => gates.some((gate) => gate.level === level && !gate.met))
  return (open < 0 ? levels.at(-1) : levels[open - 1]) ?? null
}

const NAME_WIDTH = 46

function boxed(sections: readonly (readonly string[])[]): string {
  const width = Math.max(...sections.flat().map((line) => line.length))
  const rule = '─'.repeat(width + 2)
  const body = sections
    .filter((section) => section.length > 0)
    .map((section) => section.map((line) => `│ ${line.padEnd(width)} │`).join('\n'))
  return [`┌${rule}┐`, body.join(`\n├${rule}┤\n`), `└${rule}┘`].join('\n')
}

function signed(percent: number): string {
  const digits = Math.abs(percent) >= 100 ? 0 : 1
  return `${percent > 0 ? '+' : ''}${percent.toLocaleString('en-US', { maximumFractionDigits: digits })} %`
}

function improvementRow({ scenario, throughput, latency, memory }: Improvement): string {
  const cells = [signed(throughput), signed(-latency), signed(-memory)].map((cell) => cell.padStart(14))
  return scenario.padEnd(NAME_WIDTH) + cells.join('')
}

export function goalRow({ name, limit, measured, met }: Goal): string {
  return `${met ? 'met    ' : 'NOT MET'}  ${name.padEnd(NAME_WIDTH)}${limit.padEnd(16)}${measured}`
}

export function renderSummary(summary: Summary): string {
  const { heading, notes = [], improvements, average, gates, goals, verdict } = summary
  const head = ''.padEnd(NAME_WIDTH) + ['throughput', 'latency', 'memory'].map((cell) => cell.padStart(14)).join('')
  const count = (list: readonly Goal[]): string => `${list.filter(({ met }) => met).length} of ${list.length} met`
  return boxed([
    [`OVERALL SUMMARY: ${heading}`, ...notes],
    ['PERFORMANCE IMPROVEMENTS', head, ...improvements.map(improvementRow)],
    ['AVERAGE IMPROVEMENT', improvementRow(average)],
    gates.length === 0
      ? []
      : [`SUCCESS CRITERIA (${count(gates)})`, ...gates.map((gate) => `${gate.level.padEnd(8)}${goalRow(gate)}`)],
    [`GOALS (${count(goals)})`, ...goals.map(goalRow)],
    [`VERDICT: ${verdict}`],
  ])
}
