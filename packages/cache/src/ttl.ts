import type { CacheClock } from './clock.ts'
import { NEVER } from './option-checks.ts'

/** Slots looked at by one `set`. Fixed, so that the cost of a `set` does not depend on the size of the cache. */
export const SWEPT_SLOTS = 8
/** Slots looked at when a live entry would have to leave while another may have expired. */
export const SWEPT_WHEN_FULL = 64

/** How long entries live, from when they are stored or used. */
export interface Lifetimes {
  /** A hit renews the TTL. */
  readonly sliding: boolean
  /** Longest time without a hit, ms. */
  readonly idleMs: number
  /** Longest life in all, ms. */
  readonly maxAgeMs: number
}

/**
 * When each slot expires, and the hand that looks for slots which have.
 *
 *   slot        1     2     3     4     5     6          0 = no deadline, or a free slot
 *   deadline  | 120 |  0  | 480 |  90 |  0  | 300 |
 *   renewal   |  60 |  0  |  60 | …                      sliding or idle: a hit moves the deadline to now + renewal, but
 *   cap       | 500 |  0  | 900 | …                      not beyond the cap. These two exist only when asked for.
 *                            ▲
 *                            hand: moves SWEPT_SLOTS on per set, and around
 *
 * A cache of n slots is swept once in n / 8 sets, so what expires leaves memory without a timer and without a pause.
 * `soonest` is a lower bound of all deadlines: until it has come nobody looks. A round of the hand brings it up to date.
 * The array exists once a finite TTL was used. Time: O(1) each. Space: 8 bytes per slot, 24 with sliding or idle.
 */
export class Deadlines {
  /** Whether any slot may have a deadline; without one nobody needs to read a clock. */
  inUse = false
  /** Whether hits move deadlines. */
  readonly renews: boolean
  readonly #lifetimes: Lifetimes | undefined
  readonly #clock: CacheClock
  #at: Float64Array = new Float64Array(0)
  #renewals: Float64Array = this.#at
  #caps: Float64Array = this.#at
  #slots: number
  #hand = 0
  #soonest = NEVER
  /** The same for the slots that the hand has passed in this round. */
  #lowest = NEVER

  /**
   * @param slots highest slot number there can be
   * @param lifetimes undefined for none
   * @param clock its `last` is the time that counts
   */
  constructor(slots: number, lifetimes: Lifetimes | undefined, clock: CacheClock) {
    this.#clock = clock
    this.#slots = slots
    this.#lifetimes = lifetimes
    this.renews = lifetimes !== undefined && (lifetimes.sliding || lifetimes.idleMs < NEVER)
  }

  /** Whether an entry with this TTL lives until it is evicted. */
  isLasting(ttlMs: number): boolean {
    if (ttlMs !== NEVER) return false
    const lifetimes = this.#lifetimes
    return lifetimes === undefined || (lifetimes.idleMs === ttlMs && lifetimes.maxAgeMs === ttlMs)
  }

  /** Deadline of a slot in clock time, 0 = none. Only when `inUse`. */
  of(slot: number): number {
    return this.#at[slot] as number
  }

  /** Whether the slot's deadline has come, and `keepMs` more have passed. */
  isPast(slot: number, keepMs: number): boolean {
    if (!this.inUse) return false
    const deadline = this.#at[slot] as number
    return deadline !== 0 && deadline + keepMs <= this.#clock.last
  }

  /** An entry was stored. */
  start(slot: number, ttlMs: number): void {
    if (!this.inUse) {
      if (this.isLasting(ttlMs)) return
      this.#allocate()
    }
    const lifetimes = this.#lifetimes
    const now = this.#clock.last
    let deadline = now + ttlMs
    if (lifetimes !== undefined) {
      const { sliding, idleMs, maxAgeMs } = lifetimes
      const renewal = sliding ? Math.min(ttlMs, idleMs) : idleMs
      const cap = now + (sliding ? maxAgeMs : Math.min(ttlMs, maxAgeMs))
      deadline = Math.min(now + renewal, cap)
      if (this.renews) {
        this.#renewals[slot] = renewal
        this.#caps[slot] = cap
      }
    }
    this.put(slot, deadline)
  }

