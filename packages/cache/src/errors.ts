/**
 * Base of the errors this package makes, apart from wrong arguments, which are `TypeError` and `RangeError`.
 * Compare `code` rather than the class when two copies of the package may be loaded.
 */
export class CacheError extends Error {
  override readonly name: string = 'CacheError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** `set()` was given an entry heavier than an entry may be. Nothing was changed: an older value is still there. */
export class OverweightError extends CacheError {
  override readonly name: string = 'OverweightError'
  declare readonly code: 'ERR_CACHE_OVERWEIGHT'
  /** What it weighs. */
  readonly weight: number
  /** What an entry may weigh: `maxEntryWeight`, or `maxWeight` if that is smaller. */
  readonly limit: number

  constructor(weight: number, limit: number) {
    super('ERR_CACHE_OVERWEIGHT', `The entry weighs ${weight}, above the limit of ${limit}: it was not stored`)
    this.weight = weight
    this.limit = limit
  }
}

/** `fetch()` was called after `destroy()`, or was waiting for a load when `destroy()` was called. */
export class CacheDestroyedError extends CacheError {
  override readonly name: string = 'CacheDestroyedError'
  declare readonly code: 'ERR_CACHE_DESTROYED'

  constructor() {
    super('ERR_CACHE_DESTROYED', 'The cache was destroyed: it loads nothing any more')
  }
}

/** A loader took longer than `loadTimeoutMs`. Its signal was aborted with this error; what it still brings is dropped. */
export class LoadTimeoutError extends CacheError {
  override readonly name: string = 'LoadTimeoutError'
  declare readonly code: 'ERR_CACHE_LOAD_TIMEOUT'
  readonly key: unknown
  /** The limit, ms. */
  readonly limitMs: number

  constructor(key: unknown, limitMs: number) {
    super('ERR_CACHE_LOAD_TIMEOUT', `The load took longer than ${limitMs} ms`)
    this.key = key
    this.limitMs = limitMs
  }
}

/** A loader called `fetch` for the key it was just called for: it would have waited for itself. */
export class LoadReentryError extends CacheError {
  override readonly name: string = 'LoadReentryError'
  declare readonly code: 'ERR_CACHE_REENTRY'
  readonly key: unknown

  constructor(key: unknown) {
    super('ERR_CACHE_REENTRY', 'A loader asked for the key that it is loading')
    this.key = key
  }
}
