import { CacheClock } from '../clock.ts'
import { Disposals } from '../disposals.ts'
import type { DisposeReason } from '../dispose-reason.ts'
import { check, checkOptions, NEVER } from '../option-checks.ts'
import type { EvictionPolicy } from '../policies/policy.ts'
import type { Policy } from '../policies/policy-value.ts'
import type { CoreStats } from '../stats.ts'
import { SWEPT_SLOTS, SWEPT_WHEN_FULL } from '../ttl.ts'
import { CORE_RULES, type CoreOptions, type CoreSetOptions, MAX, SET_RULES, ttlOf } from './core-options.ts'

/**
 * A bounded cache with a policy and TTL without timers, and nothing else, for bundles that count bytes. What `Cache` has
 * besides needs columns and checks in every path; here the paths are short.
 *
 *   #slots   key ──► slot ──┬────────────┬──────────────┐
 *                    keys[slot]   values[slot]   deadlines[slot]    0 = none; the array exists once there was a TTL
 *   #policy  the order of the slots: which one is evicted when all are taken
 *
 * Keys are compared as in `Map` (NaN is itself, -0 is 0); any value may be stored, `undefined` too: `has` tells it from
 * a miss. Expired entries are never returned; they are dropped when met, and by a sweep of 8 slots per `set`.
 * Time: O(1) per call unless stated. Nothing keeps the process alive.
 */
export class CoreCache<K, V> {
  readonly #policyValue: Policy
  readonly #ttlMs: number | ((value: V, key: K) => number)
  readonly #clock: CacheClock
  readonly #disposals: Disposals<K, V>
  readonly #slots: Map<K, number> = new Map()
  #max: number
  #policy: EvictionPolicy
  #keys: (K | undefined)[] = []
  #values: (V | undefined)[] = []
  #deadlines: Float64Array | undefined
  /** Highest slot that was ever used, and the one that the sweep looked at last. */
  #top = 0
  #hand = 0
  /** A lower bound of all deadlines: until it has come nobody looks. And of those passed in this round of the sweep. */
  #soonest = NEVER
  #lowest = NEVER
  readonly #totals = { hits: 0, misses: 0, evictions: 0, expirations: 0 }

  /** Throws `TypeError` or `RangeError` for an unknown option or a value out of range. */
  constructor(options: CoreOptions<K, V>) {
    checkOptions(options, CORE_RULES, 'new CoreCache()', '{ max: 100, policy: lru }')
    const { max, policy, ttlMs = NEVER, onDispose, clock } = options
    check('max', max, MAX)
    check('policy', policy, CORE_RULES.policy)
    this.#max = max
    this.#policyValue = policy
    this.#policy = policy.create(max)
    this.#ttlMs = ttlMs
    this.#clock = new CacheClock(clock)
    this.#disposals = new Disposals(onDispose)
  }

  /** Entries held, expired ones that were not yet met included; never above `max`. See `purgeExpired`. */
  get size(): number {
    return this.#slots.size
  }

  /**
   * The value, which counts as used now, or `undefined`. Counts a hit or a miss.
   * With the default clock, in a synchronous run of at least 16 calls less than 2 µs apart, up to 64 calls may use the
   * time of the one before; an injected clock is read every time.
   */
  get(key: K): V | undefined {
    const slot = this.#slots.get(key)
    if (slot !== undefined && !this.#isOver(slot)) {
      this.#totals.hits++
      this.#policy.touch(slot)
      return this.#values[slot]
    }
    this.#totals.misses++
    if (slot !== undefined) this.#remove(slot, 'expire')
    this.#disposals.flush()
    return undefined
  }

  /** The value or `undefined`; changes neither order, deadlines nor statistics. */
  peek(key: K): V | undefined {
    return this.#values[this.#find(key)]
  }

  /** Whether a live entry is stored; changes neither order, deadlines nor statistics. */
  has(key: K): boolean {
    return this.#find(key) !== 0
  }

