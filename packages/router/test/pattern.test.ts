import { describe, expect, test } from 'vitest'
import { Router, RouterError } from '../src/index.ts'

function failure(...args: Parameters<Router<unknown>['register']>): RouterError {
  try {
    new Router<unknown>().register(...args)
  } catch (error) {
    if (error instanceof RouterError) return error
    throw error
  }
  throw new Error(`${args[1]} was accepted`)
}

describe('bad patterns name the pattern and the fix', () => {
  test.each([
    ['', 'write "/" instead of ""'],
    ['*', 'write "/*" instead of "*"'],
    ['users', 'write "/users" instead of "users"'],
    ['./users', 'write "/users"'],
    ['/a//b', 'has an empty segment: write "/a/b"'],
    ['//', 'has an empty segment: write "/"'],
    ['/a//', 'has an empty segment: write "/a/"'],
    ['/a/../b', 'has a ".." segment'],
    ['/a/.', 'has a "." segment'],
    ['/a/%2E%2e/b', 'segment: write the path it leads to'],
    ['/a/*/b', '"*" stands only at the end'],
    ['/a*', '"*" must be a whole segment'],
    ['/*a', '"*" must be a whole segment'],
    ['/**', '"*" must be a whole segment'],
    ['/:id*', '"/*" at the end of a pattern captures several segments'],
    ['/:id+', '"/*" at the end of a pattern captures several segments'],
    ['/a/:id?', 'register "/a" and "/a/:id"'],
    ['/:id?', 'register "/" and "/:id"'],
    ['/:id(\\d+', 'has a constraint without its ")"'],
    ['/{id}', 'parameters are written ":name"'],
    ['/:a:b', 'two parameters with nothing between them'],
    ['/:', 'has no valid name after ":"'],
    ['/a/:/b', 'has no valid name after ":"'],
    ['/:1st', 'has no valid name after ":"'],
    ['/:a/:a', 'names ":a" twice'],
    ['/:a-:a', 'names ":a" twice'],
    ['/a?b=c', 'without query and fragment'],
    ['/a#b', 'without query and fragment'],
    ['/100%', 'write "%25"'],
    ['/%4', 'write "%25"'],
    ['/café', 'write "/caf%C3%A9"'],
    ['/a b', 'write "/a%20b"'],
    ['/caf%C3%A9/né', 'write "/caf%C3%A9/n%C3%A9"'],
    ['/\ud800', 'write "/%EF%BF%BD"'],
    ['/a\n', 'write "/a%0A"'],
  ])('%j', (path, part) => {
    const error = failure('GET', path, () => {})
    expect(error.code).toBe('ERR_ROUTE_PATTERN')
    expect(error.pattern).toBe(path)
    expect(error.message).toContain(part)
  })

  test('not a string', () => {
    for (const path of [undefined, null, 7, ['/a'], /a/, {}]) {
      expect(failure('GET', path as never, () => {})).toMatchObject({ code: 'ERR_ROUTE_PATTERN', name: 'RouterError' })
    }
    expect(failure('GET', /a/ as never, 1).message).toBe('A pattern is a string, not a RegExp.')
  })

  test('every suggested pattern is accepted', () => {
    const router = new Router<number>()
    for (const path of ['/', '/*', '/users', '/a/b', '/a', '/a/:id', '/:id', '/100%25', '/caf%C3%A9', '/:a+:b']) {
      router.register('GET', path, 1)
    }
    expect(router.getRoutes()).toHaveLength(10)
  })
})

describe('bad methods', () => {
  test.each(['get', 'Get', ' GET', 'm-search'])('%j suggests upper case', (method) => {
    const error = failure(method, '/a', 1)
    expect(error.code).toBe('ERR_ROUTE_METHOD')
    expect(error.message).toContain('Methods are case-sensitive: register "/a" with')
    expect(error.message).toContain(JSON.stringify(method.trim().toUpperCase()))
  })

  test.each([[''], ['GET POST'], ['GÉT'], ['1X'], ['A'.repeat(25)], [undefined], [['GET']], [null]])('%j', (method) => {
    const error = failure(method as never, '/a', 1)
    expect(error.code).toBe('ERR_ROUTE_METHOD')
    expect(error.message).toContain('is not a method (route "/a")')
  })
})

test('bad priorities and handlers', () => {
  for (const priority of [Number.NaN, Number.POSITIVE_INFINITY, '1', null, {}]) {
    expect(failure('GET', '/a/:b', 1, priority as never)).toMatchObject({
      code: 'ERR_ROUTE_PRIORITY',
      pattern: '/a/:b',
    })
  }
  expect(failure('GET', '/a', undefined)).toMatchObject({ code: 'ERR_ROUTE_HANDLER' })
})

describe('conflicts', () => {
  test.each([
    ['/a', '/a'],
    ['/u/:id', '/u/:name'],
    ['/u/:id/p/:x', '/u/:a/p/:b'],
    ['/v:a', '/v:b'],
    ['/:a-:b.json', '/:from-:to.json'],
    ['/f/*', '/f/*'],
    ['/:a/*', '/:b/*'],
  ])('%s and %s', (first, second) => {
    const router = new Router<number>()
    router.register('GET', first, 1, 3)
    try {
      router.register('GET', second, 2, 3)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(RouterError)
      expect(error).toMatchObject({ code: 'ERR_ROUTE_CONFLICT', pattern: second, conflictsWith: first })
      const { message } = error as RouterError
      expect(message).toContain(JSON.stringify(first))
      expect(message).toContain(JSON.stringify(second))
      expect(message).toContain('with the same priority 3')
      expect(message).toContain('higher priority')
    }
    expect(router.getRoutes()).toHaveLength(1)
    router.register('GET', second, 2, 4)
    router.register('POST', second, 3, 3)
    router.register('*', second, 4, 3)
    expect(router.match('GET', first.replace(/:\w+/g, 'x').replace('*', 'y'))?.handler).toBe(2)
  })

  test.each([
    ['/a', '/a/'],
    ['/a', '/A'],
    ['/a', '/a/*'],
    ['/:a', '/:a/'],
    ['/:a', '/v:a'],
    ['/:a', '/:a.json'],
    ['/:a-:b', '/:a.:b'],
    ['/:::a', '/:a::'],
    ['/a%2Fb', '/a%2fb'],
  ])('%s and %s are not one', (first, second) => {
    const router = new Router<number>()
    router.register('GET', first, 1)
    router.register('GET', second, 2)
    expect(router.getRoutes()).toHaveLength(2)
  })
})
