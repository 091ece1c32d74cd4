import type { Clock } from './clock.ts'
import type { Outcome } from './outcome-window.ts'
import type { Recorder } from './recorder.ts'
import { isThenable } from './thenable.ts'
import type { Deadline, TimerWheel } from './timer-wheel.ts'
import type { WatchedCalls } from './watched-calls.ts'

/** The function a breaker protects. The signal is there when the breaker has a `timeout` or the caller gave one. */
export type ProtectedFunction<T> = (signal?: AbortSignal) => T | PromiseLike<T>

/** Options of a single call. */
export interface CallOptions {
  /** Lets the caller give up: the call rejects with the signal's reason and its permit is given back. */
  readonly signal?: AbortSignal | undefined
  /** Limit for this call instead of the option `timeout`, in milliseconds; 0 is none. */
  readonly timeoutMs?: number | undefined
}

/** What one breaker lends to each of its guarded calls. */
export interface CallContext {
  readonly recorder: Recorder
  readonly clock: Clock
  readonly wheel: TimerWheel
  /** Undefined unless slow calls are watched while they are in flight. */
  readonly watched: WatchedCalls | undefined
}

/**
 * A call that carries data of its own: a time limit, its caller's signal, a fallback, or listeners that want its
 * duration. It ends exactly once, by whichever comes first:
 *
 * ```
 *   fn settles ──► classified and recorded      ┐
 *   limit passed ► failure, own signal aborted  ├─► unlinked from the wheel and the caller's signal
 *   caller aborts ► permit given back           ┘
 * ```
 *
 * Its abort controller is its own, so no other call is aborted with it.
 */
export class GuardedCall<T> implements Deadline {
  deadline = 0
  previous: Deadline | undefined = undefined
  next: Deadline | undefined = undefined
  slot = -1
  /** How the call counted; undefined while it runs. */
  outcome: Outcome | undefined = undefined
  readonly #context: CallContext
  readonly #generation: number
  readonly #callerSignal: AbortSignal | undefined
  readonly #controller: AbortController | undefined
  readonly #startedAt: number
  readonly #place: number
  readonly #timeoutMs: number
  readonly #promise: Promise<T>
  #resolve: (value: T) => void = () => {}
  #reject: (reason: unknown) => void = () => {}
  #ended = false

  constructor(context: CallContext, generation: number, callerSignal: AbortSignal | undefined, timeoutMs: number) {
    this.#context = context
    this.#generation = generation
    this.#timeoutMs = timeoutMs
    this.#callerSignal = callerSignal
    this.#controller = timeoutMs === 0 ? undefined : new AbortController()
    this.#startedAt = context.clock.now()
    this.#place = context.watched?.begin(this.#startedAt) ?? 0
    this.#promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  start(fn: ProtectedFunction<T>): Promise<T> {
    if (this.#timeoutMs > 0) this.#context.wheel.add(this, this.#startedAt, this.#timeoutMs)
    this.#callerSignal?.addEventListener('abort', this)
    try {
      const value = fn(this.#controller?.signal ?? this.#callerSignal)
      if (isThenable(value)) {
        Promise.resolve(value).then(
          (settled) => this.#fulfil(settled),
          (error: unknown) => this.#fail(error),
        )
      } else {
        this.#fulfil(value)
      }
    } catch (error) {
      this.#fail(error)
    }
    return this.#promise
  }

  /** Called by the timer wheel. */
  expire(): void {
    if (!this.#end()) return
    const error = this.#context.recorder.timeout(this.#generation, this.#timeoutMs, this.#elapsedMs())
    this.outcome = 'failure'
    this.#reject(error)
    this.#controller?.abort(error)
  }

  /** Called by the caller's signal. */
  handleEvent(): void {
    if (!this.#end()) return
    const reason: unknown = this.#callerSignal?.reason
    this.#context.recorder.giveBack(this.#generation)
    this.outcome = 'ignore'
    this.#reject(reason)
    this.#controller?.abort(reason)
  }

  #fulfil(value: T): void {
    if (!this.#end()) return
    try {
      this.outcome = this.#context.recorder.value(this.#generation, value, this.#elapsedMs())
      this.#resolve(value)
    } catch (error) {
      this.#reject(error)
    }
  }

  #fail(error: unknown): void {
    if (!this.#end()) return
    try {
      this.outcome = this.#context.recorder.error(this.#generation, error, this.#elapsedMs())
      this.#reject(error)
    } catch (fault) {
      this.#reject(fault)
    }
  }

  /** True for the first of the ways to end; nothing outside refers to the call afterwards. */
  #end(): boolean {
    if (this.#ended) return false
    this.#ended = true
    if (this.slot !== -1) this.#context.wheel.remove(this)
    this.#callerSignal?.removeEventListener('abort', this)
    if (this.#place !== 0) this.#context.watched?.end(this.#place)
    return true
  }

  #elapsedMs(): number {
    return this.#context.clock.now() - this.#startedAt
  }
}
