// The defects of the design that is replaced, shown to be there: the figures beside it are those of this design and not of
// a better one. The same defects are absent in packages/router/test/legacy-defects.test.ts.
import { describe, expect, test } from 'vitest'
import { LegacyRouter } from './legacy.ts'

function routerOf(...routes: readonly (readonly [string, string, number?])[]): LegacyRouter<string> {
  const router = new LegacyRouter<string>()
  for (const [method, path, priority] of routes) router.register(method, path, `${method} ${path}`, priority)
  return router
}

describe('legacy', () => {
  test('what it does right: static over parameter over wildcard, and backtracking', () => {
    const router = routerOf(['GET', '/a/b/c'], ['GET', '/a/:x/d'], ['GET', '/a/*'])
    expect(router.match('GET', '/a/b/c')?.handler).toBe('GET /a/b/c')
    expect(router.match('GET', '/a/b/d')).toEqual({ handler: 'GET /a/:x/d', params: { x: 'b' } })
    expect(router.match('GET', '/a/b/e')?.handler).toBe('GET /a/*')
  })

  test('/api/v2/users falls to /api/*', () => {
    const router = routerOf(['GET', '/api/*'], ['GET', '/api/v:version/users'])
    expect(router.match('GET', '/api/v2/users')?.handler).toBe('GET /api/*')
  })

  test('{id, postId} instead of {userId, postId}', () => {
    const router = routerOf(['GET', '/api/users/:id'], ['GET', '/api/users/:userId/posts/:postId'])
    expect(router.match('GET', '/api/users/1/posts/2')?.params).toEqual({ id: '1', postId: '2' })
  })

  test('values are not decoded, the value of a wildcard is not captured, and a wildcard needs one', () => {
    const router = routerOf(['GET', '/u/:name'], ['GET', '/files/*'])
    expect(router.match('GET', '/u/J%C3%BCrg')?.params).toEqual({ name: 'J%C3%BCrg' })
    expect(router.match('GET', '/files/a/b')?.params).toEqual({})
    expect(router.match('GET', '/files')).toBeNull()
  })

  test('slashes count for static routes only', () => {
    const router = routerOf(['GET', '/s'], ['GET', '/d/:id'])
    expect(router.match('GET', '/s/')).toBeNull()
    expect(router.match('GET', '//d//1/')?.params).toEqual({ id: '1' })
  })

  test('HEAD, CONNECT, TRACE and methods of one’s own', () => {
    const router = routerOf(['GET', '/s'], ['CONNECT', '/s'], ['TRACE', '/s'], ['PURGE', '/s'])
    for (const method of ['HEAD', 'CONNECT', 'TRACE', 'PURGE']) expect(router.match(method, '/s')).toBeNull()
  })

  test('the priority is ignored: the last of two equal routes wins', () => {
    const router = routerOf(['GET', '/a/:high', 2], ['GET', '/a/:low', 1])
    expect(router.match('GET', '/a/1')?.handler).toBe('GET /a/:low')
  })
})
