import { Rendezvous } from './rendezvous.ts'
import type { Candidates, Placement } from './selection.ts'

const ABSENT = -1

/**
 * Rendezvous with bounded loads (after Mirrokni, Thorup and Zadimoghaddam, 2016): the first endpoint in the key's order
 * that has fewer than `factor` times its fair share in flight. A hot key spreads over as many endpoints as it needs and
 * no more, the others stay where they are.
 *
 *   in flight 9 over 3 endpoints, factor 1.25: bound ceil(1.25 · (9+1) / 3) = 5
 *   key's order   b (5, full)   c (3)   a (1)     → c
 *
 * An endpoint's fair share is in proportion to its weight. Somebody is always below the bound; when only others are
 * accepted, the first of these takes the request. O(endpoints) per pick.
 */
export class BoundedRendezvous extends Rendezvous {
  readonly #factor: number
  #inflight: Int32Array = new Int32Array(16).fill(ABSENT)
  /** Over the places only. */
  #total = 0
  #weights = 0
  /** In-flight requests allowed per unit of weight; infinite in the second attempt. */
  #bound = 0

  constructor(random: () => number, factor: number) {
    super(random)
    this.#factor = factor
  }

  override add(slot: number, weight: number, inflight: number, placement?: Placement): void {
    if (slot >= this.#inflight.length) {
      const larger = new Int32Array(Math.max(slot + 1, this.#inflight.length * 2)).fill(ABSENT)
      larger.set(this.#inflight)
      this.#inflight = larger
    }
    this.#inflight[slot] = inflight
    super.add(slot, weight, inflight, placement)
  }

  override remove(slot: number): void {
    super.remove(slot)
    this.#inflight[slot] = ABSENT
  }

  override moved(slot: number, inflight: number): void {
    const before = slot < this.#inflight.length ? (this.#inflight[slot] as number) : ABSENT
    if (before === ABSENT) return
    this.#total += inflight - before
    this.#inflight[slot] = inflight
  }

  protected override changed(): void {
    super.changed()
    this.#total = 0
    this.#weights = 0
    for (const { slot, weight } of this.places) {
      this.#total += this.#inflight[slot] as number
      this.#weights += weight
    }
  }

  protected override pickFor(
    keyA: number,
    keyB: number,
    candidates: Candidates,
    exclude: ReadonlySet<string> | undefined,
  ): number {
    this.#bound = (this.#factor * (this.#total + 1)) / this.#weights
    const slot = super.pickFor(keyA, keyB, candidates, exclude)
    if (slot !== -1) return slot
    this.#bound = Number.POSITIVE_INFINITY
    return super.pickFor(keyA, keyB, candidates, exclude)
  }

  protected override fits(place: { readonly slot: number; readonly weight: number }): boolean {
    return (this.#inflight[place.slot] as number) < Math.ceil(this.#bound * place.weight)
  }
}
