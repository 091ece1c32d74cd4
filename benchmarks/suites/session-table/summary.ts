// The goals of the session table. What the runner cannot see, one garbage collection and the worst single insert, is
// measured here, by footprint.ts in a process per contender.
import type { SuiteResult } from '../../runner/result.ts'
import type { Goal, Summary } from '../../runner/summary.ts'
import { formatNumber } from '../../runner/table.ts'
import { atMost, Figures, summaryOf } from '../balancer/goals.ts'
import { type Footprint, weighApart } from './footprint.ts'

const SESSIONS = 1_000_000

export function summarize(result: SuiteResult): Summary {
  const figures = new Figures(result)
  const names = ['table', 'ours', 'legacy-timers', 'legacy-sort', 'lru-cache']
  const footprints = new Map(names.map((name) => [name, weighApart(name, SESSIONS)]))
  const table = footprints.get('table') as Footprint
  const times = (name: string, theirs: string, figure: (footprint: Footprint) => number, limit: number): Goal => {
    const ratio = figure(footprints.get(theirs) as Footprint) / figure(table)
    return { name, limit: `≥ ${limit}×`, measured: `${formatNumber(ratio)}×`, met: ratio >= limit }
  }
  // The id arrives as a string whoever looks it up.
  const adds = (name: string, benchmark: string, theirs: string, limit: number): readonly Goal[] => [
    figures.addsLess(name, benchmark, 'id-alone', theirs, 'table', limit),
    figures.addsLess(`${name} (whole select)`, benchmark, 'id-alone', theirs, 'ours', limit),
  ]
  return summaryOf(
    'the table of this package, and a whole sticky select(), against the bare tables of the others; a fresh string each time',
    [...footprints.values()].map(describe),
    [
      figures.improvement('known session, 10,000', 'hit-10000', 'legacy-sort', 'table'),
      figures.improvement('known session, 1,000,000', 'hit-1000000', 'legacy-sort', 'table'),
      figures.improvement('new session, full at 10,000', 'insert-full-10000', 'legacy-sort', 'table'),
      figures.improvement('new session, full at 1,000,000', 'insert-full-1000000', 'legacy-sort', 'table'),
    ],
    [
      ...adds('lookup, 1 M, adds less than legacy', 'hit-1000000', 'legacy-sort', 5),
      ...adds('lookup, 10 k, adds less than legacy', 'hit-10000', 'legacy-sort', 5),
      ...adds('lookup, 1 M, adds less than lru-cache', 'hit-1000000', 'lru-cache', 4),
      ...adds('lookup, 10 k, adds less than lru-cache', 'hit-10000', 'lru-cache', 5),
      ...adds('insert, full at 1 M, adds less than legacy', 'insert-full-1000000', 'legacy-sort', 12),
      ...adds('insert, full at 1 M, adds less than lru-cache', 'insert-full-1000000', 'lru-cache', 5),
      times('bytes per session against timers', 'legacy-timers', ({ bytesPerSession }) => bytesPerSession, 20),
      times('bytes per session against legacy', 'legacy-sort', ({ bytesPerSession }) => bytesPerSession, 8),
      times('bytes per session against lru-cache', 'lru-cache', ({ bytesPerSession }) => bytesPerSession, 6.5),
      times('full collection against timers', 'legacy-timers', ({ fullGcMs }) => fullGcMs, 100),
      times('full collection against lru-cache', 'lru-cache', ({ fullGcMs }) => fullGcMs, 12),
    ],
    [
      atMost('bytes per session, greatest age included', table.bytesPerSession, 18, 'B'),
      atMost('timers', figures.retained('hold-1000000', 'table', 'timers'), 0, ''),
      atMost('full collection at 1 M', table.fullGcMs, 7, 'ms'),
      atMost('insert into a full table, p99.99', table.insertMs?.p9999 ?? Number.NaN, 0.05, 'ms'),
    ],
  )
}

function describe({ contender, bytesPerSession, fullGcMs, insertMs }: Footprint): string {
  const worst = insertMs === null ? 'unbounded' : `p99.99 ${insertMs.p9999} ms, worst ${insertMs.worst} ms`
  return `1 M, ${contender}: ${bytesPerSession} B each, a full collection ${fullGcMs} ms, inserts ${worst}`
}
