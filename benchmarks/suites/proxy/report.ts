import type { Figure } from '../../runner/result.ts'
import type { Ratio } from '../../runner/statistics.ts'
import { goalRow } from '../../runner/summary.ts'
import { align, formatNumber } from '../../runner/table.ts'
import { medianOf, type ProxyCase, type ProxyContender, type ProxyResult, type ProxyRound, roundsOf } from './result.ts'

/** Above this share a core was not the contender's alone. */
const DISTURBED = 0.1

function ratioCell(ratio: Ratio | null | undefined): string {
  return ratio == null ? '–' : `${ratio.median.toFixed(2)} [${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}]`
}

function range(figure: Figure): string {
  return `${formatNumber(figure.min)}–${formatNumber(figure.max)}`
}

function cpuRow({ name, role, cpu }: ProxyContender, { references, unit }: ProxyCase): string[] {
  if (cpu === undefined) return []
  const rounds = roundsOf(cpu)
  const rate = medianOf(rounds, ({ requests, wallMs }) => (requests * 1_000) / wallMs)
  const latency = (pick: (round: ProxyRound) => number): string =>
    unit === 'event' ? '–' : formatNumber(medianOf(rounds, pick))
  const percent = (share: number): string => `${Math.round(share * 100)} %`
  return [
    name,
    role,
    formatNumber(cpu.median),
    range(cpu),
    ...references.map((reference) => (reference === name ? '1' : ratioCell(cpu.ratios[reference]))),
    rounds.reduce((sum, { requests }) => sum + requests, 0).toLocaleString('en-US'),
    Math.round(rate).toLocaleString('en-US'),
    latency(({ p50 }) => p50),
    latency(({ p99 }) => p99),
    percent(medianOf(rounds, ({ core }) => core)),
    percent(medianOf(rounds, ({ load }) => load)),
    formatNumber(medianOf(rounds, ({ residentBytes }) => residentBytes) / 1e6),
  ]
}

function idleRow({ name, role, retained }: ProxyContender, references: readonly string[]): string[] {
  if (retained === undefined) return []
  const ratios = references.map((reference) => retained.ratios[reference])
  return [
    name,
    role,
    formatNumber(retained.median),
    ...ratios.map((ratio, index) => (references[index] === name ? '1' : ratio == null ? '–' : ratio.median.toFixed(2))),
  ]
}

function tableOf(benchmark: ProxyCase): string[] {
  const { name, unit, references, contenders } = benchmark
  const divided = references.map((reference) => `÷ ${reference}`)
  const idle = name === 'idle'
  const load = [`${unit}s`, 'a second', 'p50 ms', 'p99 ms', 'core', 'load', 'RSS MB']
  const head = idle
    ? ['contender', 'role', 'bytes per connection', ...divided]
    : ['contender', 'role', `CPU µs per ${unit}`, 'range', ...divided, ...load]
  const rows = contenders
    .map((contender) => (idle ? idleRow(contender, references) : cpuRow(contender, benchmark)))
    .filter((row) => row.length > 0)
  return rows.length === 0 ? [] : align([head, ...rows])
}

/** One line for each row without figures, and one for those whose core was shared. */
function remarks({ contenders }: ProxyCase): string[] {
  const without = contenders.flatMap(({ name, skipped, void: fault }) => {
    if (skipped !== undefined) return [`${name} skipped: ${skipped}`]
    return fault === undefined ? [] : [`${name} void: ${fault}`]
  })
  const disturbed = contenders.flatMap(({ name, cpu }) => {
    const foreign = cpu === undefined ? 0 : medianOf(roundsOf(cpu), (round) => round.foreign)
    return foreign > DISTURBED ? [`${name} ${Math.round(foreign * 100)} %`] : []
  })
  return disturbed.length === 0 ? without : [...without, `others used of that core: ${disturbed.join(', ')}`]
}

export function renderCase(benchmark: ProxyCase): string {
  const lines = [...tableOf(benchmark), ...remarks(benchmark)]
  return [`${benchmark.name}: ${benchmark.title}`, ...lines.map((line) => `  ${line}`)].join('\n')
}

export function renderProxy(result: ProxyResult): string {
  const rounds = `${result.rounds} ${result.rounds === 1 ? 'round' : 'rounds'}`
  const { goals, unjudged, notes } = result
  const met = `GOALS (${goals.filter((goal) => goal.met).length} of ${goals.length} met)`
  return [
    [`${result.name}: ${result.title} (medians of ${rounds})`, ...notes].join('\n'),
    ...result.cases.map(renderCase),
    [met, ...goals.map(goalRow), ...unjudged.map((reason) => `not judged: ${reason}`)].join('\n'),
  ].join('\n\n')
}
