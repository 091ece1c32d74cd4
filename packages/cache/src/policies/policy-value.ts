import { ClockPolicy } from './clock.ts'
import { createPolicy } from './create-policy.ts'
import { hashKey } from './key-hash.ts'
import { LruPolicy } from './lru.ts'
import type { EvictionPolicy } from './policy.ts'

/** A policy as a value: what a cache is given that names none, so that a bundle holds only the one it uses. */
export interface Policy {
  /** A new instance for at most `max` entries. */
  create(max: number): EvictionPolicy
  /** 32 bits of a key, equal for equal keys, for a policy that reads them. */
  readonly hash?: (key: unknown) => number
}

/** Exact least recently used. See `LruPolicy`. */
export const lru: Policy = { create: (max) => new LruPolicy(max) }

/** First in, first out, with another round for who was used: a cheaper `lru`. See `ClockPolicy`. */
export const clock: Policy = { create: (max) => new ClockPolicy(max) }

/** Learns from the requests, and never falls more than 1 point below `lru`. See `AdaptivePolicy`. */
export const adaptive: Policy = { create: (max) => createPolicy('adaptive', max), hash: hashKey }
