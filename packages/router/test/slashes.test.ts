import { describe, expect, test } from 'vitest'
import { Router, type RouterOptions } from '../src/index.ts'
import { mergeSlashes } from '../src/slashes.ts'

function answers(options: RouterOptions, routes: readonly string[], paths: readonly string[]): unknown[] {
  const router = new Router<string>(options)
  for (const path of routes) router.register('GET', path, path)
  return paths.map((path) => {
    const found = router.match('GET', path)
    return found === null ? null : [found.handler, ...Object.values(found.params)]
  })
}

describe('ignoreTrailingSlash', () => {
  const options = { ignoreTrailingSlash: true }

  test('for static and dynamic routes alike, whichever way they are written', () => {
    const routes = ['/', '/s', '/t/', '/d/:id', '/e/:id/', '/f/:a.:b']
    expect(answers(options, routes, ['/', '/s', '/s/', '/t', '/t/'])).toEqual([['/'], ['/s'], ['/s'], ['/t/'], ['/t/']])
    expect(answers(options, routes, ['/d/1', '/d/1/', '/e/1', '/e/1/', '/f/a.b/'])).toEqual([
      ['/d/:id', '1'],
      ['/d/:id', '1'],
      ['/e/:id/', '1'],
      ['/e/:id/', '1'],
      ['/f/:a.:b', 'a', 'b'],
    ])
    expect(answers(options, routes, ['/s//', '/d/', '/d//', '/d/1//', ''])).toEqual([null, null, null, null, null])
  })

  test('a static route with a slash still wins over a wildcard, which sees the slash', () => {
    expect(answers(options, ['/api', '/api/*'], ['/api/', '/api/a/', '/api/a//'])).toEqual([
      ['/api'],
      ['/api/*', 'a/'],
      ['/api/*', 'a//'],
    ])
  })

  test('two ways to write a route are a conflict', () => {
    const router = new Router<number>(options)
    router.register('GET', '/a/:x/', 1)
    expect(() => router.register('GET', '/a/:y', 2)).toThrow('"/a/:y" for GET matches the same paths as "/a/:x/"')
  })
})

describe('ignoreDuplicateSlashes', () => {
  const options = { ignoreDuplicateSlashes: true }

  test('runs count as one, also in the value of a wildcard; one at the end still counts', () => {
    const routes = ['/', '/s', '/d/:id', '/w/*']
    expect(answers(options, routes, ['//', '//s', '///d//1', '//w//a///b//', '/s//'])).toEqual([
      ['/'],
      ['/s'],
      ['/d/:id', '1'],
      ['/w/*', 'a/b/'],
      null,
    ])
  })

  test('both together', () => {
    const both = { ...options, ignoreTrailingSlash: true }
    expect(answers(both, ['/', '/s', '/d/:id'], ['///', '/s///', '//d/1//'])).toEqual([['/'], ['/s'], ['/d/:id', '1']])
  })

  test('a path that is all slashes costs a linear search', () => {
    expect(mergeSlashes('/'.repeat(1_000_000))).toBe('/')
    expect(mergeSlashes('/a/'.repeat(100_000)).length).toBe(200_001)
  })
})

test('allowedMethods reads the path as match does', () => {
  const router = new Router<number>({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true })
  router.register('PUT', '/a/:b', 1)
  expect(router.allowedMethods('//a/1/')).toEqual(['PUT'])
})
