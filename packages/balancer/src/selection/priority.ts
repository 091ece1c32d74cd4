import type { Candidates, Placement, Selection } from './selection.ts'

interface Tier {
  readonly tier: number
  readonly selection: Selection
}

/**
 * Tiers: the strategy inside works on the lowest tier in which anybody is accepted; 0 comes first. A tier whose
 * endpoints are all out (unavailable, ejected, cooling down, at their caps) hands over to the next one as a whole, and
 * takes over again as soon as one of them is back.
 *
 *   tier 0   a b c     all refused ─┐
 *   tier 1   d e      ◄─────────────┘ one of these
 *
 * Costs what the strategy inside costs, plus one attempt per tier that has nobody.
 */
export class Priority implements Selection {
  readonly #create: () => Selection
  /** In ascending order. */
  readonly #tiers: Tier[] = []
  readonly #tierOf: (Selection | undefined)[] = []

  /** `create` makes the strategy of one tier. */
  constructor(create: () => Selection) {
    this.#create = create
  }

  add(slot: number, weight: number, inflight: number, placement?: Placement): void {
    const number = placement?.tier ?? 0
    let index = this.#tiers.findIndex(({ tier }) => tier >= number)
    if (index === -1) index = this.#tiers.length
    if (this.#tiers[index]?.tier !== number) {
      this.#tiers.splice(index, 0, { tier: number, selection: this.#create() })
    }
    const { selection } = this.#tiers[index] as Tier
    selection.add(slot, weight, inflight, placement)
    this.#tierOf[slot] = selection
  }

  // An empty tier stays, with what it knows: there are 256 at most.
  remove(slot: number): void {
    this.#tierOf[slot]?.remove(slot)
    this.#tierOf[slot] = undefined
  }

  reweigh(slot: number, weight: number): void {
    this.#tierOf[slot]?.reweigh(slot, weight)
  }

  moved(slot: number, inflight: number): void {
    this.#tierOf[slot]?.moved(slot, inflight)
  }

  block(slot: number, blocked: boolean): void {
    this.#tierOf[slot]?.block(slot, blocked)
  }

  observe(slot: number, latencyMs: number, failed: boolean, now: number): void {
    this.#tierOf[slot]?.observe(slot, latencyMs, failed, now)
  }

  cost(slot: number, now: number): number {
    return this.#tierOf[slot]?.cost(slot, now) ?? Number.NaN
  }

  leastCost(): number {
    return 0
  }

  pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    for (let index = 0; index < this.#tiers.length; index++) {
      const slot = (this.#tiers[index] as Tier).selection.pick(candidates, exclude)
      if (slot !== -1) return slot
    }
    return -1
  }
}
