import { CORE_OPTIONS, type CoreOptions, checkCoreOptions, DEFAULT_MOST } from './core-options.ts'
import { checkLoadingOptions, LOADING_OPTIONS, type LoadingOptions } from './loading-options.ts'
import { checkNames, checkNumber, show } from './option-checks.ts'
import type { PolicyName } from './policies/create-policy.ts'
import { adaptive, clock, lru, type Policy } from './policies/policy-value.ts'
import { ENTRY_BYTES, estimateBytes } from './size-estimate.ts'

export interface CacheOptions<K, V> extends Omit<CoreOptions<K, V>, 'policy'>, LoadingOptions<K> {
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
const DEFAULT_POLICY: PolicyName = 'adaptive'
const MOST_TIMER_MS = 2 ** 31 - 1
const CACHE_OPTIONS: readonly string[] = [...CORE_OPTIONS, 'maxBytes', 'purgeIntervalMs', ...LOADING_OPTIONS]

/** The options as the core takes them. Throws `TypeError` or `RangeError` that names the option and the bad value. */
export function toCoreOptions<K, V>(options: CacheOptions<K, V>): CoreOptions<K, V> {
  checkNames(options, CACHE_OPTIONS, 'new Cache()', '{ max: 10_000 }')
  const { maxBytes, purgeIntervalMs, policy: chosen = DEFAULT_POLICY, ...rest } = options
  checkLoadingOptions(options)
  for (const name of LOADING_OPTIONS) delete (rest as Record<string, unknown>)[name]
  let policy = chosen
  if (typeof policy === 'string') {
    if (!Object.hasOwn(POLICIES, policy)) {
      throw new RangeError(`policy must be one of ${Object.keys(POLICIES).join(', ')}, got ${show(policy)}`)
    }
    policy = POLICIES[policy]
  }
  if (purgeIntervalMs !== undefined)
    checkNumber('purgeIntervalMs', purgeIntervalMs, 1, MOST_TIMER_MS, false, 'milliseconds')
  let core: CoreOptions<K, V> = { ...rest, policy }
  if (maxBytes !== undefined) {
    checkNumber('maxBytes', maxBytes, 1, Number.MAX_SAFE_INTEGER, true, 'bytes')
    if ((rest.maxWeight ?? rest.weigh) !== undefined) throw new TypeError('maxBytes excludes maxWeight and weigh')
    // No more entries than that fit, whatever they are.
    const max = rest.max ?? Math.min(DEFAULT_MOST, Math.ceil(maxBytes / ENTRY_BYTES))
    core = { ...core, max, maxWeight: maxBytes, weigh: estimateBytes }
  }
  checkCoreOptions(core, 'new Cache()')
  return core
}
