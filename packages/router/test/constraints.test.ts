import { describe, expect, test } from 'vitest'
import { Router, RouterError } from '../src/index.ts'

const constraints = {
  integer: /\d+/g,
  uuid: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i,
  even: (value: string) => Number(value) % 2 === 0,
}

function failure(register: () => void): RouterError {
  try {
    register()
  } catch (error) {
    if (error instanceof RouterError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('constraints', () => {
  test('by name: an expression for the whole value, or a function of it', () => {
    const router = new Router<string>({ constraints })
    for (const path of ['/i/:id<integer>', '/u/:id<uuid>', '/e/:n<even>', '/m/:a<integer>-:b<even>.txt']) {
      router.register('GET', path, path)
    }
    const handler = (path: string): string | undefined => router.match('GET', path)?.handler
    // Twice: `g` would remember where it stopped.
    for (let i = 0; i < 2; i++) expect(handler('/i/12')).toBe('/i/:id<integer>')
    expect(handler('/i/12a')).toBeUndefined()
    expect(handler('/u/0A2F0c4e-1111-2222-3333-444455556666')).toBe('/u/:id<uuid>')
    expect(handler('/e/4')).toBe('/e/:n<even>')
    expect(handler('/e/5')).toBeUndefined()
    expect(handler('/m/1-2.txt')).toBe('/m/:a<integer>-:b<even>.txt')
    expect(handler('/m/1-3.txt')).toBeUndefined()
  })

  test('between two constraints their text decides, not who came first; a priority outranks it', () => {
    const patterns = ['/:a([a-c]+)', '/:b([b-d]+)']
    for (const order of [patterns, [...patterns].reverse()]) {
      const router = new Router<string>()
      for (const path of order) router.register('GET', path, path)
      expect(router.match('GET', '/b')?.handler).toBe('/:a([a-c]+)')
      expect(router.match('GET', '/d')?.handler).toBe('/:b([b-d]+)')
      router.register('GET', '/:b([b-d]+)', 'first', 1)
      expect(router.match('GET', '/b')?.handler).toBe('first')
    }
  })

  test('a value is cut once: a constraint that fails is not cut another way', () => {
    const router = new Router<string>()
    router.register('GET', '/:a(x-y)-:b', 'cut')
    expect(router.match('GET', '/x-y-z')).toBeNull()
  })

  test('parentheses, classes, escapes and slashes inside an expression', () => {
    const router = new Router<string>()
    for (const path of ['/a/:x((?:a|b)\\)+)/z', '/b/:x([)/]+)', '/c/:x(\\(\\d{2,3}\\))', '/lit::x(1)/y']) {
      router.register('GET', path, path)
    }
    expect(router.match('GET', '/a/a))/z')?.params.x).toBe('a))')
    expect(router.match('GET', '/b/)%2F)')?.params.x).toBe(')/)')
    expect(router.match('GET', '/c/(123)')?.params.x).toBe('(123)')
    expect(router.match('GET', '/lit:x(1)/y')?.handler).toBe('/lit::x(1)/y')
  })

  test('the same constraint at the same place is a conflict, another one is not', () => {
    const router = new Router<string>({ constraints })
    router.register('GET', '/u/:id(\\d+)', 'a')
    router.register('GET', '/u/:id<integer>', 'b')
    router.register('GET', '/u/:id', 'c')
    const error = failure(() => router.register('GET', '/u/:other(\\d+)', 'd'))
    expect(error).toMatchObject({ code: 'ERR_ROUTE_CONFLICT', conflictsWith: '/u/:id(\\d+)' })
  })

  test.each([
    ['/:id(\\d+', 'without its ")"'],
    ['/:id([)', 'without its ")"'],
    ['/:id(+)', 'is no regular expression: '],
    ['/:id<interger>', 'Did you mean "integer"?'],
    ['/:id<hash>', 'Add "hash" to the option "constraints"'],
    ['/:id(\\d+)?', 'optional parameter: register "/" and "/:id(\\\\d+)"'],
    ['/:id(\\d+)*', 'repeats ":id"'],
    ['/:a(x):b(y)', 'two parameters with nothing between them'],
  ])('%s', (path, message) => {
    const error = failure(() => new Router({ constraints }).register('GET', path, 1))
    expect(error.code).toBe('ERR_ROUTE_PATTERN')
    expect(error.message).toContain(message)
  })
})

describe('options', () => {
  test.each([
    [{ ignoreTrailingSlashes: true }, 'did you mean "ignoreTrailingSlash"'],
    [{ caseSensitive: false }, 'Unknown option "caseSensitive". Known: ignoreTrailingSlash'],
    [{ ignoreTrailingSlash: 1 }, 'ignoreTrailingSlash must be true or false, got 1'],
    [{ ignoreDuplicateSlashes: 'yes' }, 'ignoreDuplicateSlashes must be true or false, got "yes"'],
    [{ constraints: [] }, 'constraints must be a plain object of expressions and functions, got an array'],
    [{ constraints: { int: '\\d+' } }, 'constraints.int must be a regular expression or a function, got "\\\\d+"'],
    [{ constraints: { '1st': /a/ } }, 'constraints: "1st" is not a name'],
    [null, 'are a plain object, not null'],
    [new Map([['ignoreTrailingSlash', true]]), 'are a plain object, not a Map'],
    [
      { constraints: new Map([['x', /a/]]) },
      'constraints must be a plain object of expressions and functions, got a Map',
    ],
  ])('%j', (options, message) => {
    expect(() => new Router(options as never)).toThrow(TypeError)
    expect(() => new Router(options as never)).toThrow(message)
  })
})
