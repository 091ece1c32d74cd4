import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type RequestContext, type RouteTable, Server, type Sink, StateError } from '../src/index.ts'
import {
  always,
  bodyOf,
  engines,
  exchange,
  get,
  listen,
  RawClient,
  startServer,
  statusOf,
  until,
  useEngine,
} from './sockets.ts'

const noParams = Object.create(null) as Record<string, string>

/** A hand-written table: `/users` and `/users/:id`. */
const table: RouteTable = {
  match(method, path) {
    if (method !== 'GET' && method !== 'HEAD') return null
    if (path === '/users') {
      return {
        handler: (ctx) => ctx.respond(200, { 'content-type': 'text/plain' }, 'users'),
        params: noParams,
        route: 'list',
      }
    }
    const id = /^\/users\/([^/]+)$/.exec(path)?.[1]
    if (id === undefined) return null
    return {
      handler: (ctx) => ctx.respond(200, {}, `user ${ctx.params.id} ${ctx.route}`),
      params: { id },
      route: 'one',
    }
  },
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('a request through the server', () => {
    test('full cycle: static route', async () => {
      const { port } = await startServer(table)
      const text = await get(port, '/users')
      expect(statusOf(text)).toBe(200)
      expect(text).toContain('content-type: text/plain\r\n')
      expect(text).toContain('content-length: 5\r\n')
      expect(bodyOf(text)).toBe('users')
    })

    test('dynamic route with params and route', async () => {
      const { port } = await startServer(table)
      expect(bodyOf(await get(port, '/users/42'))).toBe('user 42 one')
    })

    test('query', async () => {
      const { port } = await startServer((ctx) => ctx.respond(200, {}, `${ctx.path} ${ctx.query.get('q')}`))
      expect(bodyOf(await get(port, '/find?q=a%20b'))).toBe('/find a b')
    })

    test('no route: 404 as problem+json, or the handler of the configuration', async () => {
      const { port } = await startServer(table)
      const text = await get(port, '/nothing')
      expect(statusOf(text)).toBe(404)
      expect(text).toContain('content-type: application/problem+json')
      expect(JSON.parse(bodyOf(text))).toEqual({ type: 'about:blank', title: 'Not Found', status: 404 })
      const own = await startServer(table, { notFound: (ctx) => ctx.respond(404, {}, 'mine') })
      expect(bodyOf(await get(own.port, '/nothing'))).toBe('mine')
    })

    test('a handler that throws or rejects: 500, and the error is reported', async () => {
      const errors: unknown[] = []
      const onHandlerError = (error: unknown): void => {
        errors.push(error)
      }
      const thrown = new Error('thrown')
      const { port } = await startServer(
        (ctx) => {
          if (ctx.path === '/later') return Promise.reject(thrown)
          throw thrown
        },
        { onHandlerError },
      )
      expect(statusOf(await get(port, '/'))).toBe(500)
      expect(statusOf(await get(port, '/later'))).toBe(500)
      expect(errors).toEqual([thrown, thrown])
    })

    test('a route table that throws: 500', async () => {
      const errors: unknown[] = []
      const broken: RouteTable = {
        match() {
          throw new Error('table')
        },
      }
      const { port } = await startServer(broken, { onHandlerError: (error) => errors.push(error) })
      expect(statusOf(await get(port))).toBe(500)
      expect(errors).toHaveLength(1)
    })

    test('100 clients at one time', async () => {
      const { port, server } = await startServer(async (ctx) => {
        await new Promise((resolve) => setImmediate(resolve))
        ctx.respond(200, {}, ctx.path)
      })
      const texts = await Promise.all(Array.from({ length: 100 }, (_, i) => get(port, `/${i}`)))
      expect(texts.map(bodyOf)).toEqual(Array.from({ length: 100 }, (_, i) => `/${i}`))
      await until(() => server.getPoolStats().inUse === 0)
    })

    test('connections are counted while they are open', async () => {
      const { port, server } = await startServer(table)
      expect(server.getActiveConnectionCount()).toBe(0)
      const client = new RawClient(port).send('GET /users HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await client.until('users')
      expect(server.getActiveConnectionCount()).toBe(1)
      client.socket.destroy()
      await until(() => server.getActiveConnectionCount() === 0)
    })

    test('contexts are reused', async () => {
      const { port, server } = await startServer(table, { poolSize: 1 })
      for (let i = 0; i < 20; i++) await get(port, '/users')
      await until(() => server.getPoolStats().inUse === 0)
      expect(server.getPoolStats()).toEqual({ size: 1, available: 1, inUse: 0, hits: 20, misses: 0, totalAcquired: 20 })
      expect(server.getPoolHitRate()).toBe(100)
    })

    test('onRequestEnd is called once per request, with status, bytes and timestamps', async () => {
      const ends: string[] = []
      const { port, server } = await startServer(table, {
        onRequestEnd: (ctx) => {
          ends.push(
            `${ctx.method} ${ctx.path} ${ctx.status} ${ctx.bytesSent} ${ctx.timestamps.start > 0} ${ctx.timestamps.routeMatch > 0}`,
          )
        },
      })
      await get(port, '/users')
      await get(port, '/nothing')
      await exchange(port, 'GET /users HTTP/1.1\r\n\r\n')
      await until(() => server.getPoolStats().inUse === 0)
      expect(ends).toHaveLength(3)
      expect(ends[0]).toBe('GET /users 200 5 true true')
      expect(ends[1]).toMatch(/^GET \/nothing 404 \d+ true true$/)
      expect(ends[2]).toMatch(/^GET \/users 400 \d+ true false$/)
    })

    test('a throwing onRequestEnd is reported and harms nobody', async () => {
      const errors: unknown[] = []
      const { port, server } = await startServer(table, {
        onRequestEnd: () => {
          throw new Error('log')
        },
        onHandlerError: (error) => errors.push(error),
      })
      expect(statusOf(await get(port, '/users'))).toBe(200)
      await until(() => server.getPoolStats().inUse === 0)
      expect(errors).toHaveLength(1)
    })
  })

  describe('a local answer', () => {
    test('HEAD, 204 and 304 send no body', async () => {
      const { port } = await startServer((ctx) =>
        ctx.respond(ctx.path === '/' ? 200 : Number(ctx.path.slice(1)), {}, 'body'),
      )
      const head = await exchange(port, 'HEAD / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
      expect([statusOf(head), bodyOf(head)]).toEqual([200, ''])
      expect(head).toContain('content-length: 4\r\n')
      for (const status of [204, 304]) {
        const text = await get(port, `/${status}`)
        expect([statusOf(text), bodyOf(text)]).toEqual([status, ''])
        expect(text).not.toContain('content-length')
      }
    })

    test('a list sends a field once per element; the overlay replaces, cookies are appended', async () => {
      const { port } = await startServer((ctx) => {
        ctx.setResponseHeader('x-a', 'overlay')
        ctx.setResponseHeader('set-cookie', 'c=3')
        ctx.respond(
          200,
          { 'X-A': 'own', 'x-n': 1, 'set-cookie': ['a=1', 'b=2'], 'Content-Length': 999, connection: 'x' },
          new Uint8Array([104, 105]),
        )
      })
      const text = await get(port)
      expect(text).not.toContain('own')
      expect(text).toContain('x-a: overlay\r\n')
      expect(text).toContain('x-n: 1\r\n')
      expect(text.match(/set-cookie: .=.\r\n/g)).toEqual([
        'set-cookie: a=1\r\n',
        'set-cookie: b=2\r\n',
        'set-cookie: c=3\r\n',
      ])
      expect(text).toContain('content-length: 2\r\n')
      expect(bodyOf(text)).toBe('hi')
    })

    test.each([
      ['x-a', 'a\r\nb'],
      ['x a', '1'],
      ['content-length', '1'],
      ['Transfer-Encoding', 'gzip'],
      ['connection', 'x'],
    ])('setResponseHeader(%j, %j) is refused: 500', async (name, value) => {
      const errors: unknown[] = []
      const { port } = await startServer(
        (ctx) => {
          ctx.setResponseHeader(name, value)
          ctx.respond(200)
        },
        { onHandlerError: (error) => errors.push(error) },
      )
      expect(statusOf(await get(port))).toBe(500)
      expect(errors[0]).toBeInstanceOf(TypeError)
    })

    test('a field that cannot be sent is a 500, also in its reason', async () => {
      const { port } = await startServer((ctx) => ctx.respond(200, { 'x-a': 'b\r\nc: d' }), {
        onHandlerError: () => {},
      })
      expect(await get(port)).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/)
    })

    test('a second choice throws and the first answer stands', async () => {
      const errors: unknown[] = []
      const { port } = await startServer(
        (ctx) => {
          ctx.respond(200, {}, 'first')
          ctx.respond(200, {}, 'second')
        },
        { onHandlerError: (error) => errors.push(error) },
      )
      expect(bodyOf(await get(port))).toBe('first')
      expect(errors[0]).toMatchObject({ code: 'ERR_RESPONSE_CHOSEN', chosen: 'respond' })
    })

    test.each([100, 199, 600, 200.5, Number.NaN])('status %s is refused: 500', async (status) => {
      const errors: unknown[] = []
      const { port } = await startServer((ctx) => ctx.respond(status), {
        onHandlerError: (error) => errors.push(error),
      })
      expect(statusOf(await get(port))).toBe(500)
      expect(errors[0]).toBeInstanceOf(RangeError)
    })

    test('a field that may not be sent is refused: 500, never a second header', async () => {
      const errors: unknown[] = []
      const { port } = await startServer((ctx) => ctx.respond(200, { 'x-a': 'a\r\nset-cookie: evil=1' }), {
        onHandlerError: (error) => errors.push(error),
      })
      const text = await get(port)
      expect(statusOf(text)).toBe(500)
      expect(text).not.toContain('evil')
      expect(errors).toHaveLength(1)
    })

    test('an unread body of up to 64 KiB is read away and the connection goes on', async () => {
      const { port } = await startServer((ctx) => ctx.respond(401, {}, ctx.path))
      const client = new RawClient(port)
      client.send(`POST /1 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 60000\r\n\r\n${'a'.repeat(60_000)}`)
      client.send('GET /2 HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await client.until('/2')
      expect(client.text.match(/HTTP\/1\.1 401/g)).toHaveLength(2)
      expect(client.text).not.toContain('connection: close')
    })

    test('a longer unread body ends the connection, but not the answer', async () => {
      const { port, server } = await startServer((ctx) => ctx.respond(401, {}, 'no'))
      const client = new RawClient(port)
      client.send(`POST /1 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 150000\r\n\r\n${'a'.repeat(50_000)}`)
      await client.until('no')
      client.send('a'.repeat(100_000))
      const text = await client.untilClosed()
      expect(text).toContain('connection: close')
      expect(client.error).toBeNull()
      await until(() => server.getPoolStats().inUse === 0)
    })

    test('a handler may answer later, without a promise', async () => {
      const { port } = await startServer((ctx) => {
        setTimeout(() => ctx.respond(200, {}, 'later'), 5)
      })
      expect(bodyOf(await get(port))).toBe('later')
    })

    test('a late answer to a client that left does nothing and reaches nobody else', async () => {
      const late: RequestContext[] = []
      const { port, server } = await startServer(
        (ctx) => {
          if (ctx.path === '/late') late.push(ctx)
          else ctx.respond(200, {}, ctx.path)
        },
        { poolSize: 1 },
      )
      const client = new RawClient(port).send('GET /late HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await until(() => late.length === 1)
      client.socket.destroy()
      await until(() => server.getPoolStats().inUse === 0)
      const other = new RawClient(port).send('GET /other HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await other.until('/other')
      late[0]?.respond(200, {}, 'stolen')
      expect(late[0]?.status).toBe(499)
      other.send('GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n')
      expect(await other.until('/next')).not.toContain('stolen')
    })
  })

  describe('a stream', () => {
    test('the head goes out at once, pieces as they are written', async () => {
      const sinks: Sink[] = []
      const { port } = await startServer((ctx) => {
        sinks.push(ctx.stream(200, { 'content-type': 'text/event-stream' }))
      })
      const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await client.until('\r\n\r\n')
      sinks[0]?.write('data: 1\n\n')
      await client.until('data: 1')
      sinks[0]?.end('data: 2\n\n')
      expect(await client.until('0\r\n\r\n')).toContain('data: 2')
      expect(sinks[0]?.write('after')).toBe(false)
      sinks[0]?.end()
    })

    test('write tells when the client is slow, onDrain when it is ready; onClose is called once', async () => {
      const calls: string[] = []
      const sinks: Sink[] = []
      const { port, server } = await startServer((ctx) => {
        const sink = ctx.stream(200)
        sink.onClose(() => calls.push('close'))
        sink.onDrain(() => calls.push('drain'))
        sinks.push(sink)
      })
      const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await until(() => sinks.length === 1)
      client.socket.pause()
      let written = 0
      while (sinks[0]?.write(Buffer.alloc(65_536)) === true) written++
      expect(written).toBeLessThan(200)
      client.socket.resume()
      await until(() => calls.includes('drain'))
      expect(server.getPoolStats().inUse).toBe(1)
      client.socket.destroy()
      await until(() => calls.includes('close'))
      expect(calls.filter((call) => call === 'close')).toHaveLength(1)
      sinks[0]?.onClose(() => calls.push('late'))
      expect(calls.at(-1)).toBe('late')
      await until(() => server.getPoolStats().inUse === 0)
    })

    test('signal is aborted when the client leaves before the end, not after it', async () => {
      const signals: AbortSignal[] = []
      const { port } = await startServer((ctx) => {
        signals.push(ctx.signal)
        if (ctx.path === '/done') ctx.respond(200)
        else ctx.stream(200)
      })
      await get(port, '/done')
      const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await client.until('200 OK')
      client.socket.destroy()
      await until(() => signals[1]?.aborted === true)
      expect(signals[0]?.aborted).toBe(false)
      expect(signals[1]?.reason).toMatchObject({ code: 'ERR_CLIENT_ABORT' })
    })

    test('a handler that throws after the head cuts the connection', async () => {
      const { port } = await startServer(
        (ctx) => {
          ctx.stream(200).write('piece')
          throw new Error('after')
        },
        { onHandlerError: () => {} },
      )
      const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      expect(await client.untilClosed()).not.toContain('0\r\n\r\n')
    })
  })

  describe('the server itself', () => {
    test('start rejects with the error of the listen call and can be tried again', async () => {
      const blocker = createServer()
      const port = await listen(blocker)
      const server = new Server(
        { port },
        always((ctx) => ctx.respond(200)),
      )
      await expect(server.start()).rejects.toMatchObject({ code: 'EADDRINUSE' })
      expect(() => server.address()).toThrow(StateError)
      await new Promise<void>((resolve) => blocker.close(() => resolve()))
      await server.start()
      await expect(server.start()).rejects.toBeInstanceOf(StateError)
      expect(server.address()).toEqual({ host: '127.0.0.1', port })
      await server.stop()
      await expect(server.start()).rejects.toBeInstanceOf(StateError)
    })

    test('stop before start, and twice', async () => {
      const server = new Server(
        { port: 0 },
        always((ctx) => ctx.respond(200)),
      )
      await server.stop()
      await server.stop()
    })

    test('connections beyond the limit get 503 and are closed', async () => {
      const { port, server } = await startServer((ctx) => ctx.respond(200, {}, 'ok'), { limits: { maxConnections: 2 } })
      const first = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      const second = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await first.until('ok')
      await second.until('ok')
      const text = await exchange(port, 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      expect(statusOf(text)).toBe(503)
      expect(text).toContain('connection: close')
      await until(() => server.getActiveConnectionCount() === 2)
      first.socket.destroy()
      await until(() => server.getActiveConnectionCount() === 1)
      expect(statusOf(await get(port))).toBe(200)
    })

    test('time-outs: a head and a body that do not arrive get 408, an idle connection is closed', async () => {
      const { port, server } = await startServer((ctx) => ctx.respond(200, {}, 'ok'), {
        timeouts: { headersMs: 100, requestMs: 150, keepAliveMs: 100 },
      })
      const head = new RawClient(port).send('GET / HTTP/1.1\r\nHost')
      expect(statusOf(await head.untilClosed())).toBe(408)
      const idle = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      expect(statusOf(await idle.untilClosed())).toBe(200)
      expect(idle.text.match(/HTTP\/1\.1/g)).toHaveLength(1)
      await until(() => server.getActiveConnectionCount() === 0)
    })

    test('a stream is not cut by any time-out of the client side', async () => {
      const { port } = await startServer(
        (ctx) => {
          const sink = ctx.stream(200)
          setTimeout(() => sink.end('late'), 400)
        },
        { timeouts: { headersMs: 50, requestMs: 60, keepAliveMs: 50 } },
      )
      expect(bodyOf(await get(port))).toContain('late')
    })
  })
})
