import { FrequencySketch } from './frequency-sketch.ts'
import { mixBits } from './key-hash.ts'
import { FIRST_PLAN, PlanChooser } from './plan-chooser.ts'
import type { EvictionPolicy } from './policy.ts'
import { WindowedSlots } from './windowed-slots.ts'

const LEAST_SAMPLED = 256
const MOST_SAMPLED = 1024
/** One slot in so many is simulated in large caches. */
const SAMPLED_SHARE = 64

/** Slots of a miniature: those of the cache itself while it is small. */
function sampledSlots(max: number): number {
  return Math.min(max, MOST_SAMPLED, Math.max(LEAST_SAMPLED, Math.round(max / SAMPLED_SHARE)))
}

/**
 * The default: W-TinyLFU (Einziger, Friedman and Manes 2017) whose window and admission are chosen by simulating the
 * alternatives on a sample of the keys, LRU among them, with a bound on how far it may fall behind LRU.
 *
 *   request ──► frequency sketch ──► windowed slots: window │ probation │ protected
 *          │                              ▲ plan
 *          └─ 1 key in n, by its hash ──► plan chooser: 8 miniatures and a replica of the cache
 *
 * Iterates the window, the protected and the probation entries, each most recently used first.
 * Time: O(1) each; a sampled request costs about ten times another. Space: 18 bytes per slot (9 of lists, 4 of hash, 5
 * of sketch), and miniatures of 256 to 1,024 slots, 35 to 150 kB in all.
 */
export class AdaptivePolicy implements EvictionPolicy {
  readonly readsHash: boolean = true
  readonly #slots: WindowedSlots
  readonly #sketch: FrequencySketch
  readonly #chooser: PlanChooser
  /** Hashes below it, as unsigned numbers after mixing, are sampled. */
  readonly #sampledBelow: number

  constructor(max: number) {
    const sampled = sampledSlots(max)
    this.#sketch = new FrequencySketch(max)
    this.#slots = new WindowedSlots(max, this.#sketch, FIRST_PLAN)
    this.#chooser = new PlanChooser(sampled, this.#sketch)
    this.#sampledBelow = Math.ceil((2 ** 32 * sampled) / max)
  }

  get size(): number {
    return this.#slots.lists.size
  }

  insert(hash: number): number {
    this.#observe(hash)
    return this.#slots.insert(hash)
  }

  touch(slot: number): void {
    this.#observe(this.#slots.hashOf(slot))
    this.#slots.touch(slot)
  }

  remove(slot: number): void {
    this.#slots.lists.remove(slot)
  }

  victim(): number {
    return this.#slots.victim()
  }

  first(): number {
    return this.#firstFrom(0)
  }

  after(slot: number): number {
    const { lists } = this.#slots
    const older = lists.older(slot)
    return older === 0 ? this.#firstFrom(ORDER.indexOf(lists.where(slot)) + 1) : older
  }

  /** What was learned about keys stays: they may come again. */
  clear(): void {
    this.#slots.lists.clear()
  }

  freeSlots(): number[] {
    return this.#slots.lists.freeSlots()
  }

  #firstFrom(position: number): number {
    for (let at = position; at < ORDER.length; at++) {
      const newest = this.#slots.lists.newest(ORDER[at] as number)
      if (newest !== 0) return newest
    }
    return 0
  }

  #observe(hash: number): void {
    this.#sketch.increment(hash)
    if (mixBits(hash) >>> 0 < this.#sampledBelow && this.#chooser.observe(hash)) {
      this.#slots.follow(this.#chooser.plan)
    }
  }
}

/** Lists in the order of iteration: window, protected, probation. */
const ORDER: readonly number[] = [0, 2, 1]
