import { mix } from './key-mix.ts'
import { Keyed } from './keyed.ts'
import type { Candidates } from './selection.ts'

/** Points per endpoint of weight 1: the most loaded of 50 gets about 1.16 times the mean. */
const POINTS = 160
/** Weights above this count as this, so that one endpoint has at most 16,000 points. */
const MOST_WEIGHT = 100
// A point is hash · 65,536 + slot in one double: exact, and sorted as a number.
const SLOTS = 65_536

/**
 * Consistent hashing on a ring (Karger et al., 1997; 160 points per endpoint as in ketama).
 *
 *   0 ──a──b───a────c──b──a───c── 2^32         a key belongs to the next point clockwise; its endpoint not accepted:
 *          key ↑────┘                          on to the next point of another
 *
 * The number of points depends on the endpoint's weight alone, never on the other endpoints, so adding and removing
 * move only the keys they must. A lookup is a binary search, O(log(points)); a change costs a sort at the next pick.
 */
export class Ring extends Keyed {
  #points: Float64Array = new Float64Array(0)
  #stale = false

  protected override changed(): void {
    this.#stale = true
  }

  protected override pickFor(
    keyA: number,
    keyB: number,
    candidates: Candidates,
    exclude: ReadonlySet<string> | undefined,
  ): number {
    if (this.#stale) this.#build()
    const points = this.#points
    let index = this.#following(mix(keyA, keyB, 0, 0) * SLOTS)
    let refused = -1
    for (let left = points.length; left > 0; left--) {
      const slot = (points[index] as number) % SLOTS
      // A run of points of one endpoint is asked once.
      if (slot !== refused && candidates.accepts(slot, exclude)) return slot
      refused = slot
      index = index + 1 === points.length ? 0 : index + 1
    }
    return -1
  }

  #following(position: number): number {
    const points = this.#points
    let low = 0
    let high = points.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((points[middle] as number) < position) low = middle + 1
      else high = middle
    }
    return low === points.length ? 0 : low
  }

  #build(): void {
    this.#stale = false
    const counts = this.places.map(({ weight }) => Math.max(1, Math.round(Math.min(weight, MOST_WEIGHT) * POINTS)))
    const points = new Float64Array(counts.reduce((sum, count) => sum + count, 0))
    let at = 0
    for (const [index, { slot, idA, idB }] of this.places.entries()) {
      const count = counts[index] as number
      for (let point = 0; point < count; point++) points[at++] = mix(point, ~point, idA, idB) * SLOTS + slot
    }
    this.#points = points.sort()
  }
}
