import type { FrequencySketch } from './frequency-sketch.ts'
import { Miniature } from './miniature.ts'
import type { Plan } from './windowed-slots.ts'

/**
 * The plans that are tried all the time. A strict admission (16) holds a loop that is too large, a lenient one (2) lets
 * newcomers of changing traffic in; the last plan is exact LRU.
 */
const PLANS: readonly Plan[] = [
  { window: 0.01, enoughUses: 16 },
  { window: 0.1, enoughUses: 16 },
  { window: 0.25, enoughUses: 16 },
  { window: 0.1, enoughUses: 2 },
  { window: 0.25, enoughUses: 2 },
  { window: 0.5, enoughUses: 2 },
  { window: 0.8, enoughUses: 2 },
  { window: 1, enoughUses: 16 },
]
const LRU = PLANS.length - 1
const FIRST = 1
export const FIRST_PLAN = PLANS[FIRST] as Plan

/** Requests per slot after which a miss has lost most of its weight: traffic changes. */
const HORIZON = 30
/** Misses per slot by which another plan has to be better: for any change, and for one of the whole window. */
const CHANGE_COST = 0.1
const WINDOW_COST = 0.6
/** How far the cache may fall behind LRU, as a part of the requests; the goal is 0.01. */
const ALLOWANCE = 0.009
/** Requests per slot for which the guard is stated; before, the allowance is that of so many. */
const GUARDED_REQUESTS = 100
/** Part of the allowance below which the guard sets the choice free again. */
const RELEASE = 0.5

/**
 * Finds the plan that suits the traffic, and keeps the cache within a hair of LRU whatever comes.
 *
 *   sampled hashes ──► 8 miniatures, one per plan ──► misses, fading ──► the leader, once it is clearly better
 *                  └─► 1 replica, does what the cache does
 *                        behind  = hits of the LRU miniature - hits of the replica, since the start
 *                        missing = what the LRU miniature holds and the replica does not
 *
 * **Guard.** From any state, turning to LRU loses at most one hit for each `missing` entry, because a miss brings it
 * back and LRU never drops what the LRU miniature keeps. So behind + missing bounds what the cache can end up behind
 * LRU if it turns now. It turns when that bound exceeds 0.9 % of the requests (of 100 requests per slot in the
 * beginning), and is set free at half of it. While it follows LRU the bound does not grow. Exact where the miniatures
 * have the cache's size; above that, as exact as the sample.
 * Time: O(1). Space: 9 miniatures.
 */
export class PlanChooser {
  /** What the cache should follow now. */
  plan: Plan = FIRST_PLAN
  readonly #miniatures: readonly Miniature[]
  readonly #replica: Miniature
  readonly #misses: Float64Array = new Float64Array(PLANS.length)
  readonly #capacity: number
  readonly #fade: number
  #leader = FIRST
  #requests = 0
  #behind = 0
  #common = 0
  #guarding = false

  /** @param capacity of a miniature */
  constructor(capacity: number, sketch: FrequencySketch) {
    this.#capacity = capacity
    this.#fade = 1 - 1 / (HORIZON * capacity)
    this.#miniatures = PLANS.map((plan) => new Miniature(capacity, sketch, plan))
    this.#replica = new Miniature(capacity, sketch, this.plan)
  }

  /** A request for a sampled key, hit or miss. True when `plan` has changed. */
  observe(hash: number): boolean {
    this.#requests++
    const misses = this.#misses
    let hit = false
    for (let at = 0; at <= LRU; at++) {
      hit = (this.#miniatures[at] as Miniature).request(hash)
      misses[at] = (misses[at] as number) * this.#fade + (hit ? 0 : 1)
    }
    this.#compareWithLru(hash, hit)
    this.#elect()
    const plan = PLANS[this.#guarding ? LRU : this.#leader] as Plan
    if (plan === this.plan) return false
    this.plan = plan
    this.#replica.follow(plan)
    return true
  }

  clear(): void {
    for (const miniature of this.#miniatures) miniature.clear()
    this.#replica.clear()
    this.#common = 0
  }

  #elect(): void {
    const misses = this.#misses
    const { window } = PLANS[this.#leader] as Plan
    let least = misses[this.#leader] as number
    for (let at = 0; at <= LRU; at++) {
      if (at === this.#leader) continue
      const distance = Math.abs((PLANS[at] as Plan).window - window)
      const handicapped = (misses[at] as number) + (CHANGE_COST + WINDOW_COST * distance) * this.#capacity
      if (handicapped >= least) continue
      least = handicapped
      this.#leader = at
    }
  }

  #compareWithLru(hash: number, lruHit: boolean): void {
    const lru = this.#miniatures[LRU] as Miniature
    const replica = this.#replica
    const replicaHit = replica.request(hash)
    if (lruHit !== replicaHit) this.#behind += lruHit ? 1 : -1
    // The hash is in both now; what one of them displaced was common when it is, or was until now, in the other.
    if (!lruHit || !replicaHit) this.#common++
    const sameDisplaced = lru.displaced && replica.displaced && lru.displacedHash === replica.displacedHash
    if (sameDisplaced) {
      this.#common--
    } else {
      if (lru.displaced && replica.has(lru.displacedHash)) this.#common--
      if (replica.displaced && lru.has(replica.displacedHash)) this.#common--
    }
    const bound = this.#behind + lru.size - this.#common
    const allowed = ALLOWANCE * Math.max(GUARDED_REQUESTS * this.#capacity, this.#requests)
    this.#guarding = bound > (this.#guarding ? RELEASE * allowed : allowed)
  }
}
