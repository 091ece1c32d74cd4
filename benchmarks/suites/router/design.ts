// What every contender of this suite can do. A route's handler is its number, so that answers can be compared.

export interface RouteSpec {
  readonly method: string
  /** In our notation: `:name` is one segment, a `*` at the end is the rest. Each contender translates it. */
  readonly path: string
}

/** A route and its values; the wildcard's value is called `*`. */
export interface Answer {
  readonly route: number
  readonly params: Readonly<Record<string, string>>
}

/**
 * What is timed: a method and a path in, the number of the route out, or -1. The call reads the values as well, by way of
 * {@link valueLength}: a router that prepares them lazily would otherwise do half the work.
 */
export type Find = (method: string, path: string) => number

export interface PreparedRouter {
  readonly find: Find
  answer(method: string, path: string): Answer | null
}

export interface RouterDesign {
  prepare(routes: readonly RouteSpec[]): PreparedRouter
}

/** Reads every value of a route by its name, as a handler does. */
export function valueLength(params: Readonly<Record<string, string>>, names: readonly string[]): number {
  let length = 0
  for (let i = 0; i < names.length; i++) length += (params[names[i] as string] as string).length
  return length
}

/** Names of the values of a pattern in our notation. */
export function namesOf(path: string): string[] {
  return [...path.matchAll(/:([A-Za-z_]+)|(\*)$/g)].map((found) => found[1] ?? '*')
}
