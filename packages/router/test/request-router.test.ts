import { describe, expect, test } from 'vitest'
import { RequestRouter, type RouteConditions, type RouteRequest, RouterError } from '../src/index.ts'

function routerOf(
  ...routes: readonly (readonly [method: string, path: string, conditions?: RouteConditions, priority?: number])[]
): RequestRouter<number> {
  const router = new RequestRouter<number>()
  for (const [index, [method, path, conditions, priority]] of routes.entries()) {
    router.register(method, path, index, conditions, priority)
  }
  return router
}

function handler(router: RequestRouter<number>, path: string, rest: Partial<RouteRequest> = {}): number | undefined {
  return router.match({ method: 'GET', path, ...rest })?.handler
}

describe('without conditions', () => {
  test('it is a Router', () => {
    const router = routerOf(['GET', '/a/:id'], ['GET', '/a/me'], ['POST', '/a/:id'])
    expect(router.match({ method: 'GET', path: '/a/1' })).toMatchObject({ handler: 0, params: { id: '1' } })
    expect(handler(router, '/a/me')).toBe(1)
    expect(handler(router, '/b')).toBeUndefined()
    expect(router.allowedMethods({ method: 'PUT', path: '/a/1' })).toEqual(['GET', 'HEAD', 'POST'])
    expect(() => new RequestRouter({ ignoreSlash: true } as never)).toThrow('Unknown option "ignoreSlash"')
  })
})

describe('hosts', () => {
  const router = routerOf(
    ['GET', '/a'],
    ['GET', '/a', { host: 'api.example.com' }],
    ['GET', '/a', { host: '*.example.com' }],
    ['GET', '/:x', { host: '*.eu.example.com' }],
    ['GET', '/six', { host: '[::1]' }],
    ['PUT', '/a', { host: 'api.example.com' }],
  )

  test.each([
    ['/a', 'api.example.com', 1],
    ['/a', 'API.Example.COM:8080', 1],
    ['/a', 'api.example.com.', 1],
    ['/a', 'www.example.com', 2],
    ['/a', 'a.b.example.com', 2],
    ['/a', 'a.eu.example.com', 3],
    ['/a', 'eu.example.com', 2],
    ['/a', 'example.com', 0],
    ['/a', '*.example.com', 0],
    ['/a', '.example.com', 0],
    ['/a', '', 0],
    ['/a', undefined, 0],
    ['/six', '[::1]:80', 4],
    ['/six', '::1', undefined],
  ])('%s on %s', (path, host, expected) => {
    expect(handler(router, path, { host })).toBe(expected)
  })

  test('a host that has no route for the path hides nothing', () => {
    const shared = routerOf(['GET', '/health'], ['GET', '/a', { host: 'api.example.com' }])
    expect(handler(shared, '/health', { host: 'api.example.com' })).toBe(0)
  })

  test('methods of all hosts that fit', () => {
    expect(router.allowedMethods({ method: 'X', path: '/a', host: 'api.example.com' })).toEqual(['GET', 'HEAD', 'PUT'])
    expect(router.allowedMethods({ method: 'X', path: '/a', host: 'other' })).toEqual(['GET', 'HEAD'])
  })
})

