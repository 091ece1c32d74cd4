import { assemble } from './assembly.ts'
import { type BatchedMetrics, type BreakerMetrics, readMetrics } from './batched-metrics.ts'
import type { Calls } from './calls.ts'
import type { Circuit } from './circuit.ts'
import type { RequestCounts } from './circular-buffer.ts'
import { type BreakerEventName, BreakerEvents, type BreakerListener, type CircuitState } from './events.ts'
import { readForcedState } from './forced-state.ts'
import type { CallOptions, ProtectedFunction } from './guarded-call.ts'
import { type BreakerSnapshot, exportSnapshot, importSnapshot } from './hydration.ts'
import type { IsolationHandle } from './isolation.ts'
import { checkNames, number } from './option-checks.ts'
import type { CircuitBreakerOptions } from './options.ts'
import type { StoredWindow } from './outcome-window.ts'
import { current, notInFlight, type PermitSequence } from './permit-sequence.ts'
import type { PermitSource } from './permit-source.ts'
import type { Recorder } from './recorder.ts'
import { none } from './state-data.ts'
import type { StateMachine } from './states.ts'
import type { WatchedCalls } from './watched-calls.ts'

/** How a permit is settled. */
const success = 0
const failure = 1
const givenBack = 2

/**
 * Stops calling what keeps failing, and finds out with a few probes when it works again.
 *
 * Three levels on one state machine: permits (`tryAcquire`, then exactly one of `success`, `failure`, `ignore`,
 * `release`), `run` / `execute`, and `wrap`. No timers at rest, nothing allocated per call at the first level.
 */
export class CircuitBreaker implements PermitSource, Disposable {
  readonly name: string
  readonly #machine: StateMachine
  /** `#machine.circuit`, one step nearer for the hot path. */
  readonly #circuit: Circuit
  readonly #metrics: BatchedMetrics
  readonly #recorder: Recorder
  readonly #calls: Calls
  readonly #window: StoredWindow
  readonly #permits: PermitSequence
  /** Instead of the sequence, when calls in flight are counted or watched: `maxConcurrent`, `slowCallsInFlight`. */
  readonly #watched: WatchedCalls | undefined
  readonly #fallbackEnabled: boolean

  /**
   * @param name appears in errors, events and metrics; any text but the empty one
   * @throws TypeError for a bad name, an unknown option, a wrong type or options that exclude each other
   * @throws RangeError for a number outside its range
   */
  constructor(name: string, options: CircuitBreakerOptions = {}) {
    if (typeof name !== 'string' || name === '') throw new TypeError('name is missing; expected a non-empty string')
    const parts = assemble(name, options)
    this.name = name
    this.#machine = parts.machine
    this.#circuit = parts.machine.circuit
    this.#metrics = parts.metrics
    this.#recorder = parts.recorder
    this.#calls = parts.calls
    this.#permits = parts.permits
    this.#window = parts.window
    this.#watched = parts.watched
    this.#fallbackEnabled = parts.settings.fallbackEnabled
  }

  /**
   * Asks for one permit: a positive number, or 0 when refused. One of `success`, `failure`, `ignore` and `release` has
   * to follow. A permit counts once: settling it again, or settling one that was never given, does nothing. O(1);
   * allocates nothing while closed.
   */
  tryAcquire(): number {
    return this.#circuit.freeGeneration === none ? this.#acquire() : this.#permits.take()
  }

  /**
   * The call worked. A permit of an older generation gives its place back and changes nothing else. O(1), allocates
   * nothing while closed.
   * @param durationMs how long it took, for the times in `getMetrics` and to tell slow calls
   */
  success(permit: number, durationMs?: number): void {
    const found = this.#permits.settle(permit)
    const circuit = this.#circuit
    if (found === current && durationMs === undefined && circuit.credit > 0) circuit.credit--
    else this.#settle(permit, found, success, durationMs)
  }

  /** The call failed. As `success` otherwise. */
  failure(permit: number, durationMs?: number): void {
    this.#settle(permit, this.#permits.settle(permit), failure, durationMs)
  }

  /** The call ended in a way that says nothing about the dependency; the permit is given back. */
  ignore(permit: number): void {
    this.#settle(permit, this.#permits.settle(permit), givenBack, undefined)
  }