  /** A hit: the deadline moves on, if this cache's do. */
  renew(slot: number): void {
    this.#at[slot] = Math.min(this.#clock.last + (this.#renewals[slot] as number), this.#caps[slot] as number)
  }

  /** What hits do to the deadline, as `resume` takes it; without what has no end, and nothing where hits do nothing. */
  renewalOf(slot: number): { renewMs?: number; maxAgeMs?: number } {
    if (!this.renews) return {}
    const maxAgeMs = (this.#caps[slot] as number) - this.#clock.last
    // JSON has no Infinity.
    const renewMs = Math.min(this.#renewals[slot] as number, Number.MAX_VALUE)
    return maxAgeMs === NEVER ? { renewMs } : { renewMs, maxAgeMs }
  }

  /** An entry that was just stored had been elsewhere: hits go on as there, within what this cache allows. */
  resume(slot: number, renewMs: number, maxAgeMs: number): void {
    if (!this.renews || this.#lifetimes === undefined) return
    this.#renewals[slot] = Math.min(renewMs, this.#lifetimes.idleMs)
    this.#caps[slot] = this.#clock.last + Math.min(maxAgeMs, this.#lifetimes.maxAgeMs)
  }

  /** Sets a deadline; `Infinity` for none. Only when `inUse`. */
  put(slot: number, deadline: number): void {
    if (deadline === NEVER) {
      this.#at[slot] = 0
      return
    }
    this.#at[slot] = deadline
    if (deadline < this.#soonest) this.#soonest = deadline
    if (deadline < this.#lowest) this.#lowest = deadline
  }

  /** The slot is free. */
  end(slot: number): void {
    if (this.inUse) this.#at[slot] = 0
  }

  /** Whether any slot's deadline may have come, and `keepMs` more have passed. */
  mayBePast(keepMs: number): boolean {
    return this.#soonest + keepMs <= this.#clock.last
  }

  /** Moves the hand to the next of the slots 1…top (top ≥ 1) and returns it. */
  advance(top: number): number {
    if (this.#hand < top) return ++this.#hand
    this.#soonest = this.#lowest
    this.#lowest = NEVER
    this.#hand = 1
    return 1
  }

  /** The hand leaves the slot as it is. */
  pass(slot: number): void {
    const deadline = this.of(slot)
    if (deadline !== 0 && deadline < this.#lowest) this.#lowest = deadline
  }

  /** Moves everything to other slots, numbered up to `slots`: the n-th of `old` to the n-th of `fresh`. */
  renumber(slots: number, old: readonly number[], fresh: readonly number[]): void {
    const columns = [this.#at, this.#renewals, this.#caps]
    const { inUse } = this
    this.reset(slots)
    if (!inUse) return
    this.#allocate()
    for (const [column, target] of [this.#at, this.#renewals, this.#caps].entries()) {
      for (let index = 0; index < old.length && target.length > 0; index++) {
        target[fresh[index] as number] = columns[column]?.[old[index] as number] as number
      }
    }
    // Unknown: the next round of the hand finds it.
    this.#soonest = 0
  }

  /** Forgets every deadline; the slots are numbered up to `slots` from now on. */
  reset(slots: number): void {
    this.#at = new Float64Array(0)
    this.#renewals = this.#at
    this.#caps = this.#at
    this.inUse = false
    this.#slots = slots
    this.#hand = 0
    this.#soonest = NEVER
    this.#lowest = NEVER
  }

  #allocate(): void {
    this.inUse = true
    this.#at = new Float64Array(this.#slots + 1)
    if (!this.renews) return
    this.#renewals = new Float64Array(this.#slots + 1)
    this.#caps = new Float64Array(this.#slots + 1)
  }
}
