import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalPath, stripPrefix } from '../../src/pipeline/path-policy.ts'

const REFUSED = [
  '/a/../b',
  '/../etc/passwd',
  '/a/..',
  '/..',
  '/.',
  '/./a',
  '/a/.',
  '/a/./b',
  '//a',
  '//',
  '/a//b',
  '/a//',
  '///',
  '/a;v=1/b',
  '/a;',
  '/..;/admin',
  '/a\\b',
  '/\\',
  '/..\\admin',
  '/a%2fb',
  '/a%2Fb',
  '/%2f',
  '/a%5cb',
  '/a%5C..%5Cb',
  '/%2e%2e/hi',
  '/ho/%2E%2E/hi',
  '/.%2e/a',
  '/%2e',
  '/a%2ejs',
  '/a%00',
  '/a%00.png',
  '/a%0d%0aset-cookie:x',
  '/a%0A',
  '/a%7f',
  '/a%1b',
  '/a%',
  '/a%4',
  '/a%zz',
  '/a%u002f',
  '/%c0%af',
  '/%c0%ae%c0%ae/',
  '/%e0%80%af',
  '/%ff',
  '/a b',
  '/a\u0000',
  '/a\t',
  '/a\u007f',
  'a',
  '',
  '*',
]

const KEPT = [
  '/',
  '/a',
  '/a/',
  '/a/b',
  '/.well-known/acme-challenge/x',
  '/..a',
  '/...',
  '/a..',
  '/.a./b',
  '/a.js',
  '/%C3%A9t%C3%A9',
  '/a%20b',
  '/a%25b',
  '/a%252e%252e/b',
  '/a%3Fb',
  '/a%23b',
  '/a%3Bb',
  '/@user/~name',
  '/a:b',
  '/a,b',
  '/a+b',
  "/a'b(c)!$&*=",
]

const REWRITTEN: readonly (readonly [string, string])[] = [
  ['/%61dmin', '/admin'],
  ['/%41', '/A'],
  ['/a%7Eb', '/a~b'],
  ['/a%2Db%5fc', '/a-b_c'],
  ['/%30%39', '/09'],
  ['/a%c3%a9', '/a%C3%A9'],
  ['/%61%25%62', '/a%25b'],
  ['/a%3b', '/a%3B'],
]

describe('canonicalPath', () => {
  it.each(REFUSED)('refuses %j', (path) => {
    expect(canonicalPath(path)).toBeNull()
  })

  it.each(KEPT)('keeps %j as it is', (path) => {
    expect(canonicalPath(path)).toBe(path)
  })

  it.each(REWRITTEN)('writes %j as %j', (path, canonical) => {
    expect(canonicalPath(path)).toBe(canonical)
  })

  const anyPath = fc
    .array(
      fc.constantFrom('a', 'Z', '/', '.', '%', '2', 'e', 'F', '5', 'c', '0', ';', '\\', '~', '%2e', '%41', '%C3%A9'),
    )
    .map((parts) => `/${parts.join('')}`)

  it('gives a path that it gives again', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const once = canonicalPath(path)
        if (once !== null) expect(canonicalPath(once)).toBe(once)
      }),
    )
  })

  it('means what the received path means, and nothing that walks upwards', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const canonical = canonicalPath(path)
        if (canonical === null) return
        expect(decodeURIComponent(canonical)).toBe(decodeURIComponent(path))
        // A URL parser resolves dot segments, encoded ones too, and reads `\` as `/`: it must find none to resolve.
        expect(new URL(canonical, 'http://h').pathname).toBe(canonical)
        expect(canonical).not.toContain('//')
      }),
    )
  })
})

describe('stripPrefix', () => {
  it.each([
    ['/api/users', '/api', '/users'],
    ['/api/', '/api', '/'],
    ['/api', '/api', '/'],
    ['/apix', '/api', '/apix'],
    ['/a', '/api', '/a'],
    ['/api/users', '/api/', '/users'],
    ['/api', '/api/', '/'],
    ['/v1/api/x', '/api', '/v1/api/x'],
    ['/x', '', '/x'],
    ['/x', '/', '/x'],
    ['/a/b/c', '/a/b', '/c'],
  ])('%j less %j is %j', (path, prefix, rest) => {
    expect(stripPrefix(path, prefix)).toBe(rest)
  })
})
