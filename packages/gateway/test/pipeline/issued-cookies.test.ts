import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IssuedCookies } from '../../src/pipeline/issued-cookies.ts'
import { newSessionId } from '../../src/pipeline/session-cookie.ts'
import { upstream } from '../e2e/support/gateway.ts'
import { requestContext } from './support/request-context.ts'

const session = { from: [{ kind: 'cookie', name: 'sid' }] as const, ttlMs: 1000, max: 10 }
const cookies = new IssuedCookies([
  upstream('api', ['http://a:1', 'http://b:2'], { session }),
  upstream('web', ['http://c:3']),
])
const ours = newSessionId('a:1')
const left = (cookie: string): string | undefined => cookies.cookieFor(requestContext({ headers: { cookie } }).headers)

describe('cookieFor', () => {
  it.each([
    [`sid=${ours}`, ''],
    [` sid=${ours} ; `, ''],
    [`sid=${ours}; a=1`, 'a=1'],
    [`a=1; sid=${ours}`, 'a=1'],
    [`a=1; sid=${ours}; b="2"`, 'a=1; b="2"'],
    [`a=1;sid=${ours};b=2`, 'a=1;b=2'],
    [`sid=theirs; sid=${ours}`, 'sid=theirs'],
    [`sid=${ours}; sid=${newSessionId('b:2')}; xsid=${ours}`, `xsid=${ours}`],
  ])('%j → %j', (cookie, expected) => expect(left(cookie)?.replace(/^;? *;? *$/, '')).toBe(expected))

  it.each(['', 'a=1', 'sid=theirs', `SID=${ours}`, `xsid=${ours}`, `a=sid=${ours}`])('keeps %j', (cookie) => {
    expect(left(cookie)).toBeUndefined()
  })

  it('keeps a cookie with the mark of a target that is not ours: another gateway issued it', () => {
    expect(left(`sid=${newSessionId('z:9')}`)).toBeUndefined()
    expect(left(`sid=${newSessionId('c:3')}`)).toBeUndefined()
  })

  it('joins several fields as one', () => {
    const view = {
      get: () => `a=1, sid=${ours}`,
      has: () => true,
      raw: ['Cookie', 'a=1', 'cookie', `b="x,y"; sid=${ours}`],
    }
    expect(cookies.cookieFor(view)).toBe('a=1; b="x,y"')
  })

  it('takes out ours and nothing else, whatever stands around it', () => {
    const pair = fc.oneof(
      fc.stringMatching(/^[a-z]{1,4}=[\w"]{0,6}$/).map((text) => [text, false] as const),
      fc.constantFrom('a:1', 'b:2').map((id) => [`sid=${newSessionId(id)}`, true] as const),
    )
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1 }), (pairs) => {
        const theirs = pairs.filter(([, isOurs]) => !isOurs).map(([text]) => text)
        const expected = theirs.length === pairs.length ? undefined : theirs.join('; ')
        expect(left(pairs.map(([text]) => text).join('; '))).toBe(expected)
      }),
    )
  })
})

it('hides them from whoever reads the fields', () => {
  const view = cookies.hidden(requestContext({ headers: { host: 'h', cookie: `sid=${ours}; a=1` } }).headers)
  expect([view.get('cookie'), view.has('cookie'), view.get('host')]).toEqual(['a=1', true, 'h'])
  expect(view.raw).toEqual(['host', 'h', 'Cookie', 'a=1'])
  const alone = cookies.hidden(requestContext({ headers: { host: 'h', cookie: `sid=${ours}` } }).headers)
  expect([alone.get('cookie'), alone.has('cookie'), alone.has('host')]).toEqual([undefined, false, true])
  expect(alone.raw).toEqual(['host', 'h'])
  const { headers } = requestContext({ headers: { cookie: 'a=1' } })
  expect(cookies.hidden(headers)).toBe(headers)
})
