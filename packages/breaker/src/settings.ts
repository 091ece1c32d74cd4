import type { Clock } from './clock.ts'
import { checkNames, choice, clock, flag, functionOf, integer, number, numberOrInfinity } from './option-checks.ts'
import type { CircuitBreakerOptions } from './options.ts'
import type { Outcome } from './outcome-window.ts'
import { maxSlots } from './permit-slab.ts'

/** Options after validation: every default filled in, every switched-off trigger at Infinity. */
export interface Settings {
  /** 0–1. */
  readonly failureRate: number
  readonly strictly: boolean
  readonly tripOnSuccess: boolean
  readonly failureThreshold: number
  readonly consecutiveFailures: number
  readonly volumeThreshold: number
  readonly slowCallMs: number
  /** 0–1. */
  readonly slowCallRate: number
  readonly slowCallsInFlight: boolean
  readonly windowMs: number
  readonly windowBuckets: number
  readonly windowBucketMs: number
  /** 0: a time window. */
  readonly countWindowSize: number
  readonly timeoutMs: number
  readonly resetTimeoutMs: number
  readonly openBoundaryExclusive: boolean
  readonly backoffFactor: number
  readonly backoffMaxMs: number
  readonly backoffJitter: number
  readonly random: () => number
  readonly maxConcurrent: number
  readonly maxQueued: number
  readonly queueTimeoutMs: number
  readonly halfOpenPermits: number
  readonly halfOpenEarly: boolean
  readonly halfOpenFailuresToOpen: number
  readonly halfOpenMaxWaitMs: number
  readonly halfOpenMaxWaitTo: 'open' | 'closed'
  readonly fallbackEnabled: boolean
  readonly metricsFlushMs: number
  readonly classify: ((error: unknown, result: unknown) => Outcome) | undefined
  readonly clock: Clock
}

const off = Number.POSITIVE_INFINITY
const maxResults = 2 ** 24
/** The longest delay a timer takes; a longer one would fire at once. */
export const maxTimerMs: number = 2 ** 31 - 1
/** Absorbs the rounding of rates such as 2/3 given in percent. */
const tolerance = 1e-9

/** Every option; the value only makes TypeScript complain about a name that is missing here. */
const known: Record<keyof CircuitBreakerOptions, true> = {
  failureThresholdPercentage: true,
  thresholdComparison: true,
  tripOn: true,
  failureThreshold: true,
  consecutiveFailures: true,
  slowCallDurationThresholdMs: true,
  slowCallRateThreshold: true,
  slowCallsInFlight: true,
  volumeThreshold: true,
  rollingWindowSize: true,
  rollingWindowBuckets: true,
  rollingWindowBucketMs: true,
  countWindowSize: true,
  bufferSize: true,
  timeout: true,
  resetTimeout: true,
  openBoundary: true,
  backoffFactor: true,
  backoffMaxMs: true,
  backoffJitter: true,
  random: true,
  maxConcurrent: true,
  maxQueued: true,
  queueTimeoutMs: true,
  halfOpenMaxRequests: true,
  halfOpenDecision: true,
  halfOpenFailuresToOpen: true,
  halfOpenToleratedFailureRate: true,
  halfOpenMaxWaitMs: true,
  halfOpenMaxWaitTo: true,
  fallbackEnabled: true,
  metricsFlushInterval: true,
  classify: true,
  clock: true,
}

/**
 * Checks options and fills in the defaults. An option that is `undefined` counts as not given.
 * @throws TypeError for an unknown name, a wrong type or two options that exclude each other
 * @throws RangeError for a number outside its range
 */
export function readOptions(options: CircuitBreakerOptions): Settings {
  checkNames(options, Object.keys(known))
  const count = countWindow(options)
  const most = count || maxResults
  const strictly = choice('thresholdComparison', options.thresholdComparison, ['>=', '>']) === '>'
  const percentage = options.failureThresholdPercentage
  // At 0 % every result would open; above 0 % every failure does.
  const lowEnd = strictly ? 'closed' : 'open'
  const rate = percentage === false ? off : number('failureThresholdPercentage', percentage, 50, 0, 100, lowEnd) / 100
  const permits = integer('halfOpenMaxRequests', options.halfOpenMaxRequests, 3, 1, 1_000_000)
  const resetTimeoutMs = number('resetTimeout', options.resetTimeout, 30_000, 0, off, 'closed')
  return {
    failureRate: rate,
    strictly,
    tripOnSuccess: choice('tripOn', options.tripOn, ['every-result', 'failures-only']) === 'every-result',
    failureThreshold: integer('failureThreshold', options.failureThreshold, off, 1, most),
    consecutiveFailures: integer('consecutiveFailures', options.consecutiveFailures, off, 1, Number.MAX_SAFE_INTEGER),
    volumeThreshold: integer('volumeThreshold', options.volumeThreshold, Math.min(10, most), 0, most),
    ...slowCalls(options),
    ...timeWindow(options, count),
    countWindowSize: count,
    timeoutMs: number('timeout', options.timeout, 0, 0, maxTimerMs, 'closed'),
    resetTimeoutMs,
    openBoundaryExclusive: choice('openBoundary', options.openBoundary, ['inclusive', 'exclusive']) === 'exclusive',
    backoffFactor: number('backoffFactor', options.backoffFactor, 1, 1, 100, 'closed'),
    backoffMaxMs: numberOrInfinity('backoffMaxMs', options.backoffMaxMs, off, resetTimeoutMs, 'closed'),
    backoffJitter: number('backoffJitter', options.backoffJitter, 0, 0, 1, 'closed'),
    random: functionOf('random', options.random, '() => number') ?? Math.random,
    maxConcurrent:
      options.maxConcurrent === off ? off : integer('maxConcurrent', options.maxConcurrent, off, 1, maxSlots),
    maxQueued: integer('maxQueued', options.maxQueued, 0, 0, 1_000_000),
    queueTimeoutMs: number('queueTimeoutMs', options.queueTimeoutMs, 1000, 1, maxTimerMs, 'closed'),
    halfOpenPermits: permits,
    halfOpenEarly: choice('halfOpenDecision', options.halfOpenDecision, ['full', 'early']) === 'early',
    halfOpenFailuresToOpen: failuresToOpen(options, rate, permits),
    halfOpenMaxWaitMs: numberOrInfinity('halfOpenMaxWaitMs', options.halfOpenMaxWaitMs, 60_000, 0, 'open'),
    halfOpenMaxWaitTo: choice('halfOpenMaxWaitTo', options.halfOpenMaxWaitTo, ['open', 'closed']),
    fallbackEnabled: flag('fallbackEnabled', options.fallbackEnabled, true),
    metricsFlushMs: number('metricsFlushInterval', options.metricsFlushInterval, 1000, 0, off, 'closed'),
    classify: functionOf('classify', options.classify, '(error, result) => outcome'),
    clock: clock(options.clock),
  }
}

