import { MOST_ENTRIES } from './core/core-options.ts'
import { type SetOptions, WEIGHED_SET_RULES } from './entry-options.ts'
import {
  amount,
  BOOLEAN,
  check,
  checkOptions,
  FUNCTION,
  isFunction,
  NEVER,
  type Rule,
  type Rules,
  TTL,
} from './option-checks.ts'

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

const WINDOWS: Rules = { staleWhileRevalidateMs: TTL, staleIfErrorMs: TTL, softTimeoutMs: TTL }
export const TAGS: Rule = [
  'an array of strings',
  (tags) => Array.isArray(tags) && tags.every((tag) => typeof tag === 'string'),
]

export const LOADING_RULES: Rules = {
  ...WINDOWS,
  loadTimeoutMs: amount('milliseconds', 1, NEVER),
  negativeTtlMs: TTL,
  errorTtlMs: TTL,
  ttlJitter: amount('', 0, 1),
  refreshAhead: amount('', 0, Number.MAX_VALUE),
  maxTags: amount('', 1, MOST_ENTRIES, true),
  onError: FUNCTION,
  random: FUNCTION,
}
/** Options of `set`. */
export const TAGGED_SET_RULES: Rules = { ...WEIGHED_SET_RULES, tags: TAGS }
const FETCH_RULES: Rules = {
  ...WINDOWS,
  signal: [
    'an AbortSignal',
    (signal) =>
      typeof (signal as AbortSignal | null)?.aborted === 'boolean' &&
      isFunction((signal as AbortSignal).addEventListener),
  ],
  ttlMs: TTL,
  tags: [TAGS[0], (tags) => isFunction(tags) || TAGS[1](tags)],
  forceRefresh: BOOLEAN,
}

export function checkFetchOptions<K, V>(options: FetchOptions<K, V>): void {
  checkOptions(options, FETCH_RULES, 'fetch()', '{ ttlMs: 30_000 }')
}

export function checkTags(tags: readonly string[]): void {
  check('tags', tags, TAGS)
}
