import { FrequencySketch } from './frequency-sketch.ts'
import { KeyLists } from './key-lists.ts'
import type { CreateSimulator, Simulator } from './simulator.ts'

const WINDOW = 0
const PROBATION = 1
const PROTECTED = 2

const PROTECTED_SHARE = 0.8
/** Below it, an equally rare candidate never wins: it may belong to a flood of collisions. */
const RANDOM_FREQUENCY = 6
const CLIMB_PERIOD = 10
const FIRST_STEP = 0.0625
const STEP_DECAY = 0.98
const RESTART_DIFFERENCE = 0.05

/** mulberry32: the same run every time. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Finds the window's size by trial: keeps the direction while the hit ratio rises, turns when it falls. */
class HillClimber {
  readonly #size: number
  #requests = 0
  #hits = 0
  #lastRatio = -1
  #step: number

  constructor(size: number) {
    this.#size = size
    this.#step = FIRST_STEP * size
  }

  /** @returns the change of the window after this request, 0 but for once in 10 × size */
  observe(hit: boolean): number {
    this.#requests++
    if (hit) this.#hits++
    if (this.#requests < CLIMB_PERIOD * this.#size) return 0
    const ratio = this.#hits / this.#requests
    const change = this.#lastRatio < 0 ? 0 : ratio - this.#lastRatio
    if (change < 0) this.#step = -this.#step
    const amount = this.#step
    if (Math.abs(change) >= RESTART_DIFFERENCE) this.#step = Math.sign(this.#step) * FIRST_STEP * this.#size
    else this.#step *= STEP_DECAY
    this.#lastRatio = ratio
    this.#requests = 0
    this.#hits = 0
    return amount
  }
}

/** W-TinyLFU (Einziger, Friedman and Manes, ACM ToS 2017): an LRU window before a segmented LRU with admission. */
class WTinyLfu implements Simulator {
  readonly #lists: KeyLists
  readonly #sketch: FrequencySketch
  readonly #climber: HillClimber | undefined
  readonly #random: () => number = seededRandom(0x5eed)
  readonly #size: number
  #window: number

  constructor(size: number, distinct: number, adaptive: boolean) {
    this.#size = size
    this.#lists = new KeyLists(distinct, 3)
    this.#sketch = new FrequencySketch(size)
    this.#climber = adaptive ? new HillClimber(size) : undefined
    this.#window = Math.max(1, Math.round(size / 100))
  }

  request(key: number): boolean {
    const where = this.#lists.where(key)
    this.#sketch.increment(key)
    if (where < 0) {
      this.#lists.addNewest(WINDOW, key)
      this.#shrinkWindow()
    } else if (where === WINDOW) {
      this.#lists.move(key, WINDOW)
    } else {
      this.#lists.move(key, PROTECTED)
      this.#shrinkProtected()
    }
    const change = this.#climber?.observe(where >= 0) ?? 0
    if (change !== 0) this.#resizeWindow(change)
    return where >= 0
  }

  #shrinkWindow(): void {
    while (this.#lists.length(WINDOW) > this.#window) {
      const candidate = this.#lists.oldest(WINDOW)
      if (this.#held() <= this.#size) this.#lists.move(candidate, PROBATION)
      else this.#contest(candidate)
    }
    if (this.#held() > this.#size) this.#lists.removeOldest(this.#victims())
  }

  #contest(candidate: number): void {
    const main = this.#victims()
    const victim = this.#lists.oldest(main)
    if (main === WINDOW || !this.#wins(candidate, victim)) {
      this.#lists.remove(candidate)
    } else {
      this.#lists.remove(victim)
      this.#lists.move(candidate, PROBATION)
    }
  }

  #wins(candidate: number, victim: number): boolean {
    const frequency = this.#sketch.frequency(candidate)
    if (frequency > this.#sketch.frequency(victim)) return true
    return frequency >= RANDOM_FREQUENCY && this.#random() < 1 / 128
  }

  #held(): number {
    return this.#lists.length(WINDOW) + this.#lists.length(PROBATION) + this.#lists.length(PROTECTED)
  }

  /** The list whose oldest key the candidate has to beat. */
  #victims(): number {
    if (this.#lists.length(PROBATION) > 0) return PROBATION
    return this.#lists.length(PROTECTED) > 0 ? PROTECTED : WINDOW
  }

  #shrinkProtected(): void {
    const most = Math.floor(PROTECTED_SHARE * (this.#size - this.#window))
    while (this.#lists.length(PROTECTED) > most) this.#lists.move(this.#lists.oldest(PROTECTED), PROBATION)
  }

  #resizeWindow(change: number): void {
    const highest = Math.max(1, Math.floor(PROTECTED_SHARE * this.#size))
    this.#window = Math.min(highest, Math.max(1, this.#window + Math.trunc(change)))
    this.#shrinkProtected()
    while (this.#lists.length(WINDOW) > this.#window) this.#lists.move(this.#lists.oldest(WINDOW), PROBATION)
    while (this.#lists.length(WINDOW) < this.#window && this.#lists.length(PROBATION) > 0) {
      this.#lists.move(this.#lists.oldest(PROBATION), WINDOW)
    }
  }
}

export const wTinyLfu: CreateSimulator = (size, distinct) => new WTinyLfu(size, distinct, false)

export const wTinyLfuAdaptive: CreateSimulator = (size, distinct) => new WTinyLfu(size, distinct, true)
