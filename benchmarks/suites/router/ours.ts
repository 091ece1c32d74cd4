import { Router } from '@breakwater/router'
import { namesOf, type PreparedRouter, type RouteSpec, valueLength } from './design.ts'

export function prepare(routes: readonly RouteSpec[]): PreparedRouter {
  const router = new Router<number>()
  for (const [index, { method, path }] of routes.entries()) router.register(method, path, index)
  const names = routes.map(({ path }) => namesOf(path))
  return {
    find(method, path) {
      const found = router.match(method, path)
      if (found === null) return -1
      return found.handler + valueLength(found.params, names[found.handler] as string[])
    },
    answer(method, path) {
      const found = router.match(method, path)
      return found && { route: found.handler, params: { ...found.params } }
    },
  }
}
