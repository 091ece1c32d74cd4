import type { Candidates } from './selection.ts'
import { Uncosted } from './uncosted.ts'

// With half of the endpoints unusable four draws fail in one pick of sixteen.
const DRAWS = 4

/**
 * Uniform over the accepted endpoints. Up to four draws from all; when each hits an unusable one, a single pass that
 * keeps the k-th accepted with probability 1/k (reservoir of one), which is uniform again. Stepping on to the next
 * index instead would give the neighbours of an unusable endpoint its share.
 */
export class RandomSelection extends Uncosted {
  readonly #random: () => number
  readonly #slots: number[] = []
  /** Position of a slot in #slots. */
  readonly #positions: number[] = []

  constructor(random: () => number) {
    super()
    this.#random = random
  }

  override add(slot: number): void {
    this.#positions[slot] = this.#slots.length
    this.#slots.push(slot)
  }

  override remove(slot: number): void {
    const position = this.#positions[slot] as number
    const last = this.#slots.pop() as number
    if (last === slot) return
    this.#slots[position] = last
    this.#positions[last] = position
  }

  override pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    const slots = this.#slots
    if (slots.length === 0) return -1
    for (let draw = 0; draw < DRAWS; draw++) {
      const slot = slots[this.#below(slots.length)] as number
      if (candidates.accepts(slot, exclude)) return slot
    }
    let chosen = -1
    let accepted = 0
    for (let position = 0; position < slots.length; position++) {
      const slot = slots[position] as number
      if (!candidates.accepts(slot, exclude)) continue
      accepted++
      if (this.#below(accepted) === 0) chosen = slot
    }
    return chosen
  }

  // An injected source may return 1 or NaN; neither may leave the array.
  #below(limit: number): number {
    const index = Math.floor(this.#random() * limit)
    return index > 0 ? Math.min(index, limit - 1) : 0
  }
}
