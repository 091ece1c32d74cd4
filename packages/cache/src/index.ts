export { type BatchOptions, type BulkLoader, batchLoader } from './batch-loader.ts'
export { Cache } from './cache.ts'
export type { Clock } from './clock.ts'
export type { DisposeListener, DisposeReason } from './dispose-reason.ts'
export type { CacheDump, DumpedEntry } from './dump.ts'
export { CacheDestroyedError, CacheError, LoadReentryError, LoadTimeoutError, OverweightError } from './errors.ts'
export type {
  FetchOptions,
  Loader,
  LoaderContext,
  LoadingOptions,
  StaleOptions,
  TaggedSetOptions as SetOptions,
  TagsOf,
} from './loading-options.ts'
export type { CacheOptions } from './options.ts'
export type { PolicyName } from './policies/create-policy.ts'
export { type ReadDefinition, type ReadThrough, readThrough, type WriteDefinition } from './read-through.ts'
export { estimateBytes } from './size-estimate.ts'
export type { CacheStats } from './stats.ts'
