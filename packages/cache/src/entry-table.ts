import type { CacheClock } from './clock.ts'
import type { Disposals } from './disposals.ts'
import type { DisposeReason } from './dispose-reason.ts'
import { KeyIndex } from './key-index.ts'
import type { EvictionPolicy } from './policies/policy.ts'
import type { Policy } from './policies/policy-value.ts'
import type { Counters } from './stats.ts'
import { type Deadlines, SWEPT_SLOTS, SWEPT_WHEN_FULL } from './ttl.ts'
import type { Weights } from './weight.ts'

/** What else may end an entry's life than time: tags. A slot that it calls dead is treated like an expired one. */
export interface SlotGuard {
  isDead(slot: number): boolean
  /** The slot's entry left or is being replaced. */
  leave(slot: number): void
  /** Entries have moved: the one of slot `old[i]` is now in slot `fresh[i]`; there are slots up to `slots`. */
  renumber(slots: number, old: readonly number[], fresh: readonly number[]): void
  /** All entries left. */
  reset(): void
}

/** What an `EntryTable` is made of. */
interface TableParts<K> {
  readonly index: KeyIndex<K>
  readonly keys: readonly (K | undefined)[]
  readonly values: readonly unknown[]
  readonly top: number
  readonly policy: EvictionPolicy
  readonly deadlines: Deadlines
  readonly weights: Weights | undefined
}

/**
 * The stored entries, in slots 1…max of parallel arrays.
 *
 *   index   key ──► slot ──┬────────────┬──────────────┬─────────────┐
 *                    keys[slot]   values[slot]   deadlines[slot]   weights[slot]     (the last two when used)
 *   policy   the order of the slots: which one is evicted when all are taken
 *
 * Every entry that leaves goes through `#leave`, which reports it once. Reports wait in `disposals` until the cache's
 * method ends. Time: O(1) per call unless stated; an insertion evicts as many entries as its weight needs.
 */
export class EntryTable<K, V> {
  /** Set once something may be dead. */
  guard: SlotGuard | undefined
  /** For how long after its deadline an entry is kept for `findStale`, ms; unless its room is needed. */
  keepMs = 0
  #index: KeyIndex<K>
  // Index 0 is no slot. The others are first used in turn.
  #keys: (K | undefined)[]
  #values: (V | undefined)[]
  /** Highest slot that was ever used. */
  #top = 0
  #max: number
  /** Slots that there are: as many as the policy was made for. Fewer than `max` where the weight has room for fewer. */
  #room: number
  readonly #policyValue: Policy
  #policy: EvictionPolicy
  readonly #deadlines: Deadlines
  readonly #weights: Weights | undefined
  readonly #clock: CacheClock
  readonly #disposals: Disposals<K, V>
  readonly #counters: Counters
  readonly #hash: ((key: unknown) => number) | undefined
  /** Nobody has to be told of what leaves: no weights, no listener. */
  readonly #plain: boolean
  #size = 0

  constructor(
    max: number,
    policy: Policy,
    deadlines: Deadlines,
    weights: Weights | undefined,
    clock: CacheClock,
    disposals: Disposals<K, V>,
    counters: Counters,
  ) {
    this.#max = max
    this.#room = max
    this.#policyValue = policy
    this.#keys = createSlots(max)
    this.#values = createSlots(max)
    this.#policy = policy.create(max)
    this.#index = new KeyIndex(max)
    this.#deadlines = deadlines
    this.#weights = weights
    this.#clock = clock
    this.#disposals = disposals
    this.#counters = counters
    this.#hash = policy.hash
    this.#plain = weights === undefined && !disposals.wanted
  }

  get size(): number {
    return this.#size
  }

  get max(): number {
    return this.#max
  }

  get weight(): number {
    return this.#weights?.total ?? this.#size
  }

  /** Whether there is a bound on weight. */
  get weighted(): boolean {
    return this.#weights !== undefined
  }

  get maxWeight(): number {
    return this.#weights?.most ?? this.#max
  }

  valueAt(slot: number): V {
    return this.#values[slot] as V
  }

