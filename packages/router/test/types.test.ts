import { expect, expectTypeOf, test } from 'vitest'
import { type Route, type RouteMatch, Router } from '../src/index.ts'

// The shapes of the HTTP engine, repeated: this package imports no sibling.
interface RequestContext {
  readonly params: Readonly<Record<string, string>>
  respond(status: number): void
}
type RouteHandler = (ctx: RequestContext) => void | Promise<void>
interface RouteTable {
  match(
    method: string,
    path: string,
  ): {
    readonly handler: RouteHandler
    readonly params: Readonly<Record<string, string>>
    readonly route?: unknown
  } | null
}

test('a router of handlers is a route table of the engine', () => {
  const router = new Router<RouteHandler>()
  router.register('GET', '/users/:id', (ctx) => ctx.respond(Number(ctx.params.id)))
  const table: RouteTable = router
  const statuses: number[] = []
  const found = table.match('GET', '/users/204')
  void found?.handler({ params: found.params, respond: (status) => statuses.push(status) })
  expect(statuses).toEqual([204])
})

test('types of the answers', () => {
  const router = new Router<number>()
  expectTypeOf(router.match('GET', '/')).toEqualTypeOf<RouteMatch<number> | null>()
  expectTypeOf(router.getRoutes()).toEqualTypeOf<readonly Route<number>[]>()
  expectTypeOf(router.allowedMethods('/')).toEqualTypeOf<string[]>()
})
