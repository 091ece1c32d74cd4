import { EventEmitter } from 'eventemitter3'
import type { CircuitBreaker as Core } from '../circuit-breaker.ts'
import { monotonicClock } from '../clock.ts'
import type { StateChangeEvent } from '../events.ts'
import { rethrowLater } from '../rethrow.ts'
import { type TimerWheel, wheelOf } from '../timer-wheel.ts'
import { type CallOwner, OpossumCall } from './opossum-call.ts'
import { createCore } from './opossum-core.ts'
import { buildError, isOurError } from './opossum-errors.ts'
import { HealthChecks } from './opossum-health.ts'
import type { OpossumState, Options } from './opossum-options.ts'
import { ResultCaches } from './opossum-results.ts'
import { HalfOpenNotice, restoreState } from './opossum-state.ts'
import { type Stats, Status, type StatusOptions } from './opossum-status.ts'

export type { CacheTransport, OpossumState, Options } from './opossum-options.ts'
export { type Stats, Status, type StatusOptions } from './opossum-status.ts'

/** opossum's counter of each event. */
const counted = {
  success: 'successes',
  failure: 'failures',
  fallback: 'fallbacks',
  timeout: 'timeouts',
  fire: 'fires',
  reject: 'rejects',
  cacheHit: 'cacheHits',
  cacheMiss: 'cacheMisses',
  coalesceCacheHit: 'coalesceCacheHits',
  coalesceCacheMiss: 'coalesceCacheMisses',
  semaphoreLocked: 'semaphoreRejections',
} as const

let unnamed = 0

/**
 * opossum's circuit breaker on this package's state machine: the same constructor, methods, events and statistics.
 * Where opossum's behaviour is a defect it differs; docs/guide/breaker.md lists each case.
 */
export class CircuitBreaker<A extends unknown[] = unknown[], R = unknown> extends EventEmitter implements CallOwner {
  readonly action: (...args: A) => R | PromiseLike<R>
  readonly options: Options<A>
  readonly name: string
  readonly group: string
  readonly status: Status
  readonly wheel: TimerWheel = wheelOf(monotonicClock)
  readonly timeoutMs: number
  readonly volumeThreshold: number
  readonly #core: Core
  readonly #caches: ResultCaches
  readonly #notice: HalfOpenNotice
  readonly #warmUpEnds: number
  readonly #checks: HealthChecks
  #fallback: ((...args: unknown[]) => unknown) | undefined
  #enabled: boolean
  #shutDown = false
  #inFlight = 0
  #openedAt: number | undefined
  /** The call whose action is being started: `getSignal` answers for it. */
  #starting: OpossumCall | undefined

