import { checkTtl, type SetOptions } from './core-options.ts'
import { checkNames, checkNumber, checkType, show } from './option-checks.ts'

export interface LoaderContext<V = unknown> {
  /** Aborts when the last caller that waited for the load has left, its time was over, or the cache was destroyed. */
  readonly signal: AbortSignal
  /** The value that is being replaced, if there is one, for a conditional request. */
  readonly stale: V | undefined
}

export type Loader<K, V> = (key: K, context: LoaderContext<V>) => V | PromiseLike<V>

/** Tags of an entry: a list, or a function that reads them from the loaded value. */
export type TagsOf<K, V> = readonly string[] | ((value: V, key: K) => readonly string[])

/** How stale values may be used; in the options of the cache the default for its `fetch` calls. */
export interface StaleOptions {
  /**
   * For so long after its TTL `fetch` returns an entry at once and loads it anew in the background, ms, 0…Infinity.
   * @default 0
   */
  readonly staleWhileRevalidateMs?: number | undefined
  /**
   * For so long after its TTL an entry stands in for a load that failed, or is slow (`softTimeoutMs`), ms, 0…Infinity.
   * @default 0
   */
  readonly staleIfErrorMs?: number | undefined
  /**
   * Once a load has taken so long, callers get the entry that may stand in for it, and the load goes on; without such
   * an entry they wait. Ms, 0…Infinity. @default Infinity
   */
  readonly softTimeoutMs?: number | undefined
}

/** How `fetch` loads. The first three are for every day; the rest have defaults that nobody needs to know. */
export interface LoadingOptions<K> extends StaleOptions {
  /** Told of every load that failed, once, whether callers got the error or a stale value or nobody waited. */
  readonly onError?: ((error: unknown, key: K) => void) | undefined
  /** A load that takes longer is aborted and has failed with `LoadTimeoutError`, ms, above 0. @default Infinity */
  readonly loadTimeoutMs?: number | undefined
  /** TTL of loaded values that are `undefined` or `null`, ms, 0…Infinity. @default as other values */
  readonly negativeTtlMs?: number | undefined
  /**
   * How long a failed load is remembered, ms, 0…Infinity: `fetch` calls get its error, or the stale value that may stand
   * in, without a load. The latest `max` failures are kept. @default 0
   */
  readonly errorTtlMs?: number | undefined
  /** Part of a loaded entry's finite TTL that chance takes away, 0…1, so that not all expire at once. @default 0 */
  readonly ttlJitter?: number | undefined
  /**
   * Loads in the background before an entry expires, at a chance that rises towards the deadline, as in Vattani,
   * Chierichetti and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention" (VLDB 2015): this is their β, and
   * the average of the cache's load times their δ. 0 = never, 1 = their optimum, more = earlier. @default 0
   */
  readonly refreshAhead?: number | undefined
  /** Chance for the last two: at least 0, below 1. @default Math.random */
  readonly random?: (() => number) | undefined
  /** Most invalidated tags remembered; see `invalidateTag`. Integer, 1…8,388,608. @default 10_000 */
  readonly maxTags?: number | undefined
}

export interface FetchOptions<K = unknown, V = unknown> extends StaleOptions {
  /** Lets this caller leave: its promise rejects with the signal's reason, the load goes on for the others. */
  readonly signal?: AbortSignal | undefined
  /** TTL of the loaded entry, ms; as the cache's `ttlMs`. Of several callers the one that began the load decides. */
  readonly ttlMs?: number | undefined
  /** Tags of the loaded entry; of several callers the one that began the load decides. */
  readonly tags?: TagsOf<K, V> | undefined
  /**
   * Load even if a live entry is stored; it stays readable until the load replaces it, and stays if the load fails.
   * Joins a load that is already running, and wants no stale value. @default false
   */
  readonly forceRefresh?: boolean | undefined
}

export interface TaggedSetOptions extends SetOptions {
  /** Tags of the entry: see `invalidateTag`. @default none */
  readonly tags?: readonly string[] | undefined
}

/** Name, least and most; the first three are options of a call too. */
const RANGES: readonly (readonly [keyof LoadingOptions<never>, number, number])[] = [
  ['staleWhileRevalidateMs', 0, Number.POSITIVE_INFINITY],
  ['staleIfErrorMs', 0, Number.POSITIVE_INFINITY],
  ['softTimeoutMs', 0, Number.POSITIVE_INFINITY],
  ['loadTimeoutMs', 1, Number.POSITIVE_INFINITY],
  ['negativeTtlMs', 0, Number.POSITIVE_INFINITY],
  ['errorTtlMs', 0, Number.POSITIVE_INFINITY],
  ['ttlJitter', 0, 1],
  ['refreshAhead', 0, Number.MAX_VALUE],
  ['maxTags', 1, 8_388_608],
]
const NAMES: readonly string[] = RANGES.map(([name]) => name)
const FETCH_OPTIONS: readonly string[] = [...NAMES.slice(0, 3), 'signal', 'ttlMs', 'tags', 'forceRefresh']

export const LOADING_OPTIONS: readonly string[] = [...NAMES, 'onError', 'random']

/** Throws `TypeError` or `RangeError` that names the option, the bad value and what is allowed. */
export function checkLoadingOptions<K>(options: LoadingOptions<K>): void {
  checkRanges(options, RANGES.length)
  checkType('onError', options.onError, 'function')
  checkType('random', options.random, 'function')
  if (options.softTimeoutMs !== undefined && options.staleIfErrorMs === undefined) {
    throw new TypeError('softTimeoutMs needs staleIfErrorMs, which says how old a value may be returned')
  }
}

export function checkFetchOptions<K, V>(options: FetchOptions<K, V>): void {
  checkNames(options, FETCH_OPTIONS, 'fetch()', '{ ttlMs: 30_000 }')
  checkRanges(options, 3)
  checkTtl(options.ttlMs)
  const { signal, tags } = options
  checkType('forceRefresh', options.forceRefresh, 'boolean')
  if (typeof tags !== 'function') checkTags(tags)
  if (signal !== undefined && (typeof signal?.aborted !== 'boolean' || typeof signal.addEventListener !== 'function')) {
    throw new TypeError(`signal must be an AbortSignal, got ${show(signal)}`)
  }
}

export function checkTags(tags: readonly string[] | undefined): void {
  if (tags === undefined || (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string'))) return
  throw new TypeError(`tags must be an array of strings, got ${show(tags)}`)
}

function checkRanges(options: LoadingOptions<never>, count: number): void {
  for (let index = 0; index < count; index++) {
    const [name, least, most] = RANGES[index] as (typeof RANGES)[number]
    const value = options[name]
    if (value !== undefined) checkNumber(name, value, least, most, name === 'maxTags')
  }
}
