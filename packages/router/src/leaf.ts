import { ANY, GET, HEAD } from './methods.ts'
import type { Route, RouteMatch } from './types.ts'

/** A route where the search ends: the method as a number, and the whole answer if it needs no parameters. */
export interface Endpoint<H> {
  readonly method: number
  readonly priority: number
  readonly route: Route<H>
  readonly staticMatch: RouteMatch<H> | null
}

/**
 * The routes of one pattern, in the order in which they are asked:
 *
 *   priority 5: POST │ priority 0: HEAD, GET, PUT, … , *          the first that answers the method is the best
 *
 * HEAD stands before GET because GET answers HEAD too; `*` stands last because it answers everything.
 */
export class Leaf<H> {
  readonly #endpoints: Endpoint<H>[] = []

  /** The best route for a method, or null. O(routes of this pattern), most often one or two. */
  select(method: number): Endpoint<H> | null {
    const endpoints = this.#endpoints
    for (let i = 0; i < endpoints.length; i++) {
      const endpoint = endpoints[i] as Endpoint<H>
      const own = endpoint.method
      if (own === method || own === ANY || (own === GET && method === HEAD)) return endpoint
    }
    return null
  }

  /** The route that has this very method and priority: a second one could never be told from it. */
  same(method: number, priority: number): Endpoint<H> | undefined {
    return this.#endpoints.find((endpoint) => endpoint.method === method && endpoint.priority === priority)
  }

  add(endpoint: Endpoint<H>): void {
    this.#endpoints.push(endpoint)
    this.#endpoints.sort((a, b) => b.priority - a.priority || generality(a.method) - generality(b.method))
  }
}

function generality(method: number): number {
  if (method === HEAD) return 0
  return method === ANY ? 2 : 1
}
