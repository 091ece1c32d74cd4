import { FrequencySketch } from './frequency-sketch.ts'
import { mixBits } from './key-hash.ts'
import { FIRST_PLAN, LRU_PLAN, PlanChooser } from './plan-chooser.ts'
import type { EvictionPolicy } from './policy.ts'
import { ShadowLru } from './shadow-lru.ts'
import { type Plan, WindowedSlots } from './windowed-slots.ts'

/** Slots of a miniature, at most those of the cache. Of a small cache a larger part is sampled, so fewer will do. */
const SAMPLED = 256
const SAMPLED_OF_SMALL = 192
const SMALL = 2048
/** How far the cache may fall behind LRU, as a part of the requests. */
const ALLOWANCE = 0.0099
/** Requests per slot from which on that holds; before, the allowance is that of so many. */
const GUARDED_REQUESTS = 100
/** Part of the allowance at which the guard sets the choice of the plan free again. */
const RELEASE = 0.8
/** Hits per slot that it may fall behind before it turns to LRU and looks anew; grows with the requests. */
const LAG = 0.15
const LAG_REQUESTS = 50
/** A power of two. */
const STEER_EVERY = 8
/**
 * During a first scan nobody knows whether it will come round again (then the first keys are worth keeping) or turn back
 * (then the last ones are): half of each is held until either proves right, or for three requests per slot.
 */
const SCAN_PLAN: Plan = { window: 0.5, enoughUses: 16 }
const FIRST_REQUESTS = 3
/** Part of LRU's entries that the cache lacks, hits per slot ahead of LRU that prove it right, LRU's hit ratio. */
const SCAN_MISSING = 0.4
const SCAN_PROOF = 0.02
const SCAN_HITS = 0.1
/** Lists, in the order of iteration. */
const LISTS = 4

/**
 * W-TinyLFU (Einziger, Friedman and Manes, ACM Transactions on Storage 2017) whose window and admission are chosen by
 * simulating the alternatives on a sample of the keys, with a bound on how far it may fall behind LRU.
 *
 *   request ─┬─► frequency sketch ──► windowed slots: window │ fresh │ demoted │ protected
 *            │                            ▲ plan
 *            ├─► 1 key in n: plan chooser ┤
 *            └─► shadow LRU ──► guard ────┘ exact LRU while the bound is reached
 *
 * **Guard.** After every request t, for whatever traffic in which a missed key is stored and nothing is deleted or
 * expires, and however the keys are hashed:
 *
 *   LRU's hits - the cache's hits  ≤  0.0099 × max(100 × slots, t)
 *
 * so that from 100 requests per slot on the hit ratio is never a point below LRU's. Proof. L and C are the keys that LRU
 * and the cache hold, D is the left side, and P = D + |L \ C|, the most it could become if the cache took to LRU now.
 * 1. A request adds to P only if it makes the cache evict a key of L, and then 1. (Of a key in C: LRU hits too, or D
 *    falls. In L \ C: D + 1, and the key comes back to C. In neither: D stays, and C gets what L gets.)
 * 2. Evicting the least recently used key of C adds nothing: L is the last `max` keys used, so that key is in L only
 *    if all of C is, and then C = L, or, when the request is for a key of L \ C, C holds another key than L's.
 *    In the first case LRU evicts the same key.
 * 3. `ShadowLru` keeps a number S ≥ P. The cache evicts another key than the least recently used one only if the shadow
 *    says that it is not in L (by 1. P stays), or while S + 1 is within the bound (P + 1 ≤ S + 1 is, then).
 * The bound never falls, so D ≤ P ≤ bound at all times. ∎
 * Deleted and expired keys leave L and C together as long as C holds them; of others LRU may make more or less use.
 *
 * On top of that, before the bound is near: whenever it has fallen 0.15 hits per slot farther behind, it takes to LRU
 * until the simulations, from then on, find another plan clearly better.
 * Iterates the window, the protected, the demoted and the fresh entries, each most recently used first.
 * Time: O(1) each; a sampled request costs about ten times another. Space: about 28 bytes per slot and up to 90 kB.
 */
export class AdaptivePolicy implements EvictionPolicy {
  readonly #slots: WindowedSlots
  readonly #sketch: FrequencySketch
  readonly #chooser: PlanChooser
  readonly #shadow: ShadowLru
  readonly #max: number
  /** Hashes below it, as unsigned numbers after mixing, are sampled. */
  readonly #sampledBelow: number
  #guarding = false
  /** How far behind LRU it was when it last turned to it for that. */
  #forgiven = 0
  #misses = 0
  #plan: Plan = FIRST_PLAN
  /** Slot that `victim` gave last. */
  #victim = 0

