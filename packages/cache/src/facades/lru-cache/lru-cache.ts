import { describe, dumpEntries } from './dump.ts'
import { Entries } from './entries.ts'
import { Fetches } from './fetches.ts'
import { callOptions, checkOptions } from './settings.ts'
import type * as types from './types.ts'

/** One object for all calls without options: nothing is allocated. */
const NONE = {}

/**
 * The class of lru-cache 11: the same options, methods and answers, over linked typed arrays and the single flight of
 * this package. What differs, above all around `fetch`, whose results nothing can lose here, is listed in the guide.
 * Time: O(1) per call unless stated.
 */
export class LRUCache<K extends {}, V extends {}, FC = unknown> {
  readonly #options: types.Options<K, V, FC>
  readonly #entries: Entries<K, V>
  readonly #fetches: Fetches<K, V, FC>
  // Defaults of later calls: changing them changes those.
  ttl: number
  ttlResolution: number
  ttlAutopurge: boolean
  updateAgeOnGet: boolean
  updateAgeOnHas: boolean
  allowStale: boolean
  noDisposeOnSet: boolean
  noUpdateTTL: boolean
  maxEntrySize: number
  sizeCalculation: ((value: V, key: K) => number) | undefined
  noDeleteOnFetchRejection: boolean
  noDeleteOnStaleGet: boolean
  allowStaleOnFetchAbort: boolean
  allowStaleOnFetchRejection: boolean
  ignoreFetchAbort: boolean
  backgroundFetchSize: number
  readonly [Symbol.toStringTag]: string = 'LRUCache'

  /** Throws `TypeError` for a value out of range, and when nothing bounds the cache. */
  constructor(options: types.Options<K, V, FC>) {
    checkOptions(options)
    this.#options = options
    this.ttl = options.ttl ?? 0
    this.ttlResolution = options.ttlResolution ?? 1
    this.ttlAutopurge = options.ttlAutopurge === true
    this.updateAgeOnGet = options.updateAgeOnGet === true
    this.updateAgeOnHas = options.updateAgeOnHas === true
    this.allowStale = options.allowStale === true
    this.noDisposeOnSet = options.noDisposeOnSet === true
    this.noUpdateTTL = options.noUpdateTTL === true
    this.maxEntrySize = options.maxEntrySize || options.maxSize || 0
    this.sizeCalculation = options.sizeCalculation
    this.noDeleteOnFetchRejection = options.noDeleteOnFetchRejection === true
    this.noDeleteOnStaleGet = options.noDeleteOnStaleGet === true
    this.allowStaleOnFetchAbort = options.allowStaleOnFetchAbort === true
    this.allowStaleOnFetchRejection = options.allowStaleOnFetchRejection === true
    this.ignoreFetchAbort = options.ignoreFetchAbort === true
    this.backgroundFetchSize = options.backgroundFetchSize ?? 1
    this.#entries = new Entries(options as types.Options<K, V, never>, this)
    this.#fetches = new Fetches(this.#entries, options.fetchMethod)
  }

  get max(): number {
    return this.#entries.max
  }

  get maxSize(): number {
    return this.#entries.maxSize
  }

  get calculatedSize(): number {
    return this.#entries.calculatedSize
  }

  get size(): number {
    return this.#entries.slots.count
  }

  get perf(): types.Perf {
    return this.#entries.perf
  }

  get fetchMethod(): types.Fetcher<K, V, FC> | undefined {
    return this.#options.fetchMethod
  }

  get memoMethod(): types.Memoizer<K, V, FC> | undefined {
    return this.#options.memoMethod
  }

  get dispose(): types.Options<K, V, FC>['dispose'] {
    return this.#options.dispose
  }

  get disposeAfter(): types.Options<K, V, FC>['disposeAfter'] {
    return this.#options.disposeAfter
  }

  get onInsert(): types.Options<K, V, FC>['onInsert'] {
    return this.#options.onInsert
  }

