import { CORE_RULES } from './core/core-options.ts'
import { ENTRY_RULES, type EntryOptions } from './entry-options.ts'
import { LOADING_RULES, type LoadingOptions } from './loading-options.ts'
import { amount, checkOptions, type Rules } from './option-checks.ts'
import type { PolicyName } from './policies/create-policy.ts'
import { adaptive, clock, lru, type Policy } from './policies/policy-value.ts'
import { ENTRY_BYTES, estimateBytes } from './size-estimate.ts'

export interface CacheOptions<K, V> extends Omit<EntryOptions<K, V>, 'policy' | 'leastWeight'>, LoadingOptions<K> {
  /**
   * Most bytes of all entries together, estimated (see `estimateBytes`); in place of `maxWeight` and `weigh`.
   * Integer, 1…2^53 - 1. @default none
   */
  readonly maxBytes?: number | undefined
  /**
   * Who leaves when a bound is reached: `adaptive`, which learns what suits the traffic and stays within one point of hit
   * ratio of `lru` (see `AdaptivePolicy`), or exact `lru`, or `clock`, which are faster.
   * @default 'adaptive'
   */
  readonly policy?: PolicyName | Policy | undefined
  /**
   * Purge expired entries so often, ms, with one timer that does not keep the process alive and rests while the cache
   * is empty. Without it they leave when met and by the sweep of each `set`. 1…2,147,483,647.
   * @default none
   */
  readonly purgeIntervalMs?: number | undefined
}

const POLICIES: Readonly<Record<PolicyName, Policy>> = { adaptive, lru, clock }
const CACHE_RULES: Rules = {
  ...ENTRY_RULES,
  ...LOADING_RULES,
  maxBytes: amount('bytes', 1, Number.MAX_SAFE_INTEGER, true),
  policy: [
    `one of ${Object.keys(POLICIES).join(', ')}`,
    (policy) => Object.hasOwn(POLICIES, policy as string) || CORE_RULES.policy[1](policy),
  ],
  purgeIntervalMs: amount('milliseconds', 1, 2 ** 31 - 1),
}

/** The options as the entries' cache takes them. Throws `TypeError` or `RangeError` that names the option and the bad value. */
export function toEntryOptions<K, V>(options: CacheOptions<K, V>): EntryOptions<K, V> {
  checkOptions(options, CACHE_RULES, 'new Cache()', '{ max: 10_000 }')
  const { maxBytes, maxWeight, weigh, policy = 'adaptive', softTimeoutMs, staleIfErrorMs } = options
  if (softTimeoutMs !== undefined && staleIfErrorMs === undefined) {
    throw new TypeError('softTimeoutMs needs staleIfErrorMs, which says how old a value may be returned')
  }
  const chosen = { ...options, policy: typeof policy === 'string' ? POLICIES[policy] : policy }
  if (maxBytes === undefined) return chosen
  if ((maxWeight ?? weigh) !== undefined) throw new TypeError('maxBytes excludes maxWeight and weigh')
  return {
    ...chosen,
    maxWeight: maxBytes,
    leastWeight: ENTRY_BYTES,
    weigh: estimateBytes,
  }
}
