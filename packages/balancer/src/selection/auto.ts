import { Latency } from './latency.ts'
import type { Candidates, Placement, Selection } from './selection.ts'
import { SlotList } from './slot-list.ts'
import { XorShift } from './xorshift.ts'

/** How many candidates `auto` compares: that many at random, all, or as many as are free of cost (`adaptive`). */
export type Choices = number | 'all' | 'adaptive'

export interface AutoSettings {
  readonly choices: Choices
  /** A failure counts as a sample of this many times the mean latency; 0: as what it took. */
  readonly errorPenalty: number
}

/** Up to here a scan of all costs no more than some random draws, and its tail latency is never worse. */
const SCAN_ALL = 128
/** Beyond, this many neighbours from a random start: costs lie side by side in memory, so 32 cost less than 5 draws. */
const WINDOW = 32
/** Expected latencies are brought up to date this often; within that time they drift by 2.5 % at most. */
const REFRESH_MS = 50

/**
 * The default: the candidate whose expected latency times (requests in flight + 1), per unit of weight, is smallest.
 *
 *   position    0     1     2          what a request would cost there, kept up to date by pick, release and sample;
 *   costs     12.1   9.8  30.4  …      a pick only reads: the least of all up to 128 endpoints, of 32 in a row from a
 *   slots       4     0     7          random start beyond (newcomers enter at a random position, so neighbours are
 *                                      not related)
 *
 * Needs no tuning: latency.ts says what is expected of an endpoint that is new, failing or has not been tried lately.
 * O(1) per pick beyond 128 endpoints. Once per 50 ms a pick also brings all expectations up to date, O(endpoints).
 */
export class Auto implements Selection {
  /** 0: adaptive. */
  readonly #choices: number
  readonly #random: XorShift
  readonly #latency: Latency
  readonly #list: SlotList
  /** By position. */
  #costs: Float64Array = new Float64Array(16)
  /** By slot. */
  #expected: Float64Array = new Float64Array(16)
  #inflight: Int32Array = new Int32Array(16)
  #shares: Float64Array = new Float64Array(16)
  #refreshedAt = Number.NEGATIVE_INFINITY
  /** No candidate costs less. */
  #floor = 0

  constructor(random: () => number, settings: AutoSettings) {
    const { choices } = settings
    this.#choices = choices === 'all' ? Number.POSITIVE_INFINITY : choices === 'adaptive' ? 0 : choices
    this.#random = new XorShift(random)
    this.#latency = new Latency(settings.errorPenalty)
    this.#list = new SlotList((position) => this.#priceAt(position))
  }

