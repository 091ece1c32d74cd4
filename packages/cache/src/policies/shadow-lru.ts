import { GhostTable, WAYS } from './ghost-table.ts'

/** Epochs counted one by one; a power of two. */
const RING = 2048
/** Epochs that as many distinct keys as the cache has slots make up: the shadow is at most so much too large. */
const EPOCHS_PER_CACHE = 256
/** Stamps are epochs modulo this, plus 1; 0 means long ago. */
const STAMPS = 65_535
/** Remembered evicted keys, as a part of the slots. */
const GHOST_SHARE = 0.9
/** Every so many calls (a power of two) a slot and a ghost are looked at: no stamp gets old enough to look new. */
const SWEEP_EVERY = 16

/**
 * What an LRU cache of the same size would hold, without holding it.
 *
 *   epochs    oldest ──────────────── now      an epoch ends when max / 256 keys have their last use in it
 *   uses       12  391  0  388 … 17            keys by the epoch of their last use
 *   ghosts      0   40  0    3 …  0            those among them that the cache has evicted
 *   stamps    slot ──► epoch      ghost table: hash ──► epoch
 *
 * The keys of the newest epochs that together reach `max` are what LRU holds (rounded up to a whole epoch, so it is
 * never taken for worse than it is). A request is an LRU hit when the key's last use is in one of them.
 * - `behind`: LRU hits less the cache's hits, since the start.
 * - `missing`: what LRU holds and the cache does not.
 * Turning to LRU now loses at most `missing` hits, because a miss brings the key back: `behind + missing` bounds where
 * the cache will end up if it does.
 * Time: O(1), a fixed number of places. Space: 2 bytes per slot, 4 × 0.9 for ghosts, 16 kB.
 */
export class ShadowLru {
  behind = 0
  missing = 0
  readonly #max: number
  readonly #perEpoch: number
  readonly #stamps: Uint16Array
  readonly #ghosts: GhostTable
  readonly #uses: Uint32Array = new Uint32Array(RING)
  readonly #ghostUses: Uint32Array = new Uint32Array(RING)
  /** Sums of the epochs before the ring. */
  #ancientUses = 0
  #ancientGhosts = 0
  #total = 0
  #now = RING
  /** Stamp of `now`. */
  #stamp = (RING % STAMPS) + 1
  #oldest = RING
  #calls = 0
  #sweptSlot = 0
  #sweptGhost = 0

  constructor(max: number) {
    this.#max = max
    this.#perEpoch = Math.max(1, Math.floor(max / EPOCHS_PER_CACHE))
    this.#stamps = new Uint16Array(max + 1)
    this.#ghosts = new GhostTable(Math.ceil(max * GHOST_SHARE))
  }

  /** For the choice between two slots: the epoch of the last use, smaller = longer ago. */
  epochOf(slot: number): number {
    return this.#epoch(this.#stamps[slot] as number)
  }

