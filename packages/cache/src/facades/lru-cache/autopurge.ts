/** Shortest time between two purges: what expires in between leaves memory together. */
const LEAST_MS = 50
/** Timers take 31 bits. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * `ttlAutopurge` with one timer for the whole cache, which does not keep the process alive and is not set while nothing
 * can expire.
 */
export class Autopurge {
  readonly #purge: () => number
  #timer: ReturnType<typeof setTimeout> | undefined
  /** In how many ms the timer fires, from when it was set; and when, by `performance.now()`. */
  #wait = 0
  #due = 0

  /** @param purge drops what is stale and returns in how many ms the next will be; `Infinity` for never */
  constructor(purge: () => number) {
    this.#purge = purge
  }

  /** Something expires in so many ms. */
  schedule(ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return
    const wait = Math.min(Math.max(ms + 1, LEAST_MS), LONGEST_MS)
    // The clock is read only for one that may be the first: not for each of many with the same TTL.
    if (this.#timer !== undefined && this.#wait <= wait) return
    const due = performance.now() + wait
    if (this.#timer !== undefined && this.#due <= due) return
    clearTimeout(this.#timer)
    this.#wait = wait
    this.#due = due
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.schedule(this.#purge())
    }, this.#wait)
    if (typeof this.#timer === 'object') this.#timer.unref()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
