import { type CacheTransport, MemoryCache, type Options } from './opossum-options.ts'

type CacheEvent = 'cacheHit' | 'cacheMiss' | 'coalesceCacheHit' | 'coalesceCacheMiss'
type Ending = 'success' | 'error' | 'timeout'

/** opossum's two caches: results of calls, and calls under way that equal ones may join. */
export class ResultCaches {
  readonly transport: CacheTransport | undefined
  readonly #calls: MemoryCache | undefined
  readonly #options: Options
  readonly #emit: (event: CacheEvent) => void

  /** @throws TypeError for a transport without `get`, `set` and `flush` */
  constructor(options: Options, emit: (event: CacheEvent) => void) {
    const { cacheTransport: given } = options
    const methods = ['get', 'set', 'flush'] as const
    if (options.cache && given !== undefined && !methods.every((name) => typeof given?.[name] === 'function')) {
      throw new TypeError('options.cacheTransport should be an object with `get`, `set` and `flush` methods')
    }
    this.#options = options
    this.#emit = emit
    this.transport = options.cache ? (given ?? new MemoryCache(options.cacheSize)) : undefined
    this.#calls = options.coalesce ? new MemoryCache(options.coalesceSize) : undefined
  }

  key(args: unknown[]): string {
    if (this.transport === undefined && this.#calls === undefined) return ''
    return this.#options.cacheGetKey?.(...args) ?? JSON.stringify(args)
  }

  /** A promise for the same call, finished or under way. */
  find(key: string): unknown {
    if (this.transport !== undefined) {
      const cached = this.transport.get(key)
      this.#emit(cached ? 'cacheHit' : 'cacheMiss')
      if (cached) return cached
    }
    if (this.#calls === undefined) return undefined
    const call = this.#calls.get(key)
    this.#emit(call ? 'coalesceCacheHit' : 'coalesceCacheMiss')
    return call
  }

  begun(key: string, call: Promise<unknown>): void {
    const { coalesceTTL, timeout } = this.#options
    this.#calls?.set(key, call, expiry(coalesceTTL ?? (timeout === undefined ? 10_000 : timeout || 0)))
  }

  ended(key: string, how: Ending): void {
    if (this.#options.coalesceResetOn?.includes(how)) this.#calls?.delete(key)
  }

  /** A refused call tells nothing to whoever would join it. */
  refused(key: string): void {
    this.#calls?.delete(key)
  }

  succeeded(key: string, value: unknown): void {
    this.transport?.set(key, Promise.resolve(value), expiry(this.#options.cacheTTL ?? 0))
  }

  flush(): void {
    this.transport?.flush()
    this.#calls?.flush()
  }
}

function expiry(ttlMs: number): number {
  return ttlMs > 0 ? Date.now() + ttlMs : 0
}
