import { CORE_RULES, type CoreOptions, type CoreSetOptions, MAX, SET_RULES } from './core/core-options.ts'
import { amount, BOOLEAN, check, checkOptions, FUNCTION, NEVER, type Rule, type Rules } from './option-checks.ts'

/** What a cache takes that can do everything but load. */
export interface EntryOptions<K, V> extends Omit<CoreOptions<K, V>, 'max'> {
  /**
   * Most entries held at any time; exact. Integer, 1…8,388,608 (2^23; the engine's `Map` cannot take in and drop
   * entries for ever above half of its 2^24 places). Room in the tables is reserved at once and used as they fill.
   * @default required, unless `maxWeight` is given: then the smaller of that and 1,048,576. A number near what the weight
   * has room for reserves less.
   */
  readonly max?: number | undefined
  /**
   * Most weight of all entries together; exact. Integer, 1…2^53 - 1. As many entries are evicted as a new one needs.
   * @default none
   */
  readonly maxWeight?: number | undefined
  /** Most weight of one entry; a heavier one is refused (`set` throws `OverweightError`). @default `maxWeight` */
  readonly maxEntryWeight?: number | undefined
  /** No entry weighs less: so many fit, where there is no `max`. Above 0. @default 1 */
  readonly leastWeight?: number | undefined
  /** Weight of an entry whose `set` names none: an integer, 0 or more. `estimateBytes` is one. @default 1 each */
  readonly weigh?: ((value: V, key: K) => number) | undefined
  /** A `get` or `fetch` that hits renews the entry's TTL. Have a `maxAgeMs` with it. @default false */
  readonly sliding?: boolean | undefined
  /** Longest time without a hit or a `set`, ms, above 0; ends an entry before its TTL does. @default Infinity */
  readonly idleMs?: number | undefined
  /** Longest life of any entry from when it was stored, ms, above 0, however often it is hit. @default Infinity */
  readonly maxAgeMs?: number | undefined
}

export interface SetOptions extends CoreSetOptions {
  /** Weight of this entry, an integer, 0 or more; only with `maxWeight`. @default what `weigh` says */
  readonly weight?: number | undefined
}

/** 2^20: where only the weight is bounded, tables for more would be reserved for nothing. */
export const DEFAULT_MOST = 1_048_576

/** Of all entries together. */
export const TOTAL_WEIGHT: Rule = amount('weight', 1, Number.MAX_SAFE_INTEGER, true)
/** Of one entry. */
export const WEIGHT: Rule = amount('weight', 0, Number.MAX_SAFE_INTEGER, true)
const LIFETIME: Rule = amount('milliseconds', Number.MIN_VALUE, NEVER)

export const ENTRY_RULES: Rules = {
  ...CORE_RULES,
  maxWeight: TOTAL_WEIGHT,
  maxEntryWeight: TOTAL_WEIGHT,
  weigh: FUNCTION,
  sliding: BOOLEAN,
  idleMs: LIFETIME,
  maxAgeMs: LIFETIME,
}
/** Options of `set`. */
export const WEIGHED_SET_RULES: Rules = { ...SET_RULES, weight: WEIGHT }

export function checkSet(options: object, rules: Rules): void {
  checkOptions(options, rules, 'set()', '{ ttlMs: 30_000 }')
}

/** Throws unless the options go together too. */
export function checkEntryOptions<K, V>(options: EntryOptions<K, V>): void {
  const { max, maxWeight, maxEntryWeight, weigh } = options
  if (maxWeight === undefined) {
    check('max', max, MAX)
    if ((maxEntryWeight ?? weigh) !== undefined) throw new TypeError('weigh and maxEntryWeight need maxWeight')
  }
}
