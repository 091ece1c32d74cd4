import type { FrequencySketch } from './frequency-sketch.ts'
import { SlotLists } from './slot-lists.ts'

const WINDOW = 0
const PROTECTED = 1
const DEMOTED = 2
const FRESH = 3
const LISTS = 4

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
 *   new ──► window ──oldest──► more frequent than the victim? ──yes──► fresh ──used──► protected
 *             LRU                         │no                            │             │overflow
 *                                         ▼                              │ ◄──used── demoted
 *                                       evicted             victim = the longer unused of both oldest
 *
 * Every list is in the order of last use, because entries come to it either when used or as the oldest of a list that
 * is: so the least recently used entry of all is one of four. (One probation list would not be in order.)
 * A plan with a larger window is reached as entries come and go: until the window is full its newcomers displace the
 * main area without a contest, and what is used there moves to it. With a window of everything, evicting `leastRecent`
 * is exact LRU.
 * Time: O(1) each. Space: that of `SlotLists`.
 */
export class WindowedSlots {
  readonly lists: SlotLists
  /** Requests so far. */
  time = 0
  readonly #sketch: FrequencySketch
  readonly #capacity: number
  #windowMost = 0
  #protectedMost = 0
  #enoughUses = 16

  constructor(capacity: number, sketch: FrequencySketch, plan: Plan) {
    this.#capacity = capacity
    this.#sketch = sketch
    this.lists = new SlotLists(capacity)
    this.follow(plan)
  }

  follow(plan: Plan): void {
    this.#windowMost = Math.min(this.#capacity, Math.max(1, Math.round(this.#capacity * plan.window)))
    this.#protectedMost = Math.floor(PROTECTED_SHARE * (this.#capacity - this.#windowMost))
    this.#enoughUses = plan.enoughUses
  }

  /** A request for a key that is there. Returns the stamp of the one before. */
  touch(slot: number): number {
    const { lists } = this
    const time = ++this.time
    if (lists.where(slot) === WINDOW || lists.length(WINDOW) < this.#windowMost) {
      return lists.use(slot, WINDOW, time)
    }
    const last = lists.use(slot, PROTECTED, time)
    if (lists.length(PROTECTED) > this.#protectedMost) this.#shed(PROTECTED, DEMOTED, this.#protectedMost)
    return last
  }

  /** Takes a slot; when all are in use, one has to be removed before. */
  insert(hash: number, sampled: boolean): number {
    const { lists } = this
    const time = ++this.time
    if (lists.length(WINDOW) >= this.#windowMost) lists.move(lists.oldest(WINDOW), FRESH)
    const slot = lists.insert(WINDOW, hash, time, sampled)
    if (lists.length(WINDOW) > this.#windowMost) this.#shed(WINDOW, FRESH, this.#windowMost)
    return slot
  }

  /** Who leaves to make room, 0 when empty: the window's oldest entry contends with the main area's. */
  victim(): number {
    const { lists } = this
    const victim = this.#mainVictim()
    if (lists.length(WINDOW) === 0 || (victim !== 0 && lists.length(WINDOW) < this.#windowMost)) return victim
    const candidate = lists.oldest(WINDOW)
    if (victim === 0 || !this.#wins(candidate, victim)) return candidate
    lists.move(candidate, FRESH)
    return victim
  }

  /** Of the oldest entries of the main area, the less frequent; of equals, the longer unused. */
  #mainVictim(): number {
    const { lists } = this
    const demoted = lists.oldest(DEMOTED)
    const fresh = lists.oldest(FRESH)
    if (lists.length(DEMOTED) === 0) {
      if (lists.length(FRESH) > 0) return fresh
      return lists.length(PROTECTED) === 0 ? 0 : lists.oldest(PROTECTED)
    }
    if (lists.length(FRESH) === 0) return demoted
    const more = this.#uses(demoted) - this.#uses(fresh)
    return more > 0 || (more === 0 && this.#age(fresh) > this.#age(demoted)) ? fresh : demoted
  }

  /** The entry that was not used for longest, 0 when empty. */
  leastRecent(): number {
    const { lists } = this
    let chosen = 0
    for (let list = 0; list < LISTS; list++) {
      if (lists.length(list) === 0) continue
      const slot = lists.oldest(list)
      if (chosen === 0 || this.#age(slot) > this.#age(chosen)) chosen = slot
    }
    return chosen
  }

  /** Moves the oldest of a list that is too long to another. */
  #shed(from: number, to: number, most: number): void {
    const { lists } = this
    for (let step = 0; step < SHED_PER_INSERT && lists.length(from) > most; step++) lists.move(lists.oldest(from), to)
  }

  /** Requests since the last use. */
  #age(slot: number): number {
    return (this.time - this.lists.stamp(slot)) >>> 0
  }

  #uses(slot: number): number {
    return this.#sketch.frequency(this.lists.hash(slot))
  }

  /**
   * Two entries that were used once tell nothing apart: three newcomers of eight win, so that after a first scan the
   * cache holds old and new ones. Among more frequent ones a tie keeps the victim, or a loop would displace itself.
   */
  #wins(candidate: number, victim: number): boolean {
    const uses = this.#uses(candidate)
    if (uses >= this.#enoughUses) return true
    const victimUses = this.#uses(victim)
    if (uses !== 1 || victimUses > 1) return uses > victimUses
    const mixed = this.lists.hash(candidate) ^ (this.lists.hash(victim) >>> 7)
    return Math.imul(mixed, 0x9e3779b1) >>> 29 < 3
  }
}
