/** Marks errors of the compatible breaker, also those of another copy of the package. */
const ourError = Symbol.for('@breakwater/breaker.opossum-error')

export interface OpossumError extends Error {
  readonly code: string
}

export function buildError(message: string, code: string): OpossumError {
  return Object.assign(new Error(message), { code, [ourError]: true })
}

export function isOurError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, ourError) === true
}
