// One test per defect found after the first version, named after what went wrong.
import assert from 'node:assert'
import { describe, expect, test } from 'vitest'
import { RequestRouter, type RouteConditions, Router, RouterError } from '../src/index.ts'

describe('conditions that are no plain object were dropped, and the route answered every request', () => {
  test.each<[string, unknown, string]>([
    [
      'Map of headers',
      { headers: new Map([['x-token', 's']]) },
      '"headers" of "/admin" is a plain object of names, not a Map',
    ],
    ['Headers', { headers: new Headers({ 'x-token': 's' }) }, 'not a Headers'],
    [
      'URLSearchParams',
      { query: new URLSearchParams('k=1') },
      '"query" of "/admin" is a plain object of names, not a URLSearchParams',
    ],
    ['Map of conditions', new Map([['host', 'a.example']]), 'The conditions of "/admin" are a plain object, not a Map'],
    ['inherited', { headers: Object.create({ 'x-token': 's' }) }, 'is a plain object of names'],
    ['null', { headers: null }, 'not null'],
  ])('%s', (_, conditions, message) => {
    const router = new RequestRouter<number>()
    const register = (): void => router.register('GET', '/admin', 1, conditions as RouteConditions)
    expect(register).toThrow(RouterError)
    expect(register).toThrow(message)
    expect(router.match({ method: 'GET', path: '/admin' })).toBeNull()
  })

  test('an object without prototype is one', () => {
    const router = new RequestRouter<number>()
    const headers = Object.assign(Object.create(null), { a: true }) as Record<string, true>
    router.register('GET', '/a', 1, { headers })
    expect(router.match({ method: 'GET', path: '/a' })).toBeNull()
    expect(router.match({ method: 'GET', path: '/a', headers: { a: '' } })?.handler).toBe(1)
  })
})

test.each(['', 'm', 'i', 'u', 'v', 's', 'g', 'y', 'gimsuy'])(
  'a constraint with the flags "%s" let a value through of which one line fits',
  (flags) => {
    const router = new Router<number>({ constraints: { x: new RegExp('[0-9]+|b', flags) } })
    router.register('GET', '/:a<x>', 1)
    for (const path of ['/1%0Ax', '/x%0A1', '/1%0A', '/%0A1', '/1%0D', '/1x', '/x1', '/bb']) {
      expect(router.match('GET', path), path).toBeNull()
    }
    for (const path of ['/12', '/b']) expect(router.match('GET', path)?.handler).toBe(1)
  },
)

describe('a function that used the router that was asking it got the values of two requests mixed', () => {
  const outcome = (act: () => unknown): unknown => {
    try {
      return act()
    } catch (error) {
      return (error as { code?: unknown }).code
    }
  }

  test.each<[string, (router: Router<number>) => unknown]>([
    ['match', (router) => router.match('GET', '/1/2')],
    ['allowedMethods', (router) => router.allowedMethods('/1/2')],
    ['register', (router) => router.register('GET', '/new', 2)],
    ['clear', (router) => router.clear()],
  ])('Router.%s within a constraint', (_, act) => {
    let isNested = false
    const router: Router<number> = new Router({
      constraints: {
        x: () => {
          if (isNested) act(router)
          return true
        },
      },
    })
    router.register('GET', '/:a/:b<x>', 1)
    isNested = true
    expect(outcome(() => router.match('GET', '/3/4'))).toBe('ERR_ROUTE_REENTRY')
    isNested = false
    expect({ ...router.match('GET', '/3/4')?.params }).toEqual({ a: '3', b: '4' })
  })

  test.each<[string, (router: RequestRouter<number>) => unknown]>([
    ['match', (router) => router.match({ method: 'GET', path: '/other' })],
    ['allowedMethods', (router) => router.allowedMethods({ method: 'GET', path: '/other' })],
    ['register', (router) => router.register('GET', '/new', 2)],
    ['clear', (router) => router.clear()],
  ])('RequestRouter.%s within a condition', (_, act) => {
    const codes: unknown[] = []
    const router: RequestRouter<number> = new RequestRouter()
    const nested = (): boolean => codes.push(outcome(() => act(router))) > 0
    router.register('GET', '/a', 1, { headers: { a: nested, b: '1' } })
    // One that catches the error keeps its own request.
    expect(router.match({ method: 'GET', path: '/a', headers: { a: '1', b: '1' } })?.handler).toBe(1)
    expect(codes).toEqual(['ERR_ROUTE_REENTRY'])
  })

  test('another router may be asked', () => {
    const inner = new Router<number>()
    inner.register('GET', '/:a', 1)
    const outer = new Router<number>({ constraints: { x: (value) => inner.match('GET', `/${value}`) !== null } })
    outer.register('GET', '/:a/:b<x>', 1)
    expect({ ...outer.match('GET', '/3/4')?.params }).toEqual({ a: '3', b: '4' })
  })
})

