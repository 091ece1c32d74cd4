import { CostTree } from './cost-tree.ts'
import { Latency } from './latency.ts'
import type { Candidates, Placement, Selection } from './selection.ts'
import { SlotList } from './slot-list.ts'
import { XorShift } from './xorshift.ts'

/** How many candidates `auto` compares: that many at random, or all. */
export type Choices = number | 'all'

export interface AutoSettings {
  readonly choices: Choices
  /** A failure counts as a sample of this many times the mean latency; 0: as what it took. */
  readonly errorPenalty: number
}

/** Expected latencies are brought up to date this often; within that time they drift by 2.5 % at most. */
const REFRESH_MS = 50
/**
 * How much more the least preferred endpoint seems to cost. Of 50 balancers in front of 50 servers each then learns most
 * about some of them, and they do not all run to the same one: p99 4 to 6 % lower in the simulator, and within
 * 3 % of it with a single balancer.
 */
const PREFERENCE = 0.8
/** Each endpoint's place in the preference is drawn anew after about this time, so that none is out of favor for good. */
const PREFERENCE_MS = 30_000

/**
 * The default: the candidate whose expected latency times (requests in flight + 1), per unit of weight, is smallest.
 *
 *   position    0     1     2          what a request would cost there, kept up to date by pick, release and sample;
 *   slots       4     0     7          a pick takes the least of all from the tree, or compares some at random
 *   costs     12.1   9.8  30.4  …      (cost-tree.ts)
 *
 * A cost is  expected latency · (in flight + 1) · preference / weight.  The preference, 1 to 1.8, is each balancer's own
 * and random: balancers that share the endpoints prefer different ones. An endpoint not yet sampled has none.
 *
 * Needs no tuning: latency.ts says what is expected of an endpoint that is new, failing or has not been tried lately.
 * O(log endpoints) per pick and per end of a request. Once per 50 ms a pick also brings all expectations up to date,
 * O(endpoints).
 */
export class Auto implements Selection {
  readonly #choices: number
  readonly #random: XorShift
  readonly #latency: Latency
  readonly #list: SlotList
  readonly #tree = new CostTree()
  /** By slot. */
  #expected: Float64Array = new Float64Array(16)
  #inflight: Int32Array = new Int32Array(16)
  /** 1 / weight. */
  #shares: Float64Array = new Float64Array(16)
  /** 1 before the first sample. */
  #preferences: Float64Array = new Float64Array(16)
  #redrawnAt = Number.NEGATIVE_INFINITY
  /** Position whose preference was drawn last. */
  #redrawn = 0
  #refreshedAt = Number.NEGATIVE_INFINITY
  /** The pick in progress, for #acceptsAt. */
  #candidates: Candidates | null = null
  #exclude: ReadonlySet<string> | undefined
  readonly #acceptsAt = (position: number): boolean =>
    this.#candidates?.accepts(this.#list.slots[position] as number, this.#exclude) === true

  constructor(random: () => number, settings: AutoSettings) {
    this.#choices = settings.choices === 'all' ? Number.POSITIVE_INFINITY : settings.choices
    this.#random = new XorShift(random)
    this.#latency = new Latency(settings.errorPenalty)
    this.#list = new SlotList((position) => this.#priceAt(position))
  }

