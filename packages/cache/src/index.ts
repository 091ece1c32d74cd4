export { Cache } from './cache.ts'
export type { Clock } from './clock.ts'
export { CacheDestroyedError, CacheError } from './errors.ts'
export type {
  CacheOptions,
  DisposeListener,
  DisposeReason,
  FetchOptions,
  Loader,
  LoaderContext,
  SetOptions,
} from './options.ts'
export type { PolicyName } from './policies/create-policy.ts'
export type { CacheStats } from './stats.ts'
