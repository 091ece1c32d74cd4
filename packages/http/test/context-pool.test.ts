import { describe, expect, test } from 'vitest'
import { ContextPool, PoolableRequestContext } from '../src/index.ts'

const facts = (target: string) => ({
  method: 'POST',
  target,
  httpVersion: '1.1',
  rawHeaders: ['Host', 'a.test', 'X-Request-Id', 'id-1', 'X-A', '1', 'x-a', '2'],
  remoteAddress: '192.0.2.1',
  clientAddress: '198.51.100.1',
  scheme: 'https' as const,
})
const exchange = {
  respond: () => {},
  forward: () => {},
  stream: () => {
    throw new Error('unused')
  },
  upgrade: () => {},
  readBody: () => Promise.resolve(new Uint8Array(0)),
  abortSignal: () => new AbortController().signal,
}

describe('ContextPool', () => {
  test('is filled when it is made', () => {
    expect(new ContextPool(10).metrics()).toEqual({
      size: 10,
      available: 10,
      inUse: 0,
      hits: 0,
      misses: 0,
      totalAcquired: 0,
    })
  })

  test('has 1,000 contexts by default', () => {
    expect(new ContextPool().metrics().size).toBe(1_000)
  })

  test('gives a context out', () => {
    const pool = new ContextPool(2)
    expect(pool.acquire()).toBeInstanceOf(PoolableRequestContext)
    expect(pool.metrics()).toMatchObject({ available: 1, inUse: 1, hits: 1, misses: 0, totalAcquired: 1 })
  })

  test('takes a context back and gives it out again', () => {
    const pool = new ContextPool(2)
    const ctx = pool.acquire()
    pool.release(ctx)
    expect(pool.metrics()).toMatchObject({ available: 2, inUse: 0 })
    expect(pool.acquire()).toBe(ctx)
  })

  test('never gives one context to two requests', () => {
    const pool = new ContextPool(3)
    expect(new Set([pool.acquire(), pool.acquire(), pool.acquire(), pool.acquire()]).size).toBe(4)
  })

  test('makes new contexts when it is empty', () => {
    const pool = new ContextPool(1)
    pool.acquire()
    expect(pool.acquire()).toBeInstanceOf(PoolableRequestContext)
    expect(pool.metrics()).toMatchObject({ available: 0, inUse: 2, hits: 1, misses: 1 })
  })

  test('keeps no more than its size', () => {
    const pool = new ContextPool(1)
    const both = [pool.acquire(), pool.acquire()]
    for (const ctx of both) pool.release(ctx)
    expect(pool.metrics()).toMatchObject({ size: 1, available: 1, inUse: 0 })
  })

  test('a double release changes nothing', () => {
    const pool = new ContextPool(2)
    const ctx = pool.acquire()
    pool.release(ctx)
    pool.release(ctx)
    expect(pool.metrics()).toMatchObject({ available: 2, inUse: 0 })
    expect(pool.acquire()).not.toBe(pool.acquire())
  })

  test('resets every property on release', () => {
    const pool = new ContextPool(1)
    const fresh = snapshot(pool.acquire())
    const ctx = new ContextPool(1).acquire()
    ctx.begin(facts('/a/b?c=d'), exchange, 5)
    ctx.params = { id: '1' }
    ctx.route = 'route'
    ctx.status = 200
    ctx.responded = true
    ctx.bytesSent = 10
    ctx.state.user = 'u'
    ctx.attachment = {}
    ctx.setResponseHeader('x-b', '1')
    ctx.timestamps.upstreamEnd = 9
    void ctx.query
    void ctx.requestId
    ctx.reset()
    expect(snapshot(ctx)).toEqual({ ...fresh, generation: fresh.generation + 1 })
    expect(() => ctx.respond(200)).toThrow(TypeError)
  })

  test('isolates the state of two requests on one context', () => {
    const pool = new ContextPool(1)
    const first = pool.acquire()
    first.begin(facts('/'), exchange, 0)
    first.state.secret = 'a'
    pool.release(first)
    const second = pool.acquire()
    expect(second).toBe(first)
    expect(second.state).toEqual(Object.create(null))
    for (const name of ['toString', 'constructor', '__proto__']) expect(name in second.state).toBe(false)
  })

  test('counts the hit rate in per cent', () => {
    const pool = new ContextPool(3)
    expect(pool.getHitRate()).toBe(0)
    for (let i = 0; i < 4; i++) pool.acquire()
    expect(pool.getHitRate()).toBe(75)
  })

  test('stays at 100 % when contexts are given back', () => {
    const pool = new ContextPool(1)
    for (let i = 0; i < 1_000; i++) pool.release(pool.acquire())
    expect(pool.getHitRate()).toBe(100)
    expect(pool.metrics()).toMatchObject({ available: 1, inUse: 0, totalAcquired: 1_000 })
  })

  test('counts a discarded context as given back and leaves it alone', () => {
    const pool = new ContextPool(1)
    const ctx = pool.acquire()
    ctx.begin(facts('/kept'), exchange, 0)
    pool.discard(ctx)
    pool.discard(ctx)
    pool.release(ctx)
    expect(ctx.path).toBe('/kept')
    expect(pool.metrics()).toMatchObject({ available: 0, inUse: 0 })
  })

  test('works with size 0', () => {
    const pool = new ContextPool(0)
    pool.release(pool.acquire())
    expect(pool.metrics()).toMatchObject({ size: 0, available: 0, inUse: 0, misses: 1 })
  })

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1_000_001])('refuses size %s', (size) => {
    expect(() => new ContextPool(size)).toThrow(RangeError)
  })
})

