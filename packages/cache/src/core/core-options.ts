import type { Clock } from '../clock.ts'
import type { DisposeListener } from '../dispose-reason.ts'
import { amount, check, FUNCTION, isFunction, type Rule, type Rules, TTL } from '../option-checks.ts'
import type { Policy } from '../policies/policy-value.ts'

export interface CoreOptions<K, V> {
  /**
   * Most entries held at any time; exact. Integer, 1…8,388,608 (2^23; the engine's `Map` cannot take in and drop
   * entries for ever above half of its 2^24 places). @default required
   */
  readonly max: number
  /**
   * How long an entry lives after it was stored, ms. Above 0 and finite, or `Infinity`: until it is evicted, or 0:
   * nothing is stored unless the call says otherwise. Or a function that says it for each entry.
   * @default Infinity
   */
  readonly ttlMs?: number | ((value: V, key: K) => number) | undefined
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

export interface CoreSetOptions {
  /** TTL of this entry, ms; as the cache's `ttlMs`. @default the cache's */
  readonly ttlMs?: number | undefined
}

/** 2^23, see `CoreOptions.max`. */
export const MOST_ENTRIES = 8_388_608

export const MAX: Rule = amount('entries', 1, MOST_ENTRIES, true)

export const CORE_RULES: Readonly<Record<keyof CoreOptions<never, never>, Rule>> = {
  max: MAX,
  ttlMs: [TTL[0], (value) => isFunction(value) || TTL[1](value), TTL[2]],
  policy: ['a policy', (policy) => isFunction((policy as Policy | null)?.create)],
  onDispose: FUNCTION,
  clock: ['an object with a method now()', (clock) => isFunction((clock as Clock | null)?.now)],
}

/** Options of `set`. */
export const SET_RULES: Rules = { ttlMs: TTL }

/** TTL of an entry by the cache's option. */
export function ttlOf<K, V>(ttlMs: number | ((value: V, key: K) => number), value: V, key: K): number {
  if (typeof ttlMs === 'number') return ttlMs
  const result = ttlMs(value, key)
  check('the result of ttlMs()', result, TTL)
  return result
}
