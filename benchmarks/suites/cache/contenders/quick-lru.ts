import QuickLRU from 'quick-lru'
import type { BoundedCache, Subject } from '../bounded-cache.ts'

export const contender: Subject = {
  make: <K>(max: number, maxAge: number | undefined): BoundedCache<K> =>
    new QuickLRU<K, number>(maxAge === undefined ? { maxSize: max } : { maxSize: max, maxAge }),
}