  set(key: K, value: V | undefined, options: types.SetOptions<K, V> = NONE): this {
    if (value === undefined) {
      this.delete(key)
      return this
    }
    const stored = this.#entries.set(key, value, options)
    if (this.#fetches.size !== 0) this.#fetches.changed(key, stored ? value : undefined)
    return this
  }

  get(key: K, options: types.GetOptions = NONE): V | undefined {
    const entries = this.#entries
    const slot = entries.find(key)
    if (slot === 0) return undefined
    const value = entries.value(slot)
    if (entries.isStale(slot)) {
      const { allowStale = this.allowStale, noDeleteOnStaleGet = this.noDeleteOnStaleGet } = options
      if (!noDeleteOnStaleGet && !this.#fetches.has(key)) entries.remove(key, 'expire')
      return allowStale ? value : undefined
    }
    entries.slots.touch(slot)
    if (options.updateAgeOnGet ?? this.updateAgeOnGet) entries.renew(slot)
    return value
  }

  peek(key: K, { allowStale = this.allowStale }: types.PeekOptions = {}): V | undefined {
    const slot = this.#entries.find(key)
    return slot === 0 || (!allowStale && this.#entries.isStale(slot)) ? undefined : this.#entries.value(slot)
  }

  has(key: K, { updateAgeOnHas = this.updateAgeOnHas }: types.HasOptions = {}): boolean {
    const slot = this.#entries.find(key)
    if (slot === 0 || this.#entries.isStale(slot)) return false
    if (updateAgeOnHas) this.#entries.renew(slot)
    return true
  }

  delete(key: K): boolean {
    if (this.#fetches.size !== 0) this.#fetches.changed(key, undefined)
    return this.#entries.remove(key, 'delete')
  }

  /** O(size). */
  clear(): void {
    this.#fetches.outdateAll()
    this.#entries.clear()
  }

  /** Drops the least recently used entry and returns its value. */
  pop(): V | undefined {
    const value = this.#entries.evict()
    this.#entries.flush()
    return value
  }

  /** Drops every stale entry. O(size). */
  purgeStale(): boolean {
    return this.#entries.purgeStale()
  }

  /** Ms left of an entry's TTL: `Infinity` without one, 0 if there is no entry, below 0 if it is stale. */
  getRemainingTTL(key: K): number {
    const slot = this.#entries.find(key)
    return slot === 0 ? 0 : this.#entries.remaining(slot)
  }

  fetch(key: K, options: types.FetchOptions<K, V, FC> = NONE): Promise<V | undefined> {
    if (this.#options.fetchMethod === undefined) return Promise.resolve(this.get(key, options))
    const entries = this.#entries
    const slot = entries.find(key)
    if (slot !== 0 && options.forceRefresh !== true && !entries.isStale(slot)) {
      entries.slots.touch(slot)
      if (options.updateAgeOnGet ?? this.updateAgeOnGet) entries.renew(slot)
      return Promise.resolve(entries.value(slot))
    }
    return this.#fetches.load(key, slot, options.context as FC, callOptions(this, options))
  }

  /** `fetch` that rejects where that would resolve to `undefined`. */
  async forceFetch(key: K, options: types.FetchOptions<K, V, FC> = {}): Promise<V> {
    const value = await this.fetch(key, options)
    if (value === undefined) throw new Error('fetch() returned undefined')
    return value
  }

  memo(key: K, options: types.MemoOptions<K, V, FC> = {}): V {
    const { memoMethod } = this.#options
    if (memoMethod === undefined) throw new Error('no memoMethod provided to constructor')
    const { context, forceRefresh = false, ...rest } = options
    const value = this.get(key, rest)
    if (!forceRefresh && value !== undefined) return value
    const fresh = memoMethod(key, value, { options: rest, context: context as FC })
    this.set(key, fresh, rest)
    return fresh
  }

  /** Live entries, with `allowStale` all, the most recently used first. The iterators go over what is there when they begin. O(size). */
  *entries(): Generator<[K, V], void, undefined> {
    for (const slot of this.#walk(true)) yield [this.#entries.key(slot), this.#entries.value(slot)]
  }

  *rentries(): Generator<[K, V], void, undefined> {
    for (const slot of this.#walk(false)) yield [this.#entries.key(slot), this.#entries.value(slot)]
  }

  *keys(): Generator<K, void, undefined> {
    for (const slot of this.#walk(true)) yield this.#entries.key(slot)
  }

  *rkeys(): Generator<K, void, undefined> {
    for (const slot of this.#walk(false)) yield this.#entries.key(slot)
  }

  *values(): Generator<V, void, undefined> {
    for (const slot of this.#walk(true)) yield this.#entries.value(slot)
  }

  *rvalues(): Generator<V, void, undefined> {
    for (const slot of this.#walk(false)) yield this.#entries.value(slot)
  }

  [Symbol.iterator](): Generator<[K, V], void, undefined> {
    return this.entries()
  }

  /** `get` of the first live entry that fits, or `undefined`. O(size). */
  find(fits: (value: V, key: K, cache: this) => boolean, options?: types.GetOptions): V | undefined {
    for (const [key, value] of this.entries()) if (fits(value, key, this)) return this.get(key, options)
    return undefined
  }

  forEach(visit: (value: V, key: K, cache: this) => void, self: unknown = this): void {
    for (const [key, value] of this.entries()) visit.call(self, value, key, this)
  }

  rforEach(visit: (value: V, key: K, cache: this) => void, self: unknown = this): void {
    for (const [key, value] of this.rentries()) visit.call(self, value, key, this)
  }

  /** Value, ms left and size of an entry, stale or not. */
  info(key: K): types.Entry<V> | undefined {
    const slot = this.#entries.find(key)
    return slot === 0 ? undefined : describe(this.#entries, slot)
  }

  /** Every entry, stale ones too, the least recently used first, with `start` by the wall clock. O(size). */
  dump(): [K, types.Entry<V>][] {
    return dumpEntries(this.#entries)
  }

  /** Replaces everything by what `dump` returned. O(entries). */
  load(dumped: Iterable<readonly [K, types.Entry<V>]>): void {
    this.clear()
    const offset = Date.now() - this.#entries.perf.now()
    for (const [key, { value, ttl, start, size }] of dumped) {
      this.set(key, value, { ttl, size, start: start === undefined ? undefined : start - offset })
    }
  }

  *#walk(fromNewest: boolean): Generator<number, void, undefined> {
    const entries = this.#entries
    const { slots } = entries
    const keys = slots.list(fromNewest).map((slot) => entries.key(slot))
    for (const key of keys) {
      const slot = entries.find(key)
      if (slot !== 0 && (this.allowStale || !entries.isStale(slot))) yield slot
    }
  }
}

export declare namespace LRUCache {
  type Size = number
  type Milliseconds = number
  type Count = number
  type Options<K, V, FC = unknown> = types.Options<K, V, FC>
  type OptionsBase<K, V, FC = unknown> = types.Options<K, V, FC>
  type OptionsMaxLimit<K, V, FC = unknown> = types.Options<K, V, FC> & { max: Count }
  type OptionsTTLLimit<K, V, FC = unknown> = types.Options<K, V, FC> & { ttl: Milliseconds; ttlAutopurge: boolean }
  type OptionsSizeLimit<K, V, FC = unknown> = types.Options<K, V, FC> & { maxSize: Size }
  type Disposer<K, V> = (value: V, key: K, reason: DisposeReason) => void
  type Inserter<K, V> = (value: V, key: K, reason: InsertReason) => void
  type SizeCalculator<K, V> = (value: V, key: K) => Size
  /** Accepted, and not filled in. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever a caller reads from it is not there
  type Status<_K = unknown, _V = unknown, _FC = unknown> = Record<string, any>
  type FetcherFetchOptions<K, V, FC = unknown> = types.FetcherFetchOptions<K, V, FC>
  type GetOptions = types.GetOptions
  type HasOptions = types.HasOptions
  type PeekOptions = types.PeekOptions
  type SetOptions<K, V> = types.SetOptions<K, V>
  type FetchOptions<K, V, FC = unknown> = types.FetchOptions<K, V, FC>
  type FetcherOptions<K, V, FC = unknown> = types.FetcherOptions<K, V, FC>
  type Fetcher<K, V, FC = unknown> = types.Fetcher<K, V, FC>
  type MemoOptions<K, V, FC = unknown> = types.MemoOptions<K, V, FC>
  type Memoizer<K, V, FC = unknown> = types.Memoizer<K, V, FC>
  type Entry<V> = types.Entry<V>
  type DisposeReason = types.DisposeReason
  type InsertReason = types.InsertReason
}
