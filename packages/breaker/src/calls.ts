import { BareCalls } from './bare-calls.ts'
import { readCallOptions } from './call-options.ts'
import { CircuitDestroyedError, CircuitOpenError, ConcurrencyLimitError, withoutTrace } from './errors.ts'
import { type CallContext, type CallOptions, GuardedCall, type ProtectedFunction } from './guarded-call.ts'
import type { Recorder } from './recorder.ts'
import type { Settings } from './settings.ts'
import type { RefusalReason, StateMachine } from './states.ts'
import { TimedCalls } from './timed-calls.ts'
import { WaitingLine } from './waiting-line.ts'

/**
 * Functions through a breaker: admission, the cheapest way to follow the call, fallback.
 *
 * ```
 *   admitted ──► nothing to know but the outcome ──► BareCalls    one derived promise, no object
 *           ├──► its duration as well ──────────────► TimedCalls   the same, and an object used again and again
 *           └──► limit, signal, listeners ──────────► GuardedCall  an object of its own
 *   refused  ──► place in the queue, or an error
 * ```
 */
export class Calls {
  readonly #settings: Settings
  readonly #machine: StateMachine
  readonly #recorder: Recorder
  readonly #context: CallContext
  /** False when every call carries data of its own, be it only its beginning. */
  readonly #bareAllowed: boolean
  /** For calls that carry only that. */
  readonly #timed: TimedCalls | undefined
  /** Undefined when nobody may wait. */
  readonly #line: WaitingLine | undefined
  /** For the present generation; calls in flight keep that of theirs. */
  #bare: BareCalls | undefined

  constructor(settings: Settings, recorder: Recorder, context: CallContext) {
    this.#settings = settings
    this.#machine = recorder.machine
    this.#recorder = recorder
    this.#context = context
    this.#line =
      settings.maxQueued > 0
        ? new WaitingLine(settings, recorder.machine, context.wheel, (reason) => this.refuse(reason))
        : undefined
    recorder.onSettled = this.#line === undefined ? undefined : () => this.#line?.serve()
    const timed = settings.slowCallMs < Number.POSITIVE_INFINITY
    const guarded = settings.timeoutMs > 0 || context.watched !== undefined
    this.#bareAllowed = !timed && !guarded
    this.#timed = timed && !guarded ? new TimedCalls(settings, recorder) : undefined
  }

  run<T>(fn: ProtectedFunction<T>, options: CallOptions | undefined): Promise<T> {
    if (options !== undefined) return this.#runWith(fn, options)
    const generation = this.#machine.tryAcquire()
    if (generation === 0) return this.#runLater(fn, undefined, this.#settings.timeoutMs)
    if (!this.#bareAllowed || this.#recorder.events?.observesRequests) return this.#runGuarded(fn, generation)
    const bare = this.#bare
    if (bare !== undefined && bare.generation === generation) return bare.start(fn)
    return this.#bareCalls(generation).start(fn)
  }

  async execute<T, F>(
    fn: ProtectedFunction<T>,
    fallback: (error: unknown) => F | PromiseLike<F>,
    options: CallOptions | undefined,
  ): Promise<T | F> {
    const timeoutMs = readCallOptions(options, this.#settings.timeoutMs)
    const signal = options?.signal
    if (signal?.aborted) throw signal.reason
    let generation = this.#machine.tryAcquire()
    if (generation === 0) {
      try {
        generation = await this.#wait(signal)
      } catch (error) {
        if (signal?.aborted) throw error
        return this.#fallBack(error, true, fallback)
      }
    }
    const call = new GuardedCall<T>(this.#context, generation, signal, timeoutMs)
    try {
      return await call.start(fn)
    } catch (error) {
      if (call.outcome !== 'failure') throw error
      return this.#fallBack(error, false, fallback)
    }
  }

  /** Counts a refusal and makes its error. */
  refuse(reason: RefusalReason): Error {
    const { machine, metrics } = this.#recorder
    metrics.reject(machine.circuit.lastNow)
    return this.refusal(reason)
  }

  /** The error of a refusal, with its hint. */
  refusal(reason: RefusalReason): Error {
    const { name, machine } = this.#recorder
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

  /** The state has changed, and everybody was told. */
  serveWaiting(): void {
    this.#line?.serve()
  }

  #runWith<T>(fn: ProtectedFunction<T>, options: CallOptions): Promise<T> {
    let timeoutMs: number
    try {
      timeoutMs = readCallOptions(options, this.#settings.timeoutMs)
    } catch (error) {
      return Promise.reject(error)
    }
    const { signal } = options
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (signal === undefined && timeoutMs === this.#settings.timeoutMs) return this.run(fn, undefined)
    const generation = this.#machine.tryAcquire()
    if (generation === 0) return this.#runLater(fn, signal, timeoutMs)
    return new GuardedCall<T>(this.#context, generation, signal, timeoutMs).start(fn)
  }

  #runLater<T>(fn: ProtectedFunction<T>, signal: AbortSignal | undefined, timeoutMs: number): Promise<T> {
    if (this.#line === undefined) return Promise.reject(this.refuse(this.#machine.refusal))
    return this.#line
      .enter(signal)
      .then((generation) => new GuardedCall<T>(this.#context, generation, signal, timeoutMs).start(fn))
  }

  #wait(signal: AbortSignal | undefined): Promise<number> {
    if (this.#line === undefined) return Promise.reject(this.refuse(this.#machine.refusal))
    return this.#line.enter(signal)
  }

  #runGuarded<T>(fn: ProtectedFunction<T>, generation: number): Promise<T> {
    const timed = this.#timed
    if (timed !== undefined && !this.#recorder.events?.observesRequests) return timed.start(fn, generation)
    return new GuardedCall<T>(this.#context, generation, undefined, this.#settings.timeoutMs).start(fn)
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
