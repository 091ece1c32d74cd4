/**
 * Base of the errors this package makes, apart from wrong arguments, which are `TypeError` and `RangeError`.
 * Compare `code` rather than the class when two copies of the package may be loaded.
 */
export class CacheError extends Error {
  override readonly name: string = 'CacheError'
  readonly code: 'ERR_CACHE_DESTROYED'

  constructor(code: 'ERR_CACHE_DESTROYED', message: string) {
    super(message)
    this.code = code
  }
}

/** `fetch()` was called after `destroy()`, or was waiting for a load when `destroy()` was called. */
export class CacheDestroyedError extends CacheError {
  override readonly name: string = 'CacheDestroyedError'

  constructor() {
    super('ERR_CACHE_DESTROYED', 'The cache was destroyed: it loads nothing any more')
  }
}
