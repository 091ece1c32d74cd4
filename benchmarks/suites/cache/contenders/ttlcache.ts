import { TTLCache } from '@isaacs/ttlcache'
import type { BoundedCache, Subject } from '../bounded-cache.ts'

export const contender: Subject = {
  make: <K>(max: number, ttl = 3_600_000): BoundedCache<K> => new TTLCache<K, number>({ max, ttl }),
}
