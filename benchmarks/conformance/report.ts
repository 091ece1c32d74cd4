// What the command prints: a line per vector and level, then the scoreboard; or both as one JSON document.
import type { Implementation } from './implementation.ts'
import type { Mismatch, Verdict } from './play.ts'
import type { Vector } from './vector.ts'

/** All vectors on one implementation. */
export interface Score {
  readonly implementation: Implementation
  /** In the order of the vectors. */
  readonly verdicts: readonly Verdict[]
}

export interface ScoreLine {
  readonly implementation: string
  readonly title: string
  readonly vectors: number
  readonly expressible: number
  readonly passed: number
  readonly failed: readonly string[]
}

interface LevelResult {
  readonly implementation: string
  readonly status: Verdict['status']
  readonly mismatch?: Mismatch
  readonly reason?: string
}

interface VectorResult {
  readonly id: string
  readonly title: string
  /** `fail` when one level fails; `not-expressible` when no level can say it. */
  readonly status: Verdict['status']
  readonly pass: boolean
  /** Of the first level that fails. */
  readonly mismatch?: Mismatch
  readonly levels: readonly LevelResult[]
}

export interface Report {
  readonly format: 'breakwater-conformance/1'
  readonly subject: 'breaker'
  readonly vectors: string
  readonly node: string
  readonly implementations: readonly string[]
  readonly total: number
  readonly passed: number
  readonly failed: number
  readonly notExpressible: number
  readonly results: readonly VectorResult[]
  readonly scoreboard: readonly ScoreLine[]
}

function scoreLine({ implementation, verdicts }: Score, vectors: readonly Vector[]): ScoreLine {
  const passed = verdicts.filter(({ status }) => status === 'pass').length
  const failed = vectors.filter((_, index) => verdicts[index]?.status === 'fail').map(({ id }) => id)
  return {
    implementation: implementation.name,
    title: implementation.title,
    vectors: vectors.length,
    expressible: passed + failed.length,
    passed,
    failed,
  }
}

function vectorResult(vector: Vector, index: number, chosen: readonly Score[]): VectorResult {
  const levels = chosen.map(({ implementation, verdicts }): LevelResult => {
    const verdict = verdicts[index] ?? { status: 'not-expressible', reason: 'not run' }
    return { implementation: implementation.name, ...verdict }
  })
  const failing = levels.find(({ status }) => status === 'fail')
  const status = failing?.status ?? (levels.some((level) => level.status === 'pass') ? 'pass' : 'not-expressible')
  return {
    id: vector.id,
    title: vector.title,
    status,
    pass: status === 'pass',
    ...(failing?.mismatch === undefined ? {} : { mismatch: failing.mismatch }),
    levels,
  }
}

/** @param chosen the implementations that decide; `scores` are those on the scoreboard, the chosen among them */
export function makeReport(
  file: string,
  vectors: readonly Vector[],
  chosen: readonly Score[],
  scores: readonly Score[],
): Report {
  const results = vectors.map((vector, index) => vectorResult(vector, index, chosen))
  const counted = (status: Verdict['status']): number => results.filter((result) => result.status === status).length
  return {
    format: 'breakwater-conformance/1',
    subject: 'breaker',
    vectors: file,
    node: process.version,
    implementations: chosen.map(({ implementation }) => implementation.name),
    total: vectors.length,
    passed: counted('pass'),
    failed: counted('fail'),
    notExpressible: counted('not-expressible'),
    results,
    scoreboard: scores.map((score) => scoreLine(score, vectors)),
  }
}

function describeMismatch({ step, op, key, expected, got }: Mismatch): string {
  return `step ${step} (${op}): ${key} expected ${JSON.stringify(expected)}, got ${JSON.stringify(got) ?? 'nothing'}`
}

function resultLines({ id, title, status, levels }: VectorResult): string[] {
  const head = `${status === 'pass' ? 'pass' : status === 'fail' ? 'FAIL' : '–   '}  ${id}: ${title}`
  const details = levels.flatMap(({ implementation, mismatch, reason }) => {
    if (mismatch !== undefined) return [`        ${implementation}: ${describeMismatch(mismatch)}`]
    return reason === undefined ? [] : [`        ${implementation}: not expressible (${reason})`]
  })
  return [head, ...details]
}

/** The scoreboard as a Markdown table, so that it can be pasted where it is published. */
export function renderScoreboard(lines: readonly ScoreLine[]): string {
  const rows = [
    ['implementation', 'expresses', 'passes', 'fails'],
    ...lines.map(({ title, vectors, expressible, passed, failed }) => [
      title,
      `${expressible} of ${vectors}`,
      `${passed}`,
      failed.length === 0 ? '–' : failed.map((id) => `\`${id}\``).join(', '),
    ]),
  ]
  const widths = rows.reduce((most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)), [0, 0, 0])
  const [head, ...body] = rows.map(
    (row) => `| ${row.map((cell, i) => (i === 3 ? cell : cell.padEnd(widths[i] ?? 0))).join(' | ')} |`,
  )
  const rule = `| ${widths
    .slice(0, 3)
    .map((width) => '-'.repeat(width))
    .join(' | ')} | --- |`
  return [head, rule, ...body].join('\n')
}

export function renderReport(report: Report): string {
  const counts = [`${report.passed} passed`, `${report.failed} failed`]
  if (report.notExpressible > 0) counts.push(`${report.notExpressible} not expressible`)
  return [
    `${report.total} vectors of ${report.vectors} on ${report.implementations.join(', ')}`,
    '',
    ...report.results.flatMap(resultLines),
    '',
    renderScoreboard(report.scoreboard),
    '',
    counts.join(', '),
    '',
  ].join('\n')
}
