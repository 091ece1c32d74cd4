import { describe, expect, it } from 'vitest'
import { LoadBalancer, type LoadBalancerOptions, NoEndpointError } from '../src/index.ts'
import { BalancedDispatcher, type DispatchHandler, type DispatchOptions } from '../src/undici/index.ts'

/** Stands for a Pool: keeps what it was given, for the test to answer. The real one is met in the benchmarks' tests. */
class FakePool {
  readonly sent: { readonly options: DispatchOptions; readonly handler: DispatchHandler }[] = []
  closed = 0
  destroyed = 0

  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean {
    this.sent.push({ options, handler })
    return false
  }

  async close(): Promise<void> {
    this.closed++
  }

  async destroy(): Promise<void> {
    this.destroyed++
  }
}

function dispatcherOver(count: number, options: LoadBalancerOptions<FakePool> = {}) {
  const pools = Array.from({ length: count }, () => new FakePool())
  const endpoints = pools.map((value, index) => ({ id: `${index}`, value }))
  const balancer = new LoadBalancer<FakePool>(endpoints, { strategy: 'round-robin', ...options })
  return { pools, balancer, dispatcher: new BalancedDispatcher(balancer) }
}

function recorder(): { readonly log: unknown[]; readonly handler: DispatchHandler } {
  const log: unknown[] = []
  const note =
    (name: string) =>
    (...args: unknown[]): void => {
      log.push([name, ...args.slice(1)])
    }
  const handler = {
    onRequestStart: note('start'),
    onRequestUpgrade: note('upgrade'),
    onResponseStart: note('head'),
    onResponseData: note('data'),
    onResponseEnd: note('end'),
    onResponseError: note('error'),
    onResponseStarted: note('started'),
    onBodySent: note('body'),
    onRequestSent: note('sent'),
  }
  return { log, handler }
}

const GET: DispatchOptions = { origin: 'http://any.invalid', path: '/x', method: 'GET' }

describe('BalancedDispatcher', () => {
  it('sends to the endpoint chosen, without the placeholder origin, and passes everything on', () => {
    const { pools, balancer, dispatcher } = dispatcherOver(2)
    const { log, handler } = recorder()
    expect(dispatcher.dispatch(GET, handler)).toBe(false)
    const [sent] = pools[0]?.sent ?? []
    if (sent === undefined) throw new Error('nothing was sent')
    const { options, handler: watched } = sent
    expect(options).toEqual({ path: '/x', method: 'GET' })
    watched.onRequestStart?.({}, 'context')
    watched.onBodySent?.('body')
    watched.onRequestSent?.()
    watched.onResponseStarted?.()
    watched.onResponseStart?.({}, 200, { a: 'b' }, 'OK')
    watched.onResponseData?.({}, 'chunk')
    expect(balancer.stats()[0]?.inflight).toBe(1)
    watched.onResponseEnd?.({}, {})
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 0 })
    expect(log.map((entry) => (entry as string[])[0])).toEqual([
      'start',
      'body',
      'sent',
      'started',
      'head',
      'data',
      'end',
    ])
    expect(log[4]).toEqual(['head', 200, { a: 'b' }, 'OK'])
  })

  it.each([
    ['500', 500, {}, { failures: 1, refusals: [] }],
    ['404', 404, {}, { failures: 0, refusals: [] }],
    ['429', 429, { 'retry-after': '9' }, { failures: 0, refusals: ['cooling'] }],
    ['503 with Retry-After', 503, { 'retry-after': ['9', '10'] }, { failures: 0, refusals: ['cooling'] }],
    ['503 without', 503, {}, { failures: 1, refusals: [] }],
  ])('%s', (_, status, headers, expected) => {
    const { pools, balancer, dispatcher } = dispatcherOver(1)
    dispatcher.dispatch(GET, recorder().handler)
    const watched = pools[0]?.sent[0]?.handler
    watched?.onResponseStart?.({}, status, headers)
    watched?.onResponseEnd?.({}, {})
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, ...expected })
  })

  it.each([
    [Object.assign(new Error('x'), { code: 'UND_ERR_SOCKET' }), 1],
    [Object.assign(new Error('x'), { code: 'UND_ERR_HEADERS_TIMEOUT' }), 1],
    [Object.assign(new Error('x'), { code: 'UND_ERR_ABORTED' }), 0],
    [Object.assign(new Error('x'), { name: 'AbortError' }), 0],
  ])('error %#: %d failures', (error, failures) => {
    const { pools, balancer, dispatcher } = dispatcherOver(1)
    const { log, handler } = recorder()
    dispatcher.dispatch(GET, handler)
    pools[0]?.sent[0]?.handler.onResponseError?.({}, error)
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures })
    expect(log).toEqual([['error', error]])
  })

  it('an upgrade ends the lease: the connection is the caller’s', () => {
    const { pools, balancer, dispatcher } = dispatcherOver(1)
    dispatcher.dispatch(GET, recorder().handler)
    pools[0]?.sent[0]?.handler.onRequestUpgrade?.({}, 101, {}, {})
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 0 })
  })

  it('a pool that throws is a failure of the endpoint', () => {
    const { pools, balancer, dispatcher } = dispatcherOver(1)
    ;(pools[0] as FakePool).dispatch = () => {
      throw new Error('destroyed')
    }
    expect(() => dispatcher.dispatch(GET, recorder().handler)).toThrow('destroyed')
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 1 })
  })

  it('waits for a free place, and tells the handler when there is nobody', async () => {
    const { pools, balancer, dispatcher } = dispatcherOver(1)
    balancer.update('0', { maxInFlight: 1 })
    dispatcher.dispatch(GET, recorder().handler)
    dispatcher.dispatch({ ...GET, path: '/second' }, recorder().handler)
    expect(pools[0]?.sent).toHaveLength(1)
    pools[0]?.sent[0]?.handler.onResponseEnd?.({}, {})
    await Promise.resolve()
    await Promise.resolve()
    await Promise.resolve()
    expect(pools[0]?.sent[1]?.options.path).toBe('/second')
    const { log, handler } = recorder()
    balancer.destroy()
    dispatcher.dispatch(GET, handler)
    await new Promise((resolve) => setImmediate(resolve))
    expect((log[0] as unknown[])[1]).toBeInstanceOf(NoEndpointError)
  })

  it('tells the balancer what pickFor says, and closes all endpoints', async () => {
    const { pools, balancer } = dispatcherOver(3)
    const dispatcher = new BalancedDispatcher(balancer, ({ path }) => ({ sessionId: path }))
    for (let time = 0; time < 3; time++) dispatcher.dispatch(GET, recorder().handler)
    expect(pools[0]?.sent).toHaveLength(3)
    await dispatcher.close()
    await dispatcher.destroy()
    expect(pools.map(({ closed, destroyed }) => closed + destroyed)).toEqual([2, 2, 2])
  })

  it('a handler of undici 7 or earlier is told', () => {
    const { dispatcher } = dispatcherOver(1)
    expect(() => dispatcher.dispatch(GET, { onHeaders() {} } as never)).toThrow('undici 8 or later is needed')
  })
})
