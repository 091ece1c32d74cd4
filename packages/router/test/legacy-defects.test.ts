// Each defect was observed in the segment trie that this router replaces.
import { expect, test } from 'vitest'
import { Router } from '../src/index.ts'

function routerOf(...routes: readonly (readonly [string, string, number?])[]): Router<string> {
  const router = new Router<string>()
  for (const [method, path, priority] of routes) router.register(method, path, `${method} ${path}`, priority)
  return router
}

function answer(router: Router<string>, method: string, path: string): [string, Record<string, string>] | null {
  const found = router.match(method, path)
  return found && [found.handler, { ...found.params }]
}

test('a prefix parameter is lost to the wildcard: /api/v2/users falls to /api/*', () => {
  const router = routerOf(['GET', '/api/*'], ['GET', '/api/v:version/users'])
  expect(answer(router, 'GET', '/api/v2/users')).toEqual(['GET /api/v:version/users', { version: '2' }])
})

test('parameter names leak between routes: {id, postId} instead of {userId, postId}', () => {
  const router = routerOf(['GET', '/api/users/:id'], ['GET', '/api/users/:userId/posts/:postId'])
  expect(answer(router, 'GET', '/api/users/1/posts/2')?.[1]).toEqual({ userId: '1', postId: '2' })
  expect(answer(router, 'GET', '/api/users/1')?.[1]).toEqual({ id: '1' })
})

test('parameters are not percent-decoded', () => {
  expect(answer(routerOf(['GET', '/u/:name']), 'GET', '/u/J%C3%BCrg')?.[1]).toEqual({ name: 'Jürg' })
})

test('the value of a wildcard is not captured', () => {
  expect(answer(routerOf(['GET', '/files/*']), 'GET', '/files/a/b')?.[1]).toEqual({ '*': 'a/b' })
})

test('/api/* does not match /api', () => {
  expect(answer(routerOf(['GET', '/api/*']), 'GET', '/api')).toEqual(['GET /api/*', { '*': '' }])
})

test('static /s/ is not /s, while dynamic routes ignore trailing and doubled slashes', () => {
  const router = routerOf(['GET', '/s'], ['GET', '/d/:id'])
  for (const path of ['/s/', '//s', '/s//', '/d/1/', '//d/1', '/d//1', '/d/1//']) {
    expect(answer(router, 'GET', path)).toBeNull()
  }
})

test('HEAD does not fall back to GET', () => {
  const router = routerOf(['GET', '/s'], ['GET', '/d/:id'])
  expect(answer(router, 'HEAD', '/s')?.[0]).toBe('GET /s')
  expect(answer(router, 'HEAD', '/d/1')?.[0]).toBe('GET /d/:id')
})

test('CONNECT, TRACE and custom methods give null', () => {
  const router = routerOf(['CONNECT', '/a'], ['TRACE', '/a'], ['PURGE', '/a/:id'])
  expect(answer(router, 'CONNECT', '/a')?.[0]).toBe('CONNECT /a')
  expect(answer(router, 'TRACE', '/a')?.[0]).toBe('TRACE /a')
  expect(answer(router, 'PURGE', '/a/1')?.[0]).toBe('PURGE /a/:id')
})

test('priority is ignored', () => {
  const router = routerOf(['GET', '/a/:low', 1], ['GET', '/a/:high', 2], ['GET', '/:x/b', 3])
  expect(answer(router, 'GET', '/a/1')?.[1]).toEqual({ high: '1' })
  expect(answer(router, 'GET', '/a/b')?.[0]).toBe('GET /:x/b')
})
