import type { BoundedCache, Subject } from '../bounded-cache.ts'

/**
 * The first design: a Map without a bound and a timer for each `set`, which nobody clears, so that an entry that was set
 * again is deleted by the timer of its predecessor.
 */
class TimerMap<K> implements BoundedCache<K> {
  readonly #entries: Map<K, number> = new Map()
  readonly #ttlMs: number

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs
  }

  get(key: K): number | undefined {
    return this.#entries.get(key)
  }

  set(key: K, value: number): this {
    this.#entries.set(key, value)
    setTimeout(() => this.#entries.delete(key), this.#ttlMs)
    return this
  }
}

export const contender: Subject = {
  make: <K>(_: number, ttlMs = 3_600_000): BoundedCache<K> => new TimerMap<K>(ttlMs),
}
