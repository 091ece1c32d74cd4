import type { Stats, Status, StatusOptions } from './opossum-status.ts'

/** Where cached results are kept. */
export interface CacheTransport {
  get(key: string): unknown
  set(key: string, value: unknown, expiresAt: number): void
  delete?(key: string): void
  flush(): void
}

/** State as `toJSON` returns it. */
export interface OpossumState {
  name?: string | undefined
  enabled?: boolean | undefined
  closed?: boolean | undefined
  open?: boolean | undefined
  halfOpen?: boolean | undefined
  warmUp?: boolean | undefined
  shutdown?: boolean | undefined
  lastTimerAt?: number | undefined
}

/** opossum's options, with opossum's defaults. */
export interface Options<A extends unknown[] = unknown[]> extends Omit<StatusOptions, 'stats'> {
  /** ms; `false` or 0 is none. @default 10000 */
  timeout?: number | false | undefined
  /** ms. @default 30000 */
  resetTimeout?: number | undefined
  /** %; the circuit opens above it. @default 50 */
  errorThresholdPercentage?: number | undefined
  /** Results before the percentage counts. @default 0 */
  volumeThreshold?: number | undefined
  /** True: the error is passed on, and counts as a success. */
  errorFilter?: ((error: never, ...args: A) => boolean) | undefined
  /** Calls at once. @default unlimited */
  capacity?: number | undefined
  name?: string | undefined
  group?: string | undefined
  enabled?: boolean | undefined
  /** For `rollingCountTimeout` ms after it was made, the circuit does not open. */
  allowWarmUp?: boolean | undefined
  state?: OpossumState | undefined
  status?: Status | Partial<Stats> | undefined
  /** Aborting it aborts all calls. A time-out aborts only its own; see `getSignal`. */
  abortController?: AbortController | undefined
  autoRenewAbortController?: boolean | undefined
  cache?: boolean | undefined
  /** ms; 0 is for ever. */
  cacheTTL?: number | undefined
  /** Entries. @default 10000 */
  cacheSize?: number | undefined
  cacheGetKey?: ((...args: A) => string) | undefined
  cacheTransport?: CacheTransport | undefined
  coalesce?: boolean | undefined
  coalesceTTL?: number | undefined
  coalesceSize?: number | undefined
  coalesceResetOn?: readonly ('error' | 'success' | 'timeout')[] | undefined
}

interface CacheEntry {
  readonly value: unknown
  /** Wall clock, ms; 0 never. */
  readonly expiresAt: number
}

/** opossum's cache in memory; bounded by default, the oldest entry makes room. */
export class MemoryCache implements CacheTransport {
  readonly #entries: Map<string, CacheEntry> = new Map()
  readonly #maxEntries: number

  constructor(maxEntries = 10_000) {
    this.#maxEntries = maxEntries
  }

  get(key: string): unknown {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expiresAt === 0 || entry.expiresAt > Date.now()) return entry.value
    this.#entries.delete(key)
    return undefined
  }

  set(key: string, value: unknown, expiresAt: number): void {
    if (this.#entries.size >= this.#maxEntries && !this.#entries.has(key)) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest)
        break
      }
    }
    this.#entries.set(key, { value, expiresAt })
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  flush(): void {
    this.#entries.clear()
  }
}
