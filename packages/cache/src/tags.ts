import type { SlotGuard } from './entry-table.ts'

/** Which tags an entry, or the load that will become one, carries, and how old it is. */
export interface Label {
  /** A function's tags are known once the value is. */
  readonly tags: readonly string[] | ((value: never, key: never) => readonly string[])
  /** Invalidations there had been when the value began to be loaded, or was set. */
  born: number
}

/**
 * Tags that entries carry, and how a tag takes all of them out at once: invalidating writes down its number, and an
 * entry is void if it was born before the number of one of its tags.
 *
 *   invalidations   1      2        3                         labels, by slot of the entry
 *                'users'  'eu'   'users'                        4: users, eu   born 2   void: users 3 > 2
 *   epochs   eu → 2   users → 3     (the latest of each)        7: eu          born 2   valid: eu 2 ≤ 2
 *
 * A load is as old as its beginning, so one that ran during the invalidation is void when it ends. At most `max` tags
 * are remembered: the one invalidated longest ago is forgotten, and from then on counts, like every tag not remembered,
 * as invalidated at that time. So more may be void than was asked for, but never less.
 * Time: O(1) to invalidate, O(tags of the entry) to check. Space: one number per remembered tag, one label per tagged
 * entry.
 */
export class Tags implements SlotGuard {
  version = 0
  #forgotten = 0
  readonly #epochs: Map<string, number> = new Map()
  readonly #max: number
  #labels: (Label | undefined)[] = []

  constructor(max: number) {
    this.#max = max
  }

  invalidate(tag: string): void {
    this.#epochs.delete(tag)
    this.#epochs.set(tag, ++this.version)
    if (this.#epochs.size <= this.#max) return
    for (const [oldest, epoch] of this.#epochs) {
      this.#forgotten = epoch
      this.#epochs.delete(oldest)
      return
    }
  }

  isInvalid(label: Label | undefined): boolean {
    if (label === undefined || label.born === this.version) return false
    const { tags, born } = label
    // Tags that are not known yet may be any.
    return typeof tags === 'function' || tags.some((tag) => (this.#epochs.get(tag) ?? this.#forgotten) > born)
  }

  label(slot: number, tags: readonly string[], born: number): void {
    this.#labels[slot] = tags.length === 0 ? undefined : { tags, born }
  }

  of(slot: number): Label | undefined {
    return this.#labels[slot]
  }

  // What the table tells of its slots.

  isDead(slot: number): boolean {
    return this.isInvalid(this.#labels[slot])
  }

  leave(slot: number): void {
    if (slot < this.#labels.length) this.#labels[slot] = undefined
  }

  renumber(_slots: number, old: readonly number[], fresh: readonly number[]): void {
    const labels = this.#labels
    this.#labels = []
    for (const [index, slot] of fresh.entries()) {
      const label = labels[old[index] as number]
      if (label !== undefined) this.#labels[slot] = label
    }
  }

  reset(): void {
    this.#labels = []
  }
}
