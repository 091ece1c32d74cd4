import { lru } from 'tiny-lru'
import type { BoundedCache, Subject } from '../bounded-cache.ts'

export const contender: Subject = {
  make: <K>(max: number, ttlMs: number | undefined): BoundedCache<K> =>
    lru<number>(max, ttlMs ?? 0) as unknown as BoundedCache<K>,
}
