import type { Candidates } from './selection.ts'
import { SlotLinks } from './slot-links.ts'
import { Uncosted } from './uncosted.ts'

/**
 * Round robin as a queue of turns: the head is next, who is picked goes to the tail, a newcomer starts at the tail.
 *
 *   head → b → c → d → a        pick: b        head → c → d → a → b
 *                               pick, c not accepted: d        head → c → a → b → d
 *
 * Whoever is passed over keeps its turn, so neither a change of the set nor an endpoint that is out for a while gives
 * anybody a second turn early: two endpoints that stay usable alternate strictly. An index over the list of the
 * healthy, the usual way, skews each time that list changes.
 * O(1) per pick, plus one step per endpoint that is passed over.
 */
export class RoundRobin extends Uncosted {
  readonly #links = new SlotLinks()
  readonly #random: (() => number) | null
  #head = -1
  #size = 0
  #started = false

  /** With `random`, the first turn falls to anybody: many balancers that start at once do not all begin with the same. */
  constructor(random: (() => number) | null = null) {
    super()
    this.#random = random
  }

  override add(slot: number): void {
    this.#head = this.#links.append(this.#head, slot)
    this.#size++
  }

  override remove(slot: number): void {
    this.#head = this.#links.unlink(this.#head, slot)
    this.#size--
  }

  override pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    if (!this.#started) this.#start()
    let slot = this.#head
    for (let left = this.#size; left > 0; left--) {
      if (candidates.accepts(slot, exclude)) {
        this.#head = this.#links.rotate(this.#head, slot)
        return slot
      }
      slot = this.#links.next(slot)
    }
    return -1
  }

  #start(): void {
    this.#started = true
    if (this.#random === null) return
    for (let turns = Math.floor(this.#random() * this.#size); turns > 0; turns--) {
      this.#head = this.#links.next(this.#head)
    }
  }
}
