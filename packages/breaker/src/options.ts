import { type Clock, monotonicClock } from './clock.ts'
import { nearestName } from './nearest-name.ts'
import { flag, integer, number, show } from './option-checks.ts'
import type { Outcome } from './outcome-window.ts'

/** How a half-open episode ends: after all its results, or at the first moment it cannot end well. */
export type HalfOpenDecision = 'full' | 'early'

/** Options of a `CircuitBreaker`. All are optional and checked once, in the constructor. */
export interface CircuitBreakerOptions {
  /**
   * Failure rate of the window, in percent, at which the circuit opens (`>=`).
   * Range: above 0, up to 100; `false` switches the rate off. Set it near the error rate users would call an outage.
   * @default 50
   */
  failureThresholdPercentage?: number | false | undefined
  /**
   * Failures in the window at which the circuit opens, whatever their rate. Integer from 1.
   * Old failures leave with the window, so a long uptime never adds up to a trip.
   * @default off
   */
  failureThreshold?: number | undefined
  /**
   * Uninterrupted failures at which the circuit opens. Integer from 1. Needs no minimum volume; a success ends the run.
   * @default off
   */
  consecutiveFailures?: number | undefined
  /**
   * Results the window must hold before `failureThresholdPercentage` or `failureThreshold` can open the circuit.
   * Integer from 0 (0 and 1 mean no minimum), at most the size of a count window.
   * @default 10, or the size of a smaller count window
   */
  volumeThreshold?: number | undefined
  /**
   * Length of the time window in milliseconds, above 0. Not together with `countWindowSize`.
   * @default 60000
   */
  rollingWindowSize?: number | undefined
  /**
   * Buckets the time window is divided into: results leave a bucket at a time. Integer from 1 to 1000, 8 bytes each.
   * @default 10
   */
  rollingWindowBuckets?: number | undefined
  /**
   * Decide by the last n results instead of a time window. Integer from 1 to 16,777,216, 9 bytes each.
   * Fits steady traffic; with little traffic old results stay for long.
   * @default off
   */
  countWindowSize?: number | undefined
  /**
   * Capacity of the ring of results. Alone it is another name for `countWindowSize`. Together with
   * `rollingWindowSize` the ring is bounded by both: at most this many results, none older than that.
   * @default off
   */
  bufferSize?: number | undefined
  /**
   * Limit for one call through `run`, `execute` or `wrap`, in milliseconds, 0 to 2,147,483,647; 0 is off.
   * A call that passes it is aborted through its own signal, rejected with `CircuitTimeoutError`, and a failure.
   * @default 0
   */
  timeout?: number | undefined
  /**
   * Time an open circuit refuses everything, counted from the opening, in milliseconds, 0 or more.
   * The first acquire at or after its end becomes a half-open probe.
   * @default 30000
   */
  resetTimeout?: number | undefined
  /**
   * Probes of one half-open episode, and the results it decides by. Integer from 1 to 1,000,000.
   * @default 3
   */
  halfOpenMaxRequests?: number | undefined
  /**
   * `'full'`: decide when all `halfOpenMaxRequests` results are in. `'early'`: reopen as soon as
   * `halfOpenFailuresToOpen` of them failed. Both close only after the full number of results.
   * @default 'full'
   */
  halfOpenDecision?: HalfOpenDecision | undefined
  /**
   * Failed probes of one episode that open the circuit again. Integer from 1 to `halfOpenMaxRequests`.
   * @default the number that reaches failureThresholdPercentage (2 of 3 at 50 %); 1 when the rate is off
   */
  halfOpenFailuresToOpen?: number | undefined
  /**
   * Longest time in half-open, in milliseconds, above 0; Infinity is off. When it has passed the circuit is open
   * again (its wait counts from that moment), so that a probe that never settles cannot block it for ever.
   * @default 60000
   */
  halfOpenMaxWaitMs?: number | undefined
  /**
   * False: `execute` never calls its fallback.
   * @default true
   */
  fallbackEnabled?: boolean | undefined
  /**
   * How long counts may stay in the batch before they are added to the totals, in milliseconds, 0 or more.
   * `getMetrics()` adds them first, so it is never stale.
   * @default 1000
   */
  metricsFlushInterval?: number | undefined
  /**
   * How a settled call counts: called with `(error, undefined)` or `(undefined, result)`. Time-outs of this breaker
   * (always failures) and calls aborted by their caller (always ignored) are not shown to it.
   * @default an error is a failure, a result is a success
   */
  classify?: ((error: unknown, result: unknown) => Outcome) | undefined
  /**
   * Source of monotonic milliseconds.
   * @default performance.now
   */
  clock?: Clock | undefined
}

