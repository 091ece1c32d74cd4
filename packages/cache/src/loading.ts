import { ttlOf } from './core/core-options.ts'
import { type EntryCache, type EntryParts, putEntry } from './entry-cache.ts'
import { type Flight, type LoadHost, type Stale, undisturbed } from './flight.ts'
import { checkTags, type FetchOptions, type Loader } from './loading-options.ts'
import { check, NEVER, TTL } from './option-checks.ts'
import type { CacheOptions } from './options.ts'
import { SingleFlight } from './single-flight.ts'
import type { Label, Tags } from './tags.ts'

/** Weight of the newest load in the average of load times: the last ten or so count. */
const NEWEST_LOAD = 0.2

interface Failure {
  readonly error: unknown
  readonly until: number
}

/**
 * Decides what `fetch` answers:
 *
 *                            ttl        + staleWhileRevalidate       + staleIfError
 *   entry   ├───── live ──────┼───── at once, and ──────┼──── stands in for a load ────┤  none
 *            its value;       │      load in the        │     that failed or is slow   │  load
 *            perhaps load     │      background         │                              │
 *            (refresh-ahead) ─┘                         (both windows begin at the end of the TTL)
 *
 * Loads are `SingleFlight`'s business; failures remembered for `errorTtlMs` are kept here, at most as many as entries.
 */
export class Loading<K, V> implements LoadHost<K, V> {
  readonly softTimeoutMs: number
  readonly loadTimeoutMs: number
  readonly staleIfErrorMs: number
  readonly flights: SingleFlight<K, V>
  readonly #options: CacheOptions<K, V>
  readonly #core: EntryCache<K, V>
  readonly #parts: EntryParts<K, V>
  readonly #tags: Tags
  readonly #failures: Map<K, Failure> = new Map()
  readonly #stored: () => void
  /** Average of the load times. */
  #loadMs = 0

  constructor(
    options: CacheOptions<K, V>,
    core: EntryCache<K, V>,
    parts: EntryParts<K, V>,
    tags: Tags,
    stored: () => void,
  ) {
    const { softTimeoutMs = NEVER, loadTimeoutMs = NEVER, staleIfErrorMs = 0, staleWhileRevalidateMs = 0 } = options
    this.softTimeoutMs = softTimeoutMs
    this.loadTimeoutMs = loadTimeoutMs
    this.staleIfErrorMs = staleIfErrorMs
    this.#options = options
    this.#core = core
    this.#parts = parts
    this.#tags = tags
    this.#stored = stored
    this.flights = new SingleFlight(this)
    parts.table.keepMs = Math.max(staleWhileRevalidateMs, staleIfErrorMs)
  }

  /** Whether nothing is being loaded and no failure remembered: then a key that changes concerns nobody here. */
  get idle(): boolean {
    return this.flights.size === 0 && this.#failures.size === 0
  }

