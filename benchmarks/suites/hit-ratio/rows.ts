import { countHits, type PolicyName } from './policies.ts'
import { beladyHits } from './simulators/belady.ts'
import type { Trace } from './traces/formats.ts'

export interface Row {
  readonly trace: string
  readonly size: number
  readonly policy: PolicyName | 'belady'
  readonly requests: number
  readonly hits: number
  /** hits / requests, unrounded. */
  readonly hitRatio: number
}

/** 1 %, 5 % and 10 % of the distinct keys, at least 2. */
export function defaultSizes(distinct: number): number[] {
  return [...new Set([0.01, 0.05, 0.1].map((share) => Math.max(2, Math.round(distinct * share))))]
}

export function measureRow(trace: Trace, size: number, policy: PolicyName | 'belady'): Row {
  const { requests, distinct } = trace
  const hits = policy === 'belady' ? beladyHits(requests, distinct, size) : countHits(policy, size, requests, distinct)
  return { trace: trace.name, size, policy, requests: requests.length, hits, hitRatio: hits / requests.length }
}
