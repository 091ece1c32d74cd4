import type { Guard } from './guard.ts'
import { ANY, GET, HEAD } from './methods.ts'
import type { CreateParams } from './params.ts'
import type { Route, RouteMatch } from './types.ts'

/** A route where the search ends, with all that its answer needs at hand. */
export interface Endpoint<H> {
  readonly method: number
  readonly priority: number
  readonly route: Route<H>
  readonly handler: H
  /** The whole answer if it needs no parameters. */
  readonly staticMatch: RouteMatch<H> | null
  readonly create: CreateParams
  /** How many values it captures. */
  readonly captures: number
  /** Null but for routes of a RequestRouter with conditions. */
  readonly guard: Guard | null
}

/**
 * The routes of one pattern, in the order in which they are asked:
 *
 *   priority 5: POST │ priority 0: HEAD, GET with conditions, GET, PUT, … , *     the first that answers is the best
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
      if (own !== method && own !== ANY && (own !== GET || method !== HEAD)) continue
      if (endpoint.guard === null || endpoint.guard.accepts()) return endpoint
    }
    return null
  }

  /** The route that could never be told from one with this method, priority and guard. */
  same(method: number, priority: number, guard: Guard | null): Endpoint<H> | undefined {
    return this.#endpoints.find(
      (endpoint) => endpoint.method === method && endpoint.priority === priority && endpoint.guard?.key === guard?.key,
    )
  }

  add(endpoint: Endpoint<H>): void {
    this.#endpoints.push(endpoint)
    this.#endpoints.sort(byRank)
  }
}

function byRank(a: Endpoint<unknown>, b: Endpoint<unknown>): number {
  if (a.priority !== b.priority) return b.priority - a.priority
  const methods = generality(a.method) - generality(b.method)
  if (methods !== 0) return methods
  const weights = (b.guard?.weight ?? 0) - (a.guard?.weight ?? 0)
  if (weights !== 0) return weights
  const [left, right] = [a.guard?.key ?? '', b.guard?.key ?? '']
  return left === right ? 0 : left < right ? -1 : 1
}

function generality(method: number): number {
  if (method === HEAD) return 0
  return method === ANY ? 2 : 1
}
