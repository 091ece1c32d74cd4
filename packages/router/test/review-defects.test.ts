// One test per defect found after the first version, named after what went wrong.
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
