/** No slot. */
export const nobody = -1
const firstSlots = 16

/**
 * What a registry keeps per key: columns of numbers instead of objects.
 *
 * ```
 *   slot          0      1      2   …        one column a number; a key is a row
 *   state       │ 0 │  │ 1 │  │ 0 │          index into `stateNames`
 *   generation  │ 1 │  │ 7 │  │ 3 │          13 bits of it are in every permit of the key
 *   until, …    │   │  │   │  │   │
 *   counts      │ 3 numbers × buckets │ … │  total, failures, slow of each bucket, as in time-window.ts
 *   older/newer │ ─► least … most recently used ◄─ │
 * ```
 *
 * 57 bytes and 12 a bucket: 117 for five. Grows by doubling up to the number of keys allowed; `use`, `claim` and `free` are O(1).
 */
export class KeySlab {
  readonly buckets: number
  readonly #maxSlots: number
  state: Uint8Array = new Uint8Array(0)
  /** End of the wait (open) or of the episode (half-open). */
  until: Float64Array = new Float64Array(0)
  /** Number of the current bucket. */
  bucket: Float64Array = new Float64Array(0)
  generation: Int32Array = new Int32Array(0)
  failureRun: Int32Array = new Int32Array(0)
  opens: Int32Array = new Int32Array(0)
  /** While half-open: permits left, and the probes' results. */
  permitsLeft: Int32Array = new Int32Array(0)
  successes: Int32Array = new Int32Array(0)
  failures: Int32Array = new Int32Array(0)
  slow: Int32Array = new Int32Array(0)
  counts: Int32Array = new Int32Array(0)
  /** Moment of the last use, whole seconds of the breaker's clock. */
  usedAt: Int32Array = new Int32Array(0)
  #older: Int32Array = new Int32Array(0)
  #newer: Int32Array = new Int32Array(0)
  #oldest = nobody
  #newest = nobody
  #unused = nobody

  constructor(maxSlots: number, buckets: number) {
    this.#maxSlots = maxSlots
    this.buckets = buckets
  }

  /** The slot used longest ago, or `nobody`. */
  get oldest(): number {
    return this.#oldest
  }

  /** A slot for a new key, its counters empty and its generation one on; `nobody` when all are taken. */
  claim(): number {
    if (this.#unused === nobody && !this.#grow()) return nobody
    const slot = this.#unused
    this.#unused = this.#newer[slot] ?? nobody
    this.state[slot] = 0
    this.until[slot] = 0
    this.failureRun[slot] = 0
    this.opens[slot] = 0
    this.counts.fill(0, slot * this.buckets * 3, (slot + 1) * this.buckets * 3)
    this.generation[slot] = (this.generation[slot] ?? 0) + 1
    this.#append(slot)
    return slot
  }

  /** Makes a slot the most recently used. */
  use(slot: number, now: number): void {
    this.usedAt[slot] = now / 1000
    if (this.#newest === slot) return
    this.#unlink(slot)
    this.#append(slot)
  }

  /** The key is gone; permits given for it find another generation. */
  free(slot: number): void {
    this.#unlink(slot)
    this.generation[slot] = (this.generation[slot] ?? 0) + 1
    this.#newer[slot] = this.#unused
    this.#unused = slot
  }

  #append(slot: number): void {
    this.#older[slot] = this.#newest
    this.#newer[slot] = nobody
    if (this.#newest === nobody) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
  }

  #unlink(slot: number): void {
    const older = this.#older[slot] ?? nobody
    const newer = this.#newer[slot] ?? nobody
    if (older === nobody) this.#oldest = newer
    else this.#newer[older] = newer
    if (newer === nobody) this.#newest = older
    else this.#older[newer] = older
  }

  #grow(): boolean {
    const before = this.state.length
    if (before >= this.#maxSlots) return false
    const after = Math.min(this.#maxSlots, Math.max(firstSlots, before * 2))
    const grown = (column: Int32Array): Int32Array => {
      const wider = new Int32Array(after)
      wider.set(column)
      return wider
    }
    const state = new Uint8Array(after)
    state.set(this.state)
    this.state = state
    const until = new Float64Array(after)
    until.set(this.until)
    this.until = until
    const bucket = new Float64Array(after)
    bucket.set(this.bucket)
    this.bucket = bucket
    const counts = new Int32Array(after * this.buckets * 3)
    counts.set(this.counts)
    this.counts = counts
    this.generation = grown(this.generation)
    this.failureRun = grown(this.failureRun)
    this.opens = grown(this.opens)
    this.permitsLeft = grown(this.permitsLeft)
    this.successes = grown(this.successes)
    this.failures = grown(this.failures)
    this.slow = grown(this.slow)
    this.usedAt = grown(this.usedAt)
    this.#older = grown(this.#older)
    this.#newer = grown(this.#newer)
    for (let slot = after - 1; slot >= before; slot--) {
      this.#newer[slot] = this.#unused
      this.#unused = slot
    }
    return true
  }
}
