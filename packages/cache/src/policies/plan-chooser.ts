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
export const LRU_PLAN: Plan = PLANS[PLANS.length - 1] as Plan
const FIRST = 1
export const FIRST_PLAN: Plan = PLANS[FIRST] as Plan

/** Requests per slot after which a miss has lost most of its weight: traffic changes. */
const HORIZON = 50
/** Misses per slot by which another plan has to be better: for any change, and for one of the whole window. */
const CHANGE_COST = 0.1
const WINDOW_COST = 0.6
/** Sampled requests from one election to the next; a power of two. */
const ELECT_EVERY = 4

/**
 * Finds the plan that suits the traffic.
 *
 *   sampled hashes ──► 8 miniatures, one per plan ──► misses, fading ──► the leader, once another is clearly better
 *
 * All miniatures see the same sample, so that what is odd about it is odd for all.
 * Time: O(1). Space: 8 miniatures.
 */
export class PlanChooser {
  readonly #miniatures: readonly Miniature[]
  readonly #misses: Float64Array = new Float64Array(PLANS.length)
  readonly #capacity: number
  readonly #fade: number
  #leader = FIRST
  #observed = 0

  /** @param capacity of a miniature */
  constructor(capacity: number, sketch: FrequencySketch) {
    this.#capacity = capacity
    this.#fade = 1 - 1 / (HORIZON * capacity)
    this.#miniatures = PLANS.map((plan) => new Miniature(capacity, sketch, plan))
  }

  get plan(): Plan {
    return PLANS[this.#leader] as Plan
  }

  /** What was chosen proved worse than LRU: takes LRU, until another is clearly better from now on. */
  doubt(): void {
    this.#misses.fill(0)
    this.#leader = PLANS.length - 1
  }

  /** A request for a sampled key, hit or miss. */
  observe(hash: number): void {
    const misses = this.#misses
    for (let at = 0; at < PLANS.length; at++) {
      const hit = (this.#miniatures[at] as Miniature).request(hash)
      misses[at] = (misses[at] as number) * this.#fade + (hit ? 0 : 1)
    }
    if ((++this.#observed & (ELECT_EVERY - 1)) === 0) this.#elect()
  }

  #elect(): void {
    const misses = this.#misses
    const { window } = PLANS[this.#leader] as Plan
    let least = misses[this.#leader] as number
    for (let at = 0; at < PLANS.length; at++) {
      if (at === this.#leader) continue
      const distance = Math.abs((PLANS[at] as Plan).window - window)
      const handicapped = (misses[at] as number) + (CHANGE_COST + WINDOW_COST * distance) * this.#capacity
      if (handicapped >= least) continue
      least = handicapped
      this.#leader = at
    }
  }
}
