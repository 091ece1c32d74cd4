// The first answer to the array window, written anew from its plan: a ring of record objects with running counters,
// clean-up at most once a second, metrics batched and flushed by an interval of its own.
import { EventEmitter } from 'node:events'
import { createWindow } from '../../rolling-window/seed-ring.ts'
import type { OutcomeCounts, RollingWindow } from '../../rolling-window/window.ts'

export interface SeedConfig {
  readonly failureThreshold: number
  /** 0–100. */
  readonly failureThresholdPercentage: number
  readonly resetTimeout: number
  readonly rollingWindowSize: number
  readonly volumeThreshold: number
  readonly halfOpenMaxRequests: number
  /** Records in the ring. */
  readonly bufferSize: number
  readonly metricsFlushInterval: number
}

const CLEAN_INTERVAL_MS = 1_000
const METRICS_TTL_MS = 1_000
const wallClock = { now: () => Date.now() }

export class SeedBreaker extends EventEmitter {
  readonly name: string
  readonly #config: SeedConfig
  readonly #window: RollingWindow
  #state: 'CLOSED' | 'OPEN' | 'HALF_OPEN' = 'CLOSED'
  #halfOpenRequests = 0
  #halfOpenSuccesses = 0
  #lastFailureTime = 0
  #lastCleaned = 0
  #batch = { successes: 0, failures: 0, rejected: 0 }
  #totals = { successes: 0, failures: 0, rejected: 0 }
  #cached: { readonly at: number; readonly counts: OutcomeCounts } | undefined
  readonly #flushing: NodeJS.Timeout

  constructor(name: string, config: SeedConfig) {
    super()
    this.name = name
    this.#config = config
    this.#window = createWindow({ windowMs: config.rollingWindowSize, capacity: config.bufferSize, clock: wallClock })
    this.#flushing = setInterval(() => this.#flushMetrics(), config.metricsFlushInterval)
    this.#flushing.unref()
  }

  async execute<T>(fn: () => Promise<T>, fallback?: () => Promise<T>): Promise<T> {
    if (!this.#admits()) {
      this.#batch.rejected++
      if (fallback !== undefined) return fallback()
      throw new Error(`Circuit breaker ${this.name} is ${this.#state}`)
    }
    try {
      const result = await fn()
      this.#onSuccess()
      return result
    } catch (error) {
      this.#onFailure(error)
      if (fallback !== undefined) return fallback()
      throw error
    }
  }

  /** Successes that are there from the beginning; not in the plan. */
  fill(records: number): void {
    for (let record = 0; record < records; record++) this.#window.record(true)
  }

  forceState(state: 'CLOSED' | 'OPEN' | 'HALF_OPEN'): void {
    if (state === 'OPEN') this.#lastFailureTime = Date.now()
    this.#transitionTo(state)
  }

  getMetrics(): OutcomeCounts & { readonly rejected: number } {
    const now = Date.now()
    if (this.#cached === undefined || now - this.#cached.at >= METRICS_TTL_MS) {
      this.#flushMetrics()
      this.#cached = { at: now, counts: { ...this.#window.read() } }
    }
    return { ...this.#cached.counts, rejected: this.#totals.rejected }
  }

  destroy(): void {
    clearInterval(this.#flushing)
    this.removeAllListeners()
  }

  #admits(): boolean {
    if (this.#state === 'OPEN' && Date.now() - this.#lastFailureTime >= this.#config.resetTimeout) {
      this.#transitionTo('HALF_OPEN')
    }
    if (this.#state === 'CLOSED') return true
    if (this.#state === 'OPEN' || this.#halfOpenRequests >= this.#config.halfOpenMaxRequests) return false
    this.#halfOpenRequests++
    return true
  }

  #onSuccess(): void {
    this.#batch.successes++
    this.#window.record(true)
    this.#maybeCleanOldRecords()
    if (this.#state === 'HALF_OPEN' && ++this.#halfOpenSuccesses >= this.#config.halfOpenMaxRequests) {
      this.#transitionTo('CLOSED')
    }
    this.emit('request-success')
  }

  #onFailure(error: unknown): void {
    this.#batch.failures++
    this.#lastFailureTime = Date.now()
    this.#window.record(false)
    this.#maybeCleanOldRecords()
    if (this.#state === 'HALF_OPEN' || (this.#state === 'CLOSED' && this.#shouldOpenCircuit())) {
      this.#transitionTo('OPEN')
    }
    this.emit('request-failure', error)
  }

  #maybeCleanOldRecords(): void {
    const now = Date.now()
    if (now - this.#lastCleaned < CLEAN_INTERVAL_MS) return
    this.#lastCleaned = now
    this.#window.read()
  }

  #shouldOpenCircuit(): boolean {
    const { total, failures } = this.#window.read()
    if (total < this.#config.volumeThreshold) return false
    return (
      failures >= this.#config.failureThreshold || (failures / total) * 100 >= this.#config.failureThresholdPercentage
    )
  }

  #flushMetrics(): void {
    this.#totals.successes += this.#batch.successes
    this.#totals.failures += this.#batch.failures
    this.#totals.rejected += this.#batch.rejected
    this.#batch = { successes: 0, failures: 0, rejected: 0 }
  }

  #transitionTo(state: 'CLOSED' | 'OPEN' | 'HALF_OPEN'): void {
    this.#state = state
    this.#halfOpenRequests = 0
    this.#halfOpenSuccesses = 0
    this.emit('state-change', state)
  }
}