  /** The cache hit. */
  hit(slot: number): void {
    const stamp = this.#stamps[slot] as number
    if (stamp === this.#stamp) return
    const epoch = this.#epoch(stamp)
    if (epoch >= this.#oldest) this.#leave(epoch)
    else this.behind--
    this.#stamps[slot] = this.#enter()
  }

  /** The cache missed and has put the key into a slot. */
  miss(slot: number, hash: number): void {
    const place = this.#ghosts.find(hash)
    if (place >= 0) {
      const epoch = this.#epoch(this.#ghosts.stampAt(place))
      this.#ghosts.setStamp(place, 0)
      if (epoch >= this.#oldest) {
        this.behind++
        this.#leave(epoch)
        this.#leaveGhosts(epoch)
      }
    }
    this.#stamps[slot] = this.#enter()
  }

  /** The cache evicted the slot's key, which LRU may still hold. */
  evicted(slot: number, hash: number): void {
    const stamp = this.#stamps[slot] as number
    this.#stamps[slot] = 0
    const epoch = this.#epoch(stamp)
    if (epoch < this.#oldest) return
    const first = this.#ghosts.bucketOf(hash)
    let chosen = first
    let chosenEpoch = Number.POSITIVE_INFINITY
    for (let place = first; place < first + WAYS; place++) {
      const other = this.#epoch(this.#ghosts.stampAt(place))
      if (other >= chosenEpoch) continue
      chosen = place
      chosenEpoch = other
    }
    if (chosenEpoch >= this.#oldest) {
      this.#leave(chosenEpoch)
      this.#leaveGhosts(chosenEpoch)
    }
    this.#ghosts.put(chosen, hash, stamp)
    this.missing++
    if (epoch > this.#now - RING)
      this.#ghostUses[epoch & (RING - 1)] = (this.#ghostUses[epoch & (RING - 1)] as number) + 1
    else this.#ancientGhosts++
  }

  /** The slot's key was deleted or expired: LRU would not hold it either. */
  deleted(slot: number): void {
    const epoch = this.#epoch(this.#stamps[slot] as number)
    this.#stamps[slot] = 0
    if (epoch >= this.#oldest) this.#leave(epoch)
  }

  /** All keys were removed. */
  clear(): void {
    this.#stamps.fill(0)
    this.#ghosts.clear()
    this.#uses.fill(0)
    this.#ghostUses.fill(0)
    this.#ancientUses = 0
    this.#ancientGhosts = 0
    this.#total = 0
    this.missing = 0
    this.#oldest = this.#now
  }

  /** The latest epoch with that stamp, -1 for none. */
  #epoch(stamp: number): number {
    if (stamp === 0) return -1
    const age = this.#stamp - stamp
    return this.#now - (age < 0 ? age + STAMPS : age)
  }

  #leave(epoch: number): void {
    this.#total--
    if (epoch > this.#now - RING) this.#uses[epoch & (RING - 1)] = (this.#uses[epoch & (RING - 1)] as number) - 1
    else this.#ancientUses--
  }

  #leaveGhosts(epoch: number): void {
    this.missing--
    const at = epoch & (RING - 1)
    if (epoch > this.#now - RING) this.#ghostUses[at] = (this.#ghostUses[at] as number) - 1
    else this.#ancientGhosts--
  }

  /** Counts a use now and returns its stamp. */
  #enter(): number {
    if ((this.#uses[this.#now & (RING - 1)] as number) >= this.#perEpoch) this.#advance()
    const at = this.#now & (RING - 1)
    this.#uses[at] = (this.#uses[at] as number) + 1
    this.#total++
    this.#dropOldest()
    if ((++this.#calls & (SWEEP_EVERY - 1)) === 0) this.#sweep()
    return this.#stamp
  }

  #advance(): void {
    const at = ++this.#now & (RING - 1)
    this.#stamp = this.#stamp === STAMPS ? 1 : this.#stamp + 1
    // The epoch that had this place in the ring.
    this.#ancientUses += this.#uses[at] as number
    this.#ancientGhosts += this.#ghostUses[at] as number
    this.#uses[at] = 0
    this.#ghostUses[at] = 0
  }

  /** Drops the epochs without which LRU's slots are still full. */
  #dropOldest(): void {
    for (let step = 0; step < 4 && this.#oldest < this.#now; step++) {
      const firstInRing = this.#now - RING + 1
      if (this.#oldest < firstInRing) {
        if (this.#total - this.#ancientUses < this.#max && this.#ancientUses > 0) return
        this.#total -= this.#ancientUses
        this.missing -= this.#ancientGhosts
        this.#ancientUses = 0
        this.#ancientGhosts = 0
        this.#oldest = firstInRing
      } else {
        const at = this.#oldest & (RING - 1)
        const uses = this.#uses[at] as number
        if (uses > 0 && this.#total - uses < this.#max) return
        this.#total -= uses
        this.missing -= this.#ghostUses[at] as number
        this.#uses[at] = 0
        this.#ghostUses[at] = 0
        this.#oldest++
      }
    }
  }

  /** Stamps from before the ring become long ago, or the oldest one of the ring if LRU still holds the key. */
  #sweep(): void {
    this.#sweptSlot = this.#sweptSlot >= this.#max ? 1 : this.#sweptSlot + 1
    this.#stamps[this.#sweptSlot] = this.#refresh(this.#stamps[this.#sweptSlot] as number, false)
    this.#sweptGhost = this.#sweptGhost + 1 >= this.#ghosts.places ? 0 : this.#sweptGhost + 1
    this.#ghosts.setStamp(this.#sweptGhost, this.#refresh(this.#ghosts.stampAt(this.#sweptGhost), true))
  }

  #refresh(stamp: number, ghost: boolean): number {
    const epoch = this.#epoch(stamp)
    if (epoch < this.#oldest) return 0
    const firstInRing = this.#now - RING + 1
    if (epoch >= firstInRing) return stamp
    const at = firstInRing & (RING - 1)
    this.#ancientUses--
    this.#uses[at] = (this.#uses[at] as number) + 1
    if (ghost) {
      this.#ancientGhosts--
      this.#ghostUses[at] = (this.#ghostUses[at] as number) + 1
    }
    return (firstInRing % STAMPS) + 1
  }
}
