/** Says which of the eligible slots this one request may use. */
export interface Candidates {
  accepts(slot: number, exclude: ReadonlySet<string> | undefined): boolean
}

/**
 * A strategy: an order over eligible slots. A slot is eligible while its endpoint is a member, not draining and of a
 * weight above 0. Availability and exclusion belong to the single request and are asked of `Candidates` in `pick`.
 * Strategies know slots and numbers only, so they are tested without endpoints.
 */
export interface Selection {
  add(slot: number, weight: number, inflight: number): void
  remove(slot: number): void
  reweigh(slot: number, weight: number): void
  /** The slot's in-flight count is now `inflight`. Ignored for slots that are not eligible. */
  moved(slot: number, inflight: number): void
  /** The slot that takes the next request, or -1 when none of the eligible is accepted. Allocates nothing. */
  pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number
}
