import type { BoundedCache, Subject } from '../bounded-cache.ts'

interface Entry {
  readonly value: number
  readonly timestamp: number
}

/** Part of the entries that leave at once. */
const DROPPED = 0.1

/**
 * The second design: at the limit all entries are copied, sorted by the time of their last `set`, and the oldest 10 %
 * dropped. It was called LRU, but reading does not renew the time.
 */
class SortedMap<K> implements BoundedCache<K> {
  readonly #entries: Map<K, Entry> = new Map()
  readonly #max: number
  readonly #ttlMs: number

  constructor(max: number, ttlMs: number) {
    this.#max = max
    this.#ttlMs = ttlMs
  }

  get(key: K): number | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (Date.now() - entry.timestamp > this.#ttlMs) {
      this.#entries.delete(key)
      return undefined
    }
    return entry.value
  }

  set(key: K, value: number): this {
    if (this.#entries.size >= this.#max) this.#dropOldest()
    this.#entries.set(key, { value, timestamp: Date.now() })
    return this
  }

  #dropOldest(): void {
    const sorted = Array.from(this.#entries).sort(([, a], [, b]) => a.timestamp - b.timestamp)
    for (const [key] of sorted.slice(0, Math.floor(this.#max * DROPPED))) this.#entries.delete(key)
  }
}

export const contender: Subject = {
  make: <K>(max: number, ttlMs = 3_600_000): BoundedCache<K> => new SortedMap<K>(max, ttlMs),
}
