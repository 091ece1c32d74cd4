/** One registered route. Frozen; the same object in `getRoutes()` and in every match. */
export interface Route<H> {
  /** Upper case, or `*` for every method. */
  readonly method: string
  /** The pattern as it was registered: `/users/:id`. */
  readonly path: string
  readonly handler: H
  /** Higher wins among dynamic routes that match the same path. Default 0. */
  readonly priority: number
  /** Names of the captured values in order of appearance; a wildcard is called `*`. */
  readonly paramNames: readonly string[]
}

/**
 * Captured values by name, percent-decoded. Nothing is inherited (the prototype is an empty, frozen object without one of its
 * own): `constructor` and `__proto__` are ordinary names.
 */
export type RouteParams = Readonly<Record<string, string>>

/** Answer of `match`. For a route without parameters it is frozen and shared between calls. */
export interface RouteMatch<H> {
  readonly handler: H
  readonly params: RouteParams
  readonly route: Route<H>
}
