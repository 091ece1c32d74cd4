import { CacheClock } from './clock.ts'
import { MAX, ttlOf } from './core/core-options.ts'
import { Disposals } from './disposals.ts'
import {
  checkEntryOptions,
  checkSet,
  DEFAULT_MOST,
  type EntryOptions,
  type SetOptions,
  TOTAL_WEIGHT,
  WEIGHED_SET_RULES,
  WEIGHT,
} from './entry-options.ts'
import { EntryTable } from './entry-table.ts'
import { OverweightError } from './errors.ts'
import { check, NEVER } from './option-checks.ts'
import { Counters, type EntryStats } from './stats.ts'
import { Deadlines } from './ttl.ts'
import { Weights } from './weight.ts'

/** What the rest of the package builds on. */
export interface EntryParts<K, V> {
  readonly table: EntryTable<K, V>
  readonly counters: Counters
  readonly disposals: Disposals<K, V>
  readonly deadlines: Deadlines
}

export let partsOf: <K, V>(core: EntryCache<K, V>) => EntryParts<K, V>
/**
 * Stores an entry and returns its slot, 0 if it is not stored. When `loaded`, a value that is too heavy is no error: it
 * is counted, and what was stored before leaves. Reports wait for `disposals.flush()`.
 */
export let putEntry: <K, V>(
  core: EntryCache<K, V>,
  key: K,
  value: V,
  ttlMs: number | undefined,
  weight: number | undefined,
  loaded: boolean,
) => number

/**
 * A bounded cache without loading: entries, a policy, TTL without timers.
 *
 *   get set has peek … ──►  EntryTable   key → slot → value, deadline, weight; the order of eviction
 *
 * Keys are compared as in `Map` (NaN is itself, -0 is 0); any value may be stored, `undefined` too: `has` tells it from
 * a miss. Expired entries are never returned; they are dropped when met, and by a sweep of 8 slots per `set`.
 * Time: O(1) per call unless stated. Nothing keeps the process alive.
 */
export class EntryCache<K, V> {
  readonly #ttlMs: number | ((value: V, key: K) => number)
  readonly #weigh: ((value: V, key: K) => number) | undefined
  readonly #maxEntryWeight: number
  /** Of any entry, 0 if the number of entries is not up to the weight. */
  readonly #leastWeight: number
  /** TTL of every entry whose `set` has no options, 0 if it has to be looked at. */
  readonly #plainTtlMs: number
  readonly #parts: EntryParts<K, V>
  readonly #table: EntryTable<K, V>
  readonly #counters: Counters = new Counters()

  static {
    partsOf = (core) => core.#parts
    putEntry = (core, key, value, ttlMs, weight, loaded) => core.#put(key, value, ttlMs, weight, loaded)
  }

  /** The options' values have been checked. Throws `TypeError` or `RangeError` if they do not go together. */
  constructor(options: EntryOptions<K, V>) {
    checkEntryOptions(options)
    const { maxWeight, weigh, ttlMs = NEVER, onDispose, clock, policy } = options
    const { sliding = false, idleMs = NEVER, maxAgeMs = NEVER, leastWeight = 1 } = options
    const max = options.max ?? mostOf(maxWeight as number, leastWeight)
    const lifetimes = sliding || Math.min(idleMs, maxAgeMs) < NEVER ? { sliding, idleMs, maxAgeMs } : undefined
    this.#ttlMs = ttlMs
    this.#weigh = weigh
    this.#plainTtlMs = typeof ttlMs === 'number' && maxWeight === undefined && onDispose === undefined ? ttlMs : 0
    this.#maxEntryWeight = options.maxEntryWeight ?? NEVER
    this.#leastWeight = options.max === undefined ? leastWeight : 0
    const counters = this.#counters
    const disposals = new Disposals(onDispose)
    const weights = maxWeight === undefined ? undefined : new Weights(max, maxWeight)
    const time = new CacheClock(clock)
    const deadlines = new Deadlines(max, lifetimes, time)
    this.#table = new EntryTable(max, policy, deadlines, weights, time, disposals, counters)
    this.#parts = { table: this.#table, counters, disposals, deadlines }
  }

  /** Entries held, expired ones that were not yet met included; never above `max`. See `purgeExpired`. */
  get size(): number {
    return this.#table.size
  }

  /**
   * The value, which counts as used now, or `undefined`. Counts a hit or a miss.
   * With the default clock, in a synchronous run of at least 16 calls less than 2 µs apart, up to 64 calls may use the
   * time of the one before; an injected clock is read every time.
   */
  get(key: K): V | undefined {
    const slot = this.#table.use(key)
    if (slot === 0) {
      this.#counters.misses++
      this.#parts.disposals.flush()
      return undefined
    }
    this.#counters.hits++
    return this.#table.valueAt(slot)
  }

