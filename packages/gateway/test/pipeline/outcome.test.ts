import type { ForwardError, ForwardResult, ResponseHead } from '@breakwater/http'
import { describe, expect, it } from 'vitest'
import { Exchange } from '../../src/pipeline/exchange.ts'
import { endAttempt, outcomeOfError, outcomeOfResult, recordHead } from '../../src/pipeline/outcome.ts'
import { acquireTarget } from '../../src/pipeline/permit.ts'
import { type FakeTarget, fakeUpstream } from './support/fake-upstream.ts'

const head = (status: number, contentType = 'application/json'): ResponseHead =>
  ({ status, get: (name: string) => (name === 'content-type' ? contentType : undefined) }) as ResponseHead
const result = (outcome: ForwardResult['outcome']): ForwardResult => ({ outcome }) as ForwardResult

function begun(target: FakeTarget = { id: 'a' }): { exchange: Exchange; journal: string[] } {
  const { upstream, journal } = fakeUpstream([target])
  const exchange = new Exchange(upstream)
  expect(acquireTarget(exchange)).toBe(true)
  return { exchange, journal }
}

describe('an attempt is settled once', () => {
  it('at the end of a complete answer', () => {
    const { exchange, journal } = begun()
    recordHead(exchange, head(200))
    expect(journal).toEqual(['a permit'])
    endAttempt(exchange, outcomeOfResult(result('complete'), exchange.headStatus))
    endAttempt(exchange, 'truncated')
    expect(journal).toEqual(['a permit', 'a settle success', 'a count success', 'a lease ok'])
  })

  it('for the breaker at the head of a 5xx, for the balancer when its body ended', () => {
    const { exchange, journal } = begun()
    recordHead(exchange, head(503))
    expect(journal).toEqual(['a permit', 'a settle status_5xx'])
    endAttempt(exchange, outcomeOfResult(result('complete'), exchange.headStatus))
    expect(journal.slice(2)).toEqual(['a count status_5xx', 'a lease error'])
  })

  it.each([
    ['an event stream', { id: 'a' }, head(200, 'text/event-stream; charset=utf-8')],
    ['a probe of a half-open breaker', { id: 'a', state: 'half_open' as const }, head(200)],
  ])('for the breaker at the head of %s, which may stay open for hours', (_, target, answer) => {
    const { exchange, journal } = begun(target)
    recordHead(exchange, answer)
    expect(journal).toEqual(['a permit', 'a settle success'])
    endAttempt(exchange, 'cancelled')
    expect(journal.slice(2)).toEqual(['a count cancelled', 'a lease cancelled'])
  })
})

it.each([
  ['complete', 200, 'success'],
  ['complete', 404, 'success'],
  ['complete', 429, 'success'],
  ['complete', 500, 'status_5xx'],
  ['client_abort', 0, 'cancelled'],
  ['client_abort', 200, 'cancelled'],
  ['client_abort', 500, 'status_5xx'],
  ['truncated', 200, 'truncated'],
  ['upstream_error', 0, 'reset'],
] as const)('%s with status %i is %s', (outcome, status, expected) => {
  expect(outcomeOfResult(result(outcome), status)).toBe(expected)
})

it.each([
  ['connect', 'connect'],
  ['reset', 'reset'],
  ['timeout', 'timeout'],
  ['protocol', 'protocol'],
  ['response', 'status_5xx'],
] as const)('a failure by %s is counted as %s', (kind, expected) => {
  expect(outcomeOfError({ kind, cause: new Error('x') } as ForwardError)).toBe(expected)
})

it.each([
  ['no free connection', 'connect', { code: 'ERR_TARGET_BUSY' }, 'busy'],
  ['a wait for one', 'timeout', { code: 'ERR_UPSTREAM_TIMEOUT', phase: 'queue' }, 'busy'],
  ['an upload that stands still', 'timeout', { code: 'ERR_UPSTREAM_TIMEOUT', phase: 'upload' }, 'cancelled'],
  ['a target that is silent', 'timeout', { code: 'ERR_UPSTREAM_TIMEOUT', phase: 'headers' }, 'timeout'],
] as const)('blames the target or not: %s', (_, kind, cause, expected) => {
  expect(outcomeOfError({ kind, cause: Object.assign(new Error('x'), cause) } as unknown as ForwardError)).toBe(
    expected,
  )
})

it('tells the balancer of a time-out as such', () => {
  const { exchange, journal } = begun()
  endAttempt(exchange, 'timeout')
  expect(journal).toContain('a lease timeout')
})