/** Options after validation: every default filled in, every switched-off trigger at Infinity. */
export interface Settings {
  readonly failureRatePercent: number
  readonly failureThreshold: number
  readonly consecutiveFailures: number
  readonly volumeThreshold: number
  readonly windowMs: number
  readonly windowBuckets: number
  /** 0: a time window. */
  readonly countWindowSize: number
  readonly timeoutMs: number
  readonly resetTimeoutMs: number
  readonly halfOpenPermits: number
  readonly halfOpenEarly: boolean
  readonly halfOpenFailuresToOpen: number
  readonly halfOpenMaxWaitMs: number
  readonly fallbackEnabled: boolean
  readonly metricsFlushMs: number
  readonly classify: ((error: unknown, result: unknown) => Outcome) | undefined
  readonly clock: Clock
}

const off = Number.POSITIVE_INFINITY
const maxResults = 2 ** 24
/** The longest delay a timer takes; a longer one would fire at once. */
const maxTimerMs = 2 ** 31 - 1
/** Absorbs the rounding of rates such as 2/3 given in percent. */
const tolerance = 1e-9

const names = [
  'failureThresholdPercentage',
  'failureThreshold',
  'consecutiveFailures',
  'volumeThreshold',
  'rollingWindowSize',
  'rollingWindowBuckets',
  'countWindowSize',
  'bufferSize',
  'timeout',
  'resetTimeout',
  'halfOpenMaxRequests',
  'halfOpenDecision',
  'halfOpenFailuresToOpen',
  'halfOpenMaxWaitMs',
  'fallbackEnabled',
  'metricsFlushInterval',
  'classify',
  'clock',
] as const satisfies readonly (keyof CircuitBreakerOptions)[]

/**
 * Checks options and fills in the defaults. An option that is `undefined` counts as not given.
 * @throws TypeError for an unknown name, a wrong type or two options that exclude each other
 * @throws RangeError for a number outside its range
 */
export function readOptions(options: CircuitBreakerOptions): Settings {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`options is ${show(options)}; expected an object`)
  }
  for (const name of Object.keys(options)) {
    if ((names as readonly string[]).includes(name)) continue
    const nearest = nearestName(name, names)
    throw new TypeError(`unknown option '${name}'${nearest ? `; did you mean '${nearest}'?` : ''}`)
  }
  const count = countWindow(options)
  const percentage = options.failureThresholdPercentage
  const rate = percentage === false ? off : number('failureThresholdPercentage', percentage, 50, 0, 100, 'open')
  const permits = integer('halfOpenMaxRequests', options.halfOpenMaxRequests, 3, 1, 1_000_000)
  const reopening = rate === off ? 1 : Math.max(1, Math.ceil((rate / 100) * permits - tolerance))
  const most = count || maxResults
  return {
    failureRatePercent: rate,
    failureThreshold: integer('failureThreshold', options.failureThreshold, off, 1, most),
    consecutiveFailures: integer('consecutiveFailures', options.consecutiveFailures, off, 1, Number.MAX_SAFE_INTEGER),
    volumeThreshold: integer('volumeThreshold', options.volumeThreshold, Math.min(10, most), 0, most),
    windowMs: number('rollingWindowSize', options.rollingWindowSize, count ? off : 60_000, 0, off, 'open'),
    windowBuckets: integer('rollingWindowBuckets', options.rollingWindowBuckets, 10, 1, 1000),
    countWindowSize: count,
    timeoutMs: number('timeout', options.timeout, 0, 0, maxTimerMs, 'closed'),
    resetTimeoutMs: number('resetTimeout', options.resetTimeout, 30_000, 0, off, 'closed'),
    halfOpenPermits: permits,
    halfOpenEarly: decision(options.halfOpenDecision) === 'early',
    halfOpenFailuresToOpen: integer('halfOpenFailuresToOpen', options.halfOpenFailuresToOpen, reopening, 1, permits),
    halfOpenMaxWaitMs:
      options.halfOpenMaxWaitMs === off
        ? off
        : number('halfOpenMaxWaitMs', options.halfOpenMaxWaitMs, 60_000, 0, off, 'open'),
    fallbackEnabled: flag('fallbackEnabled', options.fallbackEnabled, true),
    metricsFlushMs: number('metricsFlushInterval', options.metricsFlushInterval, 1000, 0, off, 'closed'),
    classify: classifier(options.classify),
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
  if ((size || alias) && options.rollingWindowBuckets !== undefined) {
    throw new TypeError('rollingWindowBuckets divides a time window; it has no meaning with a count window')
  }
  return size || alias
}

function decision(value: unknown): HalfOpenDecision {
  if (value === undefined) return 'full'
  if (value === 'full' || value === 'early') return value
  throw new TypeError(`halfOpenDecision is ${show(value)}; expected 'full' or 'early'`)
}

function classifier(value: CircuitBreakerOptions['classify']): Settings['classify'] {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`classify is ${show(value)}; expected a function (error, result) => outcome`)
  }
  return value
}

function clock(value: Clock | undefined): Clock {
  if (value === undefined) return monotonicClock
  if (typeof value !== 'object' && typeof value !== 'function') {
    throw new TypeError(`clock is ${show(value)}; expected an object with now(): number`)
  }
  if (typeof value?.now !== 'function') throw new TypeError('clock has no now(): number')
  return value
}
