import { buildSchedule } from './schedule.ts'
import type { Candidates } from './selection.ts'
import { Uncosted } from './uncosted.ts'

/** Entries of the schedule tried before the rest of the weight is taken for mostly unusable. */
const SKIPS = 8

/**
 * Smooth weighted round robin, read from a schedule that is written on the first pick after a change (schedule.ts).
 *
 *   slots      3   0   7          weights  5  1  1
 *   schedule   0 0 1 0 2 0 0      position ─► 2: index 1, slot 0
 *
 * An entry whose endpoint is not accepted is passed over; after eight in a row the request is placed by one textbook
 * step over the accepted endpoints only. Either way these share the work in proportion to their weights.
 * A new schedule starts at a random place once picks have been made: starting it at its head each time would favor
 * the heaviest endpoint when weights change often. O(1) per pick; O(endpoints) for the textbook step.
 */
export class Weighted extends Uncosted {
  readonly #random: () => number
  readonly #slots: number[] = []
  readonly #weights: number[] = []
  /** Credits of the step by step algorithm, in the order of #slots. */
  readonly #credits: number[] = []
  /** Null when a cycle is too long to write down: every pick is then a textbook step. */
  #schedule: Uint16Array | null = null
  #position = 0
  #stale = false
  #started = false

  constructor(random: () => number) {
    super()
    this.#random = random
  }

  override add(slot: number, weight: number): void {
    this.#slots.push(slot)
    this.#weights.push(weight)
    this.#credits.push(0)
    this.#stale = true
  }

  override remove(slot: number): void {
    const index = this.#slots.indexOf(slot)
    this.#slots.splice(index, 1)
    this.#weights.splice(index, 1)
    this.#credits.splice(index, 1)
    this.#stale = true
  }

  override reweigh(slot: number, weight: number): void {
    this.#weights[this.#slots.indexOf(slot)] = weight
    this.#stale = true
  }

  override pick(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    if (this.#stale) this.#reschedule()
    const schedule = this.#schedule
    if (schedule === null) return this.#step(candidates, exclude)
    for (let tries = Math.min(SKIPS, schedule.length); tries > 0; tries--) {
      const slot = this.#slots[schedule[this.#position] as number] as number
      this.#started = true
      this.#position = this.#position + 1 === schedule.length ? 0 : this.#position + 1
      if (candidates.accepts(slot, exclude)) return slot
    }
    return this.#step(candidates, exclude)
  }

  #reschedule(): void {
    this.#stale = false
    this.#schedule = buildSchedule(this.#weights)
    const length = this.#schedule?.length ?? 0
    const start = this.#started ? Math.floor(this.#random() * length) : 0
    this.#position = start > 0 && start < length ? start : 0
  }

  #step(candidates: Candidates, exclude: ReadonlySet<string> | undefined): number {
    const credits = this.#credits
    let total = 0
    let best = -1
    for (let index = 0; index < this.#slots.length; index++) {
      if (!candidates.accepts(this.#slots[index] as number, exclude)) continue
      const weight = this.#weights[index] as number
      const credit = (credits[index] as number) + weight
      credits[index] = credit
      total += weight
      if (best === -1 || credit > (credits[best] as number)) best = index
    }
    if (best === -1) return -1
    credits[best] = (credits[best] as number) - total
    return this.#slots[best] as number
  }
}
