import { AdaptivePolicy } from './adaptive.ts'
import { ClockPolicy } from './clock.ts'
import { LruPolicy } from './lru.ts'
import type { EvictionPolicy } from './policy.ts'

/**
 * Who leaves when the bound is reached:
 * - `adaptive`: learns from the requests; never more than 1 point of hit ratio below `lru` (see `AdaptivePolicy`).
 *   Below 32 entries it is `lru`.
 * - `lru`: the least recently used, exactly.
 * - `clock`: first in, first out, with another round for who was used: a cheaper `lru`.
 */
export type PolicyName = 'adaptive' | 'lru' | 'clock'

/** In so few slots there is nothing to tell apart: a window of 1 % and one of 10 % are the same slot. */
const LEAST_ADAPTIVE = 32

export function createPolicy(name: PolicyName, max: number): EvictionPolicy {
  if (name === 'clock') return new ClockPolicy(max)
  return name === 'adaptive' && max >= LEAST_ADAPTIVE ? new AdaptivePolicy(max) : new LruPolicy(max)
}
