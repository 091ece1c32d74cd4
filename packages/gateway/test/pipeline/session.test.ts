import { describe, expect, it } from 'vitest'
import type { SessionConfig } from '../../src/config/config.ts'
import { cookieToIssue, cookieValue, sessionIdOf } from '../../src/pipeline/session.ts'
import { isForSharedCaches, markIn, markOf, newSessionId, sessionCookie } from '../../src/pipeline/session-cookie.ts'
import { requestContext } from './support/request-context.ts'

const session = (...from: SessionConfig['from']): SessionConfig => ({ from, ttlMs: 1000, max: 10 })
const cookie = { kind: 'cookie', name: 'sid' } as const
const header = { kind: 'header', name: 'X-Session-Id' } as const

describe('sessionIdOf', () => {
  it('reads a header whatever the case of its configured name', () => {
    expect(sessionIdOf(requestContext({ headers: { 'x-session-id': 'a' } }), session(header))).toBe('a')
  })

  it('asks the sources in order', () => {
    const ctx = requestContext({ headers: { 'x-session-id': 'h', cookie: 'sid=c' } })
    expect(sessionIdOf(ctx, session(header, cookie))).toBe('h')
    expect(sessionIdOf(ctx, session(cookie, header))).toBe('c')
  })

  it('passes over a source that has nothing', () => {
    expect(
      sessionIdOf(requestContext({ headers: { cookie: 'sid=; b=1', 'x-session-id': 'h' } }), session(cookie, header)),
    ).toBe('h')
    expect(sessionIdOf(requestContext({}), session(cookie, header))).toBeUndefined()
  })

  it('takes 256 characters and treats more as absent', () => {
    const ctx = (length: number) => requestContext({ headers: { 'x-session-id': 'x'.repeat(length) } })
    expect(sessionIdOf(ctx(256), session(header))).toHaveLength(256)
    expect(sessionIdOf(ctx(257), session(header))).toBeUndefined()
  })
})

describe('cookieValue', () => {
  it.each([
    ['sid=1', '1'],
    ['a=2; sid=1', '1'],
    ['a=2;sid=1;b=3', '1'],
    ['xsid=2; sid=1', '1'],
    ['a=sid=2; sid=1', '1'],
    ['a=1, sid=7', '7'],
    ['sid=a=b', 'a=b'],
    ['sid=1; sid=2', '1'],
    ['sid=', ''],
    ['sid= x ', 'x'],
  ])('finds it in %j', (header, value) => {
    expect(cookieValue(header, 'sid')).toBe(value)
  })

  it.each(['', 'xsid=1', 'sidx=1', 'sid', 'a=sid', 'SID=1'])('finds none in %j', (header) => {
    expect(cookieValue(header, 'sid')).toBeUndefined()
  })
})

it('issues 128 random bits in a cookie that scripts and other sites cannot use', () => {
  const id = newSessionId('10.0.0.1:3000')
  expect(Buffer.from(id.slice(0, 22), 'base64url')).toHaveLength(16)
  expect(newSessionId('10.0.0.1:3000')).not.toBe(id)
  expect(markIn(id)).toBe(markOf('10.0.0.1:3000'))
  expect(sessionCookie('sid', id, 'http')).toBe(`sid=${id}; Path=/; HttpOnly; SameSite=Lax`)
  expect(sessionCookie('sid', id, 'https')).toBe(`sid=${id}; Path=/; HttpOnly; SameSite=Lax; Secure`)
})

it('issues a cookie only where a cookie is a source', () => {
  expect(cookieToIssue(session(header))).toBeNull()
  expect(cookieToIssue(session(header, cookie))).toBe('sid')
})

it.each(['', 'alice', `${'x'.repeat(22)}.`, `${'x'.repeat(22)}.abcde`, `x${'x'.repeat(22)}.abcd`])(
  'finds no mark in an id of another make: %j',
  (id) => expect(markIn(id)).toBeUndefined(),
)

it.each<[Record<string, string>, boolean]>([
  [{}, false],
  [{ 'cache-control': 'public' }, true],
  [{ 'cache-control': 's-maxage=60' }, true],
  [{ 'cache-control': 'max-age=60' }, true],
  [{ 'cache-control': 'max-age=0' }, false],
  [{ 'cache-control': 'private, max-age=60' }, false],
  [{ 'cache-control': 'no-store' }, false],
  [{ expires: 'Fri, 01 Jan 2100 00:00:00 GMT' }, true],
  [{ expires: '0' }, false],
])('an answer with %j may be kept for others: %s', (fields, shared) => {
  expect(isForSharedCaches({ get: (name) => fields[name] })).toBe(shared)
})