describe('what the caller gave was kept and not copied', () => {
  test('changed conditions were reported and not asked for', () => {
    const router = new RequestRouter<number>()
    const headers: Record<string, string> = { a: '1' }
    const query: Record<string, string> = { b: '1' }
    router.register('GET', '/a', 1, { headers, query })
    headers.a = '2'
    query.c = '3'
    const match = router.match({ method: 'GET', path: '/a', headers: { a: '1' }, query: 'b=1' })
    expect(match?.route.conditions).toEqual({ headers: { a: '1' }, query: { b: '1' } })
    expect(router.getRoutes()[0]?.conditions).toBe(match?.route.conditions)
    for (const object of [match?.route.conditions, match?.route.conditions.headers, match?.route.conditions.query]) {
      expect(Object.isFrozen(object)).toBe(true)
    }
  })

  test('changed options applied to the hosts that came later, and after clear', () => {
    const options = { ignoreTrailingSlash: false, constraints: { x: /a/ } as Record<string, RegExp> }
    const router = new RequestRouter<number>(options)
    options.ignoreTrailingSlash = true
    options.constraints.x = /b/
    options.constraints.y = /c/
    for (const round of [1, 2]) {
      router.register('GET', '/s', round)
      router.register('GET', '/:v<x>', round, { host: 'h.example' })
      expect(() => router.register('GET', '/:v<y>', round, { host: 'i.example' })).toThrow('"y"')
      expect(router.match({ method: 'GET', path: '/s/', host: 'h.example' })).toBeNull()
      expect(router.match({ method: 'GET', path: '/a/', host: 'h.example' })).toBeNull()
      expect(router.match({ method: 'GET', path: '/a', host: 'h.example' })?.handler).toBe(round)
      router.clear()
    }
  })
})

test.each(['*.x.example', '.x.example', '*.X.example:80', '.x.example.', '*'])(
  'the request host %s, which is no name, met the condition *.x.example',
  (host) => {
    const router = new RequestRouter<number>()
    router.register('GET', '/a', 1, { host: '*.x.example' })
    expect(router.match({ method: 'GET', path: '/a', host })).toBeNull()
    expect(router.match({ method: 'GET', path: '/a', host: 'a.x.example' })?.handler).toBe(1)
  },
)

describe('matching threw for what a request may lack', () => {
  test('headers, host and query of null', () => {
    const router = new RequestRouter<number>()
    router.register('GET', '/a', 1, { headers: { a: true } })
    router.register('GET', '/a', 2, { query: { a: true } })
    router.register('GET', '/a', 3, { host: 'a.example' })
    const request = { method: 'GET', path: '/a', host: null, headers: null, query: null }
    expect(router.match(request as never)).toBeNull()
  })

  test('20,000 constrained segments overran the stack: a pattern has a longest length', () => {
    const segments = (count: number): string => Array.from({ length: count }, (_, i) => `/:p${i}<x>`).join('')
    const router = new Router<number>({ constraints: { x: /a/ } })
    expect(() => router.register('GET', segments(20_000), 1)).toThrow('at most 2048 characters')
    router.register('GET', segments(200), 1)
    expect(router.match('GET', '/a'.repeat(200))?.handler).toBe(1)
    expect(router.match('GET', '/a'.repeat(20_000))).toBeNull()
    // The deepest search: a parameter may begin at every character.
    const deep = new Router<number>()
    for (let length = 1; length < 2040; length++) deep.register('GET', `/${'a'.repeat(length)}:p`, length)
    expect(deep.match('GET', `/${'a'.repeat(2047)}`)?.handler).toBe(2039)
    expect(deep.match('GET', `/${'a'.repeat(2047)}/`)).toBeNull()
  })
})

test('HEAD was said to prefer its own routes always: priority and static routes come first', () => {
  const router = new Router<string>()
  router.register('HEAD', '/a/:b', 'HEAD')
  router.register('GET', '/a/:b', 'equal GET')
  expect(router.match('HEAD', '/a/1')?.handler).toBe('HEAD')
  router.register('GET', '/a/:b', 'higher GET', 2)
  expect(router.match('HEAD', '/a/1')?.handler).toBe('higher GET')
  router.register('GET', '/a/2', 'static GET')
  expect(router.match('HEAD', '/a/2')?.handler).toBe('static GET')
})

