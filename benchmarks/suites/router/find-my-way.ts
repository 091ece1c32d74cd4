// Fastify's router: a radix tree, values decoded. `maxParamLength` (100) is its default.
import findMyWay, { type HTTPMethod } from 'find-my-way'
import { namesOf, type PreparedRouter, type RouteSpec, valueLength } from './design.ts'

/** An object: a store of 0 counts as none. */
interface Stored {
  readonly index: number
}

export function prepare(routes: readonly RouteSpec[]): PreparedRouter {
  const router = findMyWay()
  for (const [index, { method, path }] of routes.entries()) {
    router.on(method as HTTPMethod, path, () => undefined, { index })
  }
  const names = routes.map(({ path }) => namesOf(path))
  return {
    find(method, path) {
      const found = router.find(method as HTTPMethod, path)
      if (found === null) return -1
      const { index } = found.store as Stored
      return index + valueLength(found.params as Record<string, string>, names[index] as string[])
    },
    answer(method, path) {
      const found = router.find(method as HTTPMethod, path)
      return found && { route: (found.store as Stored).index, params: { ...(found.params as Record<string, string>) } }
    },
  }
}
