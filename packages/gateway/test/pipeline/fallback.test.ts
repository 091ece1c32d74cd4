import type { ForwardError } from '@breakwater/http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Exchange } from '../../src/pipeline/exchange.ts'
import { fallBack } from '../../src/pipeline/fallback.ts'
import { endAttempt, outcomeOfError } from '../../src/pipeline/outcome.ts'
import { acquireTarget } from '../../src/pipeline/permit.ts'
import { fakeUpstream } from './support/fake-upstream.ts'

const KINDS = ['connect', 'reset', 'timeout', 'protocol', 'response'] as const
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH', 'BREW'] as const
const IDEMPOTENT = new Set<string>(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

const failure = (kind: ForwardError['kind'], sent: ForwardError['sent'] = 'none', canRetry = true): ForwardError =>
  ({ kind, sent, canRetry, cause: new Error(kind) }) as ForwardError

function failed(targets: string[], options?: { maxAttempts?: number; budget?: boolean }) {
  const fake = fakeUpstream(
    targets.map((id) => ({ id })),
    options,
  )
  const exchange = new Exchange(fake.upstream)
  acquireTarget(exchange)
  endAttempt(exchange, 'connect')
  return { ...fake, exchange }
}

describe('fallBack', () => {
  it('decides by failure, method, what was sent and what is left of the body', () => {
    const situation = fc.record({
      kind: fc.constantFrom(...KINDS),
      method: fc.constantFrom(...METHODS),
      sent: fc.constantFrom('none' as const, 'some' as const, 'all' as const),
      canRetry: fc.boolean(),
    })
    fc.assert(
      fc.property(situation, ({ kind, method, sent, canRetry }) => {
        const { exchange } = failed(['a', 'b'])
        const safe = canRetry && (kind === 'connect' || kind === 'reset') && (sent === 'none' || IDEMPOTENT.has(method))
        expect(fallBack(exchange, method, failure(kind, sent, canRetry))).toBe(safe)
        expect(exchange.lastTarget?.id).toBe(safe ? 'b' : 'a')
      }),
    )
  })

  it('never sends a POST again of which a byte may have arrived', () => {
    const { exchange, journal } = failed(['a', 'b'])
    expect(fallBack(exchange, 'POST', failure('reset', 'some'))).toBe(false)
    expect(journal).not.toContain('b permit')
  })

  it('uses each target once and no more attempts than allowed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (targets, maxAttempts) => {
        const ids = Array.from({ length: targets }, (_, index) => String(index))
        const { exchange, journal } = failed(ids, { maxAttempts })
        while (fallBack(exchange, 'GET', failure('connect'))) endAttempt(exchange, outcomeOfError(failure('connect')))
        const tried = journal.filter((line) => line.endsWith('permit'))
        expect(tried).toEqual(ids.slice(0, Math.min(targets, maxAttempts)).map((id) => `${id} permit`))
        expect(journal.filter((line) => line.includes('settle'))).toHaveLength(tried.length)
        expect(journal.filter((line) => line.includes('lease'))).toHaveLength(tried.length)
      }),
    )
  })

  it('counts what it fell back from', () => {
    const { exchange, fallbacks } = failed(['a', 'b', 'c'])
    fallBack(exchange, 'GET', failure('connect'))
    fallBack(exchange, 'GET', failure('reset', 'all'))
    expect(fallBack(exchange, 'GET', failure('reset', 'all'))).toBe(false)
    expect(fallbacks).toEqual({ connect: 1, reset: 1 })
  })

  it('asks the retry budget for what may cost the upstream work, not for refused connections', () => {
    const spent = failed(['a', 'b'], { budget: false })
    expect(fallBack(spent.exchange, 'GET', failure('reset', 'all'))).toBe(false)
    expect(fallBack(spent.exchange, 'GET', failure('connect'))).toBe(true)
  })
})

describe('acquireTarget', () => {
  it('passes over targets whose breaker refuses, and gives their leases back', () => {
    const { upstream, journal } = fakeUpstream([{ id: 'a', permits: false }, { id: 'b', permits: false }, { id: 'c' }])
    const exchange = new Exchange(upstream)
    expect(acquireTarget(exchange)).toBe(true)
    expect(exchange.lastTarget?.id).toBe('c')
    expect(exchange.attempts).toBe(1)
    expect(journal).toEqual(['a refused', 'a lease cancelled', 'b refused', 'b lease cancelled', 'c permit'])
  })

  it('ends when nobody grants a permit', () => {
    const { upstream } = fakeUpstream([{ id: 'a', permits: false }])
    const exchange = new Exchange(upstream)
    expect(acquireTarget(exchange)).toBe(false)
    expect(exchange.lastTarget).toBeNull()
    expect(exchange.attempts).toBe(0)
  })
})