  add(slot: number, weight: number, inflight: number, placement?: Placement): void {
    if (slot >= this.#inflight.length) this.#grow(Math.max(slot + 1, this.#inflight.length * 2))
    if (placement?.fresh !== false) {
      this.#latency.forget(slot)
      this.#preferences[slot] = 1
    }
    this.#inflight[slot] = inflight
    this.#shares[slot] = 1 / weight
    this.#list.add(slot)
    this.#stale()
  }

  remove(slot: number): void {
    const position = this.#list.position(slot)
    this.#list.remove(slot)
    // Nobody has taken its place if it was the last.
    if (position !== -1) this.#priceAt(position)
  }

  reweigh(slot: number, weight: number): void {
    this.#shares[slot] = 1 / weight
    this.#price(slot)
  }

  moved(slot: number, inflight: number, more = false): void {
    if (slot >= this.#inflight.length) return
    this.#inflight[slot] = inflight
    if (!more) this.#price(slot)
  }

  block(slot: number, blocked: boolean): void {
    this.#list.block(slot, blocked)
    this.#price(slot)
  }

  observe(slot: number, latencyMs: number, failed: boolean, now: number): void {
    if (slot >= this.#inflight.length) return
    if (this.#latency.sample(slot, latencyMs, failed, now)) this.#stale()
    if (this.#preferences[slot] === 1) this.#prefer(slot)
    this.#expected[slot] = this.#latency.expected(slot, now)
    this.#price(slot)
  }

  cost(slot: number, now: number): number {
    const since = now - this.#refreshedAt
    if (!(since >= 0 && since < REFRESH_MS)) this.#refresh(now)
    // Without the preference: a home is chosen for a long time, and who asks wants the truth.
    return this.#costOf(slot) / (this.#preferences[slot] as number)
  }

  load(slot: number, now: number): number {
    const latency = this.#latency.expectedOfSuccess(slot, now)
    if (latency === this.#latency.expected(slot, now)) return this.cost(slot, now)
    return latency * (1 + (this.#inflight[slot] as number)) * (this.#shares[slot] as number)
  }

  strain(slot: number, now: number): number {
    return (this.#latency.expectedOfSuccess(slot, now) * (1 + (this.#inflight[slot] as number))) / this.#latency.mean
  }

  leastCost(): number {
    return this.#tree.least / (1 + PREFERENCE)
  }

  pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    // Here and not in a method: the time would be boxed on its way there.
    const since = candidates.now - this.#refreshedAt
    if (!(since >= 0 && since < REFRESH_MS)) this.#refresh(candidates.now)
    const { active, slots } = this.#list
    if (candidates.panic) return this.#scan(candidates, exclude)
    if (this.#choices < active) return this.#draw(candidates, exclude)
    const position = candidates.unasked ? this.#tree.find(active, this.#random) : this.#ask(candidates, exclude)
    return position === -1 ? -1 : (slots[position] as number)
  }

  #ask(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    this.#candidates = candidates
    this.#exclude = exclude
    const position = this.#tree.findAccepted(this.#acceptsAt, this.#list.active, this.#random)
    this.#exclude = undefined
    return position
  }

  /** The cheapest of some random candidates, with replacement; the cheapest of all when none of them is accepted. */
  #draw(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    const { active, slots } = this.#list
    let best = -1
    let least = Number.POSITIVE_INFINITY
    for (let draw = 0; draw < this.#choices; draw++) {
      const slot = slots[this.#random.below(active)] as number
      const cost = this.#costOf(slot)
      if (cost < least && (candidates.unasked || candidates.accepts(slot, exclude))) {
        best = slot
        least = cost
      }
    }
    if (best !== -1) return best
    const position = this.#ask(candidates, exclude)
    return position === -1 ? -1 : (slots[position] as number)
  }

  /** The cheapest of all that are accepted, the blocked included. */
  #scan(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    const { size, slots } = this.#list
    let best = -1
    let least = Number.POSITIVE_INFINITY
    const start = size === 0 ? 0 : this.#random.below(size)
    for (let step = 0; step < size; step++) {
      const slot = slots[(start + step) % size] as number
      // Whoever it is, that is not the time for preferences.
      const cost = this.#costOf(slot) / (this.#preferences[slot] as number)
      if (cost >= least || !candidates.accepts(slot, exclude)) continue
      best = slot
      least = cost
    }
    return best
  }

  #costOf(slot: number): number {
    const latency = (this.#expected[slot] as number) * (1 + (this.#inflight[slot] as number))
    const cost = latency * (this.#preferences[slot] as number) * (this.#shares[slot] as number)
    // A weight close to nothing: still less than no cost at all.
    return Math.min(cost, Number.MAX_VALUE)
  }

  #price(slot: number): void {
    const position = this.#list.position(slot)
    if (position !== -1) this.#priceAt(position)
  }

  #priceAt(position: number): void {
    const { active, slots } = this.#list
    const cost = position < active ? this.#costOf(slots[position] as number) : Number.POSITIVE_INFINITY
    this.#tree.set(position, cost)
  }

  #prefer(slot: number): void {
    this.#preferences[slot] = 1 + PREFERENCE * this.#random.unit()
  }

  #stale(): void {
    this.#refreshedAt = Number.NEGATIVE_INFINITY
  }

  #refresh(now: number): void {
    this.#refreshedAt = now
    const { size, slots } = this.#list
    const since = now - this.#redrawnAt
    if (size > 0 && !(since >= 0 && since < PREFERENCE_MS / size)) {
      this.#redrawnAt = now
      this.#redrawn = this.#redrawn + 1 < size ? this.#redrawn + 1 : 0
      const slot = slots[this.#redrawn] as number
      if (this.#preferences[slot] !== 1) this.#prefer(slot)
    }
    for (let position = 0; position < size; position++) {
      const slot = slots[position] as number
      this.#expected[slot] = this.#latency.expected(slot, now)
      this.#priceAt(position)
    }
  }

  #grow(length: number): void {
    this.#latency.grow(length)
    this.#tree.grow(length)
    this.#expected = enlarged(this.#expected, length)
    this.#shares = enlarged(this.#shares, length)
    this.#preferences = enlarged(this.#preferences, length)
    const inflight = new Int32Array(length)
    inflight.set(this.#inflight)
    this.#inflight = inflight
    // The larger tree is empty until the next pick.
    this.#stale()
  }
}

function enlarged(numbers: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length)
  larger.set(numbers)
  return larger
}
