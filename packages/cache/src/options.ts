import type { Clock } from './clock.ts'
import { nearestName } from './nearest-name.ts'
import { POLICY_NAMES, type PolicyName } from './policies/create-policy.ts'

/**
 * Why an entry left:
 * - `evict`: it was alive, and the policy chose it when the bound was reached (`set`, `fetch`, `resize`).
 * - `set`: `set` or a finished `fetch` put another value under its key, also when that is the same value again, or
 *   `set` with `ttlMs: 0` took its place with nothing.
 * - `delete`: `delete` removed it while it was alive.
 * - `expire`: its TTL had passed, whatever call came upon it.
 * - `clear`: it was there, alive or not, at `clear` or `destroy`.
 */
export type DisposeReason = 'evict' | 'set' | 'delete' | 'expire' | 'clear'

/**
 * Called exactly once for every entry that was stored, after the call that removed it has changed the cache and before
 * it returns; it may call any method. What it throws is thrown by that call, whose change stays made; when the call is
 * the end of a load it becomes an uncaught exception, and the load's callers get their value all the same.
 */
export type DisposeListener<K, V> = (value: V, key: K, reason: DisposeReason) => void

export interface CacheOptions<K, V> {
  /**
   * Most entries held at any time; exact. Integer, 1…8,388,608 (2^23; the engine's `Map` cannot take in and drop
   * entries for ever above half of its 2^24 places). Room for `max` slots of 8 bytes, 16 with a TTL, is reserved at
   * once and used as it fills.
   */
  readonly max: number
  /**
   * How long an entry lives after it was stored, ms. Above 0 and finite, or `Infinity`: until it is evicted, or 0:
   * nothing is stored unless the call says otherwise.
   * @default Infinity
   */
  readonly ttlMs?: number | undefined
  /**
   * Who leaves when the bound is reached: exact `lru`, `clock`, or `adaptive`, which learns what suits the traffic. The
   * last is young: its guard against falling behind LRU is not proven yet (`npm run bench -- hit-ratio`).
   * @default 'lru'
   */
  readonly policy?: PolicyName | undefined
  /** Told of every entry that leaves. @default none */
  readonly onDispose?: DisposeListener<K, V> | undefined
  /**
   * Monotonic milliseconds, read at every use. An entry is expired once `now()` ≥ the time it was stored + its TTL.
   * @default `performance.now()`, read at every use but for tight loops of lookups (see `get`)
   */
  readonly clock?: Clock | undefined
}

export interface SetOptions {
  /** TTL of this entry, ms; as the cache's `ttlMs`. @default the cache's */
  readonly ttlMs?: number | undefined
}

export interface LoaderContext {
  /** Aborts when the last caller that waited for the load has left, or the cache was destroyed. */
  readonly signal: AbortSignal
}

export type Loader<K, V> = (key: K, context: LoaderContext) => V | PromiseLike<V>

export interface FetchOptions {
  /** Lets this caller leave: its promise rejects with the signal's reason, the load goes on for the others. */
  readonly signal?: AbortSignal | undefined
  /** TTL of the loaded entry, ms; as the cache's `ttlMs`. Of several callers the one that began the load decides. */
  readonly ttlMs?: number | undefined
  /**
   * Load even if a live entry is stored; it stays readable until the load replaces it, and stays if the load fails.
   * Joins a load that is already running. @default false
   */
  readonly forceRefresh?: boolean | undefined
}

/** 2^23, see `CacheOptions.max`. */
const LARGEST_MAX = 8_388_608

const CACHE_OPTIONS = ['max', 'ttlMs', 'policy', 'onDispose', 'clock'] as const
const SET_OPTIONS = ['ttlMs'] as const
const FETCH_OPTIONS = ['signal', 'ttlMs', 'forceRefresh'] as const

/** Throws `TypeError` or `RangeError` that names the option, the bad value and what is allowed. */
export function checkCacheOptions<K, V>(options: CacheOptions<K, V>): void {
  checkNames(options, CACHE_OPTIONS, 'new Cache()', '{ max: 10_000 }')
  checkMax(options.max)
  checkTtl(options.ttlMs)
  const { onDispose, clock, policy } = options
  if (policy !== undefined && !POLICY_NAMES.includes(policy)) {
    if (typeof policy !== 'string') throw new TypeError(`policy must be the name of a policy, got ${show(policy)}`)
    throw new RangeError(`policy must be one of ${POLICY_NAMES.join(', ')}, got ${show(policy)}`)
  }
  if (onDispose !== undefined && typeof onDispose !== 'function') {
    throw new TypeError(`onDispose must be a function, got ${show(onDispose)}`)
  }
  if (clock !== undefined && typeof clock?.now !== 'function') {
    throw new TypeError(`clock must be an object with a method now(), got ${show(clock)}`)
  }
}

export function checkSetOptions(options: SetOptions): void {
  checkNames(options, SET_OPTIONS, 'set()', '{ ttlMs: 30_000 }')
  checkTtl(options.ttlMs)
}

export function checkFetchOptions(options: FetchOptions): void {
  checkNames(options, FETCH_OPTIONS, 'fetch()', '{ ttlMs: 30_000 }')
  checkTtl(options.ttlMs)
  const { signal, forceRefresh } = options
  if (signal !== undefined && (typeof signal?.aborted !== 'boolean' || typeof signal.addEventListener !== 'function')) {
    throw new TypeError(`signal must be an AbortSignal, got ${show(signal)}`)
  }
  if (forceRefresh !== undefined && typeof forceRefresh !== 'boolean') {
    throw new TypeError(`forceRefresh must be a boolean, got ${show(forceRefresh)}`)
  }
}

export function checkMax(max: number): void {
  if (typeof max !== 'number') throw new TypeError(`max must be a number of entries, got ${show(max)}`)
  if (!Number.isInteger(max) || max < 1 || max > LARGEST_MAX) {
    throw new RangeError(`max must be an integer from 1 to ${LARGEST_MAX}, got ${show(max)}`)
  }
}

function checkTtl(ttlMs: number | undefined): void {
  if (ttlMs === undefined) return
  if (typeof ttlMs !== 'number') throw new TypeError(`ttlMs must be a number of milliseconds, got ${show(ttlMs)}`)
  // `!(>=)` and not `<`: NaN has to fail.
  if (!(ttlMs >= 0)) throw new RangeError(`ttlMs must be 0 or more milliseconds, or Infinity, got ${show(ttlMs)}`)
}

function checkNames(options: object, known: readonly string[], where: string, example: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${where} takes its options as an object such as ${example}, got ${show(options)}`)
  }
  for (const name in options) {
    if (known.includes(name)) continue
    const nearest = nearestName(name, known)
    throw new TypeError(
      `Unknown option "${name}" for ${where}: did you mean "${nearest}"? It knows ${known.join(', ')}`,
    )
  }
}

/** The bad value as it would be written, cut to one line's length. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return Object.is(value, -0) ? '-0' : String(value)
}
