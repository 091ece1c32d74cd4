import { CircularRequestBuffer } from './circular-buffer.ts'
import type { OutcomeWindow } from './outcome-window.ts'

/**
 * The last `size` results; with a `maxAgeMs` none of them older than that. See the ring in circular-buffer.ts.
 * Recording is O(1), amortised where results also leave by age.
 */
export class CountWindow implements OutcomeWindow {
  readonly readsClock: boolean
  readonly #ring: CircularRequestBuffer
  readonly #maxAgeMs: number

  /** `maxAgeMs` Infinity: results leave by count only and no clock is read. */
  constructor(size: number, maxAgeMs: number) {
    this.#ring = new CircularRequestBuffer(size)
    this.#maxAgeMs = maxAgeMs
    this.readsClock = maxAgeMs < Number.POSITIVE_INFINITY
  }

  get total(): number {
    return this.#ring.size
  }

  get failures(): number {
    return this.#ring.failures
  }

  record(success: boolean, now: number): void {
    if (this.readsClock) this.expire(now)
    this.#ring.add(now, success)
  }

  expire(now: number): void {
    this.#ring.dropBefore(now - this.#maxAgeMs)
  }

  clear(): void {
    this.#ring.clear()
  }
}
