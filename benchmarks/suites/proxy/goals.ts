// What was promised of this suite, judged by its figures. Nothing here measures.
import type { Figure } from '../../runner/result.ts'
import type { Goal } from '../../runner/summary.ts'
import { formatNumber } from '../../runner/table.ts'
import type { ProxyCase } from './result.ts'

interface RatioGoal {
  readonly scenario: string
  /** This row … */
  readonly row: string
  /** … divided by that one. */
  readonly by: string
  readonly most?: number
  readonly least?: number
  readonly stretch?: number
}

const RATIOS: readonly RatioGoal[] = [
  { scenario: 'get', row: 'net', by: 'nginx', most: 1.3, stretch: 1.15 },
  { scenario: 'get', row: 'net', by: 'haproxy', most: 1.3, stretch: 1.15 },
  { scenario: 'get', row: 'fast-gateway', by: 'net', least: 3.5 },
  { scenario: 'get', row: 'fastify-http-proxy', by: 'net', least: 4 },
  { scenario: 'get', row: 'http-proxy-3', by: 'net', least: 4 },
  { scenario: 'post', row: 'net', by: 'nginx', most: 1.25 },
  { scenario: 'connections-1000', row: 'net', by: 'nginx', most: 1.3 },
  { scenario: 'events', row: 'net', by: 'nginx', most: 1.35 },
  { scenario: 'new-connection', row: 'net', by: 'nginx', most: 1.75 },
  { scenario: 'large', row: 'net', by: 'nginx-large-buffers', most: 1 },
]
const MOST_IDLE_BYTES = 12 * 1_024

function limitOf({ most, least, stretch }: RatioGoal): string {
  if (least !== undefined) return `≥ ${least}×`
  return `≤ ${most}×${stretch === undefined ? '' : ` (${stretch})`}`
}

function find(cases: readonly ProxyCase[], scenario: string, row: string): { figure?: Figure; why: string } {
  const contender = cases.find(({ name }) => name === scenario)?.contenders.find(({ name }) => name === row)
  const figure = contender?.cpu ?? contender?.retained
  if (figure !== undefined) return { figure, why: '' }
  return { why: `${row} ${contender?.void === undefined ? 'was not measured' : 'is void'}` }
}

function judgeRatio(goal: RatioGoal, cases: readonly ProxyCase[]): Goal | string {
  const { scenario, row, by, most = Number.POSITIVE_INFINITY, least = 0 } = goal
  const name = `${scenario}: ${row} ÷ ${by}`
  const { figure, why } = find(cases, scenario, row)
  if (figure === undefined) return `${name}: ${why}`
  const ratio = figure.ratios[by]
  if (ratio == null) return `${name}: ${find(cases, scenario, by).why}`
  const measured = `${ratio.median.toFixed(2)}× [${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}]`
  return { name, limit: limitOf(goal), measured, met: ratio.median <= most && ratio.median >= least }
}

function judgeIdle(cases: readonly ProxyCase[]): Goal | string {
  const name = 'idle: resident bytes of net per connection'
  const { figure, why } = find(cases, 'idle', 'net')
  if (figure === undefined) return `${name}: ${why}`
  const measured = `${formatNumber(figure.median)} B`
  return { name, limit: '≤ 12 KiB', measured, met: figure.median <= MOST_IDLE_BYTES }
}

export interface Judgement {
  readonly goals: readonly Goal[]
  /** Goals that this run cannot judge, with the reason. */
  readonly unjudged: readonly string[]
}

export function judgeGoals(cases: readonly ProxyCase[]): Judgement {
  const verdicts = [...RATIOS.map((goal) => judgeRatio(goal, cases)), judgeIdle(cases)]
  return {
    goals: verdicts.filter((verdict) => typeof verdict !== 'string'),
    unjudged: verdicts.filter((verdict) => typeof verdict === 'string'),
  }
}