  add(slot: number, weight: number, inflight: number, placement?: Placement): void {
    if (slot >= this.#inflight.length) this.#grow(Math.max(slot + 1, this.#inflight.length * 2))
    if (placement?.fresh !== false) this.#latency.forget(slot)
    this.#inflight[slot] = inflight
    this.#shares[slot] = 1 / weight
    const { active } = this.#list
    this.#list.add(slot)
    this.#list.swap(active, this.#random.below(active + 1))
    this.#stale()
  }

  remove(slot: number): void {
    this.#list.remove(slot)
  }

  reweigh(slot: number, weight: number): void {
    this.#shares[slot] = 1 / weight
    this.#price(slot)
  }

  moved(slot: number, inflight: number): void {
    if (slot >= this.#inflight.length) return
    this.#inflight[slot] = inflight
    this.#price(slot)
  }

  block(slot: number, blocked: boolean): void {
    this.#list.block(slot, blocked)
  }

  observe(slot: number, latencyMs: number, failed: boolean, now: number): void {
    if (slot >= this.#inflight.length) return
    if (this.#latency.sample(slot, latencyMs, failed, now)) this.#stale()
    this.#expected[slot] = this.#latency.expected(slot, now)
    this.#price(slot)
  }

  cost(slot: number, now: number): number {
    this.#refresh(now)
    return (this.#expected[slot] as number) * (1 + (this.#inflight[slot] as number)) * (this.#shares[slot] as number)
  }

  leastCost(): number {
    return this.#floor
  }

  pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    this.#refresh(candidates.now)
    const limit = candidates.panic ? this.#list.size : this.#list.active
    if (limit === 0) return -1
    const drawn = this.#choices !== 0 && this.#choices < limit
    const all = !drawn && (limit <= SCAN_ALL || this.#choices !== 0)
    const count = all ? limit : WINDOW
    if (!candidates.unasked) return this.#scanAsking(limit, drawn ? this.#choices : count, candidates, exclude)
    if (drawn) return this.#draw(limit, this.#choices)
    const start = this.#random.below(limit)
    const whole = Math.min(start + count, limit)
    let at = this.#scan(start, whole, start)
    if (whole - start < count) at = this.#scan(0, count - (whole - start), at)
    if (all && !candidates.panic) this.#floor = this.#costs[at] as number
    return this.#list.slots[at] as number
  }

  /** The cheapest position from `from` to `end`, or `best` when none is cheaper. */
  #scan(from: number, end: number, best: number): number {
    const costs = this.#costs
    let at = best
    let least = costs[best] as number
    for (let position = from; position < end; position++) {
      const cost = costs[position] as number
      if (cost < least) {
        least = cost
        at = position
      }
    }
    return at
  }

  /** The cheapest of some random positions, with replacement. */
  #draw(limit: number, draws: number): number {
    let at = this.#random.below(limit)
    for (let draw = 1; draw < draws; draw++) {
      const position = this.#random.below(limit)
      if ((this.#costs[position] as number) < (this.#costs[at] as number)) at = position
    }
    return this.#list.slots[at] as number
  }

  /**
   * Asks only whoever would be the best so far: about log(count) questions, as the order is random. Goes on beyond
   * `count` only while nobody has been accepted.
   */
  #scanAsking(limit: number, count: number, candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    const { slots } = this.#list
    let best = -1
    let least = Number.POSITIVE_INFINITY
    let position = this.#random.below(limit)
    for (let step = 0; step < limit && (step < count || best === -1); step++) {
      const cost = this.#costs[position] as number
      const slot = slots[position] as number
      if ((best === -1 || cost < least) && candidates.accepts(slot, exclude)) {
        best = slot
        least = cost
      }
      position = position + 1 === limit ? 0 : position + 1
    }
    return best
  }

  #price(slot: number): void {
    const position = this.#list.position(slot)
    if (position !== -1) this.#priceAt(position)
  }

  #priceAt(position: number): void {
    const slot = this.#list.slots[position] as number
    const cost =
      (this.#expected[slot] as number) * (1 + (this.#inflight[slot] as number)) * (this.#shares[slot] as number)
    this.#costs[position] = cost
    if (cost < this.#floor) this.#floor = cost
  }

  #stale(): void {
    this.#refreshedAt = Number.NEGATIVE_INFINITY
  }

  #refresh(now: number): void {
    const since = now - this.#refreshedAt
    if (since >= 0 && since < REFRESH_MS) return
    this.#refreshedAt = now
    this.#floor = Number.POSITIVE_INFINITY
    for (let position = 0; position < this.#list.size; position++) {
      const slot = this.#list.slots[position] as number
      this.#expected[slot] = this.#latency.expected(slot, now)
      this.#priceAt(position)
    }
  }

  #grow(length: number): void {
    this.#latency.grow(length)
    this.#costs = enlarged(this.#costs, length)
    this.#expected = enlarged(this.#expected, length)
    this.#shares = enlarged(this.#shares, length)
    const inflight = new Int32Array(length)
    inflight.set(this.#inflight)
    this.#inflight = inflight
  }
}

function enlarged(numbers: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length)
  larger.set(numbers)
  return larger
}
