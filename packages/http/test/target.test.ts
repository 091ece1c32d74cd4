import { describe, expect, test } from 'vitest'
import { createTarget, probeTarget, type Target } from '../src/index.ts'
import {
  engines,
  get,
  OK,
  onCleanup,
  RawClient,
  startAnswering,
  startProxy,
  startServer,
  startUpstream,
  statusOf,
  until,
  useEngine,
} from './sockets.ts'

function makeTarget(port: number, options = {}): Target {
  const target = createTarget(`http://127.0.0.1:${port}`, options)
  onCleanup(() => target.destroy())
  return target
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('createTarget', () => {
    test('takes an origin', () => {
      expect(createTarget('http://127.0.0.1:3000').origin).toBe('http://127.0.0.1:3000')
      expect(createTarget('https://a.test/').origin).toBe('https://a.test')
      expect(createTarget('http://[::1]:80').stats()).toEqual({ idle: 0, active: 0, queued: 0 })
    })

    test.each([
      '',
      'a.test',
      'ftp://a.test',
      'http://a.test/x',
      'http://a.test?q',
      'http://a.test#x',
      'http://u@a.test',
      'http://:p@a.test',
      'http://a.test:0',
    ])('refuses %j', (url) => {
      expect(() => createTarget(url)).toThrow(TypeError)
    })

    test.each([
      [{ connections: 0 }, RangeError],
      [{ connections: 1.5 }, RangeError],
      [{ keepAliveMs: -1 }, RangeError],
      [{ connectMs: Number.NaN }, RangeError],
      [{ maxQueued: -1 }, RangeError],
      [{ maxHeaders: 0 }, RangeError],
      [{ maxHeaders: 2_001 }, RangeError],
      [{ maxHeaderBytes: 1_000 }, RangeError],
      [{ connections: '5' as unknown as number }, TypeError],
      [{ connection: 5 } as object, /did you mean 'connections'/],
    ])('refuses options %j', (options, error) => {
      expect(() => createTarget('http://a.test', options)).toThrow(error)
    })

    test.each([
      ['101 fields', 'X: 1\r\n'.repeat(100), { maxHeaders: 101 }],
      ['20,000 bytes', `X: ${'a'.repeat(20_000)}\r\n`, { maxHeaderBytes: 32_768 }],
    ])('a response of %s passes if the target may send them', async (_name, fields, options) => {
      const { port } = await startAnswering(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${fields}\r\nok`)
      for (const [limits, status] of [
        [{}, 502],
        [options, 200],
      ] as const) {
        const target = makeTarget(port, limits)
        const proxy = await startServer((ctx) => ctx.forward(target))
        expect(statusOf(await get(proxy.port))).toBe(status)
      }
    })

    test('a target of somebody else is refused', async () => {
      const target: Target = {
        origin: 'x',
        stats: () => ({ idle: 0, active: 0, queued: 0 }),
        close: async () => {},
        destroy: async () => {},
      }
      const errors: unknown[] = []
      const { port } = await startServer((ctx) => ctx.forward(target), {
        onHandlerError: (error) => errors.push(error),
      })
      expect(statusOf(await get(port))).toBe(500)
      expect(errors[0]).toBeInstanceOf(TypeError)
    })
  })

  describe('connections of a target', () => {
    test('are kept and reused; stats tell idle, active and queued apart', async () => {
      const upstream = await startUpstream(() => {})
      const { port, target } = await startProxy(upstream.port, {}, {}, { connections: 2 })
      const clients = Array.from({ length: 3 }, () =>
        new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'),
      )
      await until(() => target.stats().queued === 1 && upstream.received().split('\r\n\r\n').length === 3)
      expect(target.stats()).toEqual({ idle: 0, active: 2, queued: 1 })
      for (const socket of upstream.sockets) {
        socket.write(OK)
        socket.on('data', () => socket.write(OK))
      }
      for (const client of clients) await client.until('ok')
      await until(() => target.stats().active === 0)
      expect(target.stats()).toEqual({ idle: 2, active: 0, queued: 0 })
      expect(upstream.connections).toBe(2)
    })

    test('a full queue answers 503 at once', async () => {
      const upstream = await startUpstream(() => {})
      const { port, results } = await startProxy(upstream.port, {}, {}, { connections: 1, maxQueued: 1 })
      new RawClient(port).send('GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await until(() => upstream.connections === 1)
      new RawClient(port).send('GET /2 HTTP/1.1\r\nHost: a.test\r\n\r\n')
      expect(statusOf(await get(port, '/3'))).toBe(503)
      expect(results[0]).toMatchObject({ outcome: 'upstream_error', error: { code: 'ERR_TARGET_BUSY' } })
    })

    test('waiting in the queue ends with the head time-out: 504, nothing sent', async () => {
      const upstream = await startUpstream(() => {})
      const sents: string[] = []
      const { port } = await startProxy(
        upstream.port,
        {
          timeouts: { headersMs: 80 },
          onError: (_ctx, { kind, sent }) => {
            sents.push(`${kind} ${sent}`)
            return null
          },
        },
        {},
        { connections: 1 },
      )
      const [first, second] = await Promise.all([get(port, '/1'), get(port, '/2')])
      expect([statusOf(first), statusOf(second)]).toEqual([504, 504])
      expect(sents.sort()).toEqual(['timeout all', 'timeout none'])
    })

    test('an idle connection is closed after keepAliveMs', async () => {
      const upstream = await startAnswering(OK)
      const { port, target } = await startProxy(upstream.port, {}, {}, { keepAliveMs: 50 })
      await get(port)
      await until(() => target.stats().idle === 0 && upstream.sockets.size === 0)
    })

    test('a peer that announces its own keep-alive time is believed, minus a second', async () => {
      const upstream = await startAnswering('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok')
      const { port, target } = await startProxy(upstream.port)
      await get(port)
      await until(() => target.stats().idle === 0)
    })

    test('Host of the client does not choose the connection', async () => {
      const upstream = await startAnswering(OK)
      const { port } = await startProxy(upstream.port)
      const client = new RawClient(port)
      for (const host of ['a.test', 'b.test', '169.254.169.254']) {
        client.text = ''
        client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
        await client.until('ok')
      }
      expect(upstream.connections).toBe(1)
      expect(upstream.received().match(/host: .*/g)).toEqual(
        expect.arrayContaining(['host: a.test', 'host: b.test', 'host: 169.254.169.254']),
      )
    })

    test('close waits for requests under way and refuses new ones', async () => {
      const upstream = await startUpstream(() => {})
      const { port, target } = await startProxy(upstream.port)
      const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await until(() => upstream.received().includes('\r\n\r\n'))
      let closed = false
      const closing = target.close().then(() => {
        closed = true
      })
      expect(statusOf(await get(port))).toBe(502)
      expect(closed).toBe(false)
      for (const socket of upstream.sockets) socket.write(OK)
      await client.until('ok')
      await closing
      await target.close()
      await target.destroy()
      await until(() => upstream.sockets.size === 0)
    })

    test('destroy cuts requests under way and queued ones: 502', async () => {
      const upstream = await startUpstream(() => {})
      const { port, target, results } = await startProxy(upstream.port, {}, {}, { connections: 1 })
      const pending = [get(port, '/1'), get(port, '/2')]
      await until(() => target.stats().queued === 1)
      await target.destroy()
      expect((await Promise.all(pending)).map(statusOf)).toEqual([502, 502])
      expect(results).toHaveLength(2)
      expect(target.stats()).toEqual({ idle: 0, active: 0, queued: 0 })
    })

    test('a name that does not resolve: 502 with kind connect', async () => {
      const target = createTarget('http://nothing.invalid')
      onCleanup(() => target.destroy())
      const kinds: string[] = []
      const { port } = await startServer((ctx) =>
        ctx.forward(target, {
          onError: (_ctx, { kind, sent }) => {
            kinds.push(`${kind} ${sent}`)
            return null
          },
        }),
      )
      expect([502, 504]).toContain(statusOf(await get(port)))
      expect(kinds).toEqual(['connect none'])
    })
  })

  describe('probeTarget', () => {
    test('resolves with the status, over a connection of its own that is closed afterwards', async () => {
      const upstream = await startAnswering((_head, socket) =>
        socket.write('HTTP/1.1 503 X\r\nContent-Length: 2\r\n\r\nno'),
      )
      const target = makeTarget(upstream.port, { connections: 1 })
      expect(
        await probeTarget(target, { path: '/health', timeoutMs: 1_000, headers: { 'user-agent': 'probe' } }),
      ).toEqual({ status: 503 })
      expect(upstream.received()).toMatch(
        /^GET \/health HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\nconnection: close\r\nuser-agent: probe\r\n\r\n$/,
      )
      expect(target.stats()).toEqual({ idle: 0, active: 0, queued: 0 })
      await until(() => upstream.sockets.size === 0)
    })

    test('HEAD, and a body that is cut off when it is long', async () => {
      const upstream = await startAnswering((head, socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n')
        if (!head.startsWith('HEAD')) socket.write(Buffer.alloc(1_000_000))
      })
      const target = makeTarget(upstream.port)
      expect(await probeTarget(target, { path: '/', timeoutMs: 1_000, method: 'HEAD' })).toEqual({ status: 200 })
      expect(await probeTarget(target, { path: '/', timeoutMs: 1_000 })).toEqual({ status: 200 })
      await until(() => upstream.sockets.size === 0)
    })

    test('rejects: time-out, refused, garbage', async () => {
      const silent = await startUpstream(() => {})
      await expect(probeTarget(makeTarget(silent.port), { path: '/', timeoutMs: 50 })).rejects.toMatchObject({
        code: 'ERR_UPSTREAM_TIMEOUT',
      })
      await until(() => silent.sockets.size === 0)
      const garbage = await startAnswering('garbage\r\n\r\n')
      await expect(probeTarget(makeTarget(garbage.port), { path: '/', timeoutMs: 1_000 })).rejects.toThrow()
      await new Promise<void>((resolve) => garbage.server.close(() => resolve()))
      const dead = garbage.port
      await until(() => garbage.sockets.size === 0)
      await expect(probeTarget(makeTarget(dead), { path: '/', timeoutMs: 1_000 })).rejects.toMatchObject({
        code: 'ECONNREFUSED',
      })
    })

    test('refuses bad options', () => {
      const target = makeTarget(1)
      expect(() => probeTarget(target, { path: '/', timeoutMs: 0 })).toThrow(RangeError)
      expect(() => probeTarget(target, { path: '/', timeoutMs: 1, metod: 'GET' } as never)).toThrow(
        /did you mean 'method'/,
      )
    })
  })
})
