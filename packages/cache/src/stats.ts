/** What `getCacheStats()` returns. Totals count since the cache was made; `clear()` does not reset them. */
export interface CoreStats {
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
  /** Live entries dropped to keep a bound. */
  evictions: number
  /** Entries dropped because their time had passed. */
  expirations: number
}

/** What a cache that weighs adds to that. */
export interface EntryStats extends CoreStats {
  /** Sum of the weights of the entries held now; `size` without `maxWeight`. */
  weight: number
  /** The bound, `maxWeight`; `max` without. */
  maxWeight: number
  /** Weights of the evicted entries together; as `evictions` without `maxWeight`. */
  evictedWeight: number
  /** Entries refused because they weigh more than an entry may. */
  rejections: number
}

/** What the `getCacheStats()` of a cache that loads returns. */
export interface CacheStats extends EntryStats {
  /** Loaders started by `fetch`. */
  loads: number
  /** Of these, loads that nobody waited for when they began: of stale or soon stale entries. */
  refreshes: number
  /** Loads that threw, rejected or took too long; not those that were aborted because everybody left. */
  loadFailures: number
  /** Ms that the loads which returned or failed took, all together. */
  loadMs: number
  /** `fetch` calls answered with a stale value: hits when at once, misses in place of a failed or slow load. */
  staleServed: number
  /** Keys being loaded now. */
  inflight: number
}

/** The totals behind the statistics: plain numbers, one addition per event. */
export class Counters {
  hits = 0
  misses = 0
  evictions = 0
  evictedWeight = 0
  expirations = 0
  rejections = 0

  /** O(1). */
  snapshot(size: number, maxSize: number, weight: number, maxWeight: number, weighted: boolean): EntryStats {
    const { hits, misses, evictions, evictedWeight } = this
    return {
      ...this,
      size,
      maxSize,
      utilizationPercent: (100 * size) / maxSize,
      weight,
      maxWeight,
      hitRate: hits / (hits + misses || 1),
      evictedWeight: weighted ? evictedWeight : evictions,
    }
  }
}
