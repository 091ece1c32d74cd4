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
/** How far the cache may fall behind LRU, as a part of the requests: one point less a margin. */
const ALLOWANCE = 0.009
/** Requests per slot from which on that holds; before, the allowance is that of so many. */
const GUARDED_REQUESTS = 100
/** Part of the allowance at which the guard sets the choice of the plan free again. */
const RELEASE = 0.5
/** Hits per slot by which it may be behind before it turns to LRU anyway; grows with the requests. */
const LAG = 0.25
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
/** Lists in the order of iteration: window, protected, probation. */
const ORDER: readonly number[] = [0, 2, 1]

/**
 * The default: W-TinyLFU (Einziger, Friedman and Manes 2017) whose window and admission are chosen by simulating the
 * alternatives on a sample of the keys, with a bound on how far it may fall behind LRU.
 *
 *   request ─┬─► frequency sketch ──► windowed slots: window │ probation │ protected
 *            │                            ▲ plan
 *            ├─► 1 key in n: plan chooser ┤
 *            └─► shadow LRU ──► guard ────┘ exact LRU while the bound is used up
 *
 * **Guard.** Turning to LRU at any moment loses at most one more hit for each entry that LRU holds and the cache does
 * not. What the cache is behind plus that number therefore bounds what it will be behind if it turns now, and does not
 * grow once it has turned. It turns when the bound exceeds 0.9 % of the requests (0.9 hits per slot up to 100 requests
 * per slot), and is free again at half of it. So traffic of 100 requests per slot or more does not end a point below
 * LRU, whatever it is; the last tenth of a point is for what the shadow forgets. Before that, it turns to LRU once it is
 * a quarter hit per slot behind.
 *
 * Iterates the window, the protected and the probation entries, each most recently used first.
 * Time: O(1) each; a sampled request costs about ten times another. Space: about 25 bytes per slot and 45 kB.
 */
export class AdaptivePolicy implements EvictionPolicy {
  readonly readsHash: boolean = true
  readonly #slots: WindowedSlots
  readonly #sketch: FrequencySketch
  readonly #chooser: PlanChooser
  readonly #shadow: ShadowLru
  readonly #max: number
  /** Hashes below it, as unsigned numbers after mixing, are sampled. */
  readonly #sampledBelow: number
  #requests = 0
  #guarding = false
  #lagging = false
  #hits = 0
  #plan: Plan = FIRST_PLAN
  /** Slot that `victim` gave last. */
  #victim = 0

  constructor(max: number) {
    const sampled = Math.min(max, max < SMALL ? SAMPLED_OF_SMALL : SAMPLED)
    this.#max = max
    this.#sketch = new FrequencySketch(max)
    this.#slots = new WindowedSlots(max, this.#sketch, FIRST_PLAN)
    this.#chooser = new PlanChooser(sampled, this.#sketch)
    this.#shadow = new ShadowLru(max)
    this.#sampledBelow = Math.ceil((2 ** 32 * sampled) / max)
  }

  get size(): number {
    return this.#slots.lists.size
  }

  insert(hash: number): number {
    this.#observe(hash)
    const slot = this.#slots.insert(hash)
    this.#shadow.miss(slot, hash)
    this.#steer()
    return slot
  }

  touch(slot: number): void {
    this.#observe(this.#slots.hashOf(slot))
    this.#slots.touch(slot)
    this.#shadow.hit(slot)
    this.#hits++
    this.#steer()
  }

  remove(slot: number): void {
    if (slot === this.#victim) this.#shadow.evicted(slot, this.#slots.hashOf(slot))
    else this.#shadow.deleted(slot)
    this.#victim = 0
    this.#slots.lists.remove(slot)
  }

  victim(): number {
    this.#victim = this.#guarding || this.#lagging ? this.#leastRecent() : this.#slots.victim()
    return this.#victim
  }

  first(): number {
    return this.#firstFrom(0)
  }

  after(slot: number): number {
    const { lists } = this.#slots
    const older = lists.older(slot)
    return older === 0 ? this.#firstFrom(ORDER.indexOf(lists.where(slot)) + 1) : older
  }

  /** What was learned about keys stays: they may come again. */
  clear(): void {
    this.#slots.lists.clear()
    this.#shadow.clear()
  }

  freeSlots(): number[] {
    return this.#slots.lists.freeSlots()
  }

  #firstFrom(position: number): number {
    for (let at = position; at < ORDER.length; at++) {
      const newest = this.#slots.lists.newest(ORDER[at] as number)
      if (newest !== 0) return newest
    }
    return 0
  }

  /** The oldest of the three lists' oldest: right after turning to LRU the main area still holds what is recent. */
  #leastRecent(): number {
    const { lists } = this.#slots
    let least = 0
    let leastEpoch = Number.POSITIVE_INFINITY
    for (const list of ORDER) {
      if (lists.length(list) === 0) continue
      const slot = lists.oldest(list)
      const epoch = this.#shadow.epochOf(slot)
      // Of equals the main area's, which comes later: its epoch is older than it looks as often as not.
      if (epoch > leastEpoch || (epoch === leastEpoch && list === 0)) continue
      least = slot
      leastEpoch = epoch
    }
    return least
  }

  #observe(hash: number): void {
    this.#sketch.increment(hash)
    if (mixBits(hash) >>> 0 < this.#sampledBelow) this.#chooser.observe(hash)
  }

  /** Looked at every few requests: the margin of the allowance is a hundred times larger. */
  #steer(): void {
    if ((++this.#requests & (STEER_EVERY - 1)) !== 0) return
    const { behind, missing } = this.#shadow
    const max = this.#max
    const requests = this.#requests
    const allowed = ALLOWANCE * Math.max(GUARDED_REQUESTS * max, requests)
    this.#guarding = behind + missing > (this.#guarding ? RELEASE * allowed : allowed)
    const lag = LAG * Math.max(max, requests / LAG_REQUESTS)
    this.#lagging = behind > (this.#lagging ? RELEASE * lag : lag)
    let { plan } = this.#chooser
    if (this.#guarding || this.#lagging) plan = LRU_PLAN
    else if (requests < FIRST_REQUESTS * max && this.#knowsNothing()) plan = SCAN_PLAN
    if (plan === this.#plan) return
    this.#plan = plan
    this.#slots.follow(plan)
  }

  /** Nothing was hit so far by either, and the cache holds other keys than LRU: one of them may be all wrong. */
  #knowsNothing(): boolean {
    const { behind, missing } = this.#shadow
    if (missing <= SCAN_MISSING * this.#max || behind <= -SCAN_PROOF * this.#max) return false
    return this.#hits + behind < SCAN_HITS * this.#requests
  }
}
