import { describe, expect, it } from 'vitest'
import { requestKey } from '../src/index.ts'
import { outcomeOfStatus, parseRetryAfter } from '../src/retry-after.ts'

describe('requestKey', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:aaaa::1', '2001:db8:1:2'],
    ['2001:0DB8:0001:0002:1:2:3:4', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['', undefined],
    [undefined, undefined],
  ])('ip %s: %s', (ip, key) => {
    expect(requestKey('ip')({ ip })).toBe(key)
    expect(requestKey('ip')({ socket: { remoteAddress: ip } })).toBe(key)
  })

  it.each([
    ['/a/b?c=d', '/a/b'],
    ['/a#x', '/a'],
    ['http://host:80/a/b?c', '/a/b'],
    ['http://host', '/'],
    ['?only=query', '/'],
    [undefined, undefined],
  ])('uri %s: %s', (url, key) => {
    expect(requestKey('uri')({ url })).toBe(key)
  })

  it('a header, of a record or of Headers, whatever its case', () => {
    const user = requestKey('header:X-User')
    expect(user({ headers: { 'x-user': 'me' } })).toBe('me')
    expect(user({ headers: { 'x-user': ['me', 'you'] } })).toBe('me, you')
    expect(user({ headers: new Headers({ 'X-USER': 'me' }) })).toBe('me')
    expect(user({ headers: new Headers() })).toBeUndefined()
    expect(user({ headers: {} })).toBeUndefined()
    expect(user({})).toBeUndefined()
    expect(requestKey('header:__proto__')({ headers: {} })).toBeUndefined()
  })

  it('a cookie', () => {
    const sid = requestKey('cookie:sid')
    expect(sid({ headers: { cookie: 'a=b; sid=x=y ; c' } })).toBe('x=y')
    expect(sid({ headers: { cookie: 'asid=b; SID=c' } })).toBeUndefined()
    expect(sid({})).toBeUndefined()
  })

  it.each(['', 'host', 'header:', 'cookie', 5, null])('%j is no source', (source) => {
    expect(() => requestKey(source as never)).toThrow('The source of a key must be')
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1, 12)

  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['-5', undefined],
    ['soon', undefined],
    ['1.5', undefined],
    ['99999999999', undefined],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%j: %s', (header, ms) => {
    expect(parseRetryAfter(header, now)).toBe(ms)
  })

  it('statuses', () => {
    expect([200, 304, 404, 500, 502].map((status) => outcomeOfStatus(status, false))).toEqual([
      'ok',
      'ok',
      'ok',
      'error',
      'error',
    ])
    expect([outcomeOfStatus(429, false), outcomeOfStatus(503, true), outcomeOfStatus(503, false)]).toEqual([
      'rate-limited',
      'rate-limited',
      'error',
    ])
  })
})
