import { EventEmitter } from 'eventemitter3'

/** Counters of one bucket, or of the whole window, under opossum's names. */
export interface Stats {
  failures: number
  fallbacks: number
  successes: number
  rejects: number
  fires: number
  timeouts: number
  cacheHits: number
  cacheMisses: number
  coalesceCacheHits: number
  coalesceCacheMisses: number
  semaphoreRejections: number
  percentiles: Record<string, number>
  latencyTimes: number[]
  latencyMean?: number
  isCircuitBreakerOpen?: boolean
}

/** The counters among them. */
export type StatsCounter = Exclude<keyof Stats, 'percentiles' | 'latencyTimes' | 'latencyMean' | 'isCircuitBreakerOpen'>

export interface StatusOptions {
  rollingCountBuckets?: number | undefined
  rollingCountTimeout?: number | undefined
  rollingPercentilesEnabled?: boolean | undefined
  enableSnapshots?: boolean | undefined
  /** Counters to begin with. */
  stats?: Partial<Stats> | undefined
}

const percentiles = [0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 1]
/** A bucket keeps at most so many durations; opossum keeps all, and sorts them at every failure. */
const maxLatencies = 1000

/**
 * Rolling statistics as opossum reports them. Buckets move on when somebody counts or looks, so there is no interval;
 * only `snapshot` events need one, and it runs while somebody listens to them.
 */
export class Status extends EventEmitter {
  readonly rollingPercentilesEnabled: boolean
  readonly enableSnapshots: boolean
  readonly #bucketMs: number
  /** Newest first. */
  readonly #window: Stats[]
  #bucketAt: number
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(options: StatusOptions = {}) {
    super()
    const buckets = options.rollingCountBuckets || 10
    this.rollingPercentilesEnabled = options.rollingPercentilesEnabled !== false
    this.enableSnapshots = options.enableSnapshots !== false
    this.#bucketMs = Math.max(1, Math.floor((options.rollingCountTimeout || 10_000) / buckets))
    this.#window = Array.from({ length: buckets }, emptyBucket)
    this.#bucketAt = performance.now()
    if (options.stats) Object.assign(this.#newest(), options.stats, { latencyTimes: options.stats.latencyTimes ?? [] })
  }

  /** Totals of the window, durations sorted, with mean and percentiles. O(durations × log). */
  get stats(): Stats {
    const total = emptyBucket()
    for (const bucket of this.window) {
      for (const name of counters) total[name] += bucket[name] || 0
      total.latencyTimes.push(...bucket.latencyTimes)
    }
    const { latencyTimes } = total
    latencyTimes.sort((a, b) => a - b)
    const known = this.rollingPercentilesEnabled
    const sum = latencyTimes.reduce((a, b) => a + b, 0)
    total.latencyMean = known ? (latencyTimes.length > 0 ? sum / latencyTimes.length : 0) : -1
    for (const share of percentiles) total.percentiles[share] = known ? percentile(share, latencyTimes) : -1
    return total
  }

  /** The buckets, newest first. */
  get window(): Stats[] {
    this.#rotate()
    return this.#window.slice()
  }

  increment(counter: StatsCounter, latencyMs?: number): void {
    this.#rotate()
    const bucket = this.#newest()
    bucket[counter]++
    if (!this.rollingPercentilesEnabled) return
    if (counter !== 'successes' && counter !== 'failures' && counter !== 'timeouts') return
    if (bucket.latencyTimes.length < maxLatencies) bucket.latencyTimes.push(latencyMs || 0)
  }

  open(): void {
    this.#rotate()
    this.#newest().isCircuitBreakerOpen = true
  }

  close(): void {
    this.#rotate()
    this.#newest().isCircuitBreakerOpen = false
  }

  shutdown(): void {
    this.removeAllListeners()
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  override on(event: string | symbol, listener: (...args: unknown[]) => void, context?: unknown): this {
    super.on(event, listener, context)
    if (event === 'snapshot' && this.enableSnapshots && this.#timer === undefined) this.#startSnapshots()
    return this
  }

  #startSnapshots(): void {
    const timer = setInterval(() => {
      if (this.listenerCount('snapshot') > 0) this.emit('snapshot', this.stats)
      else this.#stopSnapshots()
    }, this.#bucketMs)
    if (typeof timer === 'object') timer.unref()
    this.#timer = timer
  }

  #stopSnapshots(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #newest(): Stats {
    const [newest] = this.#window
    if (newest === undefined) throw new RangeError('rollingCountBuckets is 0; expected at least 1')
    return newest
  }

  #rotate(): void {
    const passed = Math.floor((performance.now() - this.#bucketAt) / this.#bucketMs)
    if (passed <= 0) return
    this.#bucketAt += passed * this.#bucketMs
    for (let i = 0; i < Math.min(passed, this.#window.length); i++) {
      this.#window.pop()
      this.#window.unshift(emptyBucket())
    }
  }
}

const counters: readonly StatsCounter[] = [
  'failures',
  'fallbacks',
  'successes',
  'rejects',
  'fires',
  'timeouts',
  'cacheHits',
  'cacheMisses',
  'coalesceCacheHits',
  'coalesceCacheMisses',
  'semaphoreRejections',
]

function emptyBucket(): Stats {
  return {
    failures: 0,
    fallbacks: 0,
    successes: 0,
    rejects: 0,
    fires: 0,
    timeouts: 0,
    cacheHits: 0,
    cacheMisses: 0,
    coalesceCacheHits: 0,
    coalesceCacheMisses: 0,
    semaphoreRejections: 0,
    percentiles: {},
    latencyTimes: [],
  }
}

function percentile(share: number, sorted: readonly number[]): number {
  return sorted[share === 0 ? 0 : Math.ceil(share * sorted.length) - 1] || 0
}
