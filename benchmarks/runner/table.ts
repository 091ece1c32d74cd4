import type { CaseResult, ContenderResult, Document, Figure, SuiteResult } from './result.ts'
import type { Ratio } from './statistics.ts'
import { renderSummary } from './summary.ts'

/** Three significant digits and thousands separated: `2.13`, `48.3`, `1,250`. */
export function formatNumber(value: number): string {
  const size = Math.abs(value)
  if (size >= 99.95) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(size >= 9.995 || size === 0 ? (size === 0 ? 0 : 1) : 2)
}

function range(ratio: { readonly min: number; readonly max: number }): string {
  return `[${formatNumber(ratio.min)}–${formatNumber(ratio.max)}]`
}

/** Columns padded to their widest cell; the first two to the left, numbers to the right. */
export function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

interface Column {
  readonly key: 'nanoseconds' | 'cpu'
  readonly unit: string
  readonly divisor: number
}

/** ns, µs or ms, so that the best contender shows at least one digit before the point. */
function timeColumn(benchmark: CaseResult): Column | undefined {
  const figures = benchmark.contenders.map(({ nanoseconds }) => nanoseconds?.median).filter((v) => v !== undefined)
  if (figures.length > 0) {
    const least = Math.min(...figures)
    if (least >= 1e6) return { key: 'nanoseconds', unit: 'ms', divisor: 1e6 }
    return least >= 1e4
      ? { key: 'nanoseconds', unit: 'µs', divisor: 1e3 }
      : { key: 'nanoseconds', unit: 'ns', divisor: 1 }
  }
  return benchmark.contenders.some(({ cpu }) => cpu !== undefined)
    ? { key: 'cpu', unit: 'CPU µs', divisor: 1 }
    : undefined
}

function baselineOf(benchmark: CaseResult): ContenderResult | undefined {
  return benchmark.contenders.find(({ role, skipped }) => role === 'baseline' && skipped === undefined)
}

function timeCells(figure: Figure | undefined, column: Column, baseline: string | undefined): string[] {
  const empty = baseline === undefined ? 5 : 6
  if (figure === undefined) return Array.from({ length: empty }, () => '–')
  const cells = [figure.median, figure.min, figure.p25, figure.p75, figure.max].map((v) =>
    formatNumber(v / column.divisor),
  )
  if (baseline === undefined) return cells
  const ratio = figure.ratios[baseline]
  return [...cells, ratio == null ? '–' : `${formatNumber(ratio.median)} ${range(ratio)}`]
}

function byteCells(figure: Figure | undefined, baseline: ContenderResult | undefined): string[] {
  const floor = baseline?.bytes?.median
  const steady = figure !== undefined && figure.max - figure.min < 0.5
  const own = figure === undefined ? '–' : formatNumber(figure.median) + (steady ? '' : ` ${range(figure)}`)
  if (baseline === undefined) return [own]
  return [own, figure === undefined || floor === undefined ? '–' : formatNumber(figure.median - floor)]
}

/** What is kept, and what keeping it costs. */
function retainedTable(benchmark: CaseResult): string[] {
  const rows = benchmark.contenders.flatMap(({ name, role, retained }) => {
    const round = retained?.rounds[0]
    if (retained === undefined || round === undefined || !('items' in round)) return []
    const idle = `${formatNumber(round.idleCpu * 100)} %`
    const pauses = `${round.collections} in ${formatNumber(round.collectionMs)} ms`
    return [[name, role, formatNumber(retained.median), `${round.timers}`, idle, pauses]]
  })
  if (rows.length === 0) return []
  return align([
    ['contender', 'role', `bytes kept per ${benchmark.unit}`, 'timers', 'CPU at rest', 'collections'],
    ...rows,
  ])
}

function caseTable(benchmark: CaseResult): string[] {
  const kept = retainedTable(benchmark)
  if (kept.length > 0) return kept
  const baseline = baselineOf(benchmark)
  const time = timeColumn(benchmark)
  const bytes = benchmark.contenders.some((contender) => contender.bytes !== undefined)
  const head = ['contender', 'role']
  if (time !== undefined) {
    head.push(`${time.unit} per ${benchmark.unit}`, 'min', 'p25', 'p75', 'max')
    if (baseline !== undefined) head.push(`÷ ${baseline.name}`)
  }
  if (bytes) {
    head.push('bytes')
    if (baseline !== undefined) head.push(`over ${baseline.name}`)
  }
  const rows = benchmark.contenders
    .filter(({ skipped }) => skipped === undefined)
    .map((contender) => [
      contender.name + (contender.differs === undefined ? '' : ' *'),
      contender.role,
      ...(time === undefined ? [] : timeCells(contender[time.key], time, baseline?.name)),
      ...(bytes ? byteCells(contender.bytes, baseline) : []),
    ])
  return rows.length === 0 ? [] : align([head, ...rows])
}