  /** The value or `undefined`; changes neither order, deadlines nor statistics. */
  peek(key: K): V | undefined {
    const slot = this.#table.find(key)
    return slot === 0 ? undefined : this.#table.valueAt(slot)
  }

  /** Whether a live entry is stored; changes neither order, deadlines nor statistics. */
  has(key: K): boolean {
    return this.#table.find(key) !== 0
  }

  /**
   * Stores a value, which counts as used now, with a fresh TTL. With a TTL of 0 nothing is stored, and what was stored
   * before leaves. Throws `TypeError` or `RangeError` for bad options, `OverweightError` for an entry that weighs more
   * than the limit (nothing changes then), and what `onDispose` throws. O(entries evicted).
   */
  set(key: K, value: V, options?: SetOptions): this {
    const ttlMs = this.#plainTtlMs
    if (options === undefined && ttlMs !== 0) {
      // The usual case: nothing to decide, and nobody to tell.
      this.#table.store(key, value, ttlMs, 1)
      return this
    }
    if (options === undefined) this.#put(key, value, undefined, undefined, false)
    else {
      checkSet(options, WEIGHED_SET_RULES)
      this.#put(key, value, options.ttlMs, options.weight, false)
    }
    this.#parts.disposals.flush()
    return this
  }

  /** Removes an entry; true if it was alive. */
  delete(key: K): boolean {
    const wasAlive = this.#table.take(key, 'delete')
    this.#parts.disposals.flush()
    return wasAlive
  }

  /** Removes every entry. O(size) with `onDispose`; without, only the engine has work that grows with the size. */
  clear(): void {
    this.#table.clear()
    this.#parts.disposals.flush()
  }

  /** Removes every expired entry now and returns how many there were. O(size). */
  purgeExpired(): number {
    const purged = this.#table.purgeExpired()
    this.#parts.disposals.flush()
    return purged
  }

  /**
   * Changes the bounds. Shrinking drops the expired entries, then those the policy chooses; with another `max` it gives
   * memory back. With a `maxWeight`, `max` may be `undefined`: it stays, or goes by the weight as in the constructor.
   * Throws like the constructor. O(size).
   */
  resize(max: number | undefined, maxWeight?: number): void {
    const table = this.#table
    let most = max
    if (maxWeight !== undefined) {
      check('maxWeight', maxWeight, TOTAL_WEIGHT)
      if (!table.weighted) throw new TypeError('maxWeight needs a cache with maxWeight')
      most ??= this.#leastWeight === 0 ? table.max : mostOf(maxWeight, this.#leastWeight)
    }
    check('max', most, MAX)
    table.resize(most as number, maxWeight)
    this.#parts.disposals.flush()
  }

  /**
   * Live keys, most recently used first with `lru`, in the order of the policy's lists otherwise. Iterating changes
   * nothing. The cache may be changed meanwhile: a key that left is skipped, none comes twice, and the end is reached.
   * First step O(1), second step O(size), then O(1).
   */
  *keys(): Generator<K, void, undefined> {
    for (const slot of this.#table.walk()) yield this.#table.keyAt(slot)
  }

  /** Live values, in the order of `keys`. */
  *values(): Generator<V, void, undefined> {
    for (const slot of this.#table.walk()) yield this.#table.valueAt(slot)
  }

  /** Live entries, in the order of `keys`. */
  *entries(): Generator<[K, V], void, undefined> {
    for (const slot of this.#table.walk()) yield [this.#table.keyAt(slot), this.#table.valueAt(slot)]
  }

  [Symbol.iterator](): Generator<[K, V], void, undefined> {
    return this.entries()
  }

  /** Size, bounds and totals. O(1). */
  getCacheStats(): EntryStats {
    const { size, max, weight, maxWeight, weighted } = this.#table
    return this.#counters.snapshot(size, max, weight, maxWeight, weighted)
  }

  #put(key: K, value: V, ttl: number | undefined, weight: number | undefined, loaded: boolean): number {
    const ttlMs = ttl ?? ttlOf(this.#ttlMs, value, key)
    if (ttlMs === 0) {
      this.#table.take(key, 'set')
      return 0
    }
    let weighs = 1
    if (this.#table.weighted) {
      weighs = weight ?? this.#weigh?.(value, key) ?? 1
      check('weight', weighs, WEIGHT)
      const limit = Math.min(this.#maxEntryWeight, this.#table.maxWeight)
      if (weighs > limit) {
        this.#counters.rejections++
        if (!loaded) throw new OverweightError(weighs, limit)
        this.#table.take(key, 'set')
        return 0
      }
    } else if (weight !== undefined) {
      throw new TypeError('weight needs a cache with maxWeight')
    }
    return this.#table.store(key, value, ttlMs, weighs)
  }
}

/** How many entries a weight has room for. */
function mostOf(maxWeight: number, leastWeight: number): number {
  return Math.min(DEFAULT_MOST, Math.ceil(maxWeight / leastWeight))
}
