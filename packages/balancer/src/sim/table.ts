import type { Comparison, PolicySummary, Spread } from './compare.ts'

type Column = readonly [title: string, value: (summary: PolicySummary) => string]

const ALWAYS: readonly Column[] = [
  ['policy', ({ policy }) => policy],
  ['p50', (summary) => milliseconds(summary['latencyMs.p50'])],
  ['p99', (summary) => milliseconds(summary['latencyMs.p99'])],
  ['p99.9', (summary) => milliseconds(summary['latencyMs.p999'])],
  ['p99 ÷ central', (summary) => withRange(summary['ratio.p99'])],
  ['errors %', (summary) => percent(summary.errorShare)],
  ['time-outs %', (summary) => percent(summary.timeoutShare)],
  ['most in flight', (summary) => plain(summary.maxInFlight)],
]

const WITH_SESSIONS: readonly Column[] = [['kept %', (summary) => percent(summary['affinity.kept'])]]

const WITH_CHURN: readonly Column[] = [
  ['moved', (summary) => plain(summary['affinity.moved'])],
  ['must move', (summary) => plain(summary['affinity.minimum'])],
]

/** A comparison as a Markdown table: medians over the seeds in ms; ratios with their range over the seeds. */
export function formatTable({ scenario, seeds, runs, summary }: Comparison): string {
  const hasSessions = runs.some(({ affinity }) => affinity.kept !== null)
  const hasChurn = runs.some(({ affinity }) => affinity.keysMoved.length > 0)
  const columns = [...ALWAYS, ...(hasSessions ? WITH_SESSIONS : []), ...(hasChurn && hasSessions ? WITH_CHURN : [])]
  const rows = [
    columns.map(([title]) => title),
    columns.map((_, index) => (index === 0 ? '---' : '---:')),
    ...summary.map((policy) => columns.map(([, value]) => value(policy))),
  ]
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)))
  const lines = rows.map((row, line) => {
    const cells = row.map((cell, index) => padded(cell, widths[index] ?? 0, line === 1, index > 0))
    return `| ${cells.join(' | ')} |`
  })
  const title = scenario === '' ? 'scenario' : scenario
  const plural = seeds.length === 1 ? 'seed' : 'seeds'
  const reference = summary[0]?.['central.p99'].median
  const central = reference === null || reference === undefined ? '' : `, central queue p99 ${fixed(reference)} ms`
  return `### ${title} (${plural} ${seeds.join(', ')}${central})\n\n${lines.join('\n')}\n`
}

function padded(cell: string, width: number, isRule: boolean, isRight: boolean): string {
  if (isRule) return isRight ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)
  return isRight ? cell.padStart(width) : cell.padEnd(width)
}

function milliseconds({ median }: Spread): string {
  return median === null ? '–' : fixed(median)
}

function fixed(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toFixed(1)
}

function percent({ median }: Spread): string {
  if (median === null) return '–'
  const share = median * 100
  return share === 0 ? '0' : share < 1 ? share.toFixed(3) : share.toFixed(1)
}

function plain({ median }: Spread): string {
  return median === null ? '–' : String(median)
}

function withRange({ median, min, max }: Spread): string {
  if (median === null || min === null || max === null) return '–'
  return min === max ? median.toFixed(2) : `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
}
