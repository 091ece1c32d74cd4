// The breaker this package replaces, written anew from its description, defects included:
//
//   every request   push {timestamp, success} → filter by age → cut 1,000 records to 500
//                   → filter twice more for the error rate and the metrics             O(window), six arrays
//   failureCount    counts for ever: no window, no reset by a success
//   shouldReset     looks at the last failure, not at the opening
//   timeout         a race with a timer per call; the call itself goes on
//
// Only the bound of the window (500 of 1,000) is an option here, so that it can be measured at other sizes.
import { EventEmitter } from 'node:events'

export type LegacyState = 'CLOSED' | 'OPEN' | 'HALF_OPEN'

export interface LegacyConfig {
  readonly failureThreshold: number
  /** 0–100. */
  readonly failureThresholdPercentage: number
  /** Milliseconds; 0: no limit. The original always had one. */
  readonly timeout: number
  readonly resetTimeout: number
  readonly rollingWindowSize: number
  readonly volumeThreshold: number
  readonly halfOpenMaxRequests: number
  readonly fallbackEnabled: boolean
  /** Records kept when there are more than twice as many. */
  readonly keptRecords: number
}

interface RequestRecord {
  readonly timestamp: number
  readonly success: boolean
}

export interface LegacyMetrics {
  state: LegacyState
  totalRequests: number
  successfulRequests: number
  failedRequests: number
  rejectedRequests: number
  timeoutRequests: number
  fallbackExecutions: number
  errorRate: number
  lastFailureTime: number | undefined
}

