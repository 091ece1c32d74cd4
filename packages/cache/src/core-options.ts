import type { Clock } from './clock.ts'
import type { DisposeListener } from './dispose-reason.ts'
import { checkNames, checkNumber, checkType, show } from './option-checks.ts'
import type { Policy } from './policies/policy-value.ts'

export interface CoreOptions<K, V> {
  /**
   * Most entries held at any time; exact. Integer, 1…8,388,608 (2^23; the engine's `Map` cannot take in and drop
   * entries for ever above half of its 2^24 places). Room in the tables is reserved at once and used as they fill.
   * @default required, unless `maxWeight` is given: then the smaller of that and 1,048,576. A number near what the weight
   * has room for suits `adaptive` better, and reserves less.
   */
  readonly max?: number | undefined
  /**
   * Most weight of all entries together; exact. Integer, 1…2^53 - 1. As many entries are evicted as a new one needs.
   * @default none
   */
  readonly maxWeight?: number | undefined
  /** Most weight of one entry; a heavier one is refused (`set` throws `OverweightError`). @default `maxWeight` */
  readonly maxEntryWeight?: number | undefined
  /** Weight of an entry whose `set` names none: an integer, 0 or more. `estimateBytes` is one. @default 1 each */
  readonly weigh?: ((value: V, key: K) => number) | undefined
  /**
   * How long an entry lives after it was stored, ms. Above 0 and finite, or `Infinity`: until it is evicted, or 0:
   * nothing is stored unless the call says otherwise. Or a function that says it for each entry.
   * @default Infinity
   */
  readonly ttlMs?: number | ((value: V, key: K) => number) | undefined
  /** A `get` or `fetch` that hits renews the entry's TTL. Have a `maxAgeMs` with it. @default false */
  readonly sliding?: boolean | undefined
  /** Longest time without a hit or a `set`, ms, above 0; ends an entry before its TTL does. @default Infinity */
  readonly idleMs?: number | undefined
  /** Longest life of any entry from when it was stored, ms, above 0, however often it is hit. @default Infinity */
  readonly maxAgeMs?: number | undefined
  /** Who leaves when a bound is reached: `lru`, `clock` or `adaptive` of this module. */
  readonly policy: Policy
  /** Told of every entry that leaves. @default none */
  readonly onDispose?: DisposeListener<K, V> | undefined
  /**
   * Monotonic milliseconds, read at every use. An entry is expired once `now()` ≥ its deadline.
   * @default `performance.now()`, read at every use but for tight loops (see `get`)
   */
  readonly clock?: Clock | undefined
}

export interface SetOptions {
  /** TTL of this entry, ms; as the cache's `ttlMs`. @default the cache's */
  readonly ttlMs?: number | undefined
  /** Weight of this entry, an integer, 0 or more; only with `maxWeight`. @default what `weigh` says */
  readonly weight?: number | undefined
}

/** 2^20: where only the weight is bounded, tables for more would be reserved for nothing. */
export const DEFAULT_MOST = 1_048_576
/** 2^23, see `CoreOptions.max`. */
export const MOST_ENTRIES = 8_388_608

export const CORE_OPTIONS: readonly string[] = [
  'max',
  'maxWeight',
  'maxEntryWeight',
  'weigh',
  'ttlMs',
  'sliding',
  'idleMs',
  'maxAgeMs',
  'policy',
  'onDispose',
  'clock',
]

/** Throws `TypeError` or `RangeError` that names the option, the bad value and what is allowed. */
export function checkCoreOptions<K, V>(
  options: CoreOptions<K, V>,
  where = 'new CoreCache()',
  known: readonly string[] = CORE_OPTIONS,
): void {
  checkNames(options, known, where, '{ max: 10_000 }')
  const { max, maxWeight, maxEntryWeight, weigh, ttlMs, idleMs, maxAgeMs, clock, policy } = options
  if (max !== undefined || maxWeight === undefined) checkNumber('max', max, 1, MOST_ENTRIES, true, 'entries')
  for (const [name, value] of Object.entries({ maxWeight, maxEntryWeight })) {
    if (value !== undefined) checkNumber(name, value, 1, Number.MAX_SAFE_INTEGER, true, 'weight')
  }
  if (maxWeight === undefined && (maxEntryWeight ?? weigh) !== undefined) {
    throw new TypeError('weigh and maxEntryWeight need maxWeight')
  }
  if (typeof ttlMs !== 'function') checkTtl(ttlMs)
  for (const [name, value] of Object.entries({ idleMs, maxAgeMs })) {
    if (value !== undefined) checkNumber(name, value, Number.MIN_VALUE, Number.POSITIVE_INFINITY, false, 'milliseconds')
  }
  checkType('sliding', options.sliding, 'boolean')
  checkType('weigh', weigh, 'function')
  checkType('onDispose', options.onDispose, 'function')
  if (typeof policy?.create !== 'function') throw new TypeError(`policy must be a policy, got ${show(policy)}`)
  if (clock !== undefined && typeof clock?.now !== 'function') {
    throw new TypeError(`clock must be an object with a method now(), got ${show(clock)}`)
  }
}

export function checkSetOptions(options: SetOptions, known: readonly string[] = ['ttlMs', 'weight']): void {
  checkNames(options, known, 'set()', '{ ttlMs: 30_000 }')
  checkTtl(options.ttlMs)
}

export function checkTtl(ttlMs: number | undefined, name = 'ttlMs'): void {
  if (ttlMs !== undefined) checkNumber(name, ttlMs, 0, Number.POSITIVE_INFINITY, false, 'milliseconds')
}
