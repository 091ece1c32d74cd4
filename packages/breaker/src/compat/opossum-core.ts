import { CircuitBreaker as Core } from '../circuit-breaker.ts'
import type { Options } from './opossum-options.ts'

/** Our breaker with opossum's decisions, where those are not defects. */
export function createCore(name: string, options: Options): Core {
  const percentage = options.errorThresholdPercentage ?? 50
  const timeoutMs = options.timeout || 0
  const buckets = Math.max(1, Math.min(1000, Math.trunc(options.rollingCountBuckets ?? 10)))
  const resetTimeout = Math.max(0, options.resetTimeout ?? 30_000)
  return new Core(name, {
    // Above 100 % nothing ever opens; opossum lets one ask for that.
    failureThresholdPercentage: percentage > 100 ? false : Math.max(0, percentage),
    thresholdComparison: '>',
    tripOn: 'failures-only',
    volumeThreshold: Number.isInteger(options.volumeThreshold) ? options.volumeThreshold : 0,
    rollingWindowSize: options.rollingCountTimeout ?? 10_000,
    rollingWindowBuckets: buckets,
    resetTimeout,
    halfOpenMaxRequests: 1,
    halfOpenDecision: 'early',
    halfOpenFailuresToOpen: 1,
    // A probe that hangs is given up: with a time-out of its own it has ended long before.
    halfOpenMaxWaitMs: Math.max(1, timeoutMs, resetTimeout),
  })
}