  /** The call was not made, or was aborted; the permit is given back. */
  release(permit: number): void {
    this.ignore(permit)
  }

  /**
   * The call threw (`failed`) or returned `outcome`: counts it as the option `classify` says, or as a failure or a
   * success. What `classify` throws is passed on after the permit was given back. As `success` otherwise.
   */
  settle(permit: number, failed: boolean, outcome: unknown, durationMs?: number): void {
    const generation = this.#generationOf(permit, this.#permits.settle(permit))
    if (generation === undefined) return
    if (failed) this.#recorder.error(generation, outcome, durationMs)
    else this.#recorder.value(generation, outcome, durationMs)
  }

  /** The error `run` would reject with for the acquire refused last; call it right after that. Counts nothing. */
  refusal(): Error {
    return this.#calls.refusal(this.#machine.refusal)
  }

  /**
   * Calls `fn` if the circuit admits it. `fn` may return a value, nothing, a promise or any thenable, and may throw
   * synchronously; `run` itself never does. The promise is rejected with what `fn` threw, or with
   * `CircuitOpenError` or `ConcurrencyLimitError` (refused), `CircuitTimeoutError`, the reason of the caller's
   * signal, `CircuitDestroyedError`.
   */
  run<T>(fn: ProtectedFunction<T>, options?: CallOptions): Promise<T> {
    if (typeof fn !== 'function') return Promise.reject(new TypeError('run() takes the function to call'))
    return this.#calls.run(fn, options)
  }

