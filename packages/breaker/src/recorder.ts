import type { BatchedMetrics } from './batched-metrics.ts'
import { CircuitTimeoutError } from './errors.ts'
import type { BreakerEvents } from './events.ts'
import type { Outcome } from './outcome-window.ts'
import type { Settings } from './settings.ts'
import type { StateMachine } from './states.ts'

/**
 * What a settled call leaves behind: its outcome in the state machine, a count in the metrics, an event for those
 * who listen. A result of an older generation leaves nothing anywhere, whatever it says.
 */
export class Recorder {
  readonly name: string
  readonly machine: StateMachine
  readonly metrics: BatchedMetrics
  /** Undefined until somebody subscribes. */
  events: BreakerEvents | undefined
  /** Called after every settlement when calls may be waiting for a place. */
  onSettled: (() => void) | undefined
  readonly #classify: Settings['classify']
  readonly #slowMs: number

  constructor(name: string, machine: StateMachine, metrics: BatchedMetrics, settings: Settings) {
    this.name = name
    this.machine = machine
    this.metrics = metrics
    this.#classify = settings.classify
    this.#slowMs = settings.slowCallMs
  }

  /** False when every result is a success and every error a failure. */
  get classifies(): boolean {
    return this.#classify !== undefined
  }

  success(generation: number, durationMs: number | undefined): void {
    const machine = this.machine
    const circuit = machine.circuit
    const slow = durationMs !== undefined && durationMs > this.#slowMs
    if (circuit.credit > 0 && generation === circuit.generation && !slow) {
      circuit.credit--
      if (durationMs !== undefined) this.metrics.measure(durationMs)
      return
    }
    if (machine.settle(generation, true, slow)) {
      this.metrics.success(circuit.lastNow)
      if (durationMs !== undefined) this.metrics.measure(durationMs)
      const events = this.events
      if (events?.observesRequests) events.emit('request-success', { name: this.name, durationMs })
      else if (this.onSettled === undefined) circuit.extendCredit()
    }
    this.onSettled?.()
  }

  /** True when the result was counted. */
  failure(generation: number, durationMs: number | undefined, error: unknown): boolean {
    const slow = durationMs !== undefined && durationMs > this.#slowMs
    const counted = this.machine.settle(generation, false, slow)
    if (counted) {
      this.metrics.failure(this.machine.circuit.lastNow)
      if (durationMs !== undefined) this.metrics.measure(durationMs)
      const events = this.events
      if (events?.observesRequests) events.emit('request-failure', { name: this.name, durationMs, error })
    }
    this.onSettled?.()
    return counted
  }

  giveBack(generation: number): void {
    if (this.machine.giveBack(generation)) this.metrics.ignore()
    this.onSettled?.()
  }

  /** The call returned a value. */
  value(generation: number, value: unknown, durationMs: number | undefined): Outcome {
    if (this.#classify === undefined) {
      this.success(generation, durationMs)
      return 'success'
    }
    return this.#classified(generation, undefined, value, durationMs)
  }

  /** The call threw. */
  error(generation: number, error: unknown, durationMs: number | undefined): Outcome {
    if (this.#classify === undefined) {
      this.failure(generation, durationMs, error)
      return 'failure'
    }
    return this.#classified(generation, error, undefined, durationMs)
  }

  /** The call passed its limit: a failure whatever the classification says. Returns its error. */
  timeout(generation: number, timeoutMs: number, durationMs: number): CircuitTimeoutError {
    const error = new CircuitTimeoutError(this.name, timeoutMs)
    if (this.failure(generation, durationMs, error)) this.metrics.timeout()
    return error
  }

  /** A classification that throws, or answers nonsense, gives the permit back and passes its error on. */
  #classified(generation: number, error: unknown, value: unknown, durationMs: number | undefined): Outcome {
    let outcome: Outcome | undefined
    try {
      outcome = this.#classify?.(error, value)
    } catch (fault) {
      this.giveBack(generation)
      throw fault
    }
    if (outcome === 'success') this.success(generation, durationMs)
    else if (outcome === 'failure') this.failure(generation, durationMs, error)
    else this.giveBack(generation)
    if (outcome === 'success' || outcome === 'failure' || outcome === 'ignore') return outcome
    throw new TypeError(`classify returned ${String(outcome)}; expected 'success', 'failure' or 'ignore'`)
  }
}
