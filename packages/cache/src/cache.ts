import { type BulkLoader, batchLoader } from './batch-loader.ts'
import { type CacheDump, dumpEntries } from './dump.ts'
import { EntryCache, type EntryParts, partsOf, putEntry } from './entry-cache.ts'
import { checkSet } from './entry-options.ts'
import { CacheDestroyedError } from './errors.ts'
import { Loading } from './loading.ts'
import {
  checkFetchOptions,
  checkTags,
  type FetchOptions,
  type Loader,
  TAGGED_SET_RULES,
  type TaggedSetOptions,
} from './loading-options.ts'
import { check, FUNCTION, NEVER } from './option-checks.ts'
import { type CacheOptions, toEntryOptions } from './options.ts'
import { PurgeTimer, type SweepSlots } from './purge-timer.ts'
import type { CacheStats } from './stats.ts'
import { Tags } from './tags.ts'

const DEFAULT_MAX_TAGS = 10_000

/**
 * A bounded cache: an eviction policy to choose, TTL without timers, loading, tags.
 *
 *   get set has peek … ──►  EntryCache entries, the order of eviction, deadlines, weights            (entry-cache.ts)
 *                             ▲    ▲
 *   invalidateTag ────────────┼─ Tags  which entries carry what, when it was invalidated             (tags.ts)
 *                             │    │
 *   fetch ───────────────►  Loading    what to answer; fills the cache                               (loading.ts)
 *                             │
 *                           SingleFlight  key → the one load that runs, and who waits for it         (single-flight.ts)
 *
 * Loads in progress are no entries: nothing that happens to an entry can lose the result of a load.
 */
export class Cache<K, V> extends EntryCache<K, V> {
  readonly #parts: EntryParts<K, V>
  readonly #tags: Tags
  readonly #loading: Loading<K, V>
  readonly #weighted: boolean
  readonly #purgeTimer: PurgeTimer | undefined
  readonly #sweep: SweepSlots
  #destroyed = false