  /**
   * Stores a value, which counts as used now, with a fresh TTL. With a TTL of 0 nothing is stored, and what was stored
   * before leaves. Throws `TypeError` or `RangeError` for bad options, and what `onDispose` throws.
   */
  set(key: K, value: V, options?: CoreSetOptions): this {
    if (options !== undefined) checkOptions(options, SET_RULES, 'set()', '{ ttlMs: 30_000 }')
    const ttlMs = options?.ttlMs ?? ttlOf(this.#ttlMs, value, key)
    if (ttlMs === 0) this.#take(key, 'set')
    else this.#store(key, value, ttlMs)
    this.#disposals.flush()
    return this
  }

  /** Removes an entry; true if it was alive. */
  delete(key: K): boolean {
    const wasAlive = this.#take(key, 'delete')
    this.#disposals.flush()
    return wasAlive
  }

  /** Removes every entry. O(size) with `onDispose`; without, only the engine has work that grows with the size. */
  clear(): void {
    if (this.#disposals.wanted) for (const slot of this.#order()) this.#leave(slot, 'clear')
    this.#reset()
    this.#disposals.flush()
  }

  /** Removes every expired entry now and returns how many there were. O(size). */
  purgeExpired(): number {
    const purged = this.#purge()
    this.#disposals.flush()
    return purged
  }

  /**
   * Changes the bound. Shrinking drops the expired entries, then those the policy chooses; with another `max` it gives
   * memory back. Throws like the constructor. O(size).
   */
  resize(max: number): void {
    check('max', max, MAX)
    if (this.size > max) this.#purge()
    while (this.size > max) this.#evict()
    const order = this.#order().reverse()
    const keys = this.#keys
    const values = this.#values
    const deadlines = this.#deadlines
    this.#max = max
    this.#policy = this.#policyValue.create(max)
    this.#reset()
    for (const old of order) {
      const slot = this.#add(keys[old] as K)
      this.#values[slot] = values[old]
      if (deadlines !== undefined) this.#expire(slot, deadlines[old] || NEVER)
    }
    this.#disposals.flush()
  }

  /** Live keys, in the order of `entries`. */
  *keys(): Generator<K, void, undefined> {
    for (const [key] of this) yield key
  }

  /** Live values, in the order of `entries`. */
  *values(): Generator<V, void, undefined> {
    for (const [, value] of this) yield value
  }

  /**
   * Live entries, most recently used first with `lru`, in the order of the policy's lists otherwise. Iterating changes
   * nothing. The cache may be changed meanwhile: a key that left is skipped, none comes twice, and the end is reached.
   * First step O(size), then O(1).
   */
  *entries(): Generator<[K, V], void, undefined> {
    const keys = this.#order().map((slot) => this.#keys[slot] as K)
    for (const key of keys) {
      const slot = this.#find(key)
      if (slot !== 0) yield [key, this.#values[slot] as V]
    }
  }

  [Symbol.iterator](): Generator<[K, V], void, undefined> {
    return this.entries()
  }

  /** Size, bound and totals. O(1). */
  getCacheStats(): CoreStats {
    const { size } = this
    const { hits, misses } = this.#totals
    return {
      ...this.#totals,
      size,
      maxSize: this.#max,
      utilizationPercent: (100 * size) / this.#max,
      hitRate: hits / (hits + misses || 1),
    }
  }

  /** Slot of a live entry, 0 if there is none. */
  #find(key: K): number {
    const slot = this.#slots.get(key)
    return slot === undefined || this.#isOver(slot) ? 0 : slot
  }

  #isOver(slot: number): boolean {
    const deadline = this.#deadlines?.[slot] || NEVER
    return deadline !== NEVER && deadline <= this.#clock.recent()
  }

  #store(key: K, value: V, ttlMs: number): void {
    // Without a TTL in the whole cache nobody reads the clock.
    const timed = this.#deadlines !== undefined || ttlMs !== NEVER
    if (timed && this.#soonest <= this.#clock.recent()) this.#sweep(SWEPT_SLOTS)
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      if (this.size >= this.#max) this.#evict()
      slot = this.#add(key)
    } else {
      this.#leave(slot, this.#isOver(slot) ? 'expire' : 'set')
      this.#policy.touch(slot)
    }
    this.#values[slot] = value
    if (timed) this.#expire(slot, this.#clock.last + ttlMs)
  }

  #add(key: K): number {
    const slot = this.#policy.insert(this.#policyValue.hash?.(key) ?? 0)
    // Map keeps -0 as 0; the key that iteration and onDispose show has to be the same.
    this.#keys[slot] = key === 0 ? (0 as K) : key
    this.#slots.set(key, slot)
    if (slot > this.#top) this.#top = slot
    return slot
  }

  #expire(slot: number, deadline: number): void {
    this.#deadlines ??= new Float64Array(this.#max + 1)
    this.#deadlines[slot] = deadline === NEVER ? 0 : deadline
    if (deadline < this.#soonest) this.#soonest = deadline
    if (deadline < this.#lowest) this.#lowest = deadline
  }

  /** Room for one: an entry that has expired, if a short look finds one, or the policy's victim. */
  #evict(): void {
    const before = this.size
    if (this.#soonest <= this.#clock.last) this.#sweep(SWEPT_WHEN_FULL)
    if (this.size < before) return
    const victim = this.#policy.victim()
    this.#remove(victim, this.#isOver(victim) ? 'expire' : 'evict')
  }

  /** Looks at the next slots for entries that have expired; when the cache is full, one is enough. */
  #sweep(most: number): void {
    for (let left = most; left > 0; left--) {
      if (this.#hand < this.#top) this.#hand++
      else {
        this.#hand = 1
        this.#soonest = this.#lowest
        this.#lowest = NEVER
      }
      const deadline = this.#deadlines?.[this.#hand] || NEVER
      if (deadline <= this.#clock.last) {
        this.#remove(this.#hand, 'expire')
        if (most === SWEPT_WHEN_FULL) return
      } else if (deadline < this.#lowest) this.#lowest = deadline
    }
  }

  #purge(): number {
    const before = this.size
    for (let slot = this.#top; slot > 0; slot--) if (this.#isOver(slot)) this.#remove(slot, 'expire')
    return before - this.size
  }

  /** Removes an entry; true if it was alive. */
  #take(key: K, reason: DisposeReason): boolean {
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    const isOver = this.#isOver(slot)
    this.#remove(slot, isOver ? 'expire' : reason)
    return !isOver
  }

  #remove(slot: number, reason: DisposeReason): void {
    this.#leave(slot, reason)
    this.#slots.delete(this.#keys[slot] as K)
    // The arrays must not hold on to what has left.
    this.#keys[slot] = undefined
    this.#values[slot] = undefined
    if (this.#deadlines !== undefined) this.#deadlines[slot] = 0
    this.#policy.remove(slot)
  }

  /** The one place where an entry's leaving is counted and reported. */
  #leave(slot: number, reason: DisposeReason): void {
    if (reason === 'evict') this.#totals.evictions++
    if (reason === 'expire') this.#totals.expirations++
    this.#disposals.add(this.#values[slot] as V, this.#keys[slot] as K, reason)
  }

  /** The slots in the policy's order. */
  #order(): number[] {
    const slots: number[] = []
    for (let slot = this.#policy.first(); slot !== 0; slot = this.#policy.after(slot)) slots.push(slot)
    return slots
  }

  /** Forgets everything. */
  #reset(): void {
    this.#slots.clear()
    this.#policy.clear()
    this.#keys = []
    this.#values = []
    this.#deadlines = undefined
    this.#top = 0
    this.#hand = 0
    this.#soonest = NEVER
    this.#lowest = NEVER
  }
}