  /** @throws TypeError without an action, or for options opossum refuses */
  constructor(action: ((...args: A) => R | PromiseLike<R>) | R, options: Options<A> = {}) {
    super()
    if (!action)
      throw new TypeError('No action provided. Cannot construct a CircuitBreaker without an invocable action.')
    if (options.abortController && typeof options.abortController.abort !== 'function') {
      throw new TypeError('AbortController does not contain `abort()` method')
    }
    this.options = { ...options }
    if (options.autoRenewAbortController) this.options.abortController ??= new AbortController()
    this.action = typeof action === 'function' ? (action as typeof this.action) : () => action
    this.name = options.name || (typeof action === 'function' && action.name) || `circuit-${++unnamed}`
    this.group = options.group || this.name
    this.timeoutMs = options.timeout === undefined ? 10_000 : options.timeout || 0
    this.volumeThreshold = Number.isInteger(options.volumeThreshold) ? (options.volumeThreshold ?? 0) : 0
    this.#enabled = options.state === undefined ? options.enabled !== false : options.state.enabled !== false
    const { status } = options
    this.status =
      status instanceof Status ? status : new Status(status ? { stats: status } : (options as StatusOptions))
    for (const [event, counter] of Object.entries(counted)) {
      this.on(event, (_first: unknown, latencyMs?: unknown) =>
        this.status.increment(counter, typeof latencyMs === 'number' ? latencyMs : undefined),
      )
    }
    this.#caches = new ResultCaches(this.options as Options, (event) => this.emit(event))
    this.#checks = new HealthChecks((error) => {
      this.emit('healthCheckFailed', error)
      this.open()
    })
    const resetTimeoutMs = options.resetTimeout ?? 30_000
    this.#notice = new HalfOpenNotice(this.wheel, () => this.emit('halfOpen', resetTimeoutMs))
    this.#core = createCore(this.name, { ...(this.options as Options), timeout: this.timeoutMs })
    this.#core.on('state-change', (change) => this.#follow(change, resetTimeoutMs))
    const warmUp = options.allowWarmUp === true || options.state?.warmUp === true
    this.#warmUpEnds = warmUp ? monotonicClock.now() + (options.rollingCountTimeout ?? 10_000) : 0
    if (warmUp) this.#core.forceState('metrics_only')
    restoreState(this.#core, options.state, resetTimeoutMs)
    this.#openedAt = options.state?.lastTimerAt ?? this.#openedAt
    if (options.state?.shutdown) this.shutdown()
  }

  /** True for errors a breaker made itself: open, time-out, capacity, shutdown. */
  static isOurError(error: unknown): boolean {
    return isOurError(error)
  }

  static newStatus(options: StatusOptions): Status {
    return new Status(options)
  }

  get closed(): boolean {
    const state = this.#core.getState()
    return !this.#shutDown && (state === 'closed' || state === 'metrics_only')
  }

  /** False once the wait is over, as opossum's timer would have it; see `halfOpen`. */
  get opened(): boolean {
    return !this.#shutDown && this.#core.getState() === 'open' && !this.#core.isAllowingRequests()
  }

  get halfOpen(): boolean {
    return !this.#shutDown && !this.closed && !this.opened
  }

  /** True while the next call would be the probe. */
  get pendingClose(): boolean {
    return this.halfOpen && this.#core.isAllowingRequests()
  }

  get enabled(): boolean {
    return this.#enabled
  }

  get isShutdown(): boolean {
    return this.#shutDown
  }

  get warmUp(): boolean {
    return monotonicClock.now() < this.#warmUpEnds
  }

  get stats(): Stats {
    return this.status.stats
  }

  /** Calls the action with these arguments. */
  fire(...args: A): Promise<R> {
    return this.call(this.action, ...args)
  }

  /** As `fire`, with a `this` for the action. */
  call(context: unknown, ...args: A): Promise<R> {
    if (this.#shutDown) return Promise.reject(buildError('The circuit has been shutdown.', 'ESHUTDOWN'))
    this.emit('fire', args)
    if (!this.#enabled) return attempt(() => this.action.apply(context, args))
    const key = this.#caches.key(args)
    const known = this.#caches.find(key)
    if (known !== undefined) return known as Promise<R>
    const full = this.#inFlight >= (Number.isInteger(this.options.capacity) ? (this.options.capacity ?? 0) : Infinity)
    if (this.#warmUpEnds > 0 && !this.warmUp) this.#endWarmUp()
    if (full && this.#core.isAllowingRequests()) {
      const error = buildError('Semaphore locked', 'ESEMLOCKED')
      this.emit('semaphoreLocked', error, 0)
      return this.#fallBack(error, args) ?? Promise.reject(error)
    }
    const permit = this.#core.tryAcquire()
    if (permit === 0) {
      const error = buildError('Breaker is open', 'EOPENBREAKER')
      this.emit('reject', error)
      return this.#fallBack(error, args) ?? Promise.reject(error)
    }
    const promise = new Promise<R>((resolve, reject) => {
      const shared = this.options.abortController?.signal
      const call = new OpossumCall(this, permit, args, key, shared, resolve as (value: unknown) => void, reject)
      this.#inFlight++
      this.#starting = call
      call.start(() => {
        try {
          return this.action.apply(context, args)
        } finally {
          this.#starting = undefined
        }
      })
    })
    this.#caches.begun(key, promise)
    return promise
  }

  /** What answers instead of a failed or refused call: a function of the arguments and the error, or a breaker. */
  fallback(answer: CircuitBreaker<never, unknown> | ((...args: never) => unknown)): this {
    const call = answer instanceof CircuitBreaker ? (...args: unknown[]) => answer.fire(...(args as never)) : answer
    this.#fallback = call as (...args: unknown[]) => unknown
    return this
  }

  open(): void {
    if (!this.#shutDown && this.#core.getState() !== 'open') this.#core.forceState('open')
  }

  close(): void {
    if (!this.#shutDown && !this.closed) this.#core.reset()
  }

  enable(): void {
    this.#enabled = true
  }

  /** Calls go straight to the action. */
  disable(): void {
    this.#enabled = false
  }

  /** Ends the breaker for good. */
  shutdown(): void {
    this.emit('shutdown')
    this.disable()
    this.removeAllListeners()
    this.#notice.cancel()
    this.#checks.stop()
    this.status.shutdown()
    this.#core.destroy()
    this.#shutDown = true
    this.clearCache()
  }

  clearCache(): void {
    this.#caches.flush()
  }

  /** Runs `check` now and every `interval` ms; when it fails the circuit opens. */
  healthCheck(check: () => unknown, interval = 5000): void {
    if (typeof check !== 'function') throw new TypeError('Health check function must be a function')
    if (Number.isNaN(Number(interval))) throw new TypeError('Health check interval must be a number')
    this.#checks.start(() => check.call(this), interval || 5000)
  }

  /** While an action starts, the signal of that very call; else that of the controller given. */
  getSignal(): AbortSignal | undefined {
    if (this.#starting !== undefined && this.options.abortController) return this.#starting.signal
    return this.options.abortController?.signal
  }

  getAbortController(): AbortController | undefined {
    return this.options.abortController
  }

  toJSON(): { state: OpossumState; status: Stats } {
    const { name, enabled, closed, warmUp } = this
    const { opened: open, halfOpen, isShutdown: shutdown } = this
    return {
      state: { name, enabled, closed, open, halfOpen, warmUp, shutdown, lastTimerAt: this.#openedAt },
      status: this.stats,
    }
  }

  /** @internal */
  settled(call: OpossumCall, value: unknown, latencyMs: number): void {
    this.#inFlight--
    this.#core.success(call.permit)
    this.#caches.ended(call.cacheKey, 'success')
    try {
      this.emit('success', value, latencyMs)
    } catch (fault) {
      // As with opossum. The call worked nevertheless, so it stays a success of the circuit.
      call.reject(fault)
      return
    }
    call.resolve(value)
    this.#caches.succeeded(call.cacheKey, value)
  }

  /** @internal */
  failed(call: OpossumCall, error: unknown, latencyMs: number): void {
    this.#inFlight--
    this.#caches.ended(call.cacheKey, 'error')
    this.#conclude(call, error, latencyMs)
  }

  /** @internal */
  timedOut(call: OpossumCall, latencyMs: number): void {
    this.#inFlight--
    this.#caches.ended(call.cacheKey, 'timeout')
    const error = buildError(`Timed out after ${this.timeoutMs}ms`, 'ETIMEDOUT')
    this.#tell('timeout', error, latencyMs, call.args)
    this.#conclude(call, error, latencyMs)
  }

  #conclude(call: OpossumCall, given: unknown, latencyMs: number): void {
    const args = call.args as A
    let error = given
    let filtered = false
    try {
      filtered = Boolean(this.options.errorFilter?.(given as never, ...args))
    } catch (fault) {
      error = fault
    }
    if (filtered) {
      this.#core.success(call.permit)
      this.#tell('success', error, latencyMs)
      call.reject(error)
      return
    }
    this.#tell('failure', error, latencyMs, args)
    this.#core.failure(call.permit)
    const answer = this.#fallBack(error, args)
    if (answer === undefined) call.reject(error)
    else call.resolve(answer)
  }

  /** An event in the middle of ending a call: what a listener throws must not keep the call from ending. */
  #tell(event: string, ...payload: unknown[]): void {
    try {
      this.emit(event, ...payload)
    } catch (fault) {
      rethrowLater(fault)
    }
  }

  #fallBack(error: unknown, args: A): Promise<R> | undefined {
    const fallback = this.#fallback
    if (fallback === undefined) return undefined
    return attempt(() => {
      const result = fallback.apply(fallback, [...args, error])
      this.emit('fallback', result, error)
      return result as R
    })
  }

  #follow({ from, to }: StateChangeEvent, resetTimeoutMs: number): void {
    this.#renewController()
    if (to === 'open') {
      this.#openedAt = Date.now()
      this.status.open()
      this.#notice.opened(resetTimeoutMs, this.listenerCount('halfOpen') > 0)
      this.emit('open')
    } else if (to === 'half_open') {
      this.#notice.halfOpened()
    } else if (to === 'closed' && from !== 'metrics_only') {
      this.#notice.cancel()
      this.status.close()
      this.emit('close')
    }
  }

  #renewController(): void {
    const { abortController, autoRenewAbortController } = this.options
    if (autoRenewAbortController && abortController?.signal.aborted) {
      this.options.abortController = new AbortController()
    }
  }

  /** What was counted while warming up counts from now on. */
  #endWarmUp(): void {
    if (this.#core.getState() !== 'metrics_only') return
    this.#core.importState({ ...this.#core.exportState(), state: 'closed' }, { downMs: 0 })
  }
}

/** A promise of what `start` returns, whatever it returns, or throws. */
function attempt<T>(start: () => T | PromiseLike<T>): Promise<T> {
  try {
    return Promise.resolve(start())
  } catch (error) {
    return Promise.reject(error)
  }
}

/** @alias opossum has a default export; with one here, moving over is a change of the import. */
// biome-ignore lint/style/noDefaultExport: see above
export default CircuitBreaker
