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
  /** A function that the router asks (a constraint, a condition) used this router. */
  | 'ERR_ROUTE_REENTRY'

/** Thrown by `register`; by `match` only for `ERR_ROUTE_REENTRY`. The router is unchanged after it. */
export class RouterError extends Error {
  override readonly name = 'RouterError'
  readonly code: RouterErrorCode
  /** The pattern that was being registered; empty for `ERR_ROUTE_REENTRY`. */
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
  if (typeof value !== 'object') return `a ${typeof value}`
  const { name } = (Object.getPrototypeOf(value) as object | null)?.constructor ?? Object
  return name === 'Object' || name === '' ? 'an object' : `a ${name}`
}

/** A search keeps its place in the router: one that begins before the last has ended would move it. */
export function reentered(): RouterError {
  return new RouterError(
    'ERR_ROUTE_REENTRY',
    'A constraint or condition used the router that was asking it: decide by the value alone, or ask another router.',
    '',
  )
}
