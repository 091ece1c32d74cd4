import { isThenable } from '../thenable.ts'
import type { Deadline, TimerWheel } from '../timer-wheel.ts'

/** What a call asks of its breaker. */
export interface CallOwner {
  readonly wheel: TimerWheel
  readonly timeoutMs: number
  settled(call: OpossumCall, value: unknown, latencyMs: number): void
  failed(call: OpossumCall, error: unknown, latencyMs: number): void
  timedOut(call: OpossumCall, latencyMs: number): void
}

/** One call in flight, with a signal of its own. Ends once: by its action, or by its time limit. */
export class OpossumCall implements Deadline {
  deadline = 0
  previous: Deadline | undefined = undefined
  next: Deadline | undefined = undefined
  slot = -1
  readonly permit: number
  readonly args: unknown[]
  readonly cacheKey: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly #owner: CallOwner
  readonly #shared: AbortSignal | undefined
  readonly #startedAt: number = performance.now()
  #controller: AbortController | undefined
  #ended = false

  constructor(
    owner: CallOwner,
    permit: number,
    args: unknown[],
    cacheKey: string,
    shared: AbortSignal | undefined,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.#owner = owner
    this.permit = permit
    this.args = args
    this.cacheKey = cacheKey
    this.#shared = shared
    this.resolve = resolve
    this.reject = reject
  }

  /** Aborted by this call's time-out, and by the controller the breaker was given. Made when it is asked for. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#shared?.aborted) this.#controller.abort(this.#shared.reason)
      else this.#shared?.addEventListener('abort', this)
    }
    return this.#controller.signal
  }

  start(action: () => unknown): void {
    if (this.#owner.timeoutMs > 0) this.#owner.wheel.add(this, this.#startedAt, this.#owner.timeoutMs)
    try {
      const result = action()
      if (isThenable(result)) {
        Promise.resolve(result).then(
          (value) => this.#settle(value),
          (error: unknown) => this.#fail(error),
        )
      } else {
        // Like opossum, never before the caller has its promise.
        queueMicrotask(() => this.#settle(result))
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Called by the timer wheel. */
  expire(): void {
    if (!this.#end()) return
    try {
      this.#owner.timedOut(this, this.#elapsedMs())
    } finally {
      this.#controller?.abort()
    }
  }

  /** Called by the shared signal. */
  handleEvent(): void {
    this.#controller?.abort(this.#shared?.reason)
  }

  #settle(value: unknown): void {
    if (this.#end()) this.#owner.settled(this, value, this.#elapsedMs())
  }

  #fail(error: unknown): void {
    if (this.#end()) this.#owner.failed(this, error, this.#elapsedMs())
  }

  #end(): boolean {
    if (this.#ended) return false
    this.#ended = true
    this.#owner.wheel.remove(this)
    this.#shared?.removeEventListener('abort', this)
    return true
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#startedAt)
  }
}
