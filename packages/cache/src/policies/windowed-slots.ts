import type { FrequencySketch } from './frequency-sketch.ts'
import { SlotLists } from './slot-lists.ts'

const WINDOW = 0
const PROBATION = 1
const PROTECTED = 2

/** Share of the main area for entries used again there (segmented LRU: Karedla, Love and Wherry 1994). */
const PROTECTED_SHARE = 0.8
/** Entries that a window which became smaller gives up per insertion. */
const SHED_PER_INSERT = 2

/** How the slots are shared out and who may pass from the window to the main area. */
export interface Plan {
  /** Part of the slots that is a plain LRU list; 1 = everything, which is exact LRU. */
  readonly window: number
  /** A candidate enters when it is more frequent than the victim, or at least this frequent (1…16; 16 = never). */
  readonly enoughUses: number
}

/**
 * The slots of a cache under W-TinyLFU, whose plan may change at any time.
 *
 *   new ──► window ──oldest──► more frequent than the victim? ──yes──► probation ──used──► protected
 *             LRU                         │no                    oldest = victim ◄──overflow──┘
 *                                         ▼
 *                                       evicted
 *
 * A plan with a larger window is reached as entries come and go: until the window is full its newcomers displace the
 * main area without a contest, and what is used there moves to it. With a window of everything the slots are in exact
 * LRU order once as many distinct keys were requested as there are slots.
 * Time: O(1) each. Space: that of `SlotLists` and 4 bytes of hash per slot.
 */
export class WindowedSlots {
  readonly lists: SlotLists
  readonly #hashes: Int32Array
  readonly #sketch: FrequencySketch
  readonly #capacity: number
  #windowMost = 0
  #protectedMost = 0
  #enoughUses = 16

  constructor(capacity: number, sketch: FrequencySketch, plan: Plan) {
    this.#capacity = capacity
    this.#sketch = sketch
    this.lists = new SlotLists(capacity)
    this.#hashes = new Int32Array(capacity + 1)
    this.follow(plan)
  }

  follow(plan: Plan): void {
    this.#windowMost = Math.min(this.#capacity, Math.max(1, Math.round(this.#capacity * plan.window)))
    this.#protectedMost = Math.floor(PROTECTED_SHARE * (this.#capacity - this.#windowMost))
    this.#enoughUses = plan.enoughUses
  }

  hashOf(slot: number): number {
    return this.#hashes[slot] as number
  }

  touch(slot: number): void {
    const { lists } = this
    const where = lists.where(slot)
    if (where === WINDOW || lists.length(WINDOW) < this.#windowMost) {
      lists.move(slot, WINDOW)
      return
    }
    lists.move(slot, PROTECTED)
    for (let step = 0; step < SHED_PER_INSERT && lists.length(PROTECTED) > this.#protectedMost; step++) {
      lists.move(lists.oldest(PROTECTED), PROBATION)
    }
  }

  /** Takes a slot; when all are in use, `victim` has to be removed before. */
  insert(hash: number): number {
    const { lists } = this
    if (lists.length(WINDOW) >= this.#windowMost) lists.move(lists.oldest(WINDOW), PROBATION)
    const slot = lists.insert(WINDOW)
    this.#hashes[slot] = hash
    for (let step = 0; step < SHED_PER_INSERT && lists.length(WINDOW) > this.#windowMost; step++) {
      lists.move(lists.oldest(WINDOW), PROBATION)
    }
    return slot
  }

  /** Who leaves to make room, 0 when empty: the window's oldest entry contends with the main area's. */
  victim(): number {
    const { lists } = this
    const main = lists.length(PROBATION) > 0 ? PROBATION : PROTECTED
    if (lists.length(main) === 0) return lists.length(WINDOW) === 0 ? 0 : lists.oldest(WINDOW)
    const victim = lists.oldest(main)
    if (lists.length(WINDOW) < this.#windowMost) return victim
    const candidate = lists.oldest(WINDOW)
    if (!this.#wins(candidate, victim)) return candidate
    lists.move(candidate, PROBATION)
    return victim
  }

  /**
   * Two entries that were used once tell nothing apart: three newcomers of eight win, so that after a first scan the
   * cache holds old and new ones. Among more frequent ones a tie keeps the victim, or a loop would displace itself.
   */
  #wins(candidate: number, victim: number): boolean {
    const candidateHash = this.#hashes[candidate] as number
    const victimHash = this.#hashes[victim] as number
    const uses = this.#sketch.frequency(candidateHash)
    if (uses >= this.#enoughUses) return true
    const victimUses = this.#sketch.frequency(victimHash)
    if (uses !== 1 || victimUses > 1) return uses > victimUses
    return Math.imul(candidateHash ^ (victimHash >>> 7), 0x9e3779b1) >>> 29 < 3
  }
}
