/** Says which of the eligible slots this one request may use, and what a strategy may want to know about it. */
export interface Candidates {
  /** Asked per slot; false also for a slot that is blocked, unless in panic. */
  accepts(slot: number, exclude: ReadonlySet<string> | undefined): boolean
  /** Nobody restricts this request: `accepts` is true for every slot that is not blocked, so it need not be called. */
  readonly unasked: boolean
  /** Nothing else is left: blocked slots count as well. */
  readonly panic: boolean
  /** The time of this request in ms. */
  readonly now: number
  /** Whether the request has a key; then `keyA` and `keyB` are the 64 bits of its hash. */
  readonly keyed: boolean
  readonly keyA: number
  readonly keyB: number
}

/** What a strategy may want to know of an endpoint beyond its weight. */
export interface Placement {
  /** 64 bits of the id's hash: the same for the same id in every process that shares the seed. */
  readonly idA: number
  readonly idB: number
  /** 0 is the most preferred. Only `priority` looks at it. */
  readonly tier: number
  /** False when the slot comes back with what was known about it: after a drain, or from weight 0. */
  readonly fresh: boolean
}

/**
 * A strategy: an order over eligible slots. A slot is eligible while its endpoint is a member, not draining and of a
 * weight above 0. What keeps a single request away (availability, exclusion) is asked of `Candidates` in `pick`; what
 * passes by itself (ejection, cooling down, a cap) comes as `block`.
 * Strategies know slots and numbers only, so they are tested without endpoints.
 */
export interface Selection {
  add(slot: number, weight: number, inflight: number, placement?: Placement): void
  remove(slot: number): void
  reweigh(slot: number, weight: number): void
  /** The slot's in-flight count is now `inflight`. Ignored for slots that are not eligible. */
  moved(slot: number, inflight: number): void
  /** Takes an eligible slot out of the candidates, or back among them. Strategies that ask every time ignore it. */
  block(slot: number, blocked: boolean): void
  /** A request took `latencyMs` and ended at `now`. Ignored for slots that are not eligible. */
  observe(slot: number, latencyMs: number, failed: boolean, now: number): void
  /** What a request would cost there: the smallest is picked. NaN when the strategy knows no cost. */
  cost(slot: number, now: number): number
  /** A lower bound of `cost` over the candidates, or 0. O(1). */
  leastCost(): number
  /** The slot that takes the next request, or -1 when none of the eligible is accepted. Allocates nothing. */
  pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number
}
