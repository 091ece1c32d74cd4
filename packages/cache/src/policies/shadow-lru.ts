import { GhostTable } from './ghost-table.ts'

/** Epochs of as many requests as the cache has slots, at least; a power of two. */
const EPOCHS_PER_CACHE = 256
/** Buckets of a level, and levels, at most; the first is a power of two. */
const BUCKETS = 512
const LEVELS = 10
/** Remembered evicted keys, as a part of the slots. */
const GHOST_SHARE = 1.25
/** A slot and a ghost are looked at every so many requests (a power of two), long before their times come round. */
const SWEEP_EVERY = 16
/** Age in epochs, of 65,536, above which a ghost is forgotten. */
const OLDEST_GHOST = 57_344

/** Number of the last request of each slot's key, modulo 2^32. */
export interface Stamps {
  stamp(slot: number): number
  setStamp(slot: number, stamp: number): void
}

/**
 * Bounds the hits of an LRU cache of the same size without holding it. See `AdaptivePolicy` for what follows from it.
 *
 *   epoch      the request's number divided by max / 256 (rounded to a power of two)
 *   level 0    |  3 | 12 |  0 | … | 40 |     keys by the epoch of their last use, for the last 512 epochs
 *   level 1    |  1 |  0 |  5 | … |  9 |     the 512 double epochs that come before … level 9: 512-fold epochs
 *   ghosts     the same counts for those keys that the cache has evicted; table: hash ──► epoch
 *   oldest     the epochs from here on hold at least max keys
 *
 * The *shadow* is the keys last used since `oldest`: whatever LRU holds is among them.
 * - `behind`: requests for keys of the shadow, less the cache's hits.
 * - `missing`: keys of the shadow that the cache has evicted.
 * A key that has to be forgotten before its time (a full bucket of ghosts, two keys taken for one, the end of the last
 * level) is counted in `behind` at once, as if LRU hit it: it can do so no more than once before the key is seen again.
 * So at any moment, with L and C what LRU and the cache hold,
 *
 *   LRU's hits - the cache's hits + |L \ C|  ≤  behind + missing.
 *
 * Time: O(1), a fixed number of places. Space: 4 × 1.25 bytes per slot, up to 40 kB.
 */
export class ShadowLru {
  behind = 0
  /** Part of `behind` that was only assumed. */
  assumed = 0
  missing = 0
  readonly #max: number
  readonly #stamps: Stamps
  readonly #ghosts: GhostTable
  /** Requests per epoch: 2^shift. */
  readonly #shift: number
  readonly #buckets: number
  readonly #levels: number
  readonly #uses: Uint32Array
  readonly #ghostUses: Uint32Array
  /** Epochs are counted modulo 2^(32 - shift), this plus 1. */
  readonly #wrap: number
  /** Requests after which there may be something to do, less 1. */
  readonly #ticks: number
  #now: number
  #oldest: number
  /** Age of the oldest epoch, and where it is counted. */
  #oldestAge = 0
  #oldestAt = 0
  #total = 0
  #sweptSlot = 0
  #sweptGhost = 0

  /** @param time number of the last request before the first */
  constructor(max: number, stamps: Stamps, time = 0) {
    this.#max = max
    this.#stamps = stamps
    this.#ghosts = new GhostTable(max * GHOST_SHARE)
    this.#shift = Math.max(0, Math.floor(Math.log2(max / EPOCHS_PER_CACHE)))
    const bits = Math.min(Math.log2(BUCKETS), Math.ceil(Math.log2(max + 1)))
    this.#buckets = 2 ** bits
    // All levels together stay below 2^30 requests.
    this.#levels = Math.min(LEVELS, 31 - bits - this.#shift)
    this.#uses = new Uint32Array(this.#buckets * this.#levels)
    this.#ghostUses = new Uint32Array(this.#buckets * this.#levels)
    this.#wrap = -1 >>> this.#shift
    this.#now = time >>> this.#shift
    this.#ticks = Math.min(SWEEP_EVERY, 2 ** this.#shift) - 1
    this.#oldest = this.#now
    this.#oldestAt = this.#now & (this.#buckets - 1)
  }

  /** Whether the key of that last use is in the shadow. */
  holds(stamp: number): boolean {
    return this.#bucketOf(stamp >>> this.#shift) >= 0
  }

