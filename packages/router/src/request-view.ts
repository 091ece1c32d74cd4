/** What a RequestRouter looks at. Plain data, as node:http has it. */
export interface RouteRequest {
  readonly method: string
  /** As received, without the query. */
  readonly path: string
  /** Value of the Host field or `:authority`, a port is allowed. */
  readonly host?: string | undefined
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined
  /** What follows the `?`, not decoded. Parsed only when a condition asks for it. */
  readonly query?: string | undefined
}

const NO_VALUES: readonly string[] = Object.freeze([])

/** The request that is being matched; one per router, since a match never waits. */
export class RequestView {
  #request: RouteRequest | null = null
  #query: URLSearchParams | null = null

  look(request: RouteRequest): void {
    this.#request = request
    this.#query = null
  }

  /** Holds no request longer than its match takes. */
  lookAway(): void {
    this.#request = null
    this.#query = null
  }

  header(name: string): readonly string[] {
    const headers = this.#request?.headers
    // Own names only: `constructor` is no header of a plain object.
    const value = headers !== undefined && Object.hasOwn(headers, name) ? headers[name] : undefined
    if (value === undefined) return NO_VALUES
    return typeof value === 'string' ? [value] : value
  }

  query(name: string): readonly string[] {
    this.#query ??= new URLSearchParams(this.#request?.query ?? '')
    return this.#query.getAll(name)
  }
}