  fetch(key: K, loader: Loader<K, V>, options: FetchOptions<K, V> | undefined): V | Promise<V> {
    const { table, counters, disposals } = this.#parts
    const forced = options?.forceRefresh === true
    const slot = forced ? 0 : table.use(key)
    if (slot !== 0) {
      counters.hits++
      const value = table.valueAt(slot)
      if (this.#isDueSoon(slot)) this.#refresh(key, loader, options, this.#staleAt(slot))
      return value
    }
    undisturbed(() => disposals.flush())
    const found = forced || table.keepMs === 0 ? 0 : table.findStale(key)
    const stale = found === 0 ? undefined : this.#staleAt(found)
    const age = stale === undefined ? 0 : table.now() - stale.deadline
    if (stale !== undefined && age < (options?.staleWhileRevalidateMs ?? this.#options.staleWhileRevalidateMs ?? 0)) {
      counters.hits++
      this.flights.totals.staleServed++
      this.#refresh(key, loader, options, stale)
      return stale.value
    }
    counters.misses++
    const failure = forced ? undefined : this.#failure(key)
    if (failure === undefined || this.flights.has(key)) return this.flights.join(key, loader, options, stale)
    if (stale === undefined || age >= (options?.staleIfErrorMs ?? this.staleIfErrorMs)) throw failure.error
    this.flights.totals.staleServed++
    return stale.value
  }

  /** The key was set, or deleted when there is no `value`. */
  changed(key: K, set: boolean, value?: V): void {
    this.#failures.delete(key)
    if (set) this.flights.supersede(key, value as V)
    else this.flights.outdate(key)
  }

  /** Everything was cleared. */
  cleared(): void {
    this.#failures.clear()
    this.flights.outdateAll()
  }

  /** A tag was invalidated: it might have been on what failed to load. */
  invalidated(): void {
    this.#failures.clear()
  }

  now(): number {
    return this.#parts.table.now()
  }

  version(): number {
    return this.#tags.version
  }

  isInvalid(label: Label | undefined): boolean {
    return this.#tags.isInvalid(label)
  }

  store({ key, options, since, label }: Flight<K, V>, value: V): void {
    const { negativeTtlMs, ttlJitter = 0, random = Math.random } = this.#options
    const none = value === undefined || value === null
    let ttlMs = ttlOf((none ? negativeTtlMs : undefined) ?? options?.ttlMs ?? this.#options.ttlMs ?? NEVER, value, key)
    if (ttlMs !== NEVER && ttlJitter > 0) {
      ttlMs *= 1 - ttlJitter * random()
      check('the TTL by random()', ttlMs, TTL)
    }
    let tags = options?.tags ?? []
    if (typeof tags === 'function') {
      tags = tags(value, key)
      checkTags(tags)
    }
    this.#loadMs += (this.#loadMs === 0 ? 1 : NEWEST_LOAD) * (this.now() - since - this.#loadMs)
    this.#failures.delete(key)
    const { born } = label
    if (this.#tags.isInvalid({ tags, born })) return
    this.label(putEntry(this.#core, key, value, ttlMs, undefined, true), tags, born)
  }

  /** Gives a stored entry its tags. */
  label(slot: number, tags: readonly string[], born: number): void {
    this.#stored()
    if (slot === 0 || tags.length === 0) return
    this.#parts.table.guard = this.#tags
    this.#tags.label(slot, tags, born)
  }

  flush(): void {
    this.#parts.disposals.flush()
  }

  failed({ key, outdated, label }: Flight<K, V>, error: unknown): void {
    const { errorTtlMs = 0, onError } = this.#options
    const failures = this.#failures
    if (errorTtlMs > 0 && !outdated && !this.isInvalid(label)) {
      failures.delete(key)
      failures.set(key, { error, until: this.now() + errorTtlMs })
      if (failures.size > this.#parts.table.max) failures.delete(failures.keys().next().value as K)
    }
    onError?.(error, key)
  }

  #failure(key: K): Failure | undefined {
    if (this.#failures.size === 0) return undefined
    const failure = this.#failures.get(key)
    if (failure === undefined || this.now() < failure.until) return failure
    this.#failures.delete(key)
    return undefined
  }

  #staleAt(slot: number): Stale<V> {
    const { table } = this.#parts
    return { value: table.valueAt(slot), deadline: table.deadlineAt(slot), label: this.#tags.of(slot) }
  }

  /** XFetch: now − δ β ln(chance) ≥ deadline. */
  #isDueSoon(slot: number): boolean {
    const { refreshAhead = 0, random = Math.random } = this.#options
    if (refreshAhead === 0) return false
    const deadline = this.#parts.table.deadlineAt(slot)
    return deadline !== 0 && this.now() - this.#loadMs * refreshAhead * Math.log(1 - random()) >= deadline
  }

  #refresh(key: K, loader: Loader<K, V>, options: FetchOptions<K, V> | undefined, stale: Stale<V>): void {
    if (this.#failure(key) === undefined) this.flights.refresh(key, loader, options, stale)
  }
}
