/** Slots looked at in one go: well below a millisecond, whatever the size of the cache. */
const SLICE = 4096

/** Looks at the next n slots; returns how many there are in all, 0 if none can be over now, -1 if the cache is empty. */
export type SweepSlots = (slots: number) => number

/**
 * Purges now and then, in slices, with one timer that does not keep the process alive. It stands still while the cache
 * is empty: `wake` starts it again. It holds its cache weakly, so a forgotten cache is collected, and the timer ends.
 *
 *   wake ──► intervalMs ──► slice ─ 1 ms ─► slice … once around ──► intervalMs ──► …  until the cache is empty
 */
export class PurgeTimer {
  readonly #intervalMs: number
  readonly #sweep: WeakRef<SweepSlots>
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Slots passed in this round. */
  #passed = 0
  #ended = false

  /** @param sweep held weakly: the cache has to keep it */
  constructor(intervalMs: number, sweep: SweepSlots) {
    this.#intervalMs = intervalMs
    this.#sweep = new WeakRef(sweep)
  }

  /** Something was stored. */
  wake(): void {
    if (this.#timer === undefined && !this.#ended) this.#wait(this.#intervalMs)
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#run(), ms)
    // Browsers give a number.
    if (typeof this.#timer === 'object') this.#timer.unref?.()
  }

  #run(): void {
    this.#timer = undefined
    let slots = 0
    try {
      slots = this.#sweep.deref()?.(SLICE) ?? -1
    } finally {
      // Also when the cache's `onDispose` throws: that is an uncaught exception, and no reason to stop.
      this.#passed += SLICE
      const more = this.#passed < slots
      if (!more) this.#passed = 0
      if (slots >= 0) this.#wait(more ? 1 : this.#intervalMs)
    }
  }
}
