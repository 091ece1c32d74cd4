import { LRUCache } from 'lru-cache'
import type { BoundedCache, Subject } from '../bounded-cache.ts'

export const contender: Subject = {
  make: <K extends string | number>(max: number, ttl: number | undefined): BoundedCache<K> =>
    new LRUCache<K, number>(ttl === undefined ? { max } : { max, ttl }),
}
