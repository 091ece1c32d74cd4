import { addRoute, createRouter, findRoute } from 'rou3'
import type { PreparedRouter, RouteSpec } from './design.ts'
import { rou3Path, rou3Router } from './rou3-adapter.ts'

export function prepare(routes: readonly RouteSpec[]): PreparedRouter {
  const router = createRouter<number>()
  for (const [index, { method, path }] of routes.entries()) addRoute(router, method, rou3Path(path), index)
  return rou3Router(routes, (method, path) => findRoute(router, method, path))
}
