// rou3 with its routes compiled to one function; routes cannot be added afterwards.
import { addRoute, createRouter } from 'rou3'
import { compileRouter } from 'rou3/compiler'
import type { PreparedRouter, RouteSpec } from './design.ts'
import { rou3Path, rou3Router } from './rou3-adapter.ts'

export function prepare(routes: readonly RouteSpec[]): PreparedRouter {
  const router = createRouter<number>()
  for (const [index, { method, path }] of routes.entries()) addRoute(router, method, rou3Path(path), index)
  return rou3Router(routes, compileRouter(router))
}
