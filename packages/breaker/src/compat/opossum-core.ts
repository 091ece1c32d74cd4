import { CircuitBreaker as Core } from '../circuit-breaker.ts'
import { numberOrInfinity, show } from '../option-checks.ts'
import type { Options } from './opossum-options.ts'

/** opossum takes any number; checked here, so that the message names its option. */
function anyNumber(name: string, value: unknown, fallback: number): number {
  if (value === undefined || value === null) return fallback
  if (typeof value === 'number' && !Number.isNaN(value)) return value
  throw new TypeError(`${name} is ${show(value)}; expected a number`)
}

/** Our breaker with opossum's decisions, where those are not defects. */
export function createCore(name: string, options: Options): Core {
  const percentage = anyNumber('errorThresholdPercentage', options.errorThresholdPercentage, 50)
  const timeoutMs = options.timeout || 0
  const buckets = Math.max(
    1,
    Math.min(1000, Math.trunc(anyNumber('rollingCountBuckets', options.rollingCountBuckets, 10))),
  )
  const resetTimeout = Math.max(0, anyNumber('resetTimeout', options.resetTimeout, 30_000))
  return new Core(name, {
    // Above 100 % nothing ever opens; opossum lets one ask for that.
    failureThresholdPercentage: percentage > 100 ? false : Math.max(0, percentage),
    thresholdComparison: '>',
    tripOn: 'failures-only',
    volumeThreshold: Number.isInteger(options.volumeThreshold) ? options.volumeThreshold : 0,
    rollingWindowSize: numberOrInfinity(
      'rollingCountTimeout',
      options.rollingCountTimeout ?? 10_000,
      10_000,
      0,
      'open',
    ),
    rollingWindowBuckets: buckets,
    resetTimeout,
    halfOpenMaxRequests: 1,
    halfOpenDecision: 'early',
    halfOpenFailuresToOpen: 1,
    // A probe that hangs is given up: with a time-out of its own it has ended long before.
    halfOpenMaxWaitMs: Math.max(1, timeoutMs, resetTimeout),
  })
}
