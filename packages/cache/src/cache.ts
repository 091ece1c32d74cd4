import { CacheClock } from './clock.ts'
import { Disposals } from './disposals.ts'
import { EntryTable, type TableInspection } from './entry-table.ts'
import { CacheDestroyedError } from './errors.ts'
import {
  type CacheOptions,
  checkCacheOptions,
  checkFetchOptions,
  checkMax,
  checkSetOptions,
  type FetchOptions,
  type Loader,
  type SetOptions,
} from './options.ts'
import { SingleFlight } from './single-flight.ts'
import { type CacheStats, Counters } from './stats.ts'

/** For tests of the structure; not part of the package's surface. */
export interface CacheInspection<K> extends TableInspection<K> {
  /** Reports not yet made; 0 whenever no method is running. */
  readonly undisposed: number
}

export let inspectCache: <K, V>(cache: Cache<K, V>) => CacheInspection<K>

/**
 * A cache of at most `max` entries: an eviction policy to choose, TTL without timers, one load at a time per key.
 *
 *   get set has peek … ──►  entries   key → slot → value, deadline; the order of eviction    (entry-table.ts)
 *                                ▲
 *                                │ result, unless the key changed meanwhile
 *   fetch on a miss ──────►  flights   key → the one load that runs, and who waits for it     (single-flight.ts)
 *
 * Loads in progress are no entries: nothing that happens to an entry can lose the result of a load.
 * Keys are compared as in `Map` (NaN is itself, -0 is 0); any value may be stored, `undefined` too: `has` tells it from
 * a miss. Expired entries are never returned; they are dropped when met, and by a sweep of 8 slots per `set`.
 * Time: O(1) per call unless stated. Space: about 61 bytes per entry with `lru`, 69 with a TTL,
 * and 18 more with `adaptive`; keys and values not counted.
 * Nothing keeps the process alive.
 */
export class Cache<K, V> {
  readonly #ttlMs: number
  readonly #entries: EntryTable<K, V>
  readonly #flights: SingleFlight<K, V>
  readonly #disposals: Disposals<K, V>
  readonly #counters: Counters = new Counters()
  #destroyed = false

  static {
    inspectCache = (cache) => ({ ...cache.#entries.inspect(), undisposed: cache.#disposals.waiting })
  }

  /** Throws `TypeError` or `RangeError` for an unknown option or a value out of range. */
  constructor(options: CacheOptions<K, V>) {
    checkCacheOptions(options)
    const { max, ttlMs = Number.POSITIVE_INFINITY, onDispose, clock, policy = 'lru' } = options
    this.#ttlMs = ttlMs
    this.#disposals = new Disposals(onDispose)
    this.#entries = new EntryTable(max, policy, new CacheClock(clock), this.#disposals, this.#counters)
    this.#flights = new SingleFlight(this.#counters, (key, value, ttl) => {
      if (ttl === 0) this.#entries.take(key, 'set')
      else this.#entries.store(key, value, ttl)
      this.#disposals.flush()
    })
  }

  /** Entries held, expired ones that were not yet met included; never above `max`. See `purgeExpired`. */
  get size(): number {
    return this.#entries.size
  }

  /**
   * The value, which counts as used now, or `undefined`. Counts a hit or a miss.
   * With the default clock, in a synchronous run of at least 16 lookups less than 2 µs apart and nothing written in
   * between, up to 64 lookups may use the time of the one before; an injected clock is read every time.
   */
  get(key: K): V | undefined {
    const slot = this.#entries.use(key)
    if (slot === 0) {
      this.#counters.misses++
      this.#disposals.flush()
      return undefined
    }
    this.#counters.hits++
    return this.#entries.valueAt(slot)
  }

  /** The value or `undefined`; changes neither order nor statistics. */
  peek(key: K): V | undefined {
    const slot = this.#entries.find(key)
    return slot === 0 ? undefined : this.#entries.valueAt(slot)
  }

  /** Whether a live entry is stored; changes neither order nor statistics. */
  has(key: K): boolean {
    return this.#entries.find(key) !== 0
  }