describe('patterns and methods that match nothing real were accepted', () => {
  test.each([
    ['/users/:id<integer', 'a constraint without its ">"'],
    ['/users/:id<', 'a constraint without its ">"'],
    ['/users/:id()', 'an empty constraint'],
    ['/a/:id(\\d+)(x)', 'two constraints for ":id"'],
    ['/a/:id(\\d+)<integer>', 'two constraints for ":id"'],
    ['/a/:id<integer>(x)', 'two constraints for ":id"'],
    ['/:a|b', 'alternatives are two routes'],
    ['/a\\b', 'write "%5C"'],
    ['/a"b', 'write "%22"'],
    ['/a<b>', 'write "%3C"'],
    ['/a>b', 'write "%3E"'],
    ['/a^b', 'write "%5E"'],
    ['/a`b', 'write "%60"'],
    ['/v1/:name:predict', 'For a colon in the path write "::"'],
  ])('%s', (path, message) => {
    const router = new Router<number>({ constraints: { integer: /\d+/ } })
    expect(() => router.register('GET', path, 1)).toThrow(message)
    expect(() => router.register('GET', path, 1)).toThrow(RouterError)
  })

  test.each(['ALL', 'ANY'])('method %s', (method) => {
    expect(() => new Router<number>().register(method, '/a', 1)).toThrow('with "*" for every method')
  })
})

describe('messages', () => {
  test('a conflict of a RequestRouter named neither host nor conditions', () => {
    const router = new RequestRouter<number>()
    const conditions: RouteConditions = { host: 'a.example', headers: { 'X-A': true }, query: { q: '1' } }
    router.register('GET', '/a', 1)
    router.register('GET', '/:a', 1, conditions)
    expect(() => router.register('GET', '/:b', 1, conditions)).toThrow(
      '"/:b" for GET matches the same paths as "/:a", with the same priority 0 and the same conditions (host "a.example", ' +
        'header "x-a", query "q"). Remove one of the two, give one of them other conditions, or give',
    )
    expect(() => router.register('GET', '/a', 1)).toThrow('the same conditions (none)')
    const plain = new Router<number>()
    plain.register('GET', '/a', 1)
    expect(() => plain.register('GET', '/a', 1)).toThrow(
      '"/a" for GET is registered already, with the same priority 0. Remove one of the two, or give the one that',
    )
  })

  test('an unknown condition was stated as a question', () => {
    const register = (conditions: object) => (): void =>
      new RequestRouter<number>().register('GET', '/x', 1, conditions as RouteConditions)
    expect(register({ foo: 1 })).toThrow('"/x" has an unknown condition "foo". Known: host, headers, query.')
    expect(register({ hots: 1 })).toThrow('unknown condition "hots", did you mean "host"? Known')
  })

  test.each(['a.example:80', 'a.example.', 'bücher.example'])('host %s: port, dot and script', (host) => {
    const register = (): void => new RequestRouter<number>().register('GET', '/x', 1, { host })
    expect(register).toThrow('without port and last dot, in ASCII (xn--…)')
  })
})

test('values of three or more parameters, and of routes of several priorities, are those of the winner', () => {
  const router = new Router<string>()
  router.register('GET', '/:a/:b/:c', 'plain')
  router.register('GET', '/x:a/:b-:c/:d', 'split', 1)
  router.register('GET', '/:rest/*', 'wild', 2)
  router.register('GET', '/:a/:b/:c/:d', 'four', 3)
  expect(router.match('GET', '/x1/2-3/4')).toMatchObject({ handler: 'wild', params: { rest: 'x1', '*': '2-3/4' } })
  expect(router.match('GET', '/x1/2-3/4/5')).toMatchObject({ params: { a: 'x1', b: '2-3', c: '4', d: '5' } })
})

test('params were said to equal a plain object strictly: only a copy does', () => {
  const router = new Router<number>()
  router.register('GET', '/:id', 1)
  const params = router.match('GET', '/7')?.params
  expect(params).toEqual({ id: '7' })
  expect(params).not.toStrictEqual({ id: '7' })
  expect({ ...params }).toStrictEqual({ id: '7' })
  expect(() => assert.deepStrictEqual(params, { id: '7' })).toThrow()
  assert.deepEqual(params, { id: '7' })
  assert.deepStrictEqual({ ...params }, { id: '7' })
})
