import { describe, expect, it } from 'vitest'
import { SipHash } from '../src/sip-hash.ts'
import { balancerOf, fakeClock } from './fixtures.ts'

const SECRET = 'a secret of some length'
const OLD = 'the secret of last month'
const HOUR = 3_600_000

describe('SipHash-2-4', () => {
  it('gives the vectors of the reference implementation', () => {
    const key = Int32Array.from({ length: 4 }, (_, word) => {
      const at = 4 * word
      return at | ((at + 1) << 8) | ((at + 2) << 16) | ((at + 3) << 24)
    })
    const hash = new SipHash(key)
    const message = (length: number): Uint8Array => Uint8Array.from({ length }, (_, byte) => byte)
    expect(hash.hex(message(0))).toBe('726fdb47dd0e0e31')
    expect(hash.hex(message(1))).toBe('74f839c593dc67fd')
    expect(hash.hex(message(8))).toBe('93f5f5799a932462')
    expect(hash.hex(message(15))).toBe('a129ca6149be45e5')
    expect(hash.hex(message(63))).toBe('958a324ceb064572')
  })
})

describe('session tokens', () => {
  const tokensOf = (ids: string, secrets: readonly string[] = [SECRET]) => {
    const wallClock = fakeClock(Date.UTC(2026, 0, 1))
    const balancer = balancerOf(ids, { session: false, sessionToken: { secrets }, wallClock })
    const visit = (token?: string, more: { tenant?: string; exclude?: ReadonlySet<string> } = {}) => {
      const lease = balancer.pick({ token, ...more })
      if (lease === null) return { home: '-', token: null }
      const issued = balancer.issueToken(lease, { token, ...more })
      lease.done('cancelled')
      return { home: `${lease.endpoint.id} ${lease.reason}`, token: issued }
    }
    return { balancer, wallClock, visit }
  }

  it('send their bearer to one endpoint, in another process too, without any table', () => {
    const { visit } = tokensOf('abc')
    const first = visit()
    expect(first.home).toBe('a new')
    expect(first.token).toMatch(/^[\w.]{30,48}$/)
    expect(visit(first.token as string)).toEqual({ home: 'a pinned', token: null })
    const other = tokensOf('cab')
    for (let time = 0; time < 5; time++) expect(other.visit(first.token as string).home).toBe('a pinned')
  })

  it('forged, changed, foreign and malformed ones count as none', () => {
    const { visit } = tokensOf('abc')
    const token = visit().token as string
    const [version, tag, end, signature] = token.split('.') as [string, string, string, string]
    const flipped = `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`
    const wrong = [
      [version, tag, end, flipped].join('.'),
      [version, `${tag.slice(1)}0`, end, signature].join('.'),
      [version, tag, `${end}z`, signature].join('.'),
      tokensOf('abc', ['another secret altogether']).visit().token as string,
      `2${token.slice(1)}`,
      `${token} `,
      '',
      'x'.repeat(10_000),
      '__proto__',
    ]
    for (const text of wrong) expect(visit(text).home).toMatch(/ new$/)
    expect(visit(token, { tenant: 't' }).home).toMatch(/ new$/)
    expect(() => visit(5 as never)).toThrow('token must be a string, got 5')
  })

  it('tell nothing about the endpoints', () => {
    const { balancer } = tokensOf('')
    const endpoint = balancer.add({ id: 'backend-7.internal', value: '' })
    const lease = balancer.pick()
    expect(balancer.issueToken(lease as never)).not.toContain('backend')
    expect(endpoint.id).toBe('backend-7.internal')
  })

  it('expire, and are renewed in the second half of their life', () => {
    const { wallClock, visit } = tokensOf('ab')
    const token = visit().token as string
    wallClock.time += 2.4 * HOUR
    expect(visit(token).token).toBeNull()
    wallClock.time += 0.2 * HOUR
    const renewed = visit(token)
    expect(renewed.home).toBe('a pinned')
    wallClock.time += 4 * HOUR
    expect(visit(token).home).toMatch(/ expired$/)
    expect(visit(renewed.token as string).home).toBe('a pinned')
  })

  it('a secret can be exchanged: old tokens are accepted, new ones signed anew', () => {
    const token = tokensOf('ab', [OLD]).visit().token as string
    const { visit } = tokensOf('ab', [SECRET, OLD])
    expect(visit(token).home).toBe('a pinned')
    expect(visit(visit().token as string).home).toMatch(/ pinned$/)
    expect(tokensOf('ab', [SECRET]).visit(token).home).toMatch(/ new$/)
  })

  it('a home that is out for a while: sent elsewhere, and the client keeps its token', () => {
    const { balancer, visit } = tokensOf('abc')
    const token = visit().token as string
    balancer.pick({ token })?.done('rate-limited', 60_000)
    const away = visit(token)
    expect([away.home.split(' ')[1], away.token]).toEqual(['spill', null])
    const moved = visit(token, { exclude: new Set('a') })
    expect(moved.home).toMatch(/ spill$/)
    balancer.remove('a')
    const removed = visit(token)
    expect(removed.home).toMatch(/ removed$/)
    expect(visit(removed.token as string).home).toMatch(/ pinned$/)
  })

  it('go before a session id', () => {
    const balancer = balancerOf('ab', { sessionToken: { secrets: [SECRET] } })
    const lease = balancer.pick({ sessionId: 's' }) as never
    const token = balancer.issueToken(lease) as string
    balancer.pick({ sessionId: 'other' })
    expect(balancer.pick({ sessionId: 'other', token })?.endpoint.id).toBe('a')
  })

  it('without the option there are none', () => {
    const balancer = balancerOf('ab')
    expect(() => balancer.issueToken(balancer.pick() as never)).toThrow('needs the option sessionToken')
    expect(balancer.pick({ token: 'x' })?.reason).toBe('new')
    for (const [options, message] of [
      [{ secrets: [] }, 'options.sessionToken.secrets must be an array of strings'],
      [{ secrets: ['short'] }, 'options.sessionToken.secrets[0] must be a string of 16 to 1024 characters'],
      [{ secrets: [SECRET], ttlMs: 5 }, 'options.sessionToken.ttlMs'],
      [{ secret: SECRET }, 'did you mean "secrets"?'],
    ] as const) {
      expect(() => balancerOf('a', { sessionToken: options as never })).toThrow(message)
    }
  })
})