  constructor(max: number) {
    const sampled = Math.min(max, max < SMALL ? SAMPLED_OF_SMALL : SAMPLED)
    this.#max = max
    this.#sketch = new FrequencySketch(max)
    this.#slots = new WindowedSlots(max, this.#sketch, FIRST_PLAN)
    this.#chooser = new PlanChooser(sampled, this.#sketch)
    this.#shadow = new ShadowLru(max, this.#slots.lists)
    this.#sampledBelow = Math.ceil((2 ** 32 * sampled) / max)
  }

  get size(): number {
    return this.#slots.lists.size
  }

  insert(hash: number): number {
    const slots = this.#slots
    const sampled = mixBits(hash) >>> 0 < this.#sampledBelow
    this.#sketch.increment(hash)
    if (sampled) this.#chooser.observe(hash)
    const slot = slots.insert(hash, sampled)
    this.#shadow.miss(hash, slots.time)
    this.#misses++
    if ((slots.time & (STEER_EVERY - 1)) === 0) this.#steer()
    return slot
  }

  touch(slot: number): void {
    const slots = this.#slots
    const hash = slots.lists.hash(slot)
    this.#sketch.increment(hash)
    if (slots.lists.isSampled(slot)) this.#chooser.observe(hash)
    const last = slots.touch(slot)
    const { time } = slots
    this.#shadow.hit(last, time)
    if ((time & (STEER_EVERY - 1)) === 0) this.#steer()
  }

  remove(slot: number): void {
    const { lists } = this.#slots
    const stamp = lists.stamp(slot)
    if (slot === this.#victim) this.#shadow.evicted(lists.hash(slot), stamp)
    else this.#shadow.deleted(stamp)
    this.#victim = 0
    lists.remove(slot)
  }

  /** The slot that was freed last is the first to be taken again. */
  replaceVictim(hash: number): number {
    this.remove(this.victim())
    return this.insert(hash)
  }

  victim(): number {
    const slots = this.#slots
    this.#victim = this.#guarding || this.#plan === LRU_PLAN ? slots.leastRecent() : slots.victim()
    const { behind, missing } = this.#shadow
    // The step of the proof: what LRU may hold is evicted in LRU's order, or while the bound is not reached.
    if (behind + missing + 1 > this.#allowed() && this.#shadow.holds(slots.lists.stamp(this.#victim))) {
      this.#victim = slots.leastRecent()
    }
    return this.#victim
  }

  first(): number {
    return this.#firstFrom(0)
  }

  after(slot: number): number {
    const { lists } = this.#slots
    return lists.older(slot) || this.#firstFrom(lists.where(slot) + 1)
  }

  /** What was learned about keys stays: they may come again. */
  clear(): void {
    this.#slots.lists.clear()
    this.#shadow.clear()
  }

  freeSlots(): number[] {
    return this.#slots.lists.freeSlots()
  }

  #firstFrom(list: number): number {
    return list >= LISTS ? 0 : this.#slots.lists.newest(list) || this.#firstFrom(list + 1)
  }

  #allowed(): number {
    return ALLOWANCE * Math.max(GUARDED_REQUESTS * this.#max, this.#slots.time)
  }

  /** Every few requests: the margin of the allowance is a hundred times larger. */
  #steer(): void {
    const slots = this.#slots
    const requests = slots.time
    const { behind, missing } = this.#shadow
    const max = this.#max
    this.#guarding = behind + missing + 1 > (this.#guarding ? RELEASE : 1) * this.#allowed()
    const known = behind - this.#shadow.assumed
    if (known > this.#forgiven + LAG * Math.max(max, requests / LAG_REQUESTS)) {
      this.#forgiven = known
      this.#chooser.doubt()
    }
    let { plan } = this.#chooser
    if (this.#guarding) plan = LRU_PLAN
    else if (requests < FIRST_REQUESTS * max && this.#knowsNothing()) plan = SCAN_PLAN
    if (plan === this.#plan) return
    this.#plan = plan
    slots.follow(plan)
  }

  /** Nothing was hit so far by either, and the cache holds other keys than LRU: one of them may be all wrong. */
  #knowsNothing(): boolean {
    const { behind, missing } = this.#shadow
    if (missing <= SCAN_MISSING * this.#max || behind <= -SCAN_PROOF * this.#max) return false
    const { time } = this.#slots
    return time - this.#misses + behind < SCAN_HITS * time
  }
}
