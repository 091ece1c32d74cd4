import type { BoundedCache, Subject } from '../bounded-cache.ts'

/** No bound, no order, no time. */
export const contender: Subject = {
  make: <K>(): BoundedCache<K> => new Map<K, number>(),
}
