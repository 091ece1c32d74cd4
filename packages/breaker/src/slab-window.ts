import type { KeySlab } from './key-slab.ts'
import type { OutcomeWindow } from './outcome-window.ts'

/**
 * The time window of whichever key is selected: time-window.ts over a row of a `KeySlab`. The totals are added up when
 * a key is selected, which is O(buckets), instead of being kept for each.
 */
export class SlabWindow implements OutcomeWindow {
  readonly readsClock = true
  readonly resolutionMs: number
  total = 0
  failures = 0
  slow = 0
  readonly #slab: KeySlab
  readonly #bucketMs: number
  #slot = 0

  constructor(slab: KeySlab, bucketMs: number) {
    this.#slab = slab
    this.#bucketMs = bucketMs
    this.resolutionMs = bucketMs
  }

  select(slot: number): void {
    this.#slot = slot
    this.#sum()
  }

  record(success: boolean, slow: boolean, now: number): void {
    this.expire(now)
    const at = this.#at((this.#slab.bucket[this.#slot] ?? 0) % this.#slab.buckets)
    const { counts } = this.#slab
    counts[at] = (counts[at] ?? 0) + 1
    this.total++
    if (!success) {
      counts[at + 1] = (counts[at + 1] ?? 0) + 1
      this.failures++
    }
    if (slow) {
      counts[at + 2] = (counts[at + 2] ?? 0) + 1
      this.slow++
    }
  }

  addSuccesses(count: number, now: number): void {
    for (let i = 0; i < count; i++) this.record(true, false, now)
  }

  expire(now: number): void {
    const slab = this.#slab
    const bucket = Math.max(0, Math.floor(now / this.#bucketMs))
    const before = slab.bucket[this.#slot] ?? 0
    if (bucket <= before) return
    slab.bucket[this.#slot] = bucket
    const turns = Math.min(bucket - before, slab.buckets)
    for (let turn = 0; turn < turns; turn++) {
      const at = this.#at((bucket - turn) % slab.buckets)
      slab.counts.fill(0, at, at + 3)
    }
    this.#sum()
  }

  clear(): void {
    const first = this.#at(0)
    this.#slab.counts.fill(0, first, first + this.#slab.buckets * 3)
    this.total = 0
    this.failures = 0
    this.slow = 0
  }

  #sum(): void {
    const { counts, buckets } = this.#slab
    this.total = 0
    this.failures = 0
    this.slow = 0
    for (let bucket = 0; bucket < buckets; bucket++) {
      const at = this.#at(bucket)
      this.total += counts[at] ?? 0
      this.failures += counts[at + 1] ?? 0
      this.slow += counts[at + 2] ?? 0
    }
  }

  #at(bucket: number): number {
    return (this.#slot * this.#slab.buckets + bucket) * 3
  }
}
