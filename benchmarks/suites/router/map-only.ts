// The floor of static routes: one Map per method, nothing else.
import type { PreparedRouter, RouteSpec } from './design.ts'

export function prepare(routes: readonly RouteSpec[]): PreparedRouter {
  const methods = new Map<string, Map<string, number>>()
  for (const [index, { method, path }] of routes.entries()) {
    let paths = methods.get(method)
    if (paths === undefined) {
      paths = new Map()
      methods.set(method, paths)
    }
    paths.set(path, index)
  }
  const find = (method: string, path: string): number => methods.get(method)?.get(path) ?? -1
  return {
    find,
    answer(method, path) {
      const route = find(method, path)
      return route === -1 ? null : { route, params: {} }
    },
  }
}
