// Elysia's router: one radix tree per method. Values are not decoded (it has a hook for that), static routes are in the tree.
import { Memoirist } from 'memoirist'
import { namesOf, type PreparedRouter, type RouteSpec, valueLength } from './design.ts'

export function prepare(routes: readonly RouteSpec[]): PreparedRouter {
  const router = new Memoirist<number>()
  for (const [index, { method, path }] of routes.entries()) router.add(method, path, index)
  const names = routes.map(({ path }) => namesOf(path))
  return {
    find(method, path) {
      const found = router.find(method, path)
      if (found === null) return -1
      return found.store + valueLength(found.params, names[found.store] as string[])
    },
    answer(method, path) {
      const found = router.find(method, path)
      return found && { route: found.store, params: { ...found.params } }
    },
  }
}
