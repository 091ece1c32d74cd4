import type { RequestCounts } from './circular-buffer.ts'
import type { CircuitState } from './events.ts'
import type { StateMachine } from './states.ts'

/** Totals since the breaker was made. `reset()` does not set them back, so they fit monotonic counters. */
export interface BreakerTotals {
  readonly successes: number
  readonly failures: number
  /** Permits given back without a result: ignored outcomes and calls aborted by their caller. */
  readonly ignored: number
  /** Acquires refused. */
  readonly rejected: number
  /** Failures that were time-outs of this breaker. */
  readonly timeouts: number
  /** Fallbacks that gave the answer. */
  readonly fallbacks: number
  /** Times the circuit opened, forced openings included. */
  readonly opens: number
  /** Times a trigger was reported while `metrics_only`. */
  readonly thresholds: number
  /** Results that came with a duration, and their times in milliseconds. */
  readonly timed: number
  readonly totalMs: number
  readonly maxMs: number
}

/** A snapshot of a breaker; see `getMetrics`. */
export interface BreakerMetrics {
  readonly name: string
  readonly state: CircuitState
  /** What the present state decides by: the probes while half-open, else the window. */
  readonly recent: RequestCounts
  /** Failures among `recent`, from 0 to 1; 0 when there are none. */
  readonly failureRate: number
  /** Slow calls among `recent`, and their share; 0 unless `slowCallDurationThresholdMs` is set. */
  readonly slowCalls: number
  readonly slowCallRate: number
  /** Failures since the last success. */
  readonly consecutiveFailures: number
  readonly retryAfterMs: number
  readonly totals: BreakerTotals
}

/**
 * After so many successes a batch is flushed even if no clock was read: its counters remain small integers,
 * which V8 increments in place, without allocating.
 */
const batchLimit = 2 ** 20

/**
 * Counts of a breaker, in two layers: small counters that calls increment, and totals that they are added to
 * once an interval, on a call that knows the time or on a read. There is no timer.
 *
 * ```
 *   success() ──► batch: ok 312, ko 4, … ──flush──► totals: ok 88,412,009, ko 1,204, …
 *                 (≥ interval old, full, or read)        snapshot() flushes first
 * ```
 */
export class BatchedMetrics {
  readonly #intervalMs: number
  #flushedAt: number
  #successes = 0
  #failures = 0
  #ignored = 0
  #rejected = 0
  readonly #totals = {
    successes: 0,
    failures: 0,
    ignored: 0,
    rejected: 0,
    timeouts: 0,
    fallbacks: 0,
    opens: 0,
    thresholds: 0,
    timed: 0,
    totalMs: 0,
    maxMs: 0,
  }

  constructor(intervalMs: number, now: number) {
    this.#intervalMs = intervalMs
    this.#flushedAt = now
  }

  success(now: number): void {
    this.#successes++
    if (now - this.#flushedAt >= this.#intervalMs || this.#successes === batchLimit) this.flush(now)
  }

  /** Successes recorded as a batch. */
  successes(count: number): void {
    this.#totals.successes += count
  }

  failure(now: number): void {
    this.#failures++
    if (now - this.#flushedAt >= this.#intervalMs || this.#failures === batchLimit) this.flush(now)
  }

  ignore(): void {
    if (++this.#ignored === batchLimit) this.flush(this.#flushedAt)
  }

  reject(now: number): void {
    this.#rejected++
    if (now - this.#flushedAt >= this.#intervalMs || this.#rejected === batchLimit) this.flush(now)
  }

  timeout(): void {
    this.#totals.timeouts++
  }

  fallback(): void {
    this.#totals.fallbacks++
  }

  open(): void {
    this.#totals.opens++
  }

  threshold(): void {
    this.#totals.thresholds++
  }

  /** Adds the batch to the totals. O(1), allocates nothing. */
  flush(now: number): void {
    const totals = this.#totals
    totals.successes += this.#successes
    totals.failures += this.#failures
    totals.ignored += this.#ignored
    totals.rejected += this.#rejected
    this.#successes = 0
    this.#failures = 0
    this.#ignored = 0
    this.#rejected = 0
    this.#flushedAt = now
  }

  /** Time of the last flush, in milliseconds of the breaker's clock. */
  get flushedAt(): number {
    return this.#flushedAt
  }

  /** Flushes, then copies the totals: never stale. */
  snapshot(now: number): BreakerTotals {
    this.flush(now)
    return { ...this.#totals }
  }

  /** A duration that is negative or not a number is a caller's broken clock; it counts in no time. */
  measure(durationMs: number): void {
    if (!(durationMs >= 0 && durationMs < Number.POSITIVE_INFINITY)) return
    this.#totals.timed++
    this.#totals.totalMs += durationMs
    if (durationMs > this.#totals.maxMs) this.#totals.maxMs = durationMs
  }
}

/** See `CircuitBreaker.getMetrics`. */
export function readMetrics(name: string, machine: StateMachine, metrics: BatchedMetrics): BreakerMetrics {
  const { total, failures, slow } = machine.sample()
  return {
    name,
    state: machine.state(),
    recent: { total, successes: total - failures, failures },
    failureRate: total === 0 ? 0 : failures / total,
    slowCalls: slow,
    slowCallRate: total === 0 ? 0 : slow / total,
    consecutiveFailures: machine.circuit.failureRun,
    retryAfterMs: Math.ceil(machine.remainingWaitMs()),
    totals: metrics.snapshot(machine.circuit.lastNow),
  }
}
