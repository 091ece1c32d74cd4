import { RouterError, show } from './errors.ts'

/** `*`: every method, also those nobody has registered. */
export const ANY = 0
export const GET = 1
export const HEAD = 2
/** A request's method that no route answers. */
export const NONE = -1

// The grammar the HTTP engine accepts on the wire (RFC 9110 allows more: any token, case-sensitive).
const METHOD = /^[A-Z][A-Z0-9-]{0,23}$/

/**
 * Method names as small integers, so that the search compares numbers. A method that no route names has the number of
 * `*`: only such routes can answer it, and if there are none, there is nothing to search. Bounded by the routes registered, never by the requests seen.
 */
export class MethodNumbers {
  readonly #numbers = new Map<string, number>()
  #unknown: typeof ANY | typeof NONE = NONE

  constructor() {
    this.clear()
  }

  clear(): void {
    this.#unknown = NONE
    this.#numbers.clear()
    this.#numbers.set('*', ANY).set('GET', GET).set('HEAD', HEAD)
  }

  /** Number of a request's method. */
  of(method: string): number {
    // A request can carry `*` as its method name no more than it can carry a lower-case one.
    return this.#numbers.get(method) ?? this.#unknown
  }

  /** Number of a route's method, given out on first use. */
  assign(method: string): number {
    if (method === '*') this.#unknown = ANY
    const known = this.#numbers.get(method)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(method, number)
    return number
  }

  names(): IterableIterator<string> {
    return this.#numbers.keys()
  }
}

/** @throws RouterError ERR_ROUTE_METHOD */
export function checkMethod(method: unknown, pattern: string): string {
  if (typeof method === 'string') {
    if (method === 'ALL' || method === 'ANY') {
      throw new RouterError(
        'ERR_ROUTE_METHOD',
        `${show(method)} is no method of HTTP: register ${show(pattern)} with "*" for every method.`,
        pattern,
      )
    }
    if (method === '*' || METHOD.test(method)) return method
    const upper = method.trim().toUpperCase()
    if (METHOD.test(upper)) {
      throw new RouterError(
        'ERR_ROUTE_METHOD',
        `Methods are case-sensitive: register ${show(pattern)} with "${upper}" instead of ${show(method)}.`,
        pattern,
      )
    }
  }
  throw new RouterError(
    'ERR_ROUTE_METHOD',
    `${show(method)} is not a method (route ${show(pattern)}): expected 1 to 24 of A–Z, 0–9 and "-", the first a letter, ` +
      'or "*" for every method. Register a route once per method.',
    pattern,
  )
}