function countWindow(options: CircuitBreakerOptions): number {
  const size = integer('countWindowSize', options.countWindowSize, 0, 1, maxResults)
  const alias = integer('bufferSize', options.bufferSize, 0, 1, maxResults)
  if (size && alias && size !== alias) {
    throw new TypeError(`countWindowSize is ${size} but its alias bufferSize is ${alias}; give one of them`)
  }
  if (size && options.rollingWindowSize !== undefined) {
    throw new TypeError('countWindowSize and rollingWindowSize exclude each other; a window counts or measures time')
  }
  for (const name of ['rollingWindowBuckets', 'rollingWindowBucketMs'] as const) {
    if ((size || alias) && options[name] !== undefined) {
      throw new TypeError(`${name} divides a time window; it has no meaning with a count window`)
    }
  }
  return size || alias
}

function timeWindow(
  options: CircuitBreakerOptions,
  count: number,
): Pick<Settings, 'windowMs' | 'windowBuckets' | 'windowBucketMs'> {
  const given = options.rollingWindowSize
  const windowMs = numberOrInfinity('rollingWindowSize', given, count ? off : 60_000, 0, 'open')
  const buckets = integer('rollingWindowBuckets', options.rollingWindowBuckets, 10, 1, 1000)
  const bucketMs = number('rollingWindowBucketMs', options.rollingWindowBucketMs, 0, 0, off, 'open')
  // A window that never forgets is one bucket that never ends.
  if (windowMs === off) return { windowMs, windowBuckets: 1, windowBucketMs: off }
  if (bucketMs === 0) return { windowMs, windowBuckets: buckets, windowBucketMs: windowMs / buckets }
  if (options.rollingWindowBuckets !== undefined) {
    throw new TypeError('rollingWindowBuckets and rollingWindowBucketMs are the same option twice; give one of them')
  }
  const divisions = Math.round(windowMs / bucketMs)
  if (divisions < 1 || divisions > 1000 || Math.abs(divisions * bucketMs - windowMs) > windowMs * tolerance) {
    throw new RangeError(
      `rollingWindowBucketMs is ${bucketMs}; expected rollingWindowSize (${windowMs}) divided by an integer from 1 to 1000`,
    )
  }
  return { windowMs, windowBuckets: divisions, windowBucketMs: bucketMs }
}

function slowCalls(
  options: CircuitBreakerOptions,
): Pick<Settings, 'slowCallMs' | 'slowCallRate' | 'slowCallsInFlight'> {
  const slowCallMs = number('slowCallDurationThresholdMs', options.slowCallDurationThresholdMs, off, 0, off, 'closed')
  const given = options.slowCallRateThreshold
  const slowCallRate = given === false ? off : number('slowCallRateThreshold', given, 1, 0, 1, 'open')
  const slowCallsInFlight = flag('slowCallsInFlight', options.slowCallsInFlight, false)
  if (slowCallMs === off && (slowCallsInFlight || typeof given === 'number')) {
    const name = slowCallsInFlight ? 'slowCallsInFlight' : 'slowCallRateThreshold'
    throw new TypeError(`${name} needs slowCallDurationThresholdMs; without it no call is slow`)
  }
  return { slowCallMs, slowCallRate: slowCallMs === off ? off : slowCallRate, slowCallsInFlight }
}

function failuresToOpen(options: CircuitBreakerOptions, rate: number, permits: number): number {
  const tolerated = options.halfOpenToleratedFailureRate
  if (tolerated === undefined) {
    const reopening = rate === off ? 1 : Math.max(1, Math.ceil(rate * permits - tolerance))
    return integer('halfOpenFailuresToOpen', options.halfOpenFailuresToOpen, reopening, 1, permits)
  }
  if (options.halfOpenFailuresToOpen !== undefined) {
    throw new TypeError('halfOpenFailuresToOpen and halfOpenToleratedFailureRate exclude each other; give one of them')
  }
  const share = number('halfOpenToleratedFailureRate', tolerated, 0, 0, 1, 'closed')
  return Math.floor(share * permits + tolerance) + 1
}