/**
 * What `ratio` (theirs ÷ ours, per round) says about ours. Rounds on both sides of 1 establish nothing.
 * @param word for cheaper and dearer: `faster`/`slower` for time
 */
export function judge(ratio: Ratio, words: readonly [string, string] = ['faster', 'slower']): string {
  if (ratio.min < 1 && ratio.max > 1) return `no clear difference ${range(ratio)}`
  if (ratio.median >= 1) return `${formatNumber(ratio.median)}× ${words[0]} ${range(ratio)}`
  const inverse = { median: 1 / ratio.median, min: 1 / ratio.max, max: 1 / ratio.min }
  return `${formatNumber(inverse.median)}× ${words[1]} ${range(inverse)}`
}

function judgeBytes(
  ours: Figure | undefined,
  theirs: Figure | undefined,
): { readonly text: string; readonly more: boolean } {
  if (ours === undefined || theirs === undefined) return { text: '', more: false }
  const difference = theirs.median - ours.median
  // Below half a byte per call there is no object to speak of.
  if (Math.abs(difference) < 0.5) return { text: ', equal bytes', more: false }
  const text = `, ${formatNumber(Math.abs(difference))} B ${difference > 0 ? 'less' : 'more'}`
  return { text, more: difference < 0 }
}

function judgeRetained(ours: ContenderResult, other: ContenderResult): string {
  const own = ours.retained?.median ?? 0
  const theirs = other.retained?.median ?? 0
  const lost = own > theirs && own - theirs >= 1
  const difference = `${formatNumber(Math.abs(theirs - own))} B ${lost || own > theirs ? 'more' : 'less'} kept`
  return `${ours.name} against ${other.name}: ${difference}${lost && other.role !== 'baseline' ? '  ← we lose' : ''}`
}

/** One sentence per contender of ours and other contender; a loss against anything but the floor is called one. */
function verdicts(benchmark: CaseResult): string[] {
  const present = benchmark.contenders.filter(({ skipped }) => skipped === undefined)
  return present
    .filter(({ role }) => role === 'ours')
    .flatMap((ours) =>
      present
        .filter(({ role }) => role !== 'ours')
        .map((other) => {
          if (other.retained !== undefined) return judgeRetained(ours, other)
          const ratio = (other.nanoseconds ?? other.cpu)?.ratios[ours.name] ?? null
          const words = other.cpu === undefined ? undefined : (['less CPU', 'more CPU'] as const)
          const time = ratio === null ? 'no ratio' : judge(ratio, words)
          const bytes = judgeBytes(ours.bytes, other.bytes)
          const lost = (ratio !== null && ratio.max <= 1) || bytes.more
          const note = !lost ? '' : other.role === 'baseline' ? ' (the floor)' : '  ← we lose'
          return `${ours.name} against ${other.name}: ${time}${bytes.text}${note}`
        }),
    )
}

/** One line per reason. */
function skipNotes(benchmark: CaseResult): string[] {
  const names = new Map<string, string[]>()
  for (const { name, skipped } of benchmark.contenders) {
    if (skipped !== undefined) names.set(skipped, [...(names.get(skipped) ?? []), name])
  }
  return [...names].map(([reason, skipped]) => `${skipped.join(', ')} skipped: ${reason}`)
}

function renderCase(benchmark: CaseResult): string {
  const notes = benchmark.contenders.flatMap(({ name, differs }) =>
    differs === undefined ? [] : [`* ${name}: ${differs}`],
  )
  const lines = [...caseTable(benchmark), ...verdicts(benchmark), ...notes, ...skipNotes(benchmark)]
  return [`${benchmark.name}: ${benchmark.title}`, ...lines.map((line) => `  ${line}`)].join('\n')
}

export function renderSuite(suite: SuiteResult): string {
  const rounds = `${suite.rounds} ${suite.rounds === 1 ? 'round' : 'rounds'}`
  const parts = [`${suite.name}: ${suite.title} (medians of ${rounds})`, ...suite.cases.map(renderCase)]
  return [...parts, ...(suite.summary === undefined ? [] : [renderSummary(suite.summary)])].join('\n\n')
}

/** Where and when: printed above the tables. */
export function renderHead(document: Omit<Document, 'suites' | 'seconds'>): string {
  const { machine, revision } = document
  const commit = revision === null ? 'no commit' : revision.commit.slice(0, 12) + (revision.dirty ? ' + changes' : '')
  const place = `${machine.cpu}, ${machine.cores} cores, ${machine.os} ${machine.arch}, load ${machine.load}`
  const warning = document.quick ? '\n--quick: short samples, few rounds; these figures prove nothing' : ''
  return `${place}\nNode ${machine.node.slice(1)}, V8 ${machine.v8}, ${commit}, ${document.date}${warning}`
}
