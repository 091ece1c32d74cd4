import type { CircuitBreaker } from './circuit-breaker.ts'
import { CircuitOpenError, withoutTrace } from './errors.ts'
import type { CallOptions, ProtectedFunction } from './guarded-call.ts'
import { checkNames, integer, number, withMethods } from './option-checks.ts'
import { maxTimerMs } from './settings.ts'
import type { SharedReport, SharedStateStore } from './shared-state.ts'

export interface SharedCircuitOptions {
  /** Name of this instance among those that share the circuit; any text but the empty one, the same for no two. */
  instance: string
  /**
   * Instances, this one included, that must report the circuit open before those that see no failures open theirs. An
   * integer from 1; with 1 a single sick instance opens the circuit of all.
   * @default 2
   */
  quorum?: number | undefined
  /**
   * How long a report counts, ms, from 1. Longer than the time between two `refresh()`.
   * @default 30000
   */
  reportTtlMs?: number | undefined
  /**
   * How long one instance may hold the right to probe, ms, from 1. Longer than a call may take.
   * @default 10000
   */
  leaseMs?: number | undefined
}

/**
 * Shares the state of a circuit among the instances of a service through a `SharedStateStore`.
 *
 * ```
 *   breaker opens ──► report ──► store ──► refresh() of the others: quorum reached? open for what is left
 *   breaker's wait is over ──► run(): lease from the store ──► one instance probes, the others stay refused
 * ```
 *
 * The breaker goes on deciding by its own results at its own speed; the store is asked only while it is not closed, and
 * by `refresh()`, which the owner calls as often as it wants to hear of the others. No timer.
 */
export class SharedCircuit implements Disposable {
  readonly #breaker: CircuitBreaker
  readonly #store: SharedStateStore
  readonly #instance: string
  readonly #quorum: number
  readonly #reportTtlMs: number
  readonly #leaseMs: number
  /** True while the circuit is open because others said so: such an opening is no vote. */
  #followed = false
  readonly #onChange = (): void => void this.#report().catch(() => {})

  /** @throws TypeError, RangeError for bad options */
  constructor(breaker: CircuitBreaker, store: SharedStateStore, options: SharedCircuitOptions) {
    checkNames(options, ['instance', 'quorum', 'reportTtlMs', 'leaseMs'])
    if (typeof options.instance !== 'string' || options.instance === '') {
      throw new TypeError('instance is missing; expected a non-empty string')
    }
    this.#breaker = withMethods('breaker', breaker, ['run', 'getState', 'on', 'off'])
    this.#store = withMethods('store', store, ['report', 'read', 'tryLease', 'release'])
    this.#instance = options.instance
    this.#quorum = integer('quorum', options.quorum, 2, 1, 1_000_000)
    this.#reportTtlMs = number('reportTtlMs', options.reportTtlMs, 30_000, 1, maxTimerMs, 'closed')
    this.#leaseMs = number('leaseMs', options.leaseMs, 10_000, 1, maxTimerMs, 'closed')
    breaker.on('state-change', this.#onChange)
  }

  /** Reports the own state, and opens the circuit when enough others report theirs open. Rejects with the store. */
  async refresh(): Promise<void> {
    await this.#report()
    if (this.#breaker.getState() !== 'closed') return
    const open = (await this.#store.read(this.#breaker.name)).filter(({ state }) => state === 'open')
    const remainingMs = Math.max(0, ...open.map((report) => report.remainingMs))
    if (open.length < this.#quorum || remainingMs === 0 || this.#breaker.getState() !== 'closed') return
    this.#followed = true
    this.#breaker.forceState('open', { forMs: remainingMs })
  }

  /** As `run` of the breaker; while the circuit is not closed, only the holder of the lease probes. */
  async run<T>(fn: ProtectedFunction<T>, options?: CallOptions): Promise<T> {
    const breaker = this.#breaker
    if (breaker.getState() === 'closed' || !breaker.isAllowingRequests()) return breaker.run(fn, options)
    // A store that is down does not stop the probes.
    const mayProbe = await this.#store.tryLease(breaker.name, this.#instance, this.#leaseMs).catch(() => true)
    if (!mayProbe) throw withoutTrace(() => new CircuitOpenError(breaker.name, this.#leaseMs, 'half_open'))
    try {
      return await breaker.run(fn, options)
    } finally {
      if (breaker.getState() !== 'half_open') await this.#store.release(breaker.name, this.#instance).catch(() => {})
    }
  }

  /** Stops sharing; the breaker goes on alone. */
  [Symbol.dispose](): void {
    this.#breaker.off('state-change', this.#onChange)
  }

  async #report(): Promise<void> {
    const state = this.#breaker.getState()
    if (state === 'closed') this.#followed = false
    const open = state === 'open' && !this.#followed
    const report: SharedReport = {
      instance: this.#instance,
      state: open ? 'open' : 'closed',
      remainingMs: open ? this.#breaker.retryAfterMs() : 0,
    }
    await this.#store.report(this.#breaker.name, report, this.#reportTtlMs)
  }
}