describe('PoolableRequestContext', () => {
  test('splits the target and parses the query on first read', () => {
    const ctx = new PoolableRequestContext()
    ctx.begin(facts('/a/b?c=d&c=%20'), exchange, 0)
    expect([ctx.path, ctx.search, ctx.query.getAll('c')]).toEqual(['/a/b', '?c=d&c=%20', ['d', ' ']])
    expect(ctx.query).toBe(ctx.query)
  })

  test('reads fields by lower-case name and joins repeated ones', () => {
    const ctx = new PoolableRequestContext()
    ctx.begin(facts('/'), exchange, 0)
    expect(ctx.headers.get('x-a')).toBe('1, 2')
    expect(ctx.headers.has('x-b')).toBe(false)
    expect(ctx.headers.get('__proto__')).toBeUndefined()
    expect(ctx.headers.get('constructor')).toBeUndefined()
    expect(ctx.headers.raw).toHaveLength(8)
  })

  test.each([
    ['id-1', true],
    ['', false],
    ['a b', false],
    ['ü', false],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
  ])('takes the request id %j of the client: %s', (id, taken) => {
    const ctx = new PoolableRequestContext()
    ctx.begin({ ...facts('/'), rawHeaders: ['x-request-id', id] }, exchange, 0)
    if (taken) expect(ctx.requestId).toBe(id)
    else expect(ctx.requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(ctx.requestId).toBe(ctx.requestId)
  })

  test('keeps one overlay field per name, and every cookie', () => {
    const ctx = new PoolableRequestContext()
    ctx.setResponseHeader('X-A', '1')
    ctx.setResponseHeader('x-a', '2')
    ctx.setResponseHeader('Set-Cookie', 'a=1')
    ctx.setResponseHeader('set-cookie', 'b=2')
    expect(ctx.overlay).toEqual(['x-a', '2', 'set-cookie', 'a=1', 'set-cookie', 'b=2'])
  })
})

function snapshot(ctx: PoolableRequestContext) {
  return {
    generation: ctx.generation,
    method: ctx.method,
    target: ctx.target,
    path: ctx.path,
    search: ctx.search,
    httpVersion: ctx.httpVersion,
    remoteAddress: ctx.remoteAddress,
    clientAddress: ctx.clientAddress,
    scheme: ctx.scheme,
    params: ctx.params,
    route: ctx.route,
    responded: ctx.responded,
    status: ctx.status,
    bytesSent: ctx.bytesSent,
    overlay: [...ctx.overlay],
    raw: [...ctx.headers.raw],
    query: ctx.query.toString(),
    state: { ...ctx.state },
    attachment: ctx.attachment,
    timestamps: { ...ctx.timestamps },
  }
}