describe('headers and query', () => {
  test('present, equal, an expression, a function', () => {
    const router = routerOf(
      ['GET', '/p', { headers: { 'X-Any': true } }],
      ['GET', '/e', { headers: { 'x-tenant': 'acme' } }],
      ['GET', '/r', { headers: { accept: /\bjson\b/g } }],
      ['GET', '/f', { query: { page: (value) => Number(value) > 3 } }],
      ['GET', '/q', { query: { a: true, b: 'x y' } }],
    )
    expect(handler(router, '/p', { headers: { 'x-any': '' } })).toBe(0)
    expect(handler(router, '/p', { headers: {} })).toBeUndefined()
    expect(handler(router, '/p')).toBeUndefined()
    expect(handler(router, '/e', { headers: { 'x-tenant': 'acme' } })).toBe(1)
    expect(handler(router, '/e', { headers: { 'x-tenant': ['other', 'acme'] } })).toBe(1)
    expect(handler(router, '/e', { headers: { 'x-tenant': 'acme2' } })).toBeUndefined()
    for (let i = 0; i < 2; i++) expect(handler(router, '/r', { headers: { accept: 'application/json' } })).toBe(2)
    expect(handler(router, '/f', { query: 'page=2&page=5' })).toBe(3)
    expect(handler(router, '/f', { query: 'page=2' })).toBeUndefined()
    expect(handler(router, '/q', { query: 'a&b=x%20y' })).toBe(4)
    expect(handler(router, '/q', { query: 'b=x+y' })).toBeUndefined()
  })

  test('most demands first, headers before the query, whatever the order of registration', () => {
    const list: readonly (readonly [string, RouteConditions])[] = [
      ['none', {}],
      ['query', { query: { v: '1', w: '1' } }],
      ['header', { headers: { a: '1' } }],
      ['both', { headers: { a: '1' }, query: { v: '1' } }],
    ]
    for (const order of [list, [...list].reverse()]) {
      const router = new RequestRouter<string>()
      for (const [name, conditions] of order) router.register('GET', '/:id', name, conditions)
      const ask = (headers: Record<string, string>, query: string): string | undefined =>
        router.match({ method: 'GET', path: '/1', headers, query })?.handler
      expect(ask({ a: '1' }, 'v=1&w=1')).toBe('both')
      expect(ask({ a: '1' }, '')).toBe('header')
      expect(ask({}, 'v=1&w=1')).toBe('query')
      expect(ask({}, 'v=1')).toBe('none')
    }
  })

  test('a static route whose conditions are not met does not hide a dynamic one', () => {
    const router = routerOf(['GET', '/a', { headers: { x: true } }], ['GET', '/:id'], ['*', '/a', {}, 3])
    expect(handler(router, '/a', { headers: { x: '1' } })).toBe(2)
    const plain = routerOf(['GET', '/a', { headers: { x: true } }], ['GET', '/:id'])
    expect(handler(plain, '/a', { headers: { x: '1' } })).toBe(0)
    expect(handler(plain, '/a')).toBe(1)
    expect(plain.allowedMethods({ method: 'GET', path: '/a' })).toEqual(['GET', 'HEAD'])
  })

  test('names of Object.prototype are no headers', () => {
    const router = routerOf(['GET', '/a', { headers: Object.fromEntries([['constructor', true as const]]) }])
    expect(handler(router, '/a', { headers: {} })).toBeUndefined()
  })

  test('the query is parsed once, and only when a condition asks', () => {
    let seen = 0
    const router = routerOf(['GET', '/a', { query: { x: '1' } }], ['GET', '/a', { query: { y: '1' } }], ['GET', '/b'])
    const request = (path: string): RouteRequest => ({
      method: 'GET',
      path,
      get query() {
        seen++
        return 'y=1'
      },
    })
    expect(router.match(request('/b'))?.handler).toBe(2)
    expect(seen).toBe(0)
    expect(router.match(request('/a'))?.handler).toBe(1)
    expect(seen).toBe(1)
  })

  test('a test that throws leaves the router usable', () => {
    const router = routerOf(
      [
        'GET',
        '/a',
        {
          query: {
            x: () => {
              throw new Error('mine')
            },
          },
        },
      ],
      ['GET', '/b'],
    )
    expect(() => handler(router, '/a', { query: 'x=1' })).toThrow('mine')
    expect(handler(router, '/b')).toBe(1)
  })
})

describe('registration', () => {
  test('routes in order, with their conditions; clear removes them', () => {
    const router = routerOf(['GET', '/a/:b', { host: 'x.example' }, 2], ['PUT', '/c'])
    expect(router.getRoutes()).toEqual([
      { method: 'GET', path: '/a/:b', handler: 0, priority: 2, paramNames: ['b'], conditions: { host: 'x.example' } },
      { method: 'PUT', path: '/c', handler: 1, priority: 0, paramNames: [], conditions: {} },
    ])
    expect(router.match({ method: 'GET', path: '/a/1', host: 'x.example' })?.route).toBe(router.getRoutes()[0])
    router.clear()
    expect(router.getRoutes()).toEqual([])
    expect(handler(router, '/a/1', { host: 'x.example' })).toBeUndefined()
  })

  test('the same conditions are a conflict, others are not', () => {
    const test = (value: string): boolean => value !== ''
    const conditions: RouteConditions = { headers: { a: /x/, B: test }, query: { c: true } }
    const router = routerOf(['GET', '/:a', conditions], ['GET', '/:a'])
    expect(() => router.register('GET', '/:b', 9, { query: { c: true }, headers: { b: test, a: /x/ } })).toThrow(
      '"/:b" for GET matches the same paths as "/:a"',
    )
    router.register('GET', '/:b', 9, { ...conditions, query: { c: '1' } })
    router.register('GET', '/:b', 9, { ...conditions, host: 'x.example' })
    expect(router.getRoutes()).toHaveLength(4)
    // A host whose only route was refused is no host.
    expect(() => router.register('GET', 'b', 9, { host: 'y.example' })).toThrow(RouterError)
    expect(() => router.register('GET', '/b', undefined as never)).toThrow('The handler of GET "/b" is undefined')
  })

  test.each([
    [{ hosts: 'a' }, 'unknown condition "hosts", did you mean "host"'],
    [{ host: 'a.example:80' }, 'must be a name without port'],
    [{ host: '' }, 'must be a name without port'],
    [{ host: 'a.*.b' }, 'must be a name without port'],
    [{ host: 'https://a' }, 'must be a name without port'],
    [{ host: 1 }, 'got 1'],
    [{ headers: { 'a b': true } }, '"a b" is not the name of a header'],
    [
      { headers: { a: false } },
      'The header "a" of "/x" must be true, a string, a regular expression or a function, got false',
    ],
    [{ query: { a: 1 } }, 'The query "a" of "/x" must be true'],
    [{ query: [] }, 'The condition "query" of "/x" is a plain object of names, not an array'],
    [null, 'are a plain object, not null'],
  ])('%j', (conditions, message) => {
    const register = (): void => new RequestRouter<number>().register('GET', '/x', 1, conditions as never)
    expect(register).toThrow(RouterError)
    expect(register).toThrow(message)
  })
})
