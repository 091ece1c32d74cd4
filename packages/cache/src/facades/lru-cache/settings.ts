import type { FetcherFetchOptions, Options } from './types.ts'

export function isPositiveInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0
}

/** Throws `TypeError` as lru-cache does. */
export function checkOptions<K, V, FC>(options: Options<K, V, FC>): void {
  const { max = 0, maxSize = 0, maxEntrySize = 0, ttl = 0, sizeCalculation, fetchMethod, memoMethod, perf } = options
  const fail = (problem: string): never => {
    throw new TypeError(problem)
  }
  if (perf !== undefined && typeof perf?.now !== 'function') fail('perf option must have a now() method if specified')
  if (max !== 0 && !isPositiveInteger(max)) fail('max option must be a nonnegative integer')
  if (maxSize !== 0 && !isPositiveInteger(maxSize)) fail('maxSize must be a positive integer if specified')
  if (maxEntrySize !== 0 && !isPositiveInteger(maxEntrySize)) {
    fail('maxEntrySize must be a positive integer if specified')
  }
  // Infinity, which lru-cache refuses, is what it means by 0.
  if (ttl !== 0 && ttl !== Number.POSITIVE_INFINITY && !isPositiveInteger(ttl)) {
    fail('ttl must be a positive integer if specified')
  }
  if (sizeCalculation !== undefined) {
    if (maxSize === 0 && maxEntrySize === 0) fail('cannot set sizeCalculation without setting maxSize or maxEntrySize')
    if (typeof sizeCalculation !== 'function') fail('sizeCalculation set to non-function')
  }
  if (memoMethod !== undefined && typeof memoMethod !== 'function') fail('memoMethod must be a function if defined')
  if (fetchMethod !== undefined && typeof fetchMethod !== 'function')
    fail('fetchMethod must be a function if specified')
  if (max === 0 && maxSize === 0 && ttl === 0) fail('At least one of max, maxSize, or ttl is required')
}

/** Options of a `fetch`, the cache's where it names none. */
export function callOptions<K, V, FC>(
  defaults: FetcherFetchOptions<K, V, FC>,
  options: FetcherFetchOptions<K, V, FC>,
): FetcherFetchOptions<K, V, FC> {
  return {
    allowStale: options.allowStale ?? defaults.allowStale,
    updateAgeOnGet: options.updateAgeOnGet ?? defaults.updateAgeOnGet,
    noDeleteOnStaleGet: options.noDeleteOnStaleGet ?? defaults.noDeleteOnStaleGet,
    ttl: options.ttl ?? defaults.ttl,
    noDisposeOnSet: options.noDisposeOnSet ?? defaults.noDisposeOnSet,
    size: options.size,
    sizeCalculation: options.sizeCalculation ?? defaults.sizeCalculation,
    noUpdateTTL: options.noUpdateTTL ?? defaults.noUpdateTTL,
    noDeleteOnFetchRejection: options.noDeleteOnFetchRejection ?? defaults.noDeleteOnFetchRejection,
    allowStaleOnFetchRejection: options.allowStaleOnFetchRejection ?? defaults.allowStaleOnFetchRejection,
    allowStaleOnFetchAbort: options.allowStaleOnFetchAbort ?? defaults.allowStaleOnFetchAbort,
    ignoreFetchAbort: options.ignoreFetchAbort ?? defaults.ignoreFetchAbort,
    signal: options.signal,
  }
}
