import { BareCalls } from './bare-calls.ts'
import { BatchedMetrics, type BreakerMetrics } from './batched-metrics.ts'
import type { RequestCounts } from './circular-buffer.ts'
import { CountWindow } from './count-window.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { CircuitDestroyedError, refusal } from './errors.ts'
import { type BreakerEventName, BreakerEvents, type BreakerListener, type CircuitState } from './events.ts'
import { type CallContext, type CallOptions, GuardedCall, type ProtectedFunction } from './guarded-call.ts'
import { type CircuitBreakerOptions, readOptions, type Settings } from './options.ts'
import { Recorder } from './recorder.ts'
import { StateMachine } from './states.ts'
import { TimeWindow } from './time-window.ts'

/**
 * Stops calling what keeps failing, and finds out with a few probes when it works again.
 *
 * Three levels on one state machine: permits (`tryAcquire`, then exactly one of `success`, `failure`, `ignore`,
 * `release`), `run` / `execute`, and `wrap`. No timers at rest, no state per call at the first level.
 */
export class CircuitBreaker {
  readonly name: string
  readonly #settings: Settings
  readonly #machine: StateMachine
  readonly #metrics: BatchedMetrics
  readonly #recorder: Recorder
  readonly #calls: CallContext
  /** For the present generation; a transition drops it, calls in flight keep theirs. */
  #bareCalls: BareCalls | undefined