  keyAt(slot: number): K {
    return this.#keys[slot] as K
  }

  /** Deadline in clock time, 0 = none. */
  deadlineAt(slot: number): number {
    return this.#deadlines.inUse ? this.#deadlines.of(slot) : 0
  }

  weightAt(slot: number): number {
    return this.#weights?.of(slot) ?? 1
  }

  /** The time in which deadlines are counted. */
  now(): number {
    return this.#clock.exact()
  }

  /** Slot of a live entry, 0 if there is none. Changes nothing. */
  find(key: K): number {
    const slot = this.#index.find(key)
    return slot === 0 || this.#isOver(slot) ? 0 : slot
  }

  /** Slot of an entry that is alive or still kept, 0 if there is none. Changes nothing. */
  findStale(key: K): number {
    const slot = this.#index.find(key)
    this.#clock.exact()
    return slot === 0 || this.#isGone(slot, this.keepMs) ? 0 : slot
  }

  /** Slot of a live entry, which counts as used; 0 if there is none. One that is over is dropped, unless it is kept. */
  use(key: K): number {
    const slot = this.#index.find(key)
    if (slot === 0) return 0
    const deadlines = this.#deadlines
    if (deadlines.inUse) {
      const deadline = deadlines.of(slot)
      if (deadline !== 0) {
        this.#clock.recent()
        if (deadline <= this.#clock.last) {
          if (this.#isGone(slot, this.keepMs)) this.#end(slot)
          return 0
        }
        if (deadlines.renews) deadlines.renew(slot)
      }
    }
    if (this.guard?.isDead(slot) === true) {
      this.#end(slot)
      return 0
    }
    this.#policy.touch(slot)
    return slot
  }

  /**
   * Stores an entry and returns its slot; `ttlMs` is above 0, and the weight not above the limit.
   * Expired entries leave before a live one has to, if a look at 64 slots finds them.
   */
  store(key: K, value: V, ttlMs: number, weight: number): number {
    const deadlines = this.#deadlines
    // Without a TTL in the whole cache nobody reads the clock.
    const timed = deadlines.inUse || !deadlines.isLasting(ttlMs)
    if (timed) this.#clock.recent()
    if (this.guard !== undefined || deadlines.mayBePast(this.keepMs)) this.#sweep(SWEPT_SLOTS, this.keepMs, false)
    let slot = this.#index.find(key)
    if (slot === 0) slot = this.#add(key, weight)
    else if (this.#plain && this.guard === undefined && !deadlines.mayBePast(0)) this.#policy.touch(slot)
    else slot = this.#replace(slot, key, weight)
    this.#values[slot] = value
    if (timed) deadlines.start(slot, ttlMs)
    if (this.#weights !== undefined) this.#weights.set(slot, weight)
    return slot
  }

  /** Removes an entry; true if it was alive. */
  take(key: K, reason: DisposeReason): boolean {
    const slot = this.#index.find(key)
    if (slot === 0) return false
    const alive = !this.#isOver(slot)
    this.#remove(slot, alive ? reason : this.#whyGone(slot))
    return alive
  }

  /** O(size). */
  clear(): void {
    if (this.#disposals.wanted) {
      for (let slot = this.#policy.first(); slot !== 0; slot = this.#policy.after(slot)) this.#leave(slot, 'clear')
    }
    this.guard?.reset()
    this.#size = 0
    this.#index.clear()
    this.#keys = createSlots(this.#room)
    this.#values = createSlots(this.#room)
    this.#top = 0
    this.#policy.clear()
    this.#deadlines.reset(this.#room)
    this.#weights?.reset(this.#room)
  }

  /** Removes every entry that is not alive and returns how many there were. O(slots). */
  purgeExpired(): number {
    if (!this.#deadlines.inUse && this.guard === undefined) return 0
    const before = this.#size
    this.#clock.exact()
    for (let slot = this.#top; slot > 0; slot--) if (this.#isGone(slot, 0)) this.#end(slot)
    return before - this.#size
  }

  /** Drops what is over in the next `slots` slots; returns how many there are in all, 0 if none can be over, -1 if empty. */
  sweep(slots: number): number {
    this.#clock.exact()
    this.#sweep(slots, this.keepMs, false)
    if (this.#size === 0) return -1
    return this.guard !== undefined || this.#deadlines.mayBePast(this.keepMs) ? this.#top : 0
  }

  /** Changes the bounds; to shrink, expired entries leave first, then the policy's victims. O(size). */
  resize(max: number, maxWeight: number = this.maxWeight): void {
    const weights = this.#weights
    const isOver = (): boolean => this.#size > max || (weights !== undefined && weights.total > maxWeight)
    if (isOver()) this.purgeExpired()
    while (isOver()) this.#evict()
    if (weights !== undefined) weights.limit(maxWeight)
    this.#max = max
    this.#makeRoom(max)
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
    if (!this.#isOver(first)) yield first
    const keys: K[] = []
    for (let slot = this.#policy.first(); slot !== 0; slot = this.#policy.after(slot)) keys.push(this.#keys[slot] as K)
    for (const key of keys) {
      if (Object.is(key, firstKey)) continue
      const slot = this.find(key)
      if (slot !== 0) yield slot
    }
  }

  /** The structure as it is, for tests. */
  inspect(): TableParts<K> {
    return {
      index: this.#index,
      keys: this.#keys,
      values: this.#values,
      top: this.#top,
      policy: this.#policy,
      deadlines: this.#deadlines,
      weights: this.#weights,
    }
  }

  /** Whether the entry must not be given out any more. */
  #isOver(slot: number): boolean {
    const deadline = this.deadlineAt(slot)
    if (deadline !== 0) this.#clock.recent()
    return (deadline !== 0 && deadline <= this.#clock.last) || this.guard?.isDead(slot) === true
  }

  /** Whether the entry has been past its deadline for `keepMs` or is dead. */
  #isGone(slot: number, keepMs: number): boolean {
    return this.#deadlines.isPast(slot, keepMs) || this.guard?.isDead(slot) === true
  }

  #whyGone(slot: number): DisposeReason {
    return this.guard?.isDead(slot) === true ? 'invalidate' : 'expire'
  }

  /** Takes a slot for a key that `find` has just not found, and makes room for it. */
  #add(key: K, weight: number): number {
    const weights = this.#weights
    const policy = this.#policy
    if (weights !== undefined) {
      const before = this.#size
      while (this.#size >= this.#max || weights.total + weight > weights.most) this.#evict()
      // What reads hashes learns from how its requests compare to its size: that has to be what really fits.
      const { size } = this
      if (this.#hash !== undefined) this.#makeRoom(weights.roomFor(size + 1, size < before, this.#room, this.#max))
    } else if (this.#size >= this.#max) {
      if (this.#plain && this.guard === undefined && !this.#deadlines.mayBePast(0)) {
        // The usual case in one go: the newcomer takes the victim's place, and nobody has to be told.
        const slot = policy.replaceVictim(this.#hash === undefined ? 0 : this.#hash(key))
        const left = this.#keys[slot] as K
        this.#keys[slot] = key === 0 ? (0 as K) : key
        this.#index.insert(key, slot)
        this.#index.delete(left)
        this.#counters.evictions++
        return slot
      }
      this.#evict()
    }
    // What left may have freed a better place.
    this.#index.find(key)
    return this.#insert(key)
  }

  #insert(key: K): number {
    const slot = this.#policy.insert(this.#hash === undefined ? 0 : this.#hash(key))
    // Map keeps -0 as 0; the key that iteration and onDispose show has to be the same.
    this.#keys[slot] = key === 0 ? (0 as K) : key
    this.#index.insert(key, slot)
    if (slot > this.#top) this.#top = slot
    this.#size++
    return slot
  }

  /** The entry in a slot leaves for another value of its key, which usually gets the same slot. */
  #replace(slot: number, key: K, weight: number): number {
    const weights = this.#weights
    this.#leave(slot, this.#isGone(slot, 0) ? this.#whyGone(slot) : 'set')
    if (weights === undefined || weights.total - weights.of(slot) + weight <= weights.most) {
      this.#policy.touch(slot)
      return slot
    }
    // Others have to leave, and the policy must not choose this one.
    this.#free(slot)
    return this.#add(key, weight)
  }

  /** Room for one: an entry that is over, if a short look finds one, or the policy's victim. */
  #evict(): void {
    const policy = this.#policy
    if (this.guard === undefined && !this.#deadlines.mayBePast(0)) {
      this.#remove(policy.victim(), 'evict')
      return
    }
    const before = this.#size
    this.#sweep(SWEPT_WHEN_FULL, 0, true)
    if (this.#size < before) return
    const victim = policy.victim()
    this.#remove(victim, this.#isGone(victim, 0) ? this.#whyGone(victim) : 'evict')
  }

  #sweep(most: number, keepMs: number, untilFound: boolean): void {
    const deadlines = this.#deadlines
    if (!deadlines.mayBePast(keepMs) && this.guard === undefined) return
    const top = this.#top
    for (let left = Math.min(most, top); left > 0; left--) {
      const slot = deadlines.advance(top)
      if (this.#isGone(slot, keepMs)) {
        this.#end(slot)
        if (untilFound) return
      } else deadlines.pass(slot)
    }
  }

  /** Removes an entry that is over. */
  #end(slot: number): void {
    this.#remove(slot, this.#whyGone(slot))
  }

  #remove(slot: number, reason: DisposeReason): void {
    this.#leave(slot, reason)
    this.#free(slot)
  }

  #free(slot: number): void {
    this.#size--
    this.#index.delete(this.#keys[slot] as K)
    // The arrays must not hold on to what has left.
    this.#keys[slot] = undefined
    this.#values[slot] = undefined
    this.#deadlines.end(slot)
    if (this.#weights !== undefined) this.#weights.set(slot, 0)
    this.#policy.remove(slot)
  }

  /** The one place where an entry's leaving is counted and reported. */
  #leave(slot: number, reason: DisposeReason): void {
    if (reason === 'evict') this.#counters.evictions++
    else if (reason === 'expire') this.#counters.expirations++
    if (this.#plain && this.guard === undefined) return
    if (reason === 'evict') this.#counters.evictedWeight += this.weightAt(slot)
    this.guard?.leave(slot)
    this.#disposals.add(this.#values[slot] as V, this.#keys[slot] as K, reason)
  }

  /** Moves the entries, in their order, to slots 1…size of new arrays: the only way to give memory back. O(size). */
  #makeRoom(slots: number): void {
    if (slots === this.#room) return
    this.#room = slots
    const old: number[] = []
    for (let slot = this.#policy.first(); slot !== 0; slot = this.#policy.after(slot)) old.push(slot)
    old.reverse()
    const keys = this.#keys
    const values = this.#values
    const weights = old.map((slot) => this.weightAt(slot))
    this.#keys = createSlots(this.#room)
    this.#values = createSlots(this.#room)
    this.#top = 0
    this.#policy = this.#policyValue.create(this.#room)
    this.#index = new KeyIndex(this.#room)
    this.#size = 0
    const fresh = old.map((slot) => {
      this.#index.find(keys[slot] as K)
      return this.#insert(keys[slot] as K)
    })
    this.#weights?.reset(this.#room)
    for (const [index, slot] of fresh.entries()) {
      this.#values[slot] = values[old[index] as number]
      this.#weights?.set(slot, weights[index] as number)
    }
    this.#deadlines.renumber(this.#room, old, fresh)
    this.guard?.renumber(this.#room, old, fresh)
  }
}

/** Up to here both arrays have their final size at once, 1 MB each; larger ones grow as they fill, with room to spare. */
const ALLOCATED_AT_ONCE = 131_072

function createSlots<T>(max: number): (T | undefined)[] {
  // The first element says that it may hold anything: V8 converts nothing later.
  if (max > ALLOCATED_AT_ONCE) return [undefined]
  const slots = new Array<T | undefined>(max + 1)
  slots[0] = undefined
  return slots
}
