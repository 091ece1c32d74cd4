export type DisposeReason = 'evict' | 'set' | 'delete' | 'expire' | 'fetch'
export type InsertReason = 'add' | 'update' | 'replace'

export interface Perf {
  now(): number
}

export interface GetOptions {
  allowStale?: boolean | undefined
  updateAgeOnGet?: boolean | undefined
  noDeleteOnStaleGet?: boolean | undefined
}

export interface HasOptions {
  updateAgeOnHas?: boolean | undefined
}

export interface PeekOptions {
  allowStale?: boolean | undefined
}

export interface SetOptions<K, V> {
  ttl?: number | undefined
  start?: number | undefined
  size?: number | undefined
  sizeCalculation?: ((value: V, key: K) => number) | undefined
  noDisposeOnSet?: boolean | undefined
  noUpdateTTL?: boolean | undefined
}

/** What `fetchMethod` is told of the call. */
export interface FetcherFetchOptions<K, V, FC = unknown> extends GetOptions, Omit<SetOptions<K, V>, 'start'> {
  noDeleteOnFetchRejection?: boolean | undefined
  allowStaleOnFetchRejection?: boolean | undefined
  allowStaleOnFetchAbort?: boolean | undefined
  ignoreFetchAbort?: boolean | undefined
  signal?: AbortSignal | undefined
  context?: FC | undefined
}

export interface FetchOptions<K, V, FC = unknown> extends FetcherFetchOptions<K, V, FC> {
  forceRefresh?: boolean | undefined
}

export interface FetcherOptions<K, V, FC = unknown> {
  signal: AbortSignal
  options: FetcherFetchOptions<K, V, FC>
  context: FC
}

export type Fetcher<K, V, FC = unknown> = (
  key: K,
  staleValue: V | undefined,
  options: FetcherOptions<K, V, FC>,
) => PromiseLike<V | undefined> | V | undefined

export interface MemoOptions<K, V, FC = unknown> extends GetOptions, SetOptions<K, V> {
  context?: FC | undefined
  forceRefresh?: boolean | undefined
}

export type Memoizer<K, V, FC = unknown> = (
  key: K,
  staleValue: V | undefined,
  options: { options: Omit<MemoOptions<K, V, FC>, 'context' | 'forceRefresh'>; context: FC },
) => V

export interface Entry<V> {
  value: V
  ttl?: number
  start?: number
  size?: number
}

/**
 * The options of lru-cache 11; at least one of `max`, `maxSize` and `ttl` has to be given. `status`, `ttlResolution` and
 * `backgroundFetchSize` are accepted and have no effect.
 */
export interface Options<K, V, FC = unknown>
  extends GetOptions,
    HasOptions,
    Omit<SetOptions<K, V>, 'start' | 'size'>,
    Omit<FetcherFetchOptions<K, V, FC>, 'signal' | 'context' | 'size'> {
  max?: number | undefined
  maxSize?: number | undefined
  maxEntrySize?: number | undefined
  ttlResolution?: number | undefined
  ttlAutopurge?: boolean | undefined
  backgroundFetchSize?: number | undefined
  perf?: Perf | undefined
  dispose?: ((value: V, key: K, reason: DisposeReason) => void) | undefined
  disposeAfter?: ((value: V, key: K, reason: DisposeReason) => void) | undefined
  onInsert?: ((value: V, key: K, reason: InsertReason) => void) | undefined
  fetchMethod?: Fetcher<K, V, FC> | undefined
  memoMethod?: Memoizer<K, V, FC> | undefined
}