  /** The cache hit. */
  hit(stamp: number, time: number): void {
    if ((time & this.#ticks) === 0) this.#tick(time)
    const now = this.#now
    const epoch = stamp >>> this.#shift
    if (epoch === now) return
    const uses = this.#uses
    const mask = this.#buckets - 1
    const age = ((now - epoch) & this.#wrap) >>> 0
    if (age <= mask && age < this.#oldestAge) {
      // The usual case, in which the number of keys stays.
      uses[epoch & mask] = (uses[epoch & mask] as number) - 1
      uses[now & mask] = (uses[now & mask] as number) + 1
      if (this.#total > this.#max) this.#dropOldest()
      return
    }
    const at = this.#bucketOf(epoch)
    if (at >= 0) this.#leave(at)
    else this.behind--
    this.#enter()
  }

  /** The cache missed and stored the key. */
  miss(hash: number, time: number): void {
    if ((time & this.#ticks) === 0) this.#tick(time)
    // All of them: an older one may be another key's, and what stays has to be true.
    for (let place = this.#ghosts.find(hash); place >= 0; place = this.#ghosts.find(hash)) {
      const behind = this.behind
      this.#forget(place)
      // at most one is the key's own
      if (this.behind > behind) this.assumed--
    }
    this.#enter()
  }

  /** The cache evicted a key. */
  evicted(hash: number, stamp: number): void {
    const epoch = stamp >>> this.#shift
    const at = this.#bucketOf(epoch)
    if (at < 0) return
    const place = this.#ghosts.placeFor(hash, this.#now, this.#oldestAge)
    this.#forget(place)
    this.#ghosts.put(place, hash, epoch)
    this.missing++
    this.#ghostUses[at] = (this.#ghostUses[at] as number) + 1
  }

  /** A key was deleted or expired: LRU would not hold it either. */
  deleted(stamp: number): void {
    const at = this.#bucketOf(stamp >>> this.#shift)
    if (at >= 0) this.#leave(at)
  }

  /** All keys were removed. */
  clear(): void {
    this.#ghosts.clear()
    this.#uses.fill(0)
    this.#ghostUses.fill(0)
    this.#total = 0
    this.missing = 0
    this.#setOldest(this.#now)
  }

  #age(epoch: number): number {
    return ((this.#now - epoch) & this.#wrap) >>> 0
  }

  #setOldest(epoch: number): void {
    this.#oldest = epoch
    this.#oldestAge = this.#age(epoch)
    this.#oldestAt = this.#bucketOf(epoch)
  }

  /** Where the epoch is counted, -1 for one before the shadow. */
  #bucketOf(epoch: number): number {
    const age = this.#age(epoch)
    if (age > this.#oldestAge) return -1
    if (age < this.#buckets) return epoch & (this.#buckets - 1)
    for (let level = 1; level < this.#levels; level++) {
      const its = epoch >>> level
      const distance = (((this.#now >>> level) - its) & (this.#wrap >>> level)) >>> 0
      if (distance < this.#buckets) return level * this.#buckets + (its & (this.#buckets - 1))
    }
    return -1
  }

  #enter(): void {
    const at = this.#now & (this.#buckets - 1)
    this.#uses[at] = (this.#uses[at] as number) + 1
    if (++this.#total > this.#max) this.#dropOldest()
  }

  #leave(at: number): void {
    this.#uses[at] = (this.#uses[at] as number) - 1
    this.#total--
  }

  /** Empties a place of the ghosts, whose key counts as hit by LRU if it still may be. */
  #forget(place: number): void {
    if (this.#ghosts.isEmpty(place)) return
    const at = this.#bucketOf((this.#now - this.#ghostAge(place)) & this.#wrap)
    this.#ghosts.empty(place)
    if (at < 0) return
    this.#leave(at)
    this.#ghostUses[at] = (this.#ghostUses[at] as number) - 1
    this.missing--
    this.behind++
    this.assumed++
  }

  #ghostAge(place: number): number {
    return (this.#now - this.#ghosts.epoch(place)) & 0xffff
  }

  /** Drops the epochs without which there are still `max` keys. */
  #dropOldest(): void {
    for (let step = 0; step < 4 && this.#oldest !== this.#now; step++) {
      const at = this.#oldestAt
      const uses = this.#uses[at] as number
      if (this.#total - uses < this.#max) return
      this.#total -= uses
      this.missing -= this.#ghostUses[at] as number
      this.#uses[at] = 0
      this.#ghostUses[at] = 0
      const level = Math.floor(at / this.#buckets)
      const next = (((this.#oldest >>> level) + 1) << level) & this.#wrap
      // Half of the next bucket's span may still be a level below.
      const below = level === 0 ? next : this.#firstOf(level - 1, this.#now >>> (level - 1))
      this.#setOldest(this.#age(below) > this.#age(next) ? below : next)
    }
  }

  #tick(time: number): void {
    if ((time & (SWEEP_EVERY - 1)) === 0) this.#sweep(time)
    const now = time >>> this.#shift
    if (now === this.#now) return
    this.#now = now
    let epoch = now
    for (let level = 0; level < this.#levels; level++) {
      this.#pass(level, epoch)
      if ((epoch & 1) !== 0) break
      epoch >>>= 1
    }
    this.#setOldest(this.#oldest)
  }

  /** First epoch of a level whose newest is `epoch`. */
  #firstOf(level: number, epoch: number): number {
    return ((epoch - this.#buckets + 1) << level) & this.#wrap
  }

  /** Moves the bucket that leaves a level, whose newest is `epoch` now, into the next one; after the last, forgets it. */
  #pass(level: number, epoch: number): void {
    const at = level * this.#buckets + (epoch & (this.#buckets - 1))
    const uses = this.#uses[at] as number
    const ghosts = this.#ghostUses[at] as number
    this.#uses[at] = 0
    this.#ghostUses[at] = 0
    if (level + 1 < this.#levels) {
      const to = (level + 1) * this.#buckets + (((epoch - this.#buckets) >>> 1) & (this.#buckets - 1))
      this.#uses[to] = (this.#uses[to] as number) + uses
      this.#ghostUses[to] = (this.#ghostUses[to] as number) + ghosts
      return
    }
    const first = this.#firstOf(level, epoch)
    if (this.#age(first) < this.#age(this.#oldest)) this.#setOldest(first)
    this.#total -= uses
    this.missing -= ghosts
    this.behind += uses
    this.assumed += uses
  }

  #sweep(time: number): void {
    this.#sweptSlot = this.#sweptSlot >= this.#max ? 1 : this.#sweptSlot + 1
    const age = (time - this.#stamps.stamp(this.#sweptSlot)) >>> 0
    if (age > 2 ** 31) this.#stamps.setStamp(this.#sweptSlot, time - 2 ** 31)
    this.#sweptGhost = this.#sweptGhost + 1 >= this.#ghosts.size ? 0 : this.#sweptGhost + 1
    if (this.#ghostAge(this.#sweptGhost) > OLDEST_GHOST) this.#forget(this.#sweptGhost)
  }
}
