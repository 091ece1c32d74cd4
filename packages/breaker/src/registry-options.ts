import { integer, numberOrInfinity, show } from './option-checks.ts'
import type { CircuitBreakerOptions } from './options.ts'
import { maxSlots } from './permit-slab.ts'
import { readOptions, type Settings } from './settings.ts'

/**
 * Options of a `BreakerRegistry`: those of a `CircuitBreaker` that can be kept in a few numbers a key, and two of its
 * own. The window is always one of time.
 */
export interface BreakerRegistryOptions
  extends Pick<
    CircuitBreakerOptions,
    | 'failureThresholdPercentage'
    | 'thresholdComparison'
    | 'tripOn'
    | 'failureThreshold'
    | 'consecutiveFailures'
    | 'slowCallDurationThresholdMs'
    | 'slowCallRateThreshold'
    | 'volumeThreshold'
    | 'rollingWindowSize'
    | 'rollingWindowBuckets'
    | 'resetTimeout'
    | 'openBoundary'
    | 'backoffFactor'
    | 'backoffMaxMs'
    | 'backoffJitter'
    | 'random'
    | 'halfOpenMaxRequests'
    | 'halfOpenDecision'
    | 'halfOpenFailuresToOpen'
    | 'halfOpenToleratedFailureRate'
    | 'halfOpenMaxWaitMs'
    | 'halfOpenMaxWaitTo'
    | 'clock'
  > {
  /**
   * Keys kept at once, an integer from 1 to 262,144; the one used longest ago makes room for a new one.
   * @default 10000
   */
  maxKeys?: number | undefined
  /**
   * A key not used for so long is forgotten, in milliseconds, above 0, or Infinity. Looked at when a key is added.
   * @default 600000
   */
  idleTtlMs?: number | undefined
  /**
   * Buckets of each key's window, an integer from 1 to 60, 12 bytes each.
   * @default 5
   */
  rollingWindowBuckets?: number | undefined
}

export interface RegistrySettings {
  readonly maxKeys: number
  readonly idleTtlMs: number
  readonly breaker: Settings
}

/** Options of a single breaker that need more than a few numbers a key. */
const excluded = [
  'countWindowSize',
  'bufferSize',
  'rollingWindowBucketMs',
  'timeout',
  'maxConcurrent',
  'maxQueued',
  'queueTimeoutMs',
  'slowCallsInFlight',
  'fallbackEnabled',
  'metricsFlushInterval',
  'classify',
]

/** @throws TypeError, RangeError as the options of a breaker do */
export function readRegistryOptions(options: BreakerRegistryOptions): RegistrySettings {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options is ${show(options)}; expected an object`)
  for (const name of Object.keys(options)) {
    if (excluded.includes(name)) throw new TypeError(`${name} is no option of a registry; use a CircuitBreaker for it`)
  }
  const { maxKeys, idleTtlMs, ...breaker } = options
  const buckets = integer('rollingWindowBuckets', options.rollingWindowBuckets, 5, 1, 60)
  if (options.rollingWindowSize === Number.POSITIVE_INFINITY) {
    throw new RangeError('rollingWindowSize is Infinity; expected a finite number above 0 in a registry')
  }
  return {
    maxKeys: integer('maxKeys', maxKeys, 10_000, 1, maxSlots),
    idleTtlMs: numberOrInfinity('idleTtlMs', idleTtlMs, 600_000, 0, 'open'),
    breaker: readOptions({ ...breaker, rollingWindowBuckets: buckets }),
  }
}
