import type { CacheClock } from './clock.ts'
import type { Disposals } from './disposals.ts'
import type { DisposeReason } from './options.ts'
import { createPolicy, type PolicyName } from './policies/create-policy.ts'
import { hashKey } from './policies/key-hash.ts'
import type { EvictionPolicy } from './policies/policy.ts'
import type { Counters } from './stats.ts'
import { Deadlines, SWEPT_SLOTS } from './ttl.ts'

/**
 * The stored entries, in slots 1…max of parallel arrays.
 *
 *   Map   key ──► slot ──┬────────────┬──────────────┐
 *                  keys[slot]   values[slot]   deadlines[slot]     (deadlines once a finite TTL was used)
 *   policy   the order of the slots: which one is evicted when all are taken
 *
 * Every entry that leaves goes through `#leave`, which reports it once. Reports wait in `disposals` until the cache's
 * method ends. Space: 61 bytes per entry with `lru`, 69 with a TTL, keys and values not counted.
 */
export class EntryTable<K, V> {
  readonly #slots: Map<K, number> = new Map()
  // Index 0 is no slot. The others are first used in turn, so both arrays stay packed.
  #keys: (K | undefined)[] = [undefined]
  #values: (V | undefined)[] = [undefined]
  #max: number
  readonly #policyName: PolicyName
  #policy: EvictionPolicy
  readonly #deadlines: Deadlines
  readonly #clock: CacheClock
  readonly #disposals: Disposals<K, V>
  readonly #counters: Counters

  constructor(max: number, policy: PolicyName, clock: CacheClock, disposals: Disposals<K, V>, counters: Counters) {
    this.#max = max
    this.#policyName = policy
    this.#policy = createPolicy(policy, max)
    this.#deadlines = new Deadlines(max)
    this.#clock = clock
    this.#disposals = disposals
    this.#counters = counters
  }

  get size(): number {
    return this.#slots.size
  }

  get max(): number {
    return this.#max
  }

  valueAt(slot: number): V {
    return this.#values[slot] as V
  }

  keyAt(slot: number): K {
    return this.#keys[slot] as K
  }

  /** Slot of a live entry, 0 if there is none. Changes nothing. */
  find(key: K): number {
    const slot = this.#slots.get(key)
    return slot === undefined || this.#isPast(slot) ? 0 : slot
  }

  /** Slot of a live entry, which counts as used; 0 if there is none. An expired one is dropped. */
  use(key: K): number {
    const slot = this.#slots.get(key)
    if (slot === undefined) return 0
    if (this.#isPast(slot)) {
      this.#remove(slot, 'expire')
      return 0
    }
    this.#policy.touch(slot)
    return slot
  }

