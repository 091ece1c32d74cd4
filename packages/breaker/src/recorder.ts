import type { BatchedMetrics } from './batched-metrics.ts'
import { CircuitTimeoutError } from './errors.ts'
import type { BreakerEvents } from './events.ts'
import type { Settings } from './options.ts'
import type { Outcome } from './outcome-window.ts'
import type { StateMachine } from './states.ts'

/**
 * What a settled call leaves behind: its outcome in the state machine, a count in the metrics, an event for those
 * who listen. A result of an older generation leaves nothing anywhere.
 */
export class Recorder {
  readonly name: string
  readonly machine: StateMachine
  readonly metrics: BatchedMetrics
  /** Undefined until somebody subscribes. */
  events: BreakerEvents | undefined
  readonly #classify: Settings['classify']

  constructor(name: string, machine: StateMachine, metrics: BatchedMetrics, classify: Settings['classify']) {
    this.name = name
    this.machine = machine
    this.metrics = metrics
    this.#classify = classify
  }

  success(permit: number, durationMs: number | undefined): void {
    if (!this.machine.success(permit)) return
    this.metrics.success(this.machine.lastNow, durationMs)
    const events = this.events
    if (events?.observesRequests) events.emit('request-success', { name: this.name, durationMs })
  }

  /** True when the result was counted. */
  failure(permit: number, durationMs: number | undefined, error: unknown): boolean {
    if (!this.machine.failure(permit)) return false
    this.metrics.failure(this.machine.lastNow, durationMs)
    const events = this.events
    if (events?.observesRequests) events.emit('request-failure', { name: this.name, durationMs, error })
    return true
  }

  giveBack(permit: number): void {
    if (this.machine.giveBack(permit)) this.metrics.ignore()
  }

  /** The call returned a value. */
  value(permit: number, value: unknown, durationMs: number | undefined): Outcome {
    if (this.#classify === undefined) {
      this.success(permit, durationMs)
      return 'success'
    }
    return this.#classified(permit, undefined, value, durationMs)
  }

  /** The call threw. */
  error(permit: number, error: unknown, durationMs: number | undefined): Outcome {
    if (this.#classify === undefined) {
      this.failure(permit, durationMs, error)
      return 'failure'
    }
    return this.#classified(permit, error, undefined, durationMs)
  }

  /** The call passed this breaker's limit: a failure whatever the classification says. Returns its error. */
  timeout(permit: number, timeoutMs: number, durationMs: number): CircuitTimeoutError {
    const error = new CircuitTimeoutError(this.name, timeoutMs)
    if (this.failure(permit, durationMs, error)) this.metrics.timeout()
    return error
  }

  /** A classification that throws, or answers nonsense, gives the permit back and passes its error on. */
  #classified(permit: number, error: unknown, value: unknown, durationMs: number | undefined): Outcome {
    let outcome: Outcome | undefined
    try {
      outcome = this.#classify?.(error, value)
    } catch (fault) {
      this.giveBack(permit)
      throw fault
    }
    if (outcome === 'success') this.success(permit, durationMs)
    else if (outcome === 'failure') this.failure(permit, durationMs, error)
    else this.giveBack(permit)
    if (outcome === 'success' || outcome === 'failure' || outcome === 'ignore') return outcome
    throw new TypeError(`classify returned ${String(outcome)}; expected 'success', 'failure' or 'ignore'`)
  }
}