export class ArrayWindowBreaker extends EventEmitter {
  readonly name: string
  readonly #config: LegacyConfig
  #state: LegacyState = 'CLOSED'
  #records: RequestRecord[] = []
  #failureCount = 0
  #successCount = 0
  #halfOpenRequests = 0
  #lastFailureTime: number | undefined
  readonly #metrics: LegacyMetrics = {
    state: 'CLOSED',
    totalRequests: 0,
    successfulRequests: 0,
    failedRequests: 0,
    rejectedRequests: 0,
    timeoutRequests: 0,
    fallbackExecutions: 0,
    errorRate: 0,
    lastFailureTime: undefined,
  }

  constructor(name: string, config: LegacyConfig) {
    super()
    this.name = name
    this.#config = config
  }

  async execute<T>(fn: () => Promise<T>, fallback?: () => Promise<T>): Promise<T> {
    this.#metrics.totalRequests++
    if (this.#state === 'OPEN' && this.#shouldAttemptReset()) this.#transitionTo('HALF_OPEN')
    if (!this.isAllowingRequests()) {
      this.#metrics.rejectedRequests++
      this.emit('request-rejected', { name: this.name, state: this.#state })
      if (fallback !== undefined && this.#config.fallbackEnabled) return this.#fallBack(fallback)
      throw new Error(`Circuit breaker ${this.name} is ${this.#state}`)
    }
    if (this.#state === 'HALF_OPEN') this.#halfOpenRequests++
    const startTime = Date.now()
    try {
      const result = this.#config.timeout > 0 ? await this.#withTimeout(fn) : await fn()
      this.#onSuccess(Date.now() - startTime)
      return result
    } catch (error) {
      this.#onFailure(error, Date.now() - startTime)
      if (fallback !== undefined && this.#config.fallbackEnabled) return this.#fallBack(fallback)
      throw error
    }
  }

  getState(): LegacyState {
    return this.#state
  }

  /** A copy, after recomputing the error rate. */
  getMetrics(): LegacyMetrics & { readonly recentRequests: number } {
    this.#cleanOldRecords()
    this.#metrics.errorRate = this.#errorRate()
    return { ...this.#metrics, state: this.#state, recentRequests: this.#records.length }
  }

  /** Successes that are there from the beginning; not in the original. */
  fill(records: number): void {
    const timestamp = Date.now()
    for (let record = 0; record < records; record++) this.#records.push({ timestamp, success: true })
  }

  /** Outcomes in the window. */
  recent(): { readonly total: number; readonly failed: number } {
    this.#cleanOldRecords()
    return { total: this.#records.length, failed: this.#records.filter((record) => !record.success).length }
  }

  isAllowingRequests(): boolean {
    if (this.#state === 'CLOSED') return true
    if (this.#state === 'OPEN') return this.#shouldAttemptReset()
    return this.#halfOpenRequests < this.#config.halfOpenMaxRequests
  }

  forceState(state: LegacyState): void {
    this.#transitionTo(state)
  }

  reset(): void {
    this.#records = []
    this.#failureCount = 0
    this.#lastFailureTime = undefined
    this.#transitionTo('CLOSED')
  }

  async #withTimeout<T>(fn: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#metrics.timeoutRequests++
        reject(new Error(`Circuit breaker ${this.name} timeout after ${this.#config.timeout}ms`))
      }, this.#config.timeout)
    })
    try {
      return await Promise.race([fn(), limit])
    } finally {
      clearTimeout(timer)
    }
  }

  async #fallBack<T>(fallback: () => Promise<T>): Promise<T> {
    this.#metrics.fallbackExecutions++
    this.emit('fallback-executed', { name: this.name })
    return fallback()
  }

  #onSuccess(responseTime: number): void {
    this.#metrics.successfulRequests++
    this.#addRecord(true)
    if (this.#state === 'HALF_OPEN') {
      this.#successCount++
      if (this.#successCount >= this.#config.halfOpenMaxRequests) this.#transitionTo('CLOSED')
    }
    this.#updateMetrics()
    this.emit('request-success', { name: this.name, responseTime })
  }

  #onFailure(error: unknown, responseTime: number): void {
    this.#metrics.failedRequests++
    this.#failureCount++
    this.#lastFailureTime = Date.now()
    this.#addRecord(false)
    if (this.#state === 'HALF_OPEN') this.#transitionTo('OPEN')
    else if (this.#state === 'CLOSED' && this.#shouldOpenCircuit()) this.#transitionTo('OPEN')
    this.#updateMetrics()
    this.emit('request-failure', { name: this.name, error, responseTime })
  }

  #addRecord(success: boolean): void {
    this.#records.push({ timestamp: Date.now(), success })
    this.#cleanOldRecords()
    const { keptRecords } = this.#config
    if (this.#records.length > 2 * keptRecords) this.#records = this.#records.slice(-keptRecords)
  }

  #cleanOldRecords(): void {
    const cutoff = Date.now() - this.#config.rollingWindowSize
    this.#records = this.#records.filter((record) => record.timestamp >= cutoff)
  }

  #recentRecords(): RequestRecord[] {
    const cutoff = Date.now() - this.#config.rollingWindowSize
    return this.#records.filter((record) => record.timestamp >= cutoff)
  }

  #errorRate(): number {
    const recent = this.#recentRecords()
    if (recent.length === 0) return 0
    return (recent.filter((record) => !record.success).length / recent.length) * 100
  }

  #shouldOpenCircuit(): boolean {
    if (this.#recentRecords().length < this.#config.volumeThreshold) return false
    if (this.#failureCount >= this.#config.failureThreshold) return true
    return this.#errorRate() >= this.#config.failureThresholdPercentage
  }

  #shouldAttemptReset(): boolean {
    return this.#lastFailureTime !== undefined && Date.now() - this.#lastFailureTime >= this.#config.resetTimeout
  }

  #updateMetrics(): void {
    this.#metrics.errorRate = this.#errorRate()
    this.#metrics.lastFailureTime = this.#lastFailureTime
  }

  #transitionTo(state: LegacyState): void {
    const from = this.#state
    if (from === state) return
    this.#state = state
    this.#metrics.state = state
    if (state === 'HALF_OPEN') {
      this.#halfOpenRequests = 0
      this.#successCount = 0
    }
    this.emit('state-change', { name: this.name, from, to: state })
  }
}
