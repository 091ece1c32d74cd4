import { describe, expect, test } from 'vitest'
import { isHost } from '../src/wire/host.ts'
import { readRequestHead } from '../src/wire/request-head.ts'
import {
  bodyOf,
  engines,
  exchange,
  OK,
  RawClient,
  startAnswering,
  startProxy,
  startServer,
  startUpstream,
  statusOf,
  until,
  useEngine,
} from './sockets.ts'

// The strict grammar as far as node:http shows it. What its parser repairs without a trace is the list of known
// differences of this engine: two blanks in the request line, a blank line before it, lower-case methods are refused by
// it with 400 like unknown ones.
const H = 'Host: a.test\r\n'

const rows: readonly [name: string, status: number, request: string][] = [
  ['lower-case method', 400, `get / HTTP/1.1\r\n${H}\r\n`],
  ['CONNECT', 405, `CONNECT a.test:443 HTTP/1.1\r\n${H}\r\n`],
  ['absolute-form', 400, `GET http://a.test/ HTTP/1.1\r\n${H}\r\n`],
  ['authority-form', 400, `GET a.test:80 HTTP/1.1\r\n${H}\r\n`],
  ['* with GET', 400, `GET * HTTP/1.1\r\n${H}\r\n`],
  ['fragment', 400, `GET /a#b HTTP/1.1\r\n${H}\r\n`],
  ['raw ü in the target', 400, `GET /\xfc HTTP/1.1\r\n${H}\r\n`],
  ['target of 8,193 bytes', 414, `GET /${'a'.repeat(8_192)} HTTP/1.1\r\n${H}\r\n`],
  ['HTTP/2.0', 505, `GET / HTTP/2.0\r\n${H}\r\n`],
  ['HTTP/1.2', 505, `GET / HTTP/1.2\r\n${H}\r\n`],
  ['HTTP/0.9', 400, 'GET /\r\n\r\n'],
  ['http/1.1', 400, `GET / http/1.1\r\n${H}\r\n`],
  ['TLS bytes', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['HTTP/2 preface', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['blank before the colon', 400, `GET / HTTP/1.1\r\n${H}X-A : 1\r\n\r\n`],
  ['obs-fold', 400, `GET / HTTP/1.1\r\n${H}X-A: 1\r\n 2\r\n\r\n`],
  ['no colon', 400, `GET / HTTP/1.1\r\n${H}X-A\r\n\r\n`],
  ['NUL in a value', 400, `GET / HTTP/1.1\r\n${H}X-A: a\0b\r\n\r\n`],
  ['control in a value', 400, `GET / HTTP/1.1\r\n${H}X-A: a\x01b\r\n\r\n`],
  ['bare CR in a value', 400, `GET / HTTP/1.1\r\n${H}X-A: a\rX-B: b\r\n\r\n`],
  ['101 fields', 431, `GET / HTTP/1.1\r\n${H}${'X-A: 1\r\n'.repeat(100)}\r\n`],
  ['head over 16 KiB', 431, `GET / HTTP/1.1\r\n${H}X-A: ${'a'.repeat(17_000)}\r\n\r\n`],
  ['no Host', 400, 'GET / HTTP/1.1\r\n\r\n'],
  ['two Host', 400, `GET / HTTP/1.1\r\n${H}Host: b.test\r\n\r\n`],
  ['two equal Host', 400, `GET / HTTP/1.1\r\n${H}${H}\r\n`],
  ['two Host on 1.0', 400, `GET / HTTP/1.0\r\n${H}${H}\r\n`],
  ['empty Host', 400, 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
  ['Host with userinfo', 400, 'GET / HTTP/1.1\r\nHost: u@a.test\r\n\r\n'],
  ['Host with a path', 400, 'GET / HTTP/1.1\r\nHost: a.test/x\r\n\r\n'],
  ['list of hosts', 400, 'GET / HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n'],
  ['port 0', 400, 'GET / HTTP/1.1\r\nHost: a.test:0\r\n\r\n'],
  ['port 65536', 400, 'GET / HTTP/1.1\r\nHost: a.test:65536\r\n\r\n'],
  ['two Content-Length', 400, `POST / HTTP/1.1\r\n${H}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
  ['Content-Length list', 400, `POST / HTTP/1.1\r\n${H}Content-Length: 1, 1\r\n\r\na`],
  ['signed Content-Length', 400, `POST / HTTP/1.1\r\n${H}Content-Length: +1\r\n\r\na`],
  ['hex Content-Length', 400, `POST / HTTP/1.1\r\n${H}Content-Length: 0x1\r\n\r\na`],
  ['16-digit Content-Length', 400, `POST / HTTP/1.1\r\n${H}Content-Length: 0000000000000001\r\n\r\na`],
  [
    'Content-Length and chunked',
    400,
    `POST / HTTP/1.1\r\n${H}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['chunked on 1.0', 400, `POST / HTTP/1.0\r\n${H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  [
    'two Transfer-Encoding',
    400,
    `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['chunked, chunked', 400, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`],
  ['chunked, identity', 400, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
  ['gzip, chunked', 501, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['identity', 501, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: identity\r\n\r\n`],
  ['xchunked', 501, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['Connection: host', 400, `GET / HTTP/1.1\r\n${H}Connection: host\r\n\r\n`],
  [
    'Connection: Content-Length',
    400,
    `POST / HTTP/1.1\r\n${H}Content-Length: 1\r\nConnection: close, Content-Length\r\n\r\na`,
  ],
  ['Connection: transfer-encoding', 400, `GET / HTTP/1.1\r\n${H}Connection: transfer-encoding\r\n\r\n`],
  [
    '33 names in Connection',
    400,
    `GET / HTTP/1.1\r\n${H}Connection: ${Array.from({ length: 33 }, (_, i) => `x${i}`)}\r\n\r\n`,
  ],
  ['Expect: other', 417, `GET / HTTP/1.1\r\n${H}Expect: 200-ok\r\n\r\n`],
  ['Transfer_Encoding', 400, `GET / HTTP/1.1\r\n${H}Transfer_Encoding: chunked\r\n\r\n`],
  ['X_Forwarded_For', 400, `GET / HTTP/1.1\r\n${H}X_Forwarded_For: 1.2.3.4\r\n\r\n`],
  ['bad chunk size', 400, `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
]

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('a request that is refused', () => {
    test.each(rows)('%s → %i, closed, nothing forwarded', async (_name, status, request) => {
      const upstream = await startAnswering(OK)
      const { port } = await startProxy(upstream.port)
      const client = new RawClient(port).send(request)
      const text = await client.untilClosed()
      expect(statusOf(text)).toBe(status)
      expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
      expect(text.toLowerCase()).toContain('connection: close')
      expect(text).toContain('application/problem+json')
      expect(JSON.parse(bodyOf(text))).toMatchObject({ status })
      // A request whose body breaks was forwarded up to there, and its upstream connection was cut.
      if (!request.includes('zz')) expect(upstream.received()).toBe('')
    })

    test('an unknown method: refused by the parser of engine node, forwarded by engine net', async () => {
      const upstream = await startAnswering(OK)
      const { port } = await startProxy(upstream.port)
      const text = await exchange(port, `BREW / HTTP/1.1\r\n${H}Connection: close\r\n\r\n`)
      expect(statusOf(text)).toBe(engine === 'net' ? 200 : 400)
    })

    test('a second request with other framing behind the first is never read', async () => {
      const upstream = await startAnswering(OK)
      const { port } = await startProxy(upstream.port)
      const text = await new RawClient(port)
        .send(
          `GET /1 HTTP/1.1\r\n${H}\r\nPOST /2 HTTP/1.1\r\n${H}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\nGET /3 HTTP/1.1\r\n${H}\r\n`,
        )
        .untilClosed()
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 501'])
      expect(upstream.received()).toContain('/1')
      expect(upstream.received()).not.toMatch(/\/2|\/3/)
    })

    test('garbage behind a request: the request is answered first, then 400', async () => {
      const upstream = await startAnswering((_head, socket) => {
        setTimeout(() => socket.write(OK), 50)
      })
      const { port } = await startProxy(upstream.port)
      const text = await new RawClient(port).send(`GET /1 HTTP/1.1\r\n${H}\r\nGARBAGE\r\n\r\n`).untilClosed()
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400'])
    })

    test('a chunk that breaks in mid-upload: 400, and the upstream request is cancelled', async () => {
      const upstream = await startAnswering(() => {})
      const { port, results, server } = await startProxy(upstream.port)
      const client = new RawClient(port).send(`POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`)
      await new Promise((resolve) => setTimeout(resolve, 30))
      client.send('zz\r\n')
      const text = await client.untilClosed()
      expect(statusOf(text)).toBe(400)
      expect(results).toHaveLength(1)
      expect(results[0]?.outcome).toBe('client_abort')
      expect(server.getPoolStats().inUse).toBe(0)
      expect(upstream.received()).not.toContain('0\r\n\r\n')
    })

    test('a body over the limit: 413, by length at once and by chunks when it is passed', async () => {
      const upstream = await startAnswering(() => {})
      const { port, results } = await startProxy(upstream.port, {}, { limits: { maxBodyBytes: 10 } })
      const declared = await exchange(port, `POST / HTTP/1.1\r\n${H}Content-Length: 11\r\n\r\n`)
      expect(statusOf(declared)).toBe(413)
      const chunked = new RawClient(port).send(
        `POST / HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`,
      )
      await until(() => upstream.received().includes('hello'))
      chunked.send('6\r\n world\r\n')
      expect(statusOf(await chunked.untilClosed())).toBe(413)
      expect(results).toHaveLength(1)
      expect(results[0]).toMatchObject({
        outcome: 'client_abort',
        error: { code: 'ERR_BODY_TOO_LARGE', limitBytes: 10 },
      })
    })
  })

  describe('a request that is accepted', () => {
    test.each([
      ['8,000 bytes of one field', `GET / HTTP/1.1\r\n${H}X-A: ${'a'.repeat(8_000)}\r\n\r\n`],
      ['100 fields', `GET / HTTP/1.1\r\n${H}${'X-A: 1\r\n'.repeat(99)}\r\n`],
      ['Chunked in any case', `POST / HTTP/1.1\r\n${H}Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n`],
      ['POST without a body', `POST / HTTP/1.1\r\n${H}\r\n`],
      ['Content-Length: 0', `POST / HTTP/1.1\r\n${H}Content-Length: 0\r\n\r\n`],
      ['an empty value', `GET / HTTP/1.1\r\n${H}X-A:\r\n\r\n`],
      ['obs-text in a value', `GET / HTTP/1.1\r\n${H}X-A: \xfc\r\n\r\n`],
      ['IPv6 Host', 'GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n'],
      ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n'],
      [
        '__proto__ and constructor as field names',
        `GET / HTTP/1.1\r\n${H}__proto__: 1\r\nconstructor: 2\r\ntoString: 3\r\n\r\n`,
      ],
    ])('%s', async (_name, request) => {
      const upstream = await startAnswering(OK)
      const { port } = await startProxy(upstream.port)
      const client = new RawClient(port).send(request)
      await client.until('ok')
      expect(statusOf(client.text)).toBe(200)
    })

    test('OPTIONS * reaches policy; engine node cannot forward it and says 501', async () => {
      const { port } = await startServer((ctx) => ctx.respond(204, { allow: ctx.target }))
      expect(await exchange(port, `OPTIONS * HTTP/1.1\r\n${H}Connection: close\r\n\r\n`)).toContain('allow: *')
      const upstream = await startAnswering(OK)
      const proxy = await startProxy(upstream.port)
      expect(statusOf(await exchange(proxy.port, `OPTIONS * HTTP/1.1\r\n${H}Connection: close\r\n\r\n`))).toBe(
        engine === 'net' ? 200 : 501,
      )
      if (engine === 'net') expect(upstream.received()).toMatch(/^OPTIONS \* HTTP\/1\.1\r\n/)
      else expect(proxy.results[0]).toMatchObject({ outcome: 'client_abort', attempts: 0 })
    })

    test('TRACE only where a route allows it', async () => {
      const none = await startServer({ match: () => null })
      expect(statusOf(await exchange(none.port, `TRACE / HTTP/1.1\r\n${H}\r\n`))).toBe(405)
      const some = await startServer((ctx) => ctx.respond(200))
      expect(statusOf(await exchange(some.port, `TRACE / HTTP/1.1\r\n${H}Connection: close\r\n\r\n`))).toBe(200)
    })

    test('Upgrade is an ordinary request without that field', async () => {
      const upstream = await startAnswering(OK)
      const { port } = await startProxy(upstream.port)
      const client = new RawClient(port).send(
        `GET /chat HTTP/1.1\r\n${H}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n`,
      )
      await client.until('ok')
      expect(statusOf(client.text)).toBe(200)
      expect(upstream.received()).not.toMatch(/upgrade/i)
    })

    test('the same bytes, one at a time', async () => {
      const upstream = await startAnswering(OK)
      const { port } = await startProxy(upstream.port)
      const client = new RawClient(port)
      client.socket.setNoDelay(true)
      for (const byte of `POST /a HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`) {
        client.send(byte)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await client.until('ok')
      expect(upstream.received()).toContain('/a HTTP/1.1')
    })
  })

  describe('Expect: 100-continue', () => {
    const request = `POST / HTTP/1.1\r\n${H}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n`

    test.skipIf(engine === 'net')(
      '100 is sent when the upstream is ready for the body, and the field is not forwarded',
      async () => {
        const upstream = await startUpstream((socket) => {
          socket.on('data', (chunk: Buffer) => {
            if (chunk.toString().endsWith('body')) socket.write(OK)
          })
        })
        const { port } = await startProxy(upstream.port)
        const client = new RawClient(port).send(request)
        await client.until('HTTP/1.1 100 Continue\r\n\r\n')
        client.send('body')
        await client.until('ok')
        expect(upstream.received()).not.toMatch(/expect/i)
        expect(upstream.received()).toContain('body')
      },
    )

    test.skipIf(engine === 'node')('it is forwarded, and the 100 of the upstream comes back', async () => {
      const upstream = await startUpstream((socket) => {
        socket.on('data', (chunk: Buffer) => {
          const text = chunk.toString()
          if (/expect: 100-continue/i.test(text)) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
          if (text.endsWith('body')) socket.write(OK)
        })
      })
      const { port } = await startProxy(upstream.port)
      const client = new RawClient(port).send(request)
      await client.until('HTTP/1.1 100 Continue\r\n\r\n')
      client.send('body')
      await client.until('ok')
    })

    test('a local answer needs no body: no 100, and the connection ends', async () => {
      const { port } = await startServer((ctx) => ctx.respond(401, {}, 'no'))
      const text = await new RawClient(port).send(request).untilClosed()
      expect(statusOf(text)).toBe(401)
      expect(text).not.toContain('100 Continue')
    })

    test('an upstream that is down: 502 without 100', async () => {
      const upstream = await startAnswering(OK)
      await new Promise<void>((resolve) => upstream.server.close(() => resolve()))
      const { port } = await startProxy(upstream.port)
      const text = await new RawClient(port).send(request).untilClosed()
      expect(statusOf(text)).toBe(502)
    })
  })

  describe('readRequestHead', () => {
    const limits = { maxHeaders: 100, maxBodyBytes: Number.POSITIVE_INFINITY, underscores: 'drop' as const }

    test('reads framing and forwarding fields', () => {
      const raw = [
        'Host',
        'a',
        'X-Forwarded-For',
        '1',
        'x-forwarded-for',
        '2',
        'Connection',
        'close, X-B',
        'Content-Length',
        '12',
      ]
      expect(readRequestHead('GET', '/', '1.1', raw, limits)).toMatchObject({
        refusal: 0,
        host: 'a',
        contentLength: 12,
        chunked: false,
        forwardedFor: '1, 2',
        connectionNames: new Set(['close', 'x-b']),
      })
    })

    test.each([
      ['a', true],
      ['a.b-c_d:1', true],
      ['127.0.0.1:65535', true],
      ['[::1]', true],
      ['', false],
      ['a b', false],
      ['a\\b', false],
      ['::1', false],
      ['a:', false],
      ['a:x', false],
      ['a?b', false],
      ['ü', false],
    ])('isHost(%j) is %s', (host, accepted) => {
      expect(isHost(host)).toBe(accepted)
      expect(isHost(host)).toBe(accepted)
    })
  })
})
