import { BareCalls } from './bare-calls.ts'
import { CircuitDestroyedError, CircuitOpenError, ConcurrencyLimitError, withoutTrace } from './errors.ts'
import { type CallContext, type CallOptions, GuardedCall, type ProtectedFunction } from './guarded-call.ts'
import type { Recorder } from './recorder.ts'
import type { Settings } from './settings.ts'
import type { StateMachine } from './states.ts'

/**
 * Functions through a breaker: admission, the cheapest way to follow the call, fallback.
 *
 * ```
 *   admitted ──► nothing to know but the outcome ──► BareCalls    one derived promise, no object
 *           └──► limit, signal, duration, listeners ► GuardedCall  an object of its own
 *   refused  ──► place in the queue, or an error
 * ```
 */
export class Calls {
  readonly #settings: Settings
  readonly #machine: StateMachine
  readonly #recorder: Recorder
  readonly #context: CallContext
  /** False when every call carries data of its own. */
  readonly #bareAllowed: boolean
  /** For the present generation; calls in flight keep that of theirs. */
  #bare: BareCalls | undefined

  constructor(settings: Settings, recorder: Recorder, context: CallContext) {
    this.#settings = settings
    this.#machine = recorder.machine
    this.#recorder = recorder
    this.#context = context
    this.#bareAllowed =
      settings.timeoutMs === 0 && settings.slowCallMs === Number.POSITIVE_INFINITY && !settings.slowCallsInFlight
  }

  run<T>(fn: ProtectedFunction<T>, options: CallOptions | undefined): Promise<T> {
    if (options !== undefined) return this.#runWith(fn, options)
    const generation = this.#machine.tryAcquire()
    if (generation === 0) return Promise.reject(this.refuse())
    if (!this.#bareAllowed || this.#recorder.events?.observesRequests) {
      return new GuardedCall<T>(this.#context, generation, undefined, this.#settings.timeoutMs).start(fn)
    }
    const bare = this.#bare
    if (bare !== undefined && bare.generation === generation) return bare.start(fn)
    return this.#bareCalls(generation).start(fn)
  }

  async execute<T, F>(
    fn: ProtectedFunction<T>,
    fallback: (error: unknown) => F | PromiseLike<F>,
    options: CallOptions | undefined,
  ): Promise<T | F> {
    const signal = options?.signal
    if (signal?.aborted) throw signal.reason
    const generation = this.#machine.tryAcquire()
    if (generation === 0) return this.#fallBack(this.refuse(), true, fallback)
    const call = new GuardedCall<T>(this.#context, generation, signal, this.#limitOf(options))
    try {
      return await call.start(fn)
    } catch (error) {
      if (call.outcome !== 'failure') throw error
      return this.#fallBack(error, false, fallback)
    }
  }

  /** Counts a refusal and makes its error. */
  refuse(): Error {
    const { name, machine, metrics } = this.#recorder
    const reason = machine.refusal
    metrics.reject(machine.circuit.lastNow)
    if (reason === 'destroyed') return new CircuitDestroyedError(name)
    if (reason === 'concurrency') {
      return withoutTrace(() => new ConcurrencyLimitError(name, this.#settings.maxConcurrent))
    }
    const wait = reason === 'open' ? machine.remainingWaitMs() : machine.remainingEpisodeMs()
    const hint = reason === 'half_open' ? Math.min(wait, this.#settings.resetTimeoutMs) : wait
    return withoutTrace(() => new CircuitOpenError(name, Math.ceil(hint), reason))
  }

  /** The generation has ended. */
  forget(): void {
    this.#bare = undefined
  }

  #runWith<T>(fn: ProtectedFunction<T>, options: CallOptions): Promise<T> {
    const { signal } = options
    if (signal?.aborted) return Promise.reject(signal.reason)
    const timeoutMs = this.#limitOf(options)
    if (signal === undefined && timeoutMs === this.#settings.timeoutMs) return this.run(fn, undefined)
    const generation = this.#machine.tryAcquire()
    if (generation === 0) return Promise.reject(this.refuse())
    return new GuardedCall<T>(this.#context, generation, signal, timeoutMs).start(fn)
  }

  #limitOf(options: CallOptions | undefined): number {
    return options?.timeoutMs ?? this.#settings.timeoutMs
  }

  #bareCalls(generation: number): BareCalls {
    this.#bare = new BareCalls(this.#recorder, generation)
    return this.#bare
  }

  async #fallBack<F>(error: unknown, rejected: boolean, fallback: (error: unknown) => F | PromiseLike<F>): Promise<F> {
    const answer = await fallback(error)
    const { name, metrics } = this.#recorder
    metrics.fallback()
    this.#recorder.events?.emit('fallback-executed', { name, error, rejected })
    return answer
  }
}
