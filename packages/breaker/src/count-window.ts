import { CircularRequestBuffer } from './circular-buffer.ts'
import type { StoredWindow, WindowCell } from './outcome-window.ts'

/**
 * The last `size` results; with a `maxAgeMs` none of them older than that. See the ring in circular-buffer.ts.
 * Recording is O(1), amortised where results also leave by age.
 */
export class CountWindow implements StoredWindow {
  readonly readsClock: boolean
  readonly resolutionMs: number
  readonly #ring: CircularRequestBuffer
  readonly #maxAgeMs: number

  /** `maxAgeMs` Infinity: results leave by count only and no clock is read. */
  constructor(size: number, maxAgeMs: number) {
    this.#ring = new CircularRequestBuffer(size)
    this.#maxAgeMs = maxAgeMs
    this.readsClock = maxAgeMs < Number.POSITIVE_INFINITY
    // A hundredth of the age: as exact as a time window of a hundred buckets.
    this.resolutionMs = maxAgeMs / 100
  }

  get total(): number {
    return this.#ring.size
  }

  get failures(): number {
    return this.#ring.failures
  }

  get slow(): number {
    return this.#ring.slow
  }

  record(success: boolean, slow: boolean, now: number): void {
    if (this.readsClock) this.expire(now)
    this.#ring.add(now, success, slow)
  }

  addSuccesses(count: number, now: number): void {
    if (this.readsClock) this.expire(now)
    this.#ring.addSuccesses(count, now)
  }

  expire(now: number): void {
    this.#ring.dropBefore(now - this.#maxAgeMs)
  }

  clear(): void {
    this.#ring.clear()
  }

  export(now: number): readonly WindowCell[] {
    if (this.readsClock) this.expire(now)
    const cells: WindowCell[] = []
    this.#ring.forEach((timestamp, success, slow) => {
      cells.push([this.readsClock ? now - timestamp : 0, 1, success ? 0 : 1, slow ? 1 : 0])
    })
    return cells
  }

  import(cells: readonly WindowCell[], now: number, downMs: number): void {
    this.clear()
    for (const [ageMs, , failures, slow] of cells) this.#ring.add(now - ageMs - downMs, failures === 0, slow > 0)
    if (this.readsClock) this.expire(now)
  }
}
