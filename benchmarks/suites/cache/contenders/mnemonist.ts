import { LRUCacheWithDelete } from 'mnemonist'
import type { BoundedCache, Subject } from '../bounded-cache.ts'

export const contender: Subject = {
  make: <K extends string | number>(max: number): BoundedCache<K> => new LRUCacheWithDelete<K, number>(max),
}