  /**
   * Stores a value, which counts as used now, with a fresh TTL. A load of the key that is running will not be stored.
   * With a TTL of 0 nothing is stored, and what was stored before leaves. After `destroy` it does nothing.
   * Throws `TypeError` or `RangeError` for bad options, and what `onDispose` throws.
   */
  set(key: K, value: V, options?: SetOptions): this {
    if (options !== undefined) checkSetOptions(options)
    if (this.#destroyed) return this
    const ttlMs = options?.ttlMs ?? this.#ttlMs
    if (ttlMs === 0) {
      this.#flights.outdate(key)
      this.#entries.take(key, 'set')
    } else {
      if (this.#flights.size !== 0) this.#flights.supersede(key, value)
      this.#entries.store(key, value, ttlMs)
    }
    this.#disposals.flush()
    return this
  }

  /** Removes an entry; true if it was alive. A load of the key that is running delivers, but will not be stored. */
  delete(key: K): boolean {
    this.#flights.outdate(key)
    const wasAlive = this.#entries.take(key, 'delete')
    this.#disposals.flush()
    return wasAlive
  }

  /** Removes every entry. Loads that are running deliver, but will not be stored. O(size + loads). */
  clear(): void {
    this.#flights.outdateAll()
    this.#entries.clear()
    this.#disposals.flush()
  }

  /** Removes every expired entry now and returns how many there were. O(size). */
  purgeExpired(): number {
    const purged = this.#entries.purgeExpired()
    this.#disposals.flush()
    return purged
  }

  /**
   * Changes the bound. Shrinking drops the expired entries, then those the policy chooses, and gives the memory back.
   * Throws like the constructor. O(size).
   */
  resize(max: number): void {
    checkMax(max)
    if (max === this.#entries.max) return
    this.#entries.resize(max)
    this.#disposals.flush()
  }

  /**
   * The stored value, or that of a load: at most one loader runs per key, and everyone who asks meanwhile gets its
   * result. What a loader throws or rejects with goes to all of them and is not stored.
   * - An entry that is deleted, cleared or set during the load: those who wait get the load's result, it is not stored,
   *   and who asks later waits for that load to end and a new one to run (or gets the value that was set meanwhile).
   * - `signal` lets one caller leave with the signal's reason; when the last one left, the loader's signal aborts with
   *   that reason and the load is over, whether or not the loader heeds it.
   * - A TTL of 0 delivers without storing; what was stored before leaves.
   * Rejects with `TypeError` or `RangeError` for bad arguments, with `CacheDestroyedError` after `destroy`. A loader that
   * awaits a fetch of its own key waits for itself.
   */
  fetch(key: K, loader: Loader<K, V>, options?: FetchOptions): Promise<V> {
    try {
      if (typeof loader !== 'function') throw new TypeError(`loader must be a function, got ${typeof loader}`)
      if (options !== undefined) checkFetchOptions(options)
      if (this.#destroyed) throw new CacheDestroyedError()
      if (options?.signal?.aborted === true) throw options.signal.reason
      const slot = options?.forceRefresh === true ? 0 : this.#entries.use(key)
      if (slot !== 0) {
        this.#counters.hits++
        return Promise.resolve(this.#entries.valueAt(slot))
      }
      this.#counters.misses++
      this.#disposals.flush()
      return this.#flights.join(key, loader, options?.ttlMs ?? this.#ttlMs, options?.signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Live keys, most recently used first with `lru`, in the order of the policy's lists otherwise. Iterating changes nothing. The cache may be changed meanwhile: a key that left
   * is skipped, none comes twice, and the end is reached. First step O(1), second step O(size), then O(1).
   */
  *keys(): Generator<K, void, undefined> {
    for (const slot of this.#entries.walk()) yield this.#entries.keyAt(slot)
  }

  /** Live values, in the order of `keys`. */
  *values(): Generator<V, void, undefined> {
    for (const slot of this.#entries.walk()) yield this.#entries.valueAt(slot)
  }

  /** Live entries, in the order of `keys`. */
  *entries(): Generator<[K, V], void, undefined> {
    for (const slot of this.#entries.walk()) yield [this.#entries.keyAt(slot), this.#entries.valueAt(slot)]
  }

  [Symbol.iterator](): Generator<[K, V], void, undefined> {
    return this.entries()
  }

  /** Size, bound and totals. O(1). */
  getCacheStats(): CacheStats {
    return this.#counters.snapshot(this.#entries.size, this.#entries.max, this.#flights.size)
  }

  /**
   * Ends the cache: loads in progress are aborted and their callers rejected with `CacheDestroyedError`, entries are
   * cleared, and from then on nothing is stored or loaded. A second call does nothing.
   */
  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#flights.destroy()
    this.clear()
  }
}
