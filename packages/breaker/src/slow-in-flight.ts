import type { OverdueCalls } from './circuit.ts'

/** No call. */
const nobody = -1

/**
 * Calls in flight by the moment they began, and how many of them are slow already.
 *
 * ```
 *    first                    frontier                last
 *   ┌───────┐    ┌───────┐    ┌───────┐    ┌───────┐
 *   │ t 100 │ ─► │ t 140 │ ─► │ t 900 │ ─► │ t 950 │    in order of beginning, linked through arrays by slot
 *   └───────┘    └───────┘    └───────┘    └───────┘
 *   └ older than slowMs: 2 ┘
 *        count(now) moves the frontier on; a call that settles is unlinked
 * ```
 *
 * `begin` and `end` are O(1), `count` is O(1) amortised. 17 bytes a slot.
 */
export class SlowInFlight implements OverdueCalls {
  readonly #slowMs: number
  #begun: Float64Array = new Float64Array(0)
  #previous: Int32Array = new Int32Array(0)
  #next: Int32Array = new Int32Array(0)
  /** 0 not here, 1 in flight, 2 overdue. */
  #flags: Uint8Array = new Uint8Array(0)
  #first = nobody
  #last = nobody
  #frontier = nobody
  #overdue = 0

  constructor(slowMs: number) {
    this.#slowMs = slowMs
  }

  begin(slot: number, slots: number, now: number): void {
    if (slot >= this.#flags.length) this.#grow(slots)
    // A slot that was taken over from a call nobody ever settled.
    if (this.#flags[slot] !== 0) this.end(slot)
    this.#flags[slot] = 1
    this.#begun[slot] = now
    this.#previous[slot] = this.#last
    this.#next[slot] = nobody
    if (this.#last === nobody) this.#first = slot
    else this.#next[this.#last] = slot
    this.#last = slot
    if (this.#frontier === nobody) this.#frontier = slot
  }

  end(slot: number): void {
    const flag = this.#flags[slot] ?? 0
    if (flag === 0) return
    this.#flags[slot] = 0
    const previous = this.#previous[slot] ?? nobody
    const next = this.#next[slot] ?? nobody
    if (flag === 2) this.#overdue--
    if (this.#frontier === slot) this.#frontier = next
    if (previous === nobody) this.#first = next
    else this.#next[previous] = next
    if (next === nobody) this.#last = previous
    else this.#previous[next] = previous
  }

  count(now: number): number {
    let slot = this.#frontier
    while (slot !== nobody && now - (this.#begun[slot] ?? 0) > this.#slowMs) {
      this.#flags[slot] = 2
      this.#overdue++
      slot = this.#next[slot] ?? nobody
    }
    this.#frontier = slot
    return this.#overdue
  }

  /** Forgets the calls of the generation that ended. */
  clear(): void {
    if (this.#first === nobody) return
    this.#flags.fill(0)
    this.#first = nobody
    this.#last = nobody
    this.#frontier = nobody
    this.#overdue = 0
  }

  #grow(slots: number): void {
    const begun = new Float64Array(slots)
    const flags = new Uint8Array(slots)
    const previous = new Int32Array(slots)
    const next = new Int32Array(slots)
    begun.set(this.#begun)
    flags.set(this.#flags)
    previous.set(this.#previous)
    next.set(this.#next)
    this.#begun = begun
    this.#flags = flags
    this.#previous = previous
    this.#next = next
  }
}
