import { drawAccepted } from './draw-random.ts'
import type { Candidates, Placement, Selection } from './selection.ts'
import { SlotList } from './slot-list.ts'
import { XorShift } from './xorshift.ts'

// With half of the endpoints refused, six draws leave one pick of a hundred to the pass over all.
const DRAWS = 6

/**
 * Two distinct candidates at random, the cheaper of the two (Mitzenmacher, "The power of two choices in randomized load
 * balancing", 2001). What a candidate costs is the subclass's. O(1); a refused candidate costs another draw, and after
 * six of them one pass over all.
 */
export abstract class TwoChoices implements Selection {
  protected readonly list: SlotList = new SlotList()
  protected readonly random: XorShift
  protected inflight: Int32Array = new Int32Array(16)
  protected shares: Float64Array = new Float64Array(16)

  constructor(random: () => number) {
    this.random = new XorShift(random)
  }

  abstract cost(slot: number, now: number): number

  add(slot: number, weight: number, inflight: number, placement?: Placement): void {
    if (slot >= this.inflight.length) this.grow(Math.max(slot + 1, this.inflight.length * 2))
    this.inflight[slot] = inflight
    this.shares[slot] = 1 / weight
    this.list.add(slot)
    if (placement?.fresh !== false) this.reset(slot)
  }

  remove(slot: number): void {
    this.list.remove(slot)
  }

  reweigh(slot: number, weight: number): void {
    this.shares[slot] = 1 / weight
  }

  moved(slot: number, inflight: number): void {
    if (slot < this.inflight.length) this.inflight[slot] = inflight
  }

  block(slot: number, blocked: boolean): void {
    this.list.block(slot, blocked)
  }

  observe(_slot: number, _latencyMs: number, _failed: boolean, _now: number): void {}

  leastCost(): number {
    return 0
  }

  pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    const limit = candidates.panic ? this.list.size : this.list.active
    const first = this.#draw(limit, -1, candidates, exclude)
    if (first === -1) return -1
    const second = this.#draw(limit, first, candidates, exclude)
    if (second === -1) return first
    const difference = this.cost(second, candidates.now) - this.cost(first, candidates.now)
    if (difference !== 0) return difference < 0 ? second : first
    return (this.inflight[second] as number) < (this.inflight[first] as number) ? second : first
  }

  /** Forgets what was known of the slot's former holder. */
  protected reset(_slot: number): void {}

  protected grow(length: number): void {
    const inflight = new Int32Array(length)
    inflight.set(this.inflight)
    this.inflight = inflight
    const shares = new Float64Array(length)
    shares.set(this.shares)
    this.shares = shares
  }

  #draw(limit: number, other: number, candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    const count = other === -1 ? limit : limit - 1
    if (count <= 0) return -1
    const slots = this.list.slots
    for (let draw = 0; draw < DRAWS; draw++) {
      let slot = slots[this.random.below(count)] as number
      // The last one stands in for the one already drawn: two distinct, all pairs equally likely.
      if (slot === other) slot = slots[limit - 1] as number
      if (candidates.unasked || candidates.accepts(slot, exclude)) return slot
    }
    return drawAccepted(this.list, limit, this.random, candidates, exclude, other)
  }
}