  /** Throws `TypeError` or `RangeError` for an unknown option or a value out of range. */
  constructor(options: CacheOptions<K, V>) {
    super(toEntryOptions(options))
    const parts = partsOf(this)
    this.#parts = parts
    this.#tags = new Tags(options.maxTags ?? DEFAULT_MAX_TAGS)
    this.#loading = new Loading(options, this, parts, this.#tags, () => this.#purgeTimer?.wake())
    this.#weighted = (options.maxWeight ?? options.maxBytes) !== undefined
    this.#sweep = (slots) => {
      const all = parts.table.sweep(slots)
      parts.disposals.flush()
      return all
    }
    if (options.purgeIntervalMs !== undefined) {
      this.#purgeTimer = new PurgeTimer(options.purgeIntervalMs, this.#sweep)
    }
  }

  /** As `EntryCache.set`. A load of the key that is running will not be stored. After `destroy` it does nothing. */
  override set(key: K, value: V, options?: TaggedSetOptions): this {
    if (this.#destroyed) return this
    const untagged = options === undefined || !Object.hasOwn(Object(options), 'tags')
    if (untagged && this.#loading.idle) {
      super.set(key, value, options)
      this.#purgeTimer?.wake()
    } else this.#setTagged(key, value, options === undefined ? {} : options)
    return this
  }

  /** Removes an entry; true if it was alive. A load of the key that is running delivers, but will not be stored. */
  override delete(key: K): boolean {
    if (!this.#loading.idle) this.#loading.changed(key, false)
    return super.delete(key)
  }

  /** `get` for many keys: those that were found, in the order asked for. O(keys). */
  getMany(keys: Iterable<K>): Map<K, V> {
    const found = new Map<K, V>()
    for (const key of keys) {
      const value = this.get(key)
      if (value !== undefined || this.has(key)) found.set(key, value as V)
    }
    return found
  }

  /**
   * `set` for many entries. One that is too heavy, or whose leaving made `onDispose` throw, does not keep the others from
   * being stored: its error is thrown at the end, or an `AggregateError` of several. O(entries).
   */
  setMany(entries: Iterable<readonly [K, V]>, options?: TaggedSetOptions): this {
    if (options !== undefined) checkSet(options, TAGGED_SET_RULES)
    const errors: unknown[] = []
    for (const [key, value] of entries) {
      try {
        this.set(key, value, options)
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} entries of setMany() failed`)
    return this
  }

  /** `delete` for many keys; how many entries were alive. O(keys). */
  deleteMany(keys: Iterable<K>): number {
    let deleted = 0
    for (const key of keys) if (this.delete(key)) deleted++
    return deleted
  }

  /** Removes every entry. Loads that are running deliver, but will not be stored. O(size + loads). */
  override clear(): void {
    this.#loading.cleared()
    super.clear()
  }

  /**
   * The stored value, or that of a load: one loader runs per key, and everyone who asks meanwhile gets its result. Only
   * one that was given up and does not heed its signal may still be running when the next begins. What a loader throws or rejects with goes to all of them and is not stored.
   * - An entry that is deleted, cleared, set or invalidated during the load: those who wait get the load's result, it is
   *   not stored, and who asks later waits for that load to end and a new one to run (or gets the value that was set).
   * - An entry whose TTL has passed may be returned as `staleWhileRevalidateMs`, `staleIfErrorMs` and `softTimeoutMs`
   *   say; one that was deleted or invalidated never is.
   * - `signal` lets one caller leave with the signal's reason; when the last one left, the loader's signal aborts with
   *   that reason and the load is over, whether or not the loader heeds it.
   * - A TTL of 0 delivers without storing; what was stored before leaves.
   * Rejects with `TypeError` or `RangeError` for bad arguments, with `CacheDestroyedError` after `destroy`, and with
   * `LoadReentryError` when a loader calls it for its own key before it first awaits; a loader that awaits its own key
   * later waits for itself, until `loadTimeoutMs`.
   */
  fetch(key: K, loader: Loader<K, V>, options?: FetchOptions<K, V>): Promise<V> {
    try {
      check('loader', loader, FUNCTION)
      if (options !== undefined) checkFetchOptions(options)
      if (this.#destroyed) throw new CacheDestroyedError()
      if (options?.signal?.aborted === true) throw options.signal.reason
      return Promise.resolve(this.#loading.fetch(key, loader, options))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * `fetch` for many keys: those that have to be loaded, and are not being loaded, go into one call of `loadMany` for each
   * 1000. The result has the keys in the order asked for. Rejects with the error of the first key that failed; what the others
   * bring is stored all the same. See `batchLoader`, which also joins single `fetch` calls.
   */
  async fetchMany(keys: Iterable<K>, loadMany: BulkLoader<K, V>, options?: FetchOptions<K, V>): Promise<Map<K, V>> {
    const load = batchLoader<K, V>(loadMany)
    const wanted = [...new Set(keys)]
    const values = await Promise.all(wanted.map((key) => this.fetch(key, load, options)))
    return new Map(wanted.map((key, index) => [key, values[index] as V]))
  }

  /**
   * Takes out every entry that was stored with the tag, stale ones too; they are dropped when met, for the reason
   * `invalidate`. What is being loaded with the tag meanwhile is delivered to those who wait, and not stored. O(1).
   */
  invalidateTag(tag: string): void {
    checkTags([tag])
    this.#tags.invalidate(tag)
    this.#loading.invalidated()
  }

  /** The live entries with what is left of their TTLs, and their tags; `load` takes them. O(size). */
  dump(): CacheDump<K, V> {
    return dumpEntries(this.#parts, this.#tags, this.#weighted)
  }

  /**
   * Sets the entries of a dump, less the time that has passed since it was made by the wall clock; those that expired
   * or are too heavy are left out. Returns how many were set. Throws at the first whose weight is none; those before it
   * are set. O(entries).
   */
  load({ at, entries }: CacheDump<K, V>): number {
    const passed = Math.max(0, Date.now() - at)
    let count = 0
    try {
      for (const { key, value, ttlMs = NEVER, renewMs, maxAgeMs = NEVER, weight, tags } of entries) {
        const left = Math.min(ttlMs, maxAgeMs) - passed
        if (left <= 0) continue
        const slot = this.#put(key, value, left, this.#weighted ? weight : undefined, tags, true)
        if (slot === 0) continue
        count++
        if (renewMs !== undefined) this.#parts.deadlines.resume(slot, renewMs, maxAgeMs - passed)
      }
    } finally {
      this.#parts.disposals.flush()
    }
    return count
  }

  /** Size, bounds and totals. O(1). */
  override getCacheStats(): CacheStats {
    const { flights } = this.#loading
    return { ...super.getCacheStats(), ...flights.totals, inflight: flights.size }
  }

  /**
   * Ends the cache: loads in progress are aborted and their callers rejected with `CacheDestroyedError`, entries are
   * cleared, and from then on nothing is stored or loaded. A second call does nothing.
   */
  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#purgeTimer?.end()
    this.#loading.flights.destroy()
    this.clear()
  }

  #setTagged(key: K, value: V, options: TaggedSetOptions): void {
    checkSet(options, TAGGED_SET_RULES)
    this.#put(key, value, options.ttlMs, options.weight, options.tags, false)
    this.#parts.disposals.flush()
  }

  /** Returns its slot, 0 if it was not stored. Reports wait. */
  #put(
    key: K,
    value: V,
    ttlMs: number | undefined,
    weight: number | undefined,
    tags: readonly string[] = [],
    lenient: boolean,
  ): number {
    if (this.#destroyed) return 0
    const slot = putEntry(this, key, value, ttlMs, weight, lenient)
    this.#loading.label(slot, tags, this.#tags.version)
    this.#loading.changed(key, slot !== 0, value)
    return slot
  }
}
