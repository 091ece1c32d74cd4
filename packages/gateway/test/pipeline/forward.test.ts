import type {
  ForwardError,
  ForwardOptions,
  ForwardResult,
  RequestContext,
  ResponseHead,
  Target,
} from '@breakwater/http'
import { describe, expect, it } from 'vitest'
import { type Exchange, openExchange } from '../../src/pipeline/exchange.ts'
import { Forwarder, type ForwardHooks } from '../../src/pipeline/forward.ts'
import { IssuedCookies } from '../../src/pipeline/issued-cookies.ts'
import { acquireTarget } from '../../src/pipeline/permit.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'
import { route } from '../e2e/support/gateway.ts'
import { fakeUpstream } from './support/fake-upstream.ts'
import { type FakeRequest, requestContext } from './support/request-context.ts'

const TIMEOUTS = { connectMs: 1, headersMs: 2, idleMs: 3, totalMs: 4 }
const TARGET = { origin: 'http://a' } as Target

/** Forwards a request to a context that keeps what the engine would have been given. */
function forwarded(
  request: FakeRequest,
  { stripPrefix = '', hooks }: { stripPrefix?: string; hooks?: ForwardHooks } = {},
) {
  const { upstream, journal } = fakeUpstream([{ id: 'a' }])
  const ctx = requestContext(request)
  let options: ForwardOptions = {}
  ctx.forward = (_, given = {}) => {
    options = given
  }
  const exchange: Exchange = openExchange(ctx, upstream)
  acquireTarget(exchange)
  new Forwarder(route('/*', 'api', { stripPrefix }), TIMEOUTS, new IssuedCookies([]), silentLogger()).forward(
    ctx,
    TARGET,
    hooks,
  )
  return { ctx, options, journal, exchange }
}

const head = { status: 200, get: () => undefined } as unknown as ResponseHead
const complete = { outcome: 'complete' } as ForwardResult
const failure = (kind: ForwardError['kind'], cause: object = {}): ForwardError =>
  ({ kind, sent: 'all', canRetry: false, target: TARGET, cause: Object.assign(new Error('x'), cause) }) as ForwardError

describe('Forwarder', () => {
  it.each([
    ['/a/b', '', '/a/b?q=1'],
    ['/%61/b', '', '/a/b?q=1'],
    ['/a/b', '/a', '/b?q=1'],
    ['/%61/b', '/a', '/b?q=1'],
    ['/a', '/a', '/?q=1'],
  ])('sends %s without %s as %s', (path, stripPrefix, sent) => {
    expect(forwarded({ path, search: '?q=1' }, { stripPrefix }).options.path).toBe(sent)
  })

  it('gives the engine its three time-outs', () => {
    expect(forwarded({ path: '/' }).options.timeouts).toEqual({ headersMs: 2, idleMs: 3, totalMs: 4 })
  })

  it('gives permit and lease back when the engine refuses the request', () => {
    const { upstream, journal } = fakeUpstream([{ id: 'a' }])
    const ctx = requestContext({ path: '/' })
    acquireTarget(openExchange(ctx, upstream))
    const forwarder = new Forwarder(route('/*', 'api'), TIMEOUTS, new IssuedCookies([]), silentLogger())
    expect(() => forwarder.forward(ctx, TARGET, undefined)).toThrow('this context has no engine')
    expect(journal).toEqual(['a permit', 'a settle cancelled', 'a count cancelled', 'a lease cancelled'])
  })

  it('runs its own callbacks before those of a hook, and passes the hook its verdict and its bytes', () => {
    const calls: string[] = []
    const tap = (): void => {}
    const hooks: ForwardHooks = {
      set: { 'x-a': '1' },
      tap,
      onHead: () => {
        calls.push(`head after ${exchange.headStatus}`)
        return 'retry'
      },
      onEnd: () => calls.push(`end, lease ${exchange.lease === null ? 'ended' : 'held'}`),
    }
    const { ctx, options, exchange } = forwarded({ path: '/' }, { hooks })
    expect(options.tap).toBe(tap)
    expect(options.set).toEqual({ 'x-a': '1', 'x-request-id': 'request-1' })
    expect(options.onHead?.(ctx, head)).toBe('retry')
    options.onEnd?.(ctx, complete)
    expect(calls).toEqual(['head after 200', 'end, lease ended'])
  })

  it.each([
    ['connect', {}, 502],
    ['connect', { code: 'ETIMEDOUT' }, 504],
    ['connect', { code: 'ERR_UPSTREAM_TIMEOUT', phase: 'connect' }, 504],
    ['connect', { code: 'ERR_TARGET_BUSY' }, 503],
    ['reset', {}, 502],
    ['protocol', {}, 502],
    ['timeout', { code: 'ERR_UPSTREAM_TIMEOUT', phase: 'headers' }, 504],
    ['timeout', { code: 'ERR_UPSTREAM_TIMEOUT', phase: 'queue' }, 503],
  ] as const)('answers %s %j with %i', (kind, cause, status) => {
    const { ctx, options } = forwarded({ path: '/' })
    expect(options.onError?.(ctx as RequestContext, failure(kind, cause))).toBeNull()
    expect(ctx.answers).toMatchObject([{ status, headers: { 'content-type': 'application/problem+json' } }])
    expect(JSON.parse(ctx.answers[0]?.body ?? '')).toMatchObject({ status, instance: 'request-1' })
  })
})