  /**
   * As `run`; when the call is refused or fails, `fallback(error)` gives the answer instead. Not after an error that
   * `classify` calls a success or ignores, nor after the caller aborted: those are passed on. An error of the
   * fallback is passed on, too. Without a fallback, or with `fallbackEnabled: false`, the same as `run`.
   */
  execute<T, F = T>(
    fn: ProtectedFunction<T>,
    fallback?: (error: unknown) => F | PromiseLike<F>,
    options?: CallOptions,
  ): Promise<T | F> {
    if (fallback === undefined) return this.run(fn, options)
    if (typeof fallback !== 'function') return Promise.reject(new TypeError('the fallback is not a function'))
    if (!this.#fallbackEnabled || typeof fn !== 'function') return this.run(fn, options)
    return this.#calls.execute(fn, fallback, options)
  }

  /** `fn` with its own arguments and `this`, each call through `run`. It gets no signal, but `timeout` applies. */
  wrap<This, A extends unknown[], R>(
    fn: (this: This, ...args: A) => R,
  ): (this: This, ...args: A) => Promise<Awaited<R>> {
    if (typeof fn !== 'function') throw new TypeError('wrap() takes the function to protect')
    const breaker = this
    return function (this: This, ...args: A): Promise<Awaited<R>> {
      return breaker.run(() => fn.apply(this, args) as Awaited<R> | PromiseLike<Awaited<R>>)
    }
  }

  /** The state now. An open circuit reads `open` past its wait, until an acquire turns it half-open. */
  getState(): CircuitState {
    return this.#machine.state()
  }

  /**
   * Puts the circuit into a state, whatever the results say; permits given before lose their effect. A forced open
   * ends like any other: after its wait the next acquire is a probe. `closed` is the same as `reset()`. `isolated`,
   * `disabled` and `metrics_only` last until another state is forced, and clear the window.
   * @param state in upper or lower case
   * @param options `forMs`: with `open`, the wait instead of `resetTimeout` and its backoff; 0 or more
   * @throws TypeError for any other state, RangeError for a bad `forMs`
   */
  forceState(
    state: CircuitState | Uppercase<CircuitState>,
    options: { readonly forMs?: number | undefined } = {},
  ): void {
    checkNames(options, ['forMs'])
    this.#machine.force(readForcedState(state, options.forMs), 'forced', options.forMs)
  }

  /**
   * Refuses everything, for as long as any handle is held: with the last one disposed the circuit is closed and its
   * window clear. Forcing another state, or `reset()`, ends it, too; the handles then do nothing.
   */
  isolate(): IsolationHandle {
    return this.#machine.isolate()
  }

  /** Closes the circuit and clears its window. The totals of `getMetrics` go on. */
  reset(): void {
    this.#machine.force('closed', 'reset')
  }

  /** Whether an acquire would be admitted now. Takes no permit and changes no state. */
  isAllowingRequests(): boolean {
    return this.#machine.wouldAdmit()
  }

  /** Whole milliseconds until an open circuit admits a probe; 0 when it is not open or the wait is over. */
  retryAfterMs(): number {
    return Math.ceil(this.#machine.remainingWaitMs())
  }

  /** Everything countable, as of now: expired results have left, batched counts are added. O(buckets). */
  getMetrics(): BreakerMetrics {
    return readMetrics(this.name, this.#machine, this.#metrics)
  }

  /** The results the present state decides by: the probes while half-open, else the window. */
  getRecentMetrics(): RequestCounts {
    const { total, failures } = this.#machine.sample()
    return { total, successes: total - failures, failures }
  }

  /**
   * State, window, run and backoff as plain JSON, for `importState` in another process. Calls in flight are not part
   * of it: a half-open circuit is exported as open, with no wait left.
   */
  exportState(): BreakerSnapshot {
    return exportSnapshot(this.name, this.#machine, this.#window)
  }

  /** The same, so that `JSON.stringify(breaker)` is a snapshot. */
  toJSON(): BreakerSnapshot {
    return this.exportState()
  }

  /**
   * Takes over a snapshot, as if its breaker had gone on for the time in between. An open circuit keeps what is left
   * of its wait. Permits given before lose their effect. No event.
   * @param options `downMs`: the time in between; default: by the wall clock, since the export
   * @throws TypeError, RangeError when the snapshot is not one, or of another kind of window
   */
  importState(snapshot: BreakerSnapshot, options: { readonly downMs?: number | undefined } = {}): void {
    checkNames(options, ['downMs'])
    number('downMs', options.downMs, 0, 0, Number.POSITIVE_INFINITY, 'closed')
    importSnapshot(this.#machine, this.#window, snapshot, options.downMs)
  }

  /** Subscribes to an event. Listeners run synchronously, after the breaker has finished its own work. */
  on<K extends BreakerEventName>(event: K, listener: BreakerListener<K>): this {
    this.#listeners().on(event, listener)
    return this
  }

  /** Subscribes for one event only. */
  once<K extends BreakerEventName>(event: K, listener: BreakerListener<K>): this {
    this.#listeners().once(event, listener)
    return this
  }

  /** Ends a subscription. */
  off<K extends BreakerEventName>(event: K, listener: BreakerListener<K>): this {
    this.#recorder.events?.off(event, listener)
    return this
  }

  /**
   * Ends the breaker: counts are flushed, the window cleared, listeners removed; it admits nothing from now on.
   * Calls in flight end as they would have, without effect here; the last one takes the timer with it. Idempotent.
   */
  destroy(): void {
    this.#circuit.retire()
    this.#calls.serveWaiting()
    this.#metrics.flush(this.#circuit.lastNow)
    this.#recorder.events?.removeAll()
    this.#recorder.events = undefined
  }

  [Symbol.dispose](): void {
    this.destroy()
  }

  #acquire(): number {
    if (this.#machine.tryAcquire() === 0) {
      this.#metrics.reject(this.#circuit.lastNow)
      return 0
    }
    return this.#watched === undefined ? this.#permits.take() : this.#watched.begin(this.#circuit.lastNow)
  }

  /** The long way of a settlement; `found` is what the sequence says about the permit. */
  #settle(permit: number, found: number, how: number, durationMs: number | undefined): void {
    const generation = this.#generationOf(permit, found)
    if (generation === undefined) return
    if (how === success) this.#recorder.success(generation, durationMs)
    else if (how === failure) this.#recorder.failure(generation, durationMs, undefined)
    else this.#recorder.giveBack(generation)
  }

  /** `none` stands for all generations that are over; undefined: not in flight. */
  #generationOf(permit: number, found: number): number | undefined {
    const status = this.#watched === undefined ? found : this.#watched.end(permit)
    if (status === notInFlight) return undefined
    return status === current ? this.#circuit.generation : none
  }

  #listeners(): BreakerEvents {
    // From now on single successes may be observed: none of them may go into a batch.
    this.#circuit.drain()
    this.#recorder.events ??= new BreakerEvents()
    return this.#recorder.events
  }
}
