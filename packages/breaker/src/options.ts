import type { Clock } from './clock.ts'
import type { Outcome } from './outcome-window.ts'

/** How a half-open episode ends: after all its results, or at the first moment it cannot end well. */
export type HalfOpenDecision = 'full' | 'early'

/** How a rate is compared with its threshold: reached, or passed. */
export type ThresholdComparison = '>=' | '>'

/** Options of a `CircuitBreaker`. All are optional and checked once, in the constructor. */
export interface CircuitBreakerOptions {
  /**
   * Failure rate of the window, in percent, at which the circuit opens.
   * Range: above 0 (with `'>'`: from 0), up to 100; `false` switches the rate off. Set it near the error rate users would call an outage.
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
   * `'>='` opens at exactly `failureThresholdPercentage` (resilience4j, failsafe-go), `'>'` only above it (opossum,
   * cockatiel). The slow-call rate is always compared with `>=`.
   * @default '>='
   */
  thresholdComparison?: ThresholdComparison | undefined
  /**
   * Which results can open a closed circuit: `'every-result'` (resilience4j), since a success, too, may complete the
   * minimum volume or push older successes out, or `'failures-only'` (opossum, cockatiel).
   * @default 'every-result'
   */
  tripOn?: 'every-result' | 'failures-only' | undefined
  /**
   * Duration above which a call is slow, whether it failed or not, in milliseconds, from 0. Switches slow-call
   * counting on. A little below the time-out of whoever waits for the answer.
   * @default off
   */
  slowCallDurationThresholdMs?: number | undefined
  /**
   * Share of slow calls, above 0 to 1, at which the circuit opens (`>=`, from `volumeThreshold` results on); `false`
   * counts them only. Needs `slowCallDurationThresholdMs`.
   * @default 1
   */
  slowCallRateThreshold?: number | false | undefined
  /**
   * True: a call still in flight after `slowCallDurationThresholdMs` counts as slow already, so that a dependency
   * that hangs opens the circuit before its calls end. Costs a clock read at each acquire.
   * @default false
   */
  slowCallsInFlight?: boolean | undefined
  /**
   * Results the window must hold before `failureThresholdPercentage`, `failureThreshold` or `slowCallRateThreshold`
   * can open the circuit.
   * Integer from 0 (0 and 1 mean no minimum), at most the size of a count window.
   * @default 10, or the size of a smaller count window
   */
  volumeThreshold?: number | undefined
  /**
   * Length of the time window in milliseconds, above 0. Not together with `countWindowSize`. Infinity never
   * forgets; it fits a breaker that opens by `consecutiveFailures` alone.
   * @default 60000
   */
  rollingWindowSize?: number | undefined
  /**
   * Buckets the time window is divided into: results leave a bucket at a time. Integer from 1 to 1000, 12 bytes each.
   * @default 10
   */
  rollingWindowBuckets?: number | undefined
  /**
   * The same as a length: milliseconds of one bucket, a divisor of `rollingWindowSize`. Instead of
   * `rollingWindowBuckets`.
   * @default rollingWindowSize / rollingWindowBuckets
   */
  rollingWindowBucketMs?: number | undefined
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
   * Whether an acquire at exactly the end of the wait is admitted: `'inclusive'` (Polly, failsafe-go, cockatiel) or
   * only after it, `'exclusive'` (resilience4j, gobreaker).
   * @default 'inclusive'
   */
  openBoundary?: 'inclusive' | 'exclusive' | undefined
  /**
   * Factor by which the wait grows with each opening since the last close, from 1 to 100: 2 doubles it.
   * @default 1
   */
  backoffFactor?: number | undefined
  /**
   * Longest wait the factor can grow to, in milliseconds, from `resetTimeout`; Infinity is no cap.
   * @default Infinity
   */
  backoffMaxMs?: number | undefined
  /**
   * Random part of the wait, from 0 to 1: the wait is shortened by up to this share. 0.5 draws from its upper half.
   * @default 0
   */
  backoffJitter?: number | undefined
  /**
   * Source of randomness for jitter, `() => number` from 0 to below 1.
   * @default Math.random
   */
  random?: (() => number) | undefined
  /**
   * Calls in flight at once, in every state: an integer from 1 to 262,144, or Infinity. Calls beyond it are refused (or wait,
   * see `maxQueued`) and count as nothing.
   * @default Infinity
   */
  maxConcurrent?: number | undefined
  /**
   * Calls through `run`, `execute` and `wrap` that may wait while `maxConcurrent` are in flight or all probes are
   * taken. Integer from 0 to 1,000,000.
   * @default 0
   */
  maxQueued?: number | undefined
  /**
   * Longest time a call may wait in that queue, in milliseconds, from 1 to 2,147,483,647.
   * @default 1000
   */
  queueTimeoutMs?: number | undefined
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
   * The same as a share: the circuit opens again when more than this part of the probes failed, 0 to 1.
   * Instead of `halfOpenFailuresToOpen`.
   * @default off
   */
  halfOpenToleratedFailureRate?: number | undefined
  /**
   * Longest time in half-open, in milliseconds, above 0; Infinity is off. When it has passed the circuit is open
   * again (its wait counts from that moment), so that a probe that never settles cannot block it for ever.
   * @default 60000
   */
  halfOpenMaxWaitMs?: number | undefined
  /**
   * Where it goes then: `'open'`, or `'closed'` for a dependency whose calls may rightly take longer than that.
   * @default 'open'
   */
  halfOpenMaxWaitTo?: 'open' | 'closed' | undefined
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
   * Source of monotonic milliseconds. With a clock of your own every result reads it; the default one is read once
   * for up to 256 successes that follow each other within one turn of the event loop.
   * @default performance.now
   */
  clock?: Clock | undefined
}
