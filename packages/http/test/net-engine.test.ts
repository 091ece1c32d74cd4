import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createTarget, type ForwardError, type RequestContext } from '../src/index.ts'
import {
  bodyOf,
  engines,
  exchange,
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

const HOST = 'Host: a.test\r\n'
const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`

describe.each(engines)('a handler that reads the body, engine %s', (engine) => {
  useEngine(engine)

  const post = (fields: string, body: string): string =>
    `POST / HTTP/1.1\r\n${HOST}${fields}Connection: close\r\n\r\n${body}`

  test.each([
    ['with a length', 'Content-Length: 5\r\n', 'hello'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n', '2;e=1\r\nhe\r\n3\r\nllo\r\n0\r\nx-t: 1\r\n\r\n'],
  ])('%s', async (_name, fields, body) => {
    const { port } = await startServer(async (ctx) => {
      ctx.respond(200, {}, `<${Buffer.from(await ctx.readBody()).toString()}>`)
    })
    expect(bodyOf(await exchange(port, post(fields, body)))).toBe('<hello>')
    const slow = new RawClient(port)
    for (const byte of post(fields, body)) {
      slow.send(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(bodyOf(await slow.untilClosed())).toBe('<hello>')
  })

  test('none is empty', async () => {
    const { port } = await startServer(async (ctx) => ctx.respond(200, {}, String((await ctx.readBody()).length)))
    expect(bodyOf(await get(port))).toBe('0')
  })

  test('too long: 413, by its length and by its bytes', async () => {
    const { port, server } = await startServer(async (ctx) => {
      await ctx.readBody({ maxBytes: 4 })
      ctx.respond(200)
    })
    expect(statusOf(await exchange(port, post('Content-Length: 5\r\n', 'hello')))).toBe(413)
    const chunks = post('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n')
    expect(statusOf(await exchange(port, chunks))).toBe(413)
    await until(() => server.getPoolStats().inUse === 0)
  })

  test('json: 400 for what is none', async () => {
    const { port } = await startServer(async (ctx) => ctx.respond(200, {}, JSON.stringify(await ctx.json())))
    expect(bodyOf(await exchange(port, post('Content-Length: 7\r\n', '{"a":1}')))).toBe('{"a":1}')
    expect(statusOf(await exchange(port, post('Content-Length: 7\r\n', '{"a":1 ')))).toBe(400)
    expect(statusOf(await exchange(port, post('Content-Length: 1\r\n', '\xff')))).toBe(400)
  })

  test('twice is an error, a client that leaves too', async () => {
    const errors: unknown[] = []
    const { port, server } = await startServer(async (ctx) => {
      const first = ctx.readBody()
      await ctx.readBody().catch((error: unknown) => errors.push((error as { code: string }).code))
      await first.catch((error: unknown) => errors.push((error as { code: string }).code))
      ctx.respond(200)
    })
    const client = new RawClient(port).send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhe`)
    await until(() => errors.length === 1)
    client.socket.destroy()
    await until(() => errors.length === 2)
    expect(errors).toEqual(['ERR_HTTP_STATE', 'ERR_CLIENT_ABORT'])
    await until(() => server.getPoolStats().inUse === 0)
  })

  test('and then forwards it', async () => {
    const upstream = await startUpstream((socket) => {
      socket.on('data', (chunk: Buffer) => {
        if (chunk.toString().endsWith('hello')) socket.write(OK)
      })
    })
    const target = createTarget(`http://127.0.0.1:${upstream.port}`)
    onCleanup(() => target.destroy())
    const { port } = await startServer(async (ctx) => {
      await ctx.readBody()
      ctx.forward(target)
    })
    expect(bodyOf(await exchange(port, post('Content-Length: 5\r\n', 'hello')))).toBe('ok')
  })

  test('Expect: 100-continue is answered when the body is asked for', async () => {
    const { port } = await startServer(async (ctx) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      ctx.respond(200, {}, Buffer.from(await ctx.readBody()).toString())
    })
    const client = new RawClient(port).send(post('Expect: 100-continue\r\nContent-Length: 5\r\n', ''))
    await client.until('100 Continue\r\n\r\n')
    client.send('hello')
    expect(await client.untilClosed()).toMatch(/200 OK[\s\S]*hello$/)
  })
})

