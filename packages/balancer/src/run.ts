import { NoEndpointError } from './errors.ts'
import type { Lease } from './lease.ts'
import type { RetryBudget } from './retry-budget.ts'
import { checkNumber, checkRecord } from './validate.ts'

export interface HedgeOptions {
  /** A second attempt begins when the first has not answered after this time, 1 to 1e9 ms. Near the 95th percentile. */
  readonly afterMs: number
  /** Most further attempts, each `afterMs` after the one before, 1 to 100. @default 1 */
  readonly max?: number | undefined
}

export interface RunOptions {
  /** As in `pick`. */
  readonly sessionId?: string | undefined
  /** As in `pick`. */
  readonly tenant?: string | undefined
  /** As in `pick`. */
  readonly key?: string | undefined
  /** As in `pick`. */
  readonly token?: string | undefined
  /** Ends the wait for a free endpoint and further attempts. Hand `attempt.signal` to your own call. */
  readonly signal?: AbortSignal | undefined
  /** Further attempts after a throw, each on an endpoint not yet tried. Range 0 to 65,535. @default 2 */
  readonly retries?: number | undefined
  /** Only for calls that may be done twice. @default none */
  readonly hedge?: HedgeOptions | undefined
}

/** What `run` tells the function beside value and lease. */
export interface Attempt {
  /** 0 for the first. */
  readonly number: number
  /** Aborted by the caller's signal, and when another attempt of the same run has won. */
  readonly signal: AbortSignal
}

export type Work<T, R> = (value: T, lease: Lease<T>, attempt: Attempt) => R | PromiseLike<R>

/** What `run` needs of a balancer. */
export interface LeaseSource<T> {
  readonly size: number
  /** Null when nobody can serve it, now or after a wait. */
  acquireFor(options: RunOptions, exclude: ReadonlySet<string> | undefined): Lease<T> | null | Promise<Lease<T> | null>
  readonly retryBudget: RetryBudget | null
}

const KEYS = ['sessionId', 'tenant', 'key', 'token', 'signal', 'retries', 'hedge'] as const

/** Attempts until one returns, each on another endpoint; every lease ends exactly once. */
export async function runWithRetries<T, R>(source: LeaseSource<T>, work: Work<T, R>, options: RunOptions): Promise<R> {
  checkRecord('options', options, KEYS)
  const retries = checkNumber('options.retries', options.retries ?? 2, { min: 0, max: 65_535, integer: true })
  const hedge = options.hedge === undefined ? null : checkHedge(options.hedge)
  options.signal?.throwIfAborted()
  source.retryBudget?.deposit()
  return new Run(source, work, options, retries, hedge).start()
}

function checkHedge(hedge: HedgeOptions): { readonly afterMs: number; readonly max: number } {
  checkRecord('options.hedge', hedge, ['afterMs', 'max'])
  return {
    afterMs: checkNumber('options.hedge.afterMs', hedge.afterMs, { min: 1, max: 1e9, unit: ' ms' }),
    max: checkNumber('options.hedge.max', hedge.max ?? 1, { min: 1, max: 100, integer: true }),
  }
}

/**
 * One call of `run`.
 *
 *   attempt 0 ──────────── throws ─► attempt on another endpoint ── throws ─► …      up to `retries`, within the budget
 *       └ afterMs without answer ─► hedge on another endpoint, the first to return wins, the others are aborted
 */
class Run<T, R> {
  readonly #source: LeaseSource<T>
  readonly #work: Work<T, R>
  readonly #options: RunOptions
  readonly #hedge: { readonly afterMs: number; readonly max: number } | null
  readonly #tried = new Set<string>()
  /** Made when an attempt asks for its signal: most never do. */
  #controller: AbortController | null = null
  #signal: AbortSignal | null = null
  #retriesLeft: number
  #hedgesLeft: number
  #attempts = 0
  #running = 0
  #failure: { readonly error: unknown } | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #over = false
  #resolve: (result: R) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  constructor(
    source: LeaseSource<T>,
    work: Work<T, R>,
    options: RunOptions,
    retries: number,
    hedge: { readonly afterMs: number; readonly max: number } | null,
  ) {
    this.#source = source
    this.#work = work
    this.#options = options
    this.#hedge = hedge
    this.#retriesLeft = retries
    this.#hedgesLeft = hedge?.max ?? 0
  }

  get signal(): AbortSignal {
    if (this.#signal !== null) return this.#signal
    const { signal } = this.#options
    this.#controller = new AbortController()
    this.#signal = signal === undefined ? this.#controller.signal : AbortSignal.any([signal, this.#controller.signal])
    return this.#signal
  }

  start(): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      void this.#attempt()
    })
  }

  async #attempt(): Promise<void> {
    this.#running++
    let lease: Lease<T> | null
    try {
      const acquired = this.#source.acquireFor(this.#options, this.#tried.size === 0 ? undefined : this.#tried)
      lease = acquired instanceof Promise ? await acquired : acquired
    } catch (error) {
      this.#running--
      this.#failure ??= { error }
      this.#giveUp()
      return
    }
    if (lease === null || this.#over) {
      lease?.done('cancelled')
      this.#running--
      this.#giveUp()
      return
    }
    this.#tried.add(lease.endpoint.id)
    this.#armHedge()
    try {
      const result = await this.#work(lease.endpoint.value, lease, new RunAttempt(this, this.#attempts++))
      lease.done(this.#over ? 'cancelled' : 'ok')
      this.#running--
      this.#finish(() => this.#resolve(result))
    } catch (error) {
      const pauseMs = pauseOf(error)
      if (this.#over || this.#options.signal?.aborted === true) lease.done('cancelled')
      else if (pauseMs !== undefined) lease.done('rate-limited', pauseMs)
      else lease.done(isTimeout(error) ? 'timeout' : 'error')
      this.#running--
      this.#failure = { error }
      this.#retry(error)
    }
  }

  #retry(error: unknown): void {
    if (this.#over) return
    if (this.#options.signal?.aborted === true) {
      this.#finish(() => this.#reject(error))
      return
    }
    if (this.#retriesLeft > 0 && this.#source.retryBudget?.tryWithdraw() !== false) {
      this.#retriesLeft--
      void this.#attempt()
    } else {
      this.#giveUp()
    }
  }

  /** There will be no further attempt; one that is under way may still return. */
  #giveUp(): void {
    if (this.#over || this.#running > 0) return
    const failure = this.#failure
    this.#finish(() => this.#reject(failure === null ? new NoEndpointError(this.#source.size) : failure.error))
  }

  #armHedge(): void {
    if (this.#hedge === null || this.#hedgesLeft === 0) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.#over || this.#hedgesLeft === 0 || this.#source.retryBudget?.tryWithdraw() === false) return
      this.#hedgesLeft--
      void this.#attempt()
    }, this.#hedge.afterMs)
    // The work itself keeps the process alive, or nothing does.
    const timer: unknown = this.#timer
    if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
      timer.unref()
  }

  #finish(settle: () => void): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    if (this.#running > 0) this.#controller?.abort(new DOMException('another attempt has won', 'AbortError'))
    settle()
  }
}

class RunAttempt implements Attempt {
  readonly number: number
  readonly #run: { readonly signal: AbortSignal }

  constructor(run: { readonly signal: AbortSignal }, number: number) {
    this.#run = run
    this.number = number
  }

  get signal(): AbortSignal {
    return this.#run.signal
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}

/** How long the endpoint asked to be left alone: the error's `retryAfterMs`. */
function pauseOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return undefined
  return typeof error.retryAfterMs === 'number' && error.retryAfterMs >= 0 ? error.retryAfterMs : undefined
}
