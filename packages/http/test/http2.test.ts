import { createServer, type IncomingMessage } from 'node:http'
import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createTarget, type RequestContext, Server, type ServerConfig } from '../src/index.ts'
import type { Http2Limits } from '../src/listening/options.ts'
import { createAuthority } from './self-signed.ts'
import {
  always,
  engineInUse,
  engines,
  listen,
  onCleanup,
  settled,
  startAnswering,
  until,
  useEngine,
} from './sockets.ts'

const authority = createAuthority()
const certificates = [authority.issue(['localhost'])]

interface Running {
  readonly server: Server
  readonly url: string
  connect(): ClientHttp2Session
}

async function start(
  handler: (ctx: RequestContext) => void | Promise<void>,
  config: Partial<ServerConfig> = {},
  http2: boolean | Http2Limits = true,
): Promise<Running> {
  const listenOn = [{ port: 0, tls: { certificates }, http2 }]
  const server = new Server({ listen: listenOn, drainMs: 0, engine: engineInUse(), ...config }, always(handler))
  await server.start()
  onCleanup(() => server.stop())
  const url = `https://localhost:${server.address().port}`
  return {
    server,
    url,
    connect() {
      const session = connect(url, { ca: authority.ca })
      session.on('error', () => {})
      onCleanup(() => session.destroy())
      return session
    },
  }
}

interface Answer {
  status: number
  headers: Record<string, unknown>
  body: string
  /** Code of the reset, 0 = a clean end. */
  code: number
}

function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders = {}, body?: string | Buffer): Promise<Answer> {
  const stream = session.request({ ':path': '/', ...headers }, { endStream: body === undefined })
  const answer: Answer = { status: 0, headers: {}, body: '', code: -1 }
  stream.on('response', (fields) => {
    answer.status = Number(fields[':status'])
    answer.headers = { ...fields }
  })
  stream.on('data', (chunk: Buffer) => {
    answer.body += chunk.toString('latin1')
  })
  stream.on('error', () => {})
  if (body !== undefined) stream.end(body)
  return new Promise((resolve) => {
    stream.on('close', () => resolve({ ...answer, code: stream.rstCode }))
  })
}