describe('engine net', () => {
  useEngine('net')

  test('a handler that still runs when its response is over does not reach the next request', async () => {
    const errors: string[] = []
    const held: RequestContext[] = []
    const { port, server } = await startServer(
      async (ctx) => {
        ctx.respond(200, {}, ctx.path)
        if (ctx.path !== '/1') return
        await new Promise((resolve) => setTimeout(resolve, 30))
        held.push(ctx)
        expect(ctx.path).toBe('/1')
        try {
          ctx.respond(200, {}, 'stolen')
        } catch (error) {
          errors.push((error as { code: string }).code)
        }
      },
      { poolSize: 1 },
    )
    const client = new RawClient(port).send(`GET /1 HTTP/1.1\r\n${HOST}\r\n`)
    await client.until('/1')
    client.send(`GET /2 HTTP/1.1\r\n${HOST}\r\n`)
    await client.until('/2')
    await until(() => held.length === 1)
    expect(errors).toEqual(['ERR_RESPONSE_CHOSEN'])
    client.send(`GET /3 HTTP/1.1\r\n${HOST}\r\n`)
    expect(await client.until('/3')).not.toContain('stolen')
    await until(() => server.getPoolStats().inUse === 0)
  })

  test('asynchronous handlers forward their own heads, not the one that was scanned last', async () => {
    const upstream = await startAnswering((head, socket) => {
      const path = head.split(' ')[1] ?? ''
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`)
    })
    const target = createTarget(`http://127.0.0.1:${upstream.port}`)
    onCleanup(() => target.destroy())
    const { port } = await startServer(async (ctx) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(ctx.headers.get('x-own')).toBe(ctx.path)
      ctx.forward(target)
    })
    const paths = Array.from({ length: 20 }, (_, i) => `/path-${i}${'x'.repeat(i)}`)
    const texts = await Promise.all(paths.map((path) => get(port, path, `X-Own: ${path}\r\nConnection: x-nothing\r\n`)))
    expect(texts.map(bodyOf)).toEqual(paths)
    for (const path of paths) expect(upstream.received()).toContain(`X-Own: ${path}\r\n`)
  })

  test('HTTP/1.0 with keep-alive goes on; without it the connection ends', async () => {
    const upstream = await startAnswering(OK)
    const { port } = await startProxy(upstream.port)
    const client = new RawClient(port).send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    await client.until('ok')
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: keep-alive\r\n/)
    client.text = ''
    client.send('GET / HTTP/1.0\r\n\r\n')
    expect(await client.untilClosed()).toMatch(/connection: close\r\n/)
    // D1: the version of the client is not the version of our request.
    expect(upstream.received()).not.toContain('HTTP/1.0')
    // HTTP/1.1 has a Host.
    expect(upstream.received().match(/^host: 127\.0\.0\.1:\d+\r$/gm)).toHaveLength(2)
  })

  test('D4, D10: forwarding fields of a stranger are replaced, Proxy-Authenticate is removed', async () => {
    const upstream = await startAnswering(
      'HTTP/1.1 200 OK\r\nProxy-Authenticate: Basic\r\nProxy-Connection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
    )
    const { port } = await startProxy(upstream.port, {}, { trustedProxies: [] })
    const text = await get(
      port,
      '/',
      'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\nForwarded: for=6.6.6.6\r\n',
    )
    expect(text).not.toMatch(/proxy-/i)
    expect(upstream.received()).not.toMatch(/6\.6\.6\.6|7\.7\.7\.7/)
    expect(upstream.received().match(/x-forwarded-for/gi)).toHaveLength(1)
  })

  test('D5: an early answer says close, and the rest of the body is read away', async () => {
    const upstream = await startUpstream((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'))
    })
    const { port, results, target } = await startProxy(upstream.port)
    const client = new RawClient(port).send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 150000\r\n\r\nabc`)
    await client.until('\r\n\r\nno')
    expect(client.text).toMatch(/connection: close\r\n/)
    client.send('a'.repeat(149_997))
    await client.untilClosed()
    expect(client.error).toBeNull()
    expect(results[0]?.outcome).toBe('complete')
    // What the upstream has not read of the request would be taken for the next one.
    expect(target.stats().idle).toBe(0)
    await until(() => upstream.sockets.size === 0)
  })

  test('D16: a framing error that came with the head is 502, nothing of the body goes out', async () => {
    const upstream = await startAnswering('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n')
    const { port } = await startProxy(upstream.port)
    const text = await get(port)
    expect([statusOf(text), text.includes('hello')]).toEqual([502, false])
  })

  test('a POST does not take a connection that was idle for a second, a GET does', async () => {
    const upstream = await startAnswering(OK)
    const { port } = await startProxy(upstream.port)
    await get(port)
    await new Promise((resolve) => setTimeout(resolve, 1_050))
    await get(port)
    expect(upstream.connections).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 1_050))
    await exchange(port, `POST / HTTP/1.1\r\n${HOST}Content-Length: 0\r\nConnection: close\r\n\r\n`)
    expect(upstream.connections).toBe(2)
  })

  test('102 and 103 are relayed to HTTP/1.1 only, an unasked 100 to nobody', async () => {
    const upstream = await startAnswering(
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n${OK}`,
    )
    const { port } = await startProxy(upstream.port)
    const text = await get(port)
    expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
    expect(await exchange(port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })
})

describe('hold: the first bytes of a response, engine net', () => {
  useEngine('net')

  const STREAM = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'

  async function start(answer: (socket: Socket) => void, hold: (bytes: Uint8Array) => 'more' | 'commit' | 'retry') {
    const upstream = await startAnswering((_head, socket) => answer(socket))
    const good = await startAnswering(OK)
    const second = createTarget(`http://127.0.0.1:${good.port}`)
    onCleanup(() => second.destroy())
    const errors: ForwardError[] = []
    const proxy = await startProxy(upstream.port, {
      hold,
      onError: (_ctx, error) => {
        errors.push(error)
        return error.target === second ? null : second
      },
    })
    return { ...proxy, errors, upstream }
  }

  test('nothing goes out before commit, then all of it', async () => {
    const sockets: Socket[] = []
    const seen: string[] = []
    const { port } = await start(
      (socket) => {
        sockets.push(socket)
        socket.write(`${STREAM}4\r\n: hi\r\n`)
      },
      (bytes) => {
        seen.push(Buffer.from(bytes).toString())
        return seen.length < 2 ? 'more' : 'commit'
      },
    )
    const client = new RawClient(port).send(GET)
    await until(() => seen.length === 1)
    expect(client.text).toBe('')
    sockets[0]?.write('4\r\ndata\r\n')
    await client.until('4\r\n: hi\r\n4\r\ndata\r\n')
    sockets[0]?.write('1\r\n!\r\n0\r\n\r\n')
    await client.until('1\r\n!\r\n0\r\n\r\n')
    expect(seen).toEqual([': hi', ': hidata'])
  })

  test('retry asks for another target', async () => {
    const { port, errors, results } = await start(
      (socket) => socket.write(`${STREAM}5\r\nerror\r\n`),
      (bytes) => (Buffer.from(bytes).toString().startsWith('error') ? 'retry' : 'commit'),
    )
    expect(bodyOf(await get(port))).toBe('ok')
    expect(errors.map(({ kind, status }) => `${kind} ${status}`)).toEqual(['response 200'])
    expect(results[0]).toMatchObject({ outcome: 'complete', attempts: 2 })
  })

  test('a body that breaks while it is held is a failed attempt, not a cut connection', async () => {
    const { port, errors } = await start(
      (socket) => {
        socket.write(`${STREAM}4\r\n: hi\r\n`)
        setTimeout(() => socket.destroy(), 20)
      },
      (bytes) => (bytes.length < 3 ? 'commit' : 'more'),
    )
    expect(bodyOf(await get(port))).toBe('ok')
    expect(errors.map(({ kind }) => kind)).toEqual(['reset'])
  })

  test('the end of the body, or 64 KiB, commits', async () => {
    const long = 'a'.repeat(100_000)
    const { port } = await start(
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${long.length}\r\n\r\n${long}`),
      () => 'more',
    )
    expect(bodyOf(await get(port))).toBe(long)
    const short = await start(
      (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil close'),
      () => 'more',
    )
    expect(bodyOf(await exchange(short.port, 'GET / HTTP/1.0\r\n\r\n'))).toBe('until close')
    expect(bodyOf(await get(short.port))).toBe('b\r\nuntil close\r\n0\r\n\r\n')
  })
})
