import { basename } from 'node:path'
import { knownTrace } from './points.ts'
import type { PolicyName } from './policies.ts'
import type { Row } from './rows.ts'

const percent = (ratio: number): string => (100 * ratio).toFixed(2)

function align(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const rows = lines.map((line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  )
  return rows.map((row) => row.join('  ').trimEnd()).join('\n')
}

/** Rows of the same trace and size, in the order of their appearance. */
function byPoint(rows: readonly Row[]): Row[][] {
  const points = new Map<string, Row[]>()
  for (const row of rows) {
    const name = `${row.trace} ${row.size}`
    const point = points.get(name)
    if (point === undefined) points.set(name, [row])
    else point.push(row)
  }
  return [...points.values()]
}

/** Hit ratios in percent: a line per trace and size, a column per policy. */
export function renderRows(rows: readonly Row[]): string {
  const columns = [...new Set(rows.map((row) => row.policy))]
  const lines = byPoint(rows).map((point) => {
    const [first] = point
    const cells = columns.map((policy) => point.find((row) => row.policy === policy))
    return [first?.trace ?? '', String(first?.size), ...cells.map((row) => (row ? percent(row.hitRatio) : ''))]
  })
  return align([['trace, hit ratio %', 'size', ...columns], ...lines])
}

export interface Summary {
  readonly policy: PolicyName
  /** Mean of hits / Belady's hits. */
  readonly ofBelady: number
  /** The same over the web and application traces, NaN without any. */
  readonly ofBeladyWeb: number
  /** Mean and least difference of the hit ratio to LRU's. */
  readonly meanToLru: number
  readonly worstToLru: number
  readonly worstAt: string
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** One per policy; needs the rows of `lru` and `belady`. */
export function summarize(rows: readonly Row[]): Summary[] {
  const points = byPoint(rows)
  const policies = [...new Set(rows.map((row) => row.policy))].filter((policy) => policy !== 'belady')
  return policies.map((policy) => {
    const found = points.flatMap((point) => {
      const [own, lru, belady] = [policy, 'lru', 'belady'].map((name) => point.find((row) => row.policy === name))
      return own && lru && belady ? [{ own, lru, belady }] : []
    })
    const share = found.map(({ own, belady }) => ({
      web: knownTrace(basename(own.trace))?.web === true,
      value: belady.hits === 0 ? 1 : own.hits / belady.hits,
    }))
    const toLru = found.map(({ own, lru }) => ({
      at: `${own.trace} ${own.size}`,
      value: own.hitRatio - lru.hitRatio,
    }))
    const worst = toLru.reduce((least, point) => (point.value < least.value ? point : least), {
      at: '',
      value: Number.POSITIVE_INFINITY,
    })
    return {
      policy,
      ofBelady: mean(share.map(({ value }) => value)),
      ofBeladyWeb: mean(share.filter(({ web }) => web).map(({ value }) => value)),
      meanToLru: mean(toLru.map(({ value }) => value)),
      worstToLru: worst.value,
      worstAt: worst.at,
    }
  })
}

export function renderSummaries(summaries: readonly Summary[]): string {
  const signed = (ratio: number): string => `${ratio >= 0 ? '+' : ''}${percent(ratio)}`
  const lines = summaries.map((summary) => [
    summary.policy,
    percent(summary.ofBelady),
    Number.isNaN(summary.ofBeladyWeb) ? '' : percent(summary.ofBeladyWeb),
    signed(summary.meanToLru),
    signed(summary.worstToLru),
    summary.worstToLru < 0 ? summary.worstAt : '',
  ])
  return align([['policy', '% of Belady, mean', 'web/app', 'to LRU, mean', 'worst', ''], ...lines])
}
