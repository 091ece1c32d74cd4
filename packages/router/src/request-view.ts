import { reentered } from './errors.ts'

/** What a RequestRouter looks at. Plain data, as node:http has it. */
export interface RouteRequest {
  readonly method: string
  /** As received, without the query. */
  readonly path: string
  /** Value of the Host field or `:authority`, a port is allowed. */
  readonly host?: string | undefined
  /** A plain object by lower-case name, as node:http has it; a `Headers` object has no such properties. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined
  /** What follows the `?`, not decoded. Parsed only when a condition asks for it. */
  readonly query?: string | undefined
}

const NO_VALUES: readonly string[] = Object.freeze([])

/** The request that is being matched; one per router, since a match never waits. */
export class RequestView {
  #request: RouteRequest | null = null
  #query: URLSearchParams | null = null

  /** @throws RouterError ERR_ROUTE_REENTRY while it looks at another request */
  look(request: RouteRequest): void {
    this.requireIdle()
    this.#request = request
    this.#query = null
  }

  requireIdle(): void {
    if (this.#request !== null) throw reentered()
  }

  /** Holds no request longer than its match takes. */
  lookAway(): void {
    this.#request = null
    this.#query = null
  }

  header(name: string): readonly string[] {
    const headers = this.#request?.headers
    // Own names only: `constructor` is no header of a plain object.
    const value = headers !== undefined && headers !== null && Object.hasOwn(headers, name) ? headers[name] : undefined
    if (value === undefined) return NO_VALUES
    return typeof value === 'string' ? [value] : value
  }

  query(name: string): readonly string[] {
    this.#query ??= new URLSearchParams(this.#request?.query ?? '')
    return this.#query.getAll(name)
  }
}