/** An upstream that tells what it got. */
async function startEcho(): Promise<{ target: ReturnType<typeof createTarget>; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  const upstream = createServer((request, response) => {
    requests.push(request)
    response.setHeader('set-cookie', ['a=1', 'b=2'])
    response.setHeader('x-method', String(request.method))
    if (request.url === '/early') {
      response.statusCode = 413
      response.end('too large')
      return
    }
    request.pipe(response)
  })
  const target = createTarget(`http://127.0.0.1:${await listen(upstream)}`)
  onCleanup(() => target.destroy())
  return { target, requests }
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('requests', () => {
    test('the same contract as HTTP/1.1', async () => {
      const { connect: open } = await start((ctx) => {
        ctx.setResponseHeader('set-cookie', 'c=3')
        ctx.respond(
          200,
          { 'Set-Cookie': ['a=1', 'b=2'], 'X-Path': ctx.path },
          `${ctx.httpVersion} ${ctx.scheme}${ctx.search}`,
        )
      })
      const answer = await ask(open(), { ':path': '/a?b' })
      expect(answer).toMatchObject({ status: 200, body: '2.0 https?b', code: 0 })
      expect(answer.headers).toMatchObject({
        'x-path': '/a',
        'set-cookie': ['a=1', 'b=2', 'c=3'],
        'content-length': '11',
      })
    })

    test('many at once on one connection', async () => {
      const waiting: RequestContext[] = []
      const { connect: open, server } = await start((ctx) => {
        waiting.push(ctx)
      })
      const session = open()
      const answers = Array.from({ length: 100 }, (_, i) => ask(session, { ':path': `/${i}` }))
      await until(() => waiting.length === 100)
      expect(server.getActiveConnectionCount()).toBe(1)
      for (const ctx of waiting.reverse()) ctx.respond(200, {}, ctx.path)
      expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(
        Array.from({ length: 100 }, (_, i) => `/${i}`),
      )
      expect(server.getPoolStats().inUse).toBe(0)
    })

    test('forwarded as HTTP/1.1: Host from :authority, one Cookie, framing of our own', async () => {
      const { target, requests } = await startEcho()
      const { connect: open } = await start((ctx) => ctx.forward(target))
      const session = open()
      const posted = await ask(
        session,
        { ':method': 'POST', ':authority': 'a.test', cookie: ['x=1', 'y=2'], te: 'trailers' },
        'body',
      )
      expect(posted).toMatchObject({ status: 200, body: 'body', code: 0 })
      expect(posted.headers).toMatchObject({ 'x-method': 'POST', 'set-cookie': ['a=1', 'b=2'] })
      const [first] = requests
      expect(first?.headers).toMatchObject({
        host: 'a.test',
        cookie: 'x=1; y=2',
        'transfer-encoding': 'chunked',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'a.test',
      })
      expect(first?.headers.te).toBeUndefined()
      const sized = await ask(session, { ':method': 'PUT', 'content-length': 3 }, 'abc')
      expect(sized.body).toBe('abc')
      expect(requests[1]?.headers['content-length']).toBe('3')
      expect(requests[1]?.headers['transfer-encoding']).toBeUndefined()
      const got = await ask(session)
      expect(got).toMatchObject({ status: 200, body: '' })
      expect(requests[2]?.headers['transfer-encoding']).toBeUndefined()
      expect(await ask(session, { ':method': 'HEAD' })).toMatchObject({ status: 200, body: '', code: 0 })
    })

    test('large bodies both ways, byte for byte', async () => {
      const { target } = await startEcho()
      const { connect: open } = await start((ctx) => ctx.forward(target))
      const body = Buffer.alloc(3_000_000, 'abcdefghijklmnopqrstuvwxyz')
      const answer = await ask(open(), { ':method': 'POST' }, body)
      expect(answer.body === body.toString('latin1')).toBe(true)
    })

    test('an answer that does not wait for the body', async () => {
      const { target } = await startEcho()
      const { connect: open, server } = await start((ctx) => ctx.forward(target))
      const session = open()
      const stream = session.request({ ':path': '/early', ':method': 'POST' })
      stream.on('error', () => {})
      stream.write(Buffer.alloc(1_000))
      let status = 0
      stream.on('response', (fields) => {
        status = Number(fields[':status'])
      })
      stream.resume()
      await new Promise((resolve) => stream.once('close', resolve))
      expect(status).toBe(413)
      expect((await ask(session, { ':method': 'GET' })).status).toBe(200)
      await until(() => server.getPoolStats().inUse === 0)
    })

    test('a stream of pieces, and 100 Continue', async () => {
      const { connect: open } = await start(async (ctx) => {
        if (ctx.method === 'POST') {
          ctx.respond(200, {}, await ctx.readBody({ maxBytes: 100 }))
          return
        }
        const sink = ctx.stream(200, { 'content-type': 'text/event-stream' })
        sink.write('data: 1\n\n')
        setImmediate(() => sink.end('data: 2\n\n'))
      })
      const session = open()
      expect((await ask(session)).body).toBe('data: 1\n\ndata: 2\n\n')
      const stream = session.request({ ':path': '/', ':method': 'POST', expect: '100-continue' })
      let body = ''
      stream.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      stream.on('continue', () => stream.end('sent'))
      await new Promise((resolve) => stream.once('close', resolve))
      expect(body).toBe('sent')
    })
  })

  describe('refusals', () => {
    test.each<[string, OutgoingHttpHeaders, number]>([
      ['two hosts', { ':authority': 'a.test', host: 'b.test' }, 400],
      ['a bad host', { ':authority': 'a,b' }, 400],
      ['an unknown expectation', { expect: 'more' }, 417],
      ['a method in lower case', { ':method': 'get' }, 400],
      ['a method of 25 letters', { ':method': 'A'.repeat(25) }, 400],
      ['an underscore that hides a framing field', { content_length: '1' }, 400],
      ['a long target', { ':path': `/${'a'.repeat(9_000)}` }, 414],
    ])('%s', async (_name, headers, status) => {
      const { connect: open } = await start((ctx) => ctx.respond(200), { limits: { maxBodyBytes: 1_000 } })
      const session = open()
      expect((await ask(session, headers)).status).toBe(status)
      // The refusal ends a stream, not what else is on the connection.
      expect((await ask(session)).status).toBe(200)
    })

    test('too many fields', async () => {
      const { connect: open } = await start((ctx) => ctx.respond(200), { limits: { maxHeaders: 10 } })
      const many = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`x-${i}`, '1']))
      const answer = await ask(open(), many)
      expect(answer.status === 431 || answer.code !== 0).toBe(true)
      expect((await ask(open())).status).toBe(200)
    })

    test.each<OutgoingHttpHeaders>([{ ':path': 'http://a.test/' }, { ':authority': 'a b' }, { ':path': '' }])(
      'what the frames may not say is reset by the parser: %j',
      async (headers) => {
        const { connect: open } = await start((ctx) => ctx.respond(200))
        expect(await ask(open(), headers)).toMatchObject({ status: 0, code: constants.NGHTTP2_PROTOCOL_ERROR })
      },
    )

    test('CONNECT and a body beyond the limit', async () => {
      const { target } = await startEcho()
      const { connect: open } = await start((ctx) => ctx.forward(target), { limits: { maxBodyBytes: 1_000 } })
      const session = open()
      const stream = session.request({ ':method': 'CONNECT', ':authority': 'a.test:80' })
      stream.on('error', () => {})
      let status = 0
      stream.on('response', (fields) => {
        status = Number(fields[':status'])
      })
      stream.resume()
      await new Promise((resolve) => stream.once('close', resolve))
      expect(status).toBe(405)
      const large = await ask(session, { ':method': 'POST' }, Buffer.alloc(100_000))
      expect(large.status === 413 || large.code !== 0).toBe(true)
    })

    test('not offered unless it is asked for; HTTP/1.1 clients are served beside it', async () => {
      const { server, url } = await start((ctx) => ctx.respond(200, {}, ctx.httpVersion))
      for (const ALPNProtocols of [['http/1.1'], undefined]) {
        const socket = connectTls({
          port: server.address().port,
          host: 'localhost',
          ca: authority.ca,
          ...(ALPNProtocols && { ALPNProtocols }),
        })
        let text = ''
        socket.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
        await new Promise((resolve) => socket.once('close', resolve))
        expect(text).toMatch(/\r\n\r\n1\.1$/)
      }
      const without = await start((ctx) => ctx.respond(200), {}, false)
      const session = connect(without.url, { ca: authority.ca })
      const error = await new Promise<Error>((resolve) => session.once('error', resolve))
      expect(error.message).toMatch(/h2|ALPN|alert/i)
      expect(url).not.toBe(without.url)
    })
  })

  describe('limits and ends', () => {
    test('an answer up to the end of its connection that is reset resets its stream', async () => {
      const { port } = await startAnswering((_head, socket) => {
        socket.write('HTTP/1.0 200 OK\r\n\r\nhello')
        setTimeout(() => socket.resetAndDestroy(), 20)
      })
      const target = createTarget(`http://127.0.0.1:${port}`)
      onCleanup(() => target.destroy())
      const { connect: open } = await start((ctx) => ctx.forward(target))
      const answer = await ask(open())
      expect(answer).toMatchObject({ status: 200, body: 'hello' })
      expect(answer.code).not.toBe(0)
    })

    test('streams beyond the limit wait for a free one', async () => {
      const waiting: RequestContext[] = []
      const { connect: open } = await start((ctx) => void waiting.push(ctx), {}, { maxStreams: 2 })
      const session = open()
      await new Promise((resolve) => session.once('remoteSettings', resolve))
      expect(session.remoteSettings.maxConcurrentStreams).toBe(2)
      expect(session.remoteSettings.initialWindowSize).toBe(65_536)
      const answers = Array.from({ length: 4 }, () => ask(session))
      await until(() => waiting.length === 2)
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(waiting).toHaveLength(2)
      const release = setInterval(() => {
        for (const ctx of waiting.splice(0)) ctx.respond(200)
      }, 1)
      onCleanup(() => clearInterval(release))
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    })

    test('an idle connection is closed, one with a silent stream is not', async () => {
      const { connect: open } = await start(
        (ctx) => {
          if (ctx.path === '/stream') ctx.stream(200).write('begin')
          else ctx.respond(200)
        },
        { timeouts: { keepAliveMs: 50 } },
      )
      const idle = open()
      const closed = new Promise((resolve) => idle.once('close', resolve))
      await ask(idle)
      const busy = open()
      const stream = busy.request({ ':path': '/stream' })
      stream.on('error', () => {})
      await new Promise((resolve) => stream.once('data', resolve))
      await closed
      await new Promise((resolve) => setTimeout(resolve, 200))
      expect(busy.closed || busy.destroyed || stream.closed).toBe(false)
    })

    test('a client that takes nothing: no more is taken from the upstream than the windows hold', async () => {
      let written = 0
      const upstream = createServer((_request, response) => {
        const piece = Buffer.alloc(65_536)
        const more = (): void => {
          while (written < 100_000_000) {
            written += piece.length
            if (!response.write(piece)) return
          }
        }
        response.on('drain', more)
        more()
      })
      const target = createTarget(`http://127.0.0.1:${await listen(upstream)}`)
      onCleanup(() => target.destroy())
      const { connect: open } = await start((ctx) => ctx.forward(target))
      const stream = open().request({ ':path': '/' })
      stream.on('error', () => {})
      await new Promise((resolve) => stream.once('response', resolve))
      await settled(() => written)
      // Kernel buffers of two connections, a read or two of ours.
      expect(written).toBeLessThan(30_000_000)
    })

    test('a client that cancels: the upstream request ends, the session goes on', async () => {
      let closed = 0
      const upstream = createServer((request, response) => {
        response.write('begin')
        request.socket.once('close', () => closed++)
      })
      const target = createTarget(`http://127.0.0.1:${await listen(upstream)}`)
      onCleanup(() => target.destroy())
      const { connect: open, server } = await start((ctx) =>
        ctx.path === '/' ? ctx.forward(target) : ctx.respond(204),
      )
      const session = open()
      const stream = session.request({ ':path': '/' })
      stream.on('error', () => {})
      await new Promise((resolve) => stream.once('data', resolve))
      stream.close(constants.NGHTTP2_CANCEL)
      await until(() => closed === 1 && server.getPoolStats().inUse === 0)
      expect((await ask(session, { ':path': '/other' })).status).toBe(204)
    })

    test('an upstream that breaks off: the stream is reset, never ended', async () => {
      const upstream = createServer((_request, response) => {
        response.writeHead(200, { 'content-length': 10 })
        response.write('12345')
        setTimeout(() => response.destroy(), 20)
      })
      const target = createTarget(`http://127.0.0.1:${await listen(upstream)}`)
      onCleanup(() => target.destroy())
      const { connect: open } = await start((ctx) => ctx.forward(target))
      const session = open()
      const answer = await ask(session)
      expect(answer).toMatchObject({ status: 200, body: '12345', code: constants.NGHTTP2_INTERNAL_ERROR })
    })

    test('drain: streams under way end well, the connection closes after them', async () => {
      const waiting: RequestContext[] = []
      const { connect: open, server } = await start((ctx) => void waiting.push(ctx), { drainMs: 5_000 })
      const session = open()
      const answers = [ask(session), ask(session)]
      await until(() => waiting.length === 2)
      let goneAway = false
      session.on('goaway', () => {
        goneAway = true
      })
      const stopped = server.stop()
      await until(() => goneAway)
      for (const ctx of waiting) ctx.respond(200, {}, 'late')
      expect((await Promise.all(answers)).map(({ status, body }) => `${status} ${body}`)).toEqual([
        '200 late',
        '200 late',
      ])
      await stopped
    })

    test('1,000 requests that are reset at once, sockets that are cut: nothing is left', async () => {
      const { connect: open, server, url } = await start(() => {})
      const { port } = server.address()
      const session = open()
      for (let i = 0; i < 1_000; i++) {
        const stream = session.request({ ':path': '/' })
        stream.on('error', () => {})
        stream.close(constants.NGHTTP2_CANCEL)
        if (i % 50 === 0) await new Promise(setImmediate)
      }
      for (let i = 0; i < 20; i++) {
        const socket = connectTls({ port, host: 'localhost', ca: authority.ca, ALPNProtocols: ['h2'] })
        const other = connect(url, { createConnection: () => socket })
        other.on('error', () => {})
        const stream = other.request({ ':path': '/' })
        stream.on('error', () => {})
        await new Promise((resolve) => other.once('connect', resolve))
        socket.destroy()
      }
      session.destroy()
      await until(() => server.getActiveConnectionCount() === 0 && server.getPoolStats().inUse === 0)
    })

    test.each([
      'garbage that is no frame',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x05\x04\0\0\0\0\0abcde',
      '\xff'.repeat(500),
    ])('bytes that are not HTTP/2 end the connection: %j', async (bytes) => {
      const { server } = await start((ctx) => ctx.respond(200), { timeouts: { headersMs: 200 } })
      const socket = connectTls({
        port: server.address().port,
        host: 'localhost',
        ca: authority.ca,
        ALPNProtocols: ['h2'],
      })
      socket.on('error', () => {})
      socket.resume()
      socket.write(Buffer.from(bytes, 'latin1'))
      await new Promise((resolve) => socket.once('close', resolve))
      await until(() => server.getActiveConnectionCount() === 0)
    })

    test('a handler that throws, a request that does not come in time', async () => {
      const errors: unknown[] = []
      const { connect: open } = await start(
        (ctx) => {
          if (ctx.path === '/throw') throw new Error('broken')
        },
        { onHandlerError: (error) => void errors.push(error), timeouts: { requestMs: 50, headersMs: 50 } },
      )
      const session = open()
      expect((await ask(session, { ':path': '/throw' })).status).toBe(500)
      expect(errors).toHaveLength(1)
      const stream = session.request({ ':path': '/', ':method': 'POST' })
      stream.on('error', () => {})
      let status = 0
      stream.on('response', (fields) => {
        status = Number(fields[':status'])
      })
      stream.resume()
      await new Promise((resolve) => stream.once('close', resolve))
      expect(status).toBe(408)
    })
  })
})