  /** Stores an entry; `ttlMs` is above 0. Expired entries leave before a live one has to. */
  store(key: K, value: V, ttlMs: number): void {
    const lasting = ttlMs === Number.POSITIVE_INFINITY
    // Without a TTL in the whole cache nobody reads the clock.
    const now = lasting && !this.#deadlines.inUse ? 0 : this.#clock.exact()
    this.#sweep(now)
    let slot = this.#slots.get(key)
    if (slot !== undefined) {
      this.#leave(slot, this.#deadlines.isPast(slot, now) ? 'expire' : 'set')
      this.#policy.touch(slot)
    } else {
      if (this.#slots.size >= this.#max) this.#evict(now)
      slot = this.#policy.insert(this.#policy.readsHash ? hashKey(key) : 0)
      // Map keeps -0 as 0; the key that iteration and onDispose show has to be the same.
      this.#keys[slot] = key === 0 ? (0 as K) : key
      this.#slots.set(key, slot)
    }
    this.#values[slot] = value
    this.#deadlines.set(slot, lasting ? 0 : now + ttlMs)
  }

  /** Removes an entry; true if it was alive. */
  take(key: K, reason: DisposeReason): boolean {
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    const alive = !this.#deadlines.isPast(slot, this.#deadlines.inUse ? this.#clock.exact() : 0)
    this.#remove(slot, alive ? reason : 'expire')
    return alive
  }

  /** O(size). */
  clear(): void {
    for (let slot = this.#policy.first(); slot !== 0; slot = this.#policy.after(slot)) this.#leave(slot, 'clear')
    this.#slots.clear()
    this.#keys = [undefined]
    this.#values = [undefined]
    this.#policy.clear()
    this.#deadlines.reset(this.#max)
  }

  /** Removes every expired entry and returns how many there were. O(slots). */
  purgeExpired(): number {
    if (!this.#deadlines.inUse) return 0
    const now = this.#clock.exact()
    const before = this.#slots.size
    for (let slot = this.#top(); slot > 0; slot--) {
      if (this.#deadlines.isPast(slot, now)) this.#remove(slot, 'expire')
    }
    return before - this.#slots.size
  }

  /** Changes the bound; to shrink, expired entries leave first, then the policy's victims. O(size). */
  resize(max: number): void {
    if (this.#slots.size > max) this.purgeExpired()
    const now = this.#deadlines.inUse ? this.#clock.exact() : 0
    while (this.#slots.size > max) this.#evict(now)
    this.#max = max
    this.#renumber()
  }

  /**
   * Slots of live entries in the policy's order. The keys to come are noted at the second step (the first costs O(1))
   * and looked up one by one, so that any change in between is safe: each key is visited at most once, those that left
   * meanwhile are skipped, and the walk ends.
   */
  *walk(): Generator<number, void, undefined> {
    const first = this.#policy.first()
    if (first === 0) return
    const firstKey = this.#keys[first] as K
    if (!this.#isPast(first)) yield first
    const keys: K[] = []
    for (let slot = this.#policy.first(); slot !== 0; slot = this.#policy.after(slot)) keys.push(this.#keys[slot] as K)
    for (const key of keys) {
      if (Object.is(key, firstKey)) continue
      const slot = this.find(key)
      if (slot !== 0) yield slot
    }
  }

  /** The structure as it is, for tests. O(slots). */
  inspect(): TableInspection<K> {
    const order: number[] = []
    for (let slot = this.#policy.first(); slot !== 0; slot = this.#policy.after(slot)) order.push(slot)
    return {
      slots: [...this.#slots],
      keys: order.map((slot) => this.#keys[slot] as K),
      order,
      policySize: this.#policy.size,
      free: this.#policy.freeSlots(),
      top: this.#top(),
      emptied: this.#policy
        .freeSlots()
        .every((slot) => this.#values[slot] === undefined && this.#deadlines.of(slot) === 0),
    }
  }

  #top(): number {
    return this.#keys.length - 1
  }

  #isPast(slot: number): boolean {
    return this.#deadlines.of(slot) !== 0 && this.#deadlines.isPast(slot, this.#clock.lookup())
  }

  #evict(now: number): void {
    const victim = this.#policy.victim()
    this.#remove(victim, this.#deadlines.isPast(victim, now) ? 'expire' : 'evict')
  }

  #sweep(now: number): void {
    if (!this.#deadlines.inUse) return
    const top = this.#top()
    for (let steps = Math.min(SWEPT_SLOTS, top); steps > 0; steps--) {
      const slot = this.#deadlines.advance(top)
      if (this.#deadlines.isPast(slot, now)) this.#remove(slot, 'expire')
    }
  }

  #remove(slot: number, reason: DisposeReason): void {
    this.#leave(slot, reason)
    this.#slots.delete(this.#keys[slot] as K)
    // The arrays must not hold on to what has left.
    this.#keys[slot] = undefined
    this.#values[slot] = undefined
    this.#deadlines.set(slot, 0)
    this.#policy.remove(slot)
  }

  /** The one place where an entry's leaving is counted and reported. */
  #leave(slot: number, reason: DisposeReason): void {
    if (reason === 'evict') this.#counters.evictions++
    else if (reason === 'expire') this.#counters.expirations++
    this.#disposals.add(this.#values[slot] as V, this.#keys[slot] as K, reason)
  }

  /** Moves the entries, in their order, to slots 1…size of new arrays: the only way to give memory back. */
  #renumber(): void {
    const old: number[] = []
    for (let slot = this.#policy.first(); slot !== 0; slot = this.#policy.after(slot)) old.push(slot)
    const keys: (K | undefined)[] = [undefined]
    const values: (V | undefined)[] = [undefined]
    const deadlines = old.map((slot) => this.#deadlines.of(slot))
    this.#policy = createPolicy(this.#policyName, this.#max)
    this.#deadlines.reset(this.#max)
    for (let index = old.length - 1; index >= 0; index--) {
      const from = old[index] as number
      const key = this.#keys[from] as K
      const to = this.#policy.insert(this.#policy.readsHash ? hashKey(key) : 0)
      keys[to] = key
      values[to] = this.#values[from]
      this.#deadlines.set(to, deadlines[index] as number)
      this.#slots.set(key, to)
    }
    this.#keys = keys
    this.#values = values
  }
}

/** See `EntryTable.inspect`. */
export interface TableInspection<K> {
  readonly slots: readonly (readonly [K, number])[]
  /** Keys in the order of the list. */
  readonly keys: readonly K[]
  readonly order: readonly number[]
  readonly policySize: number
  readonly free: readonly number[]
  readonly top: number
  /** Whether free slots hold neither a value nor a deadline. */
  readonly emptied: boolean
}
