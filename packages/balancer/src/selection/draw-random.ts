import type { Candidates } from './selection.ts'
import type { SlotList } from './slot-list.ts'
import type { XorShift } from './xorshift.ts'

/**
 * One accepted slot, uniformly: a pass that keeps the k-th accepted with probability 1/k (reservoir of one).
 * For when drawing has failed. `other` is left out. -1 when there is none. O(endpoints).
 */
export function drawAccepted(
  list: SlotList,
  limit: number,
  random: XorShift,
  candidates: Candidates,
  exclude: ReadonlySet<string> | undefined,
  other: number,
): number {
  let chosen = -1
  let accepted = 0
  for (let position = 0; position < limit; position++) {
    const slot = list.slots[position] as number
    if (slot === other || !candidates.accepts(slot, exclude)) continue
    accepted++
    if (random.below(accepted) === 0) chosen = slot
  }
  return chosen
}
