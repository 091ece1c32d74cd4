import { describe, expect, test } from 'vitest'
import { Router } from '../src/index.ts'
import { assemble, ParamShapes } from '../src/params.ts'

function* prototypes(object: object): Generator<object> {
  for (let at = Object.getPrototypeOf(object); at !== null; at = Object.getPrototypeOf(at)) yield at
}

describe('register and getRoutes', () => {
  test('routes in order of registration, frozen, the list a copy', () => {
    const router = new Router<string>()
    router.register('GET', '/b/:id', 'b', 2)
    router.register('*', '/a', 'a')
    router.register('PUT', '/c/:x-:y/*', 'c')
    const routes = router.getRoutes()
    expect(routes).toEqual([
      { method: 'GET', path: '/b/:id', handler: 'b', priority: 2, paramNames: ['id'] },
      { method: '*', path: '/a', handler: 'a', priority: 0, paramNames: [] },
      { method: 'PUT', path: '/c/:x-:y/*', handler: 'c', priority: 0, paramNames: ['x', 'y', '*'] },
    ])
    expect(routes.every((route) => Object.isFrozen(route) && Object.isFrozen(route.paramNames))).toBe(true)
    ;(routes as unknown[]).length = 0
    expect(router.getRoutes()).toHaveLength(3)
  })

  test('routes can be added between matches', () => {
    const router = new Router<number>()
    router.register('GET', '/a/:id', 1)
    expect(router.match('GET', '/a/b')?.handler).toBe(1)
    router.register('GET', '/a/b', 2)
    router.register('GET', '/a/:x/:y/:z', 3)
    expect(router.match('GET', '/a/b')?.handler).toBe(2)
    expect({ ...router.match('GET', '/a/1/2/3')?.params }).toEqual({ x: '1', y: '2', z: '3' })
  })

  test('clear leaves nothing, and the router usable', () => {
    const router = new Router<number>()
    router.register('BREW', '/a', 1)
    router.register('*', '/b/:id', 2, 9)
    router.clear()
    expect(router.getRoutes()).toEqual([])
    expect(router.match('BREW', '/a')).toBeNull()
    expect(router.match('GET', '/b/1')).toBeNull()
    expect(router.allowedMethods('/a')).toEqual([])
    router.register('*', '/b/:name', 3)
    expect(router.match('GET', '/b/1')?.handler).toBe(3)
  })
})

describe('match', () => {
  test('names the route, the same object as in getRoutes', () => {
    const router = new Router<string>()
    router.register('GET', '/s', 's')
    router.register('GET', '/d/:id', 'd')
    const [fixed, dynamic] = router.getRoutes()
    expect(router.match('GET', '/s')?.route).toBe(fixed)
    expect(router.match('HEAD', '/d/1')?.route).toBe(dynamic)
  })

  test('a static match is one frozen object, a dynamic match belongs to the caller', () => {
    const router = new Router<string>()
    router.register('GET', '/s', 's')
    router.register('GET', '/d/:id', 'd')
    const first = router.match('GET', '/s')
    expect(router.match('GET', '/s')).toBe(first)
    expect(Object.isFrozen(first) && Object.isFrozen(first?.params)).toBe(true)
    const one = router.match('GET', '/d/1')
    const two = router.match('GET', '/d/2')
    expect(one?.params.id).toBe('1')
    expect(two?.params.id).toBe('2')
  })

  test('params inherit nothing', () => {
    const router = new Router<string>()
    router.register('GET', '/s', 's')
    router.register('GET', '/d/:id', 'd')
    for (const path of ['/s', '/d/1']) {
      const params = router.match('GET', path)?.params as object
      const chain = [...prototypes(params)]
      expect(chain.flatMap((prototype) => Reflect.ownKeys(prototype))).toEqual([])
      expect(chain.every((prototype) => Object.isFrozen(prototype))).toBe(true)
      expect('constructor' in params || 'toString' in params || '__proto__' in params).toBe(false)
    }
  })

  test('a parameter called __proto__ is a value like any other', () => {
    const router = new Router<string>()
    router.register('GET', '/:__proto__', 'x')
    const params = router.match('GET', '/polluted')?.params
    expect(Object.entries(params ?? {})).toEqual([['__proto__', 'polluted']])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('without code generation the params are the same', () => {
    const names = ['id', '__proto__', 'constructor', '*']
    const [compiled, assembled] = [new ParamShapes().creatorFor(names), assemble(names)]
    const values = ['1', '2', '3', '4']
    expect(Object.entries(assembled(...values))).toEqual(names.map((name, i) => [name, values[i]]))
    expect(Object.entries(compiled(...values))).toEqual(Object.entries(assembled(...values)))
    expect(Object.getPrototypeOf(compiled(...values))).toBe(Object.getPrototypeOf(assembled(...values)))
  })

  test('a segment that almost matches many ways costs a linear search', () => {
    const router = new Router<string>()
    router.register(
      'GET',
      `/${'abcdefghijklmnop'
        .split('')
        .map((name) => `:${name}`)
        .join('-')}.end`,
      'many',
    )
    // A backtracking matcher would try about 10^26 ways to cut this.
    expect(router.match('GET', `/${'-'.repeat(2000)}`)).toBeNull()
    expect(router.match('GET', `/${'-'.repeat(2000)}.end`)?.handler).toBe('many')
  })

  test('many nested alternatives: each node is entered once', () => {
    const router = new Router<string>()
    for (let i = 0; i < 40; i++) {
      const segments = Array.from({ length: 40 }, (_, j) => (j === i ? `:p${j}` : 'a'))
      router.register('GET', `/${segments.join('/')}/end`, `${i}`)
    }
    expect(router.match('GET', `/${'a/'.repeat(40)}miss`)).toBeNull()
    expect(router.match('GET', `/${'a/'.repeat(40)}end`)?.handler).toBe('39')
  })
})

describe('allowedMethods', () => {
  const router = new Router<number>()
  router.register('GET', '/a', 1)
  router.register('DELETE', '/a', 2)
  router.register('POST', '/:x', 3)
  router.register('PUT', '/b/*', 4)
  router.register('HEAD', '/c/:d', 5)
  router.register('*', '/any/:d', 6)
  router.register('GET', '/any/:d', 7)

  test.each([
    ['/a', ['DELETE', 'GET', 'HEAD', 'POST']],
    ['/x', ['POST']],
    ['/b', ['POST', 'PUT']],
    ['/b/c/d', ['PUT']],
    ['/c/1', ['HEAD']],
    ['/any/1', ['*']],
    ['/', []],
    ['/x/y/z', []],
  ])('%s', (path, methods) => {
    expect(router.allowedMethods(path)).toEqual(methods)
  })
})
