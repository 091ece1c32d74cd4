import { Cache, type PolicyName } from '@breakwater/cache'
import type { BoundedCache, Subject } from '../bounded-cache.ts'

function withPolicy(policy: PolicyName): Subject {
  return {
    make: <K>(max: number, ttlMs: number | undefined): BoundedCache<K> => new Cache<K, number>({ max, ttlMs, policy }),
  }
}

export const lru: Subject = withPolicy('lru')
export const clock: Subject = withPolicy('clock')
export const adaptive: Subject = withPolicy('adaptive')
