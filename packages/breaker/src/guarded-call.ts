import type { Clock } from './clock.ts'
import type { Deadline, DeadlineQueue } from './deadline-queue.ts'
import type { Outcome } from './outcome-window.ts'
import type { Recorder } from './recorder.ts'
import { isThenable } from './thenable.ts'

/** The function a breaker protects. The signal is there when the breaker has a `timeout` or the caller gave one. */
export type ProtectedFunction<T> = (signal?: AbortSignal) => T | PromiseLike<T>

/** Options of a single call. */
export interface CallOptions {
  /** Lets the caller give up: the call rejects with the signal's reason and its permit is given back. */
  readonly signal?: AbortSignal | undefined
}

/** What one breaker lends to each of its guarded calls. */
export interface CallContext {
  readonly recorder: Recorder
  readonly clock: Clock
  readonly timeoutMs: number
  /** Undefined when there is no time limit. */
  readonly deadlines: DeadlineQueue | undefined
}

/**
 * A call that carries data of its own: a time limit, its caller's signal, a fallback, or listeners that want its
 * duration. It ends exactly once, by whichever comes first:
 *
 * ```
 *   fn settles ──► classified and recorded      ┐
 *   limit passed ► failure, own signal aborted  ├─► unlinked from the queue and the caller's signal
 *   caller aborts ► permit given back           ┘
 * ```
 *
 * Its abort controller is its own, so no other call is aborted with it.
 */
export class GuardedCall<T> implements Deadline {
  deadline = 0
  previous: Deadline | undefined = undefined
  next: Deadline | undefined = undefined
  queued = false
  /** How the call counted; undefined while it runs. */
  outcome: Outcome | undefined = undefined
  readonly #context: CallContext
  readonly #permit: number
  readonly #callerSignal: AbortSignal | undefined
  readonly #controller: AbortController | undefined
  readonly #startedAt: number
  readonly #promise: Promise<T>
  #resolve: (value: T) => void = () => {}
  #reject: (reason: unknown) => void = () => {}
  #ended = false

  constructor(context: CallContext, permit: number, callerSignal: AbortSignal | undefined) {
    this.#context = context
    this.#permit = permit
    this.#callerSignal = callerSignal
    this.#controller = context.deadlines === undefined ? undefined : new AbortController()
    this.#startedAt = context.clock.now()
    this.#promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  start(fn: ProtectedFunction<T>): Promise<T> {
    this.#context.deadlines?.add(this, this.#startedAt)
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

  /** Called by the deadline queue. */
  expire(): void {
    if (!this.#end()) return
    const { recorder, timeoutMs } = this.#context
    const error = recorder.timeout(this.#permit, timeoutMs, this.#elapsedMs())
    this.outcome = 'failure'
    this.#reject(error)
    this.#controller?.abort(error)
  }

  /** Called by the caller's signal. */
  handleEvent(): void {
    if (!this.#end()) return
    const reason: unknown = this.#callerSignal?.reason
    this.#context.recorder.giveBack(this.#permit)
    this.outcome = 'ignore'
    this.#reject(reason)
    this.#controller?.abort(reason)
  }

  #fulfil(value: T): void {
    if (!this.#end()) return
    try {
      this.outcome = this.#context.recorder.value(this.#permit, value, this.#elapsedMs())
      this.#resolve(value)
    } catch (error) {
      this.#reject(error)
    }
  }

  #fail(error: unknown): void {
    if (!this.#end()) return
    try {
      this.outcome = this.#context.recorder.error(this.#permit, error, this.#elapsedMs())
      this.#reject(error)
    } catch (fault) {
      this.#reject(fault)
    }
  }

  /** True for the first of the ways to end; nothing outside refers to the call afterwards. */
  #end(): boolean {
    if (this.#ended) return false
    this.#ended = true
    this.#context.deadlines?.remove(this)
    this.#callerSignal?.removeEventListener('abort', this)
    return true
  }

  #elapsedMs(): number {
    return this.#context.clock.now() - this.#startedAt
  }
}
