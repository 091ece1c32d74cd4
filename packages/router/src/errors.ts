export type RouterErrorCode =
  /** The pattern cannot be parsed. */
  | 'ERR_ROUTE_PATTERN'
  /** Not an upper-case method name and not `*`. */
  | 'ERR_ROUTE_METHOD'
  /** Not a finite number. */
  | 'ERR_ROUTE_PRIORITY'
  /** The handler is undefined: most often a misspelt import. */
  | 'ERR_ROUTE_HANDLER'
  /** A host, header or query condition that cannot be read. */
  | 'ERR_ROUTE_CONDITION'
  /** Same method, same priority, and a pattern that matches the same paths. */
  | 'ERR_ROUTE_CONFLICT'

/** Thrown by `register`, never by `match`. The router is unchanged after it. */
export class RouterError extends Error {
  override readonly name = 'RouterError'
  readonly code: RouterErrorCode
  /** The pattern that was being registered. */
  readonly pattern: string
  /** The pattern registered before that it clashes with, for `ERR_ROUTE_CONFLICT`. */
  readonly conflictsWith: string | undefined

  constructor(code: RouterErrorCode, message: string, pattern: string, conflictsWith?: string) {
    super(message)
    this.code = code
    this.pattern = pattern
    this.conflictsWith = conflictsWith
  }
}

/** How a bad argument is shown in a message: strings quoted, the rest by type, nothing longer than a line. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null)
    return `${value}`
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