  /**
   * @param name appears in errors, events and metrics; any text but the empty one
   * @throws TypeError for a bad name, an unknown option, a wrong type or options that exclude each other
   * @throws RangeError for a number outside its range
   */
  constructor(name: string, options: CircuitBreakerOptions = {}) {
    if (typeof name !== 'string' || name === '') throw new TypeError('name is missing; expected a non-empty string')
    const settings = readOptions(options)
    const { clock, timeoutMs } = settings
    const now = clock.now()
    const window =
      settings.countWindowSize > 0
        ? new CountWindow(settings.countWindowSize, settings.windowMs)
        : new TimeWindow(settings.windowMs, settings.windowBuckets, now)
    this.name = name
    this.#settings = settings
    this.#metrics = new BatchedMetrics(settings.metricsFlushMs, now)
    this.#machine = new StateMachine(settings, window, (from, to, reason, at) => {
      this.#bareCalls = undefined
      if (to === 'open') this.#metrics.open()
      this.#recorder.events?.emit('state-change', { name, from, to, reason, at })
    })
    this.#recorder = new Recorder(name, this.#machine, this.#metrics, settings.classify)
    const deadlines = timeoutMs > 0 ? new DeadlineQueue(timeoutMs, clock) : undefined
    this.#calls = { recorder: this.#recorder, clock, timeoutMs, deadlines }
  }

  /**
   * Asks for one permit: a positive number, or 0 when refused. Exactly one of `success`, `failure`, `ignore` and
   * `release` has to follow. The number is that of the present generation and the same for all its permits, so a
   * second settlement of one permit cannot be told from another call's. While closed: one comparison, no allocation.
   */
  tryAcquire(): number {
    const permit = this.#machine.tryAcquire()
    if (permit === 0) this.#metrics.reject(this.#machine.lastNow)
    return permit
  }

  /** The call worked. A permit of an older generation, or 0, changes nothing. O(1), allocates nothing while closed. */
  success(permit: number, durationMs?: number): void {
    this.#recorder.success(permit, durationMs)
  }

  /** The call failed. As `success` otherwise. */
  failure(permit: number, durationMs?: number): void {
    this.#recorder.failure(permit, durationMs, undefined)
  }

  /** The call ended in a way that says nothing about the dependency; the permit is given back. */
  ignore(permit: number): void {
    this.#recorder.giveBack(permit)
  }

  /** The call was not made, or was aborted; the permit is given back. */
  release(permit: number): void {
    this.#recorder.giveBack(permit)
  }

  /**
   * Calls `fn` if the circuit admits it. `fn` may return a value, nothing, a promise or any thenable, and may throw
   * synchronously; `run` itself never does. The promise is rejected with what `fn` threw, or with
   * `CircuitOpenError` (refused), `CircuitTimeoutError`, the reason of the caller's signal, `CircuitDestroyedError`.
   */
  run<T>(fn: ProtectedFunction<T>, options?: CallOptions): Promise<T> {
    if (typeof fn !== 'function') return Promise.reject(new TypeError('run() takes the function to call'))
    const signal = options?.signal
    if (signal?.aborted) return Promise.reject(signal.reason)
    const permit = this.tryAcquire()
    if (permit === 0) return Promise.reject(this.#refusal())
    if (signal !== undefined || this.#settings.timeoutMs > 0 || this.#recorder.events?.observesRequests) {
      return new GuardedCall<T>(this.#calls, permit, signal).start(fn)
    }
    if (this.#bareCalls?.permit !== permit) this.#bareCalls = new BareCalls(this.#recorder, permit)
    return this.#bareCalls.start(fn)
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
    if (!this.#settings.fallbackEnabled || typeof fn !== 'function') return this.run(fn, options)
    return this.#runOrFallBack(fn, fallback, options?.signal)
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
   * ends like any other: after `resetTimeout` the next acquire is a probe. `closed` is the same as `reset()`.
   * @param state in upper or lower case
   * @throws TypeError for any other state
   */
  forceState(state: CircuitState | Uppercase<CircuitState>): void {
    const wanted = String(state).toLowerCase()
    if (wanted !== 'closed' && wanted !== 'open' && wanted !== 'half_open') {
      throw new TypeError(`state is '${String(state)}'; expected 'closed', 'open' or 'half_open'`)
    }
    this.#machine.force(wanted, 'forced')
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
    return this.#machine.retryAfterMs()
  }

  /** Everything countable, as of now: expired results have left, batched counts are added. O(buckets). */
  getMetrics(): BreakerMetrics {
    const recent = this.getRecentMetrics()
    return {
      name: this.name,
      state: this.getState(),
      recent,
      failureRate: recent.total === 0 ? 0 : recent.failures / recent.total,
      consecutiveFailures: this.#machine.failureRun,
      retryAfterMs: this.retryAfterMs(),
      totals: this.#metrics.snapshot(this.#machine.lastNow),
    }
  }

  /** The results the present state decides by: the probes while half-open, else the window. */
  getRecentMetrics(): RequestCounts {
    const { total, failures } = this.#machine.sample()
    return { total, successes: total - failures, failures }
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
    this.#machine.retire()
    this.#metrics.flush(this.#machine.lastNow)
    this.#recorder.events?.removeAll()
    this.#recorder.events = undefined
    this.#bareCalls = undefined
  }

  [Symbol.dispose](): void {
    this.destroy()
  }

  #listeners(): BreakerEvents {
    this.#recorder.events ??= new BreakerEvents()
    return this.#recorder.events
  }

  #refusal(): Error {
    return this.#machine.retired ? new CircuitDestroyedError(this.name) : refusal(this.name, this.retryAfterMs())
  }

  async #runOrFallBack<T, F>(
    fn: ProtectedFunction<T>,
    fallback: (error: unknown) => F | PromiseLike<F>,
    signal: AbortSignal | undefined,
  ): Promise<T | F> {
    if (signal?.aborted) throw signal.reason
    const permit = this.tryAcquire()
    if (permit === 0) return this.#fallBack(this.#refusal(), true, fallback)
    const call = new GuardedCall<T>(this.#calls, permit, signal)
    try {
      return await call.start(fn)
    } catch (error) {
      if (call.outcome !== 'failure') throw error
      return this.#fallBack(error, false, fallback)
    }
  }

  async #fallBack<F>(error: unknown, rejected: boolean, fallback: (error: unknown) => F | PromiseLike<F>): Promise<F> {
    const answer = await fallback(error)
    this.#metrics.fallback()
    this.#recorder.events?.emit('fallback-executed', { name: this.name, error, rejected })
    return answer
  }
}
