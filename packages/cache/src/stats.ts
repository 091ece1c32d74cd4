/** What `getCacheStats()` returns. Totals count since the cache was made; `clear()` does not reset them. */
export interface CacheStats {
  /** Entries held now, expired ones that were not yet swept included. */
  size: number
  /** The bound, `max`. */
  maxSize: number
  /** 100 × size / maxSize, 0…100. */
  utilizationPercent: number
  /** `get` and `fetch` calls answered from the cache. */
  hits: number
  /** `get` and `fetch` calls that found nothing, or nothing alive, or were told not to look (`forceRefresh`). */
  misses: number
  /** hits / (hits + misses), 0…1; 0 before the first lookup. */
  hitRate: number
  /** Live entries dropped to keep the bound. */
  evictions: number
  /** Entries dropped because their TTL had passed. */
  expirations: number
  /** Loaders started by `fetch`. */
  loads: number
  /** Loads that threw or rejected while somebody was waiting. */
  loadFailures: number
  /** Loads running now that somebody waits for. */
  inflight: number
}

/** The totals behind `CacheStats`: plain numbers, one addition per event. */
export class Counters {
  hits = 0
  misses = 0
  evictions = 0
  expirations = 0
  loads = 0
  loadFailures = 0

  /** O(1). */
  snapshot(size: number, maxSize: number, inflight: number): CacheStats {
    const { hits, misses, evictions, expirations, loads, loadFailures } = this
    const lookups = hits + misses
    return {
      size,
      maxSize,
      utilizationPercent: (100 * size) / maxSize,
      hits,
      misses,
      hitRate: lookups === 0 ? 0 : hits / lookups,
      evictions,
      expirations,
      loads,
      loadFailures,
      inflight,
    }
  }
}
