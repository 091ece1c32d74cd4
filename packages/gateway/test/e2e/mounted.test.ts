import {
  Agent,
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { connect as connectHttp2, createSecureServer } from 'node:http2'
import { get as getSecure, Agent as SecureAgent } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import express, { type Express } from 'express'
import fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createAuthority } from '../../../http/test/self-signed.ts'
import type { Gateway } from '../../src/gateway.ts'
import { eventually, open, readAll, send } from './support/client.ts'
import { createTestGateway, route, type TestGateway, upstream } from './support/gateway.ts'
import { answer, startOrigin } from './support/origin.ts'

/** Sends the body back, and says what it was. */
const echo: RequestListener = (request, response) => {
  response.setHeader('x-length', String(request.headers['content-length']))
  response.setHeader('x-coding', String(request.headers['transfer-encoding']))
  response.setHeader('x-url', String(request.url))
  response.setHeader('x-forwarded', String(request.headers['x-forwarded-for']))
  response.setHeader('content-type', String(request.headers['content-type'] ?? 'text/plain'))
  request.pipe(response)
}

async function startGateway(options: Partial<TestGateway> = {}): Promise<Gateway> {
  const upstreams = options.upstreams ?? [upstream('api', [await startOrigin('origin', echo)])]
  const gateway = createTestGateway({ ...options, upstreams })
  await gateway.start({ listen: false })
  onTestFinished(() => gateway.stop())
  return gateway
}

async function listenWith(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const BODY = 'x'.repeat(300_000)

describe('node:http', () => {
  test('requests of every kind, one connection for many of them', async () => {
    const gateway = await startGateway()
    const server = createServer(gateway.handler())
    let connections = 0
    server.on('connection', () => connections++)
    const base = await listenWith(server)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const got = await send(base, '/a?b=c', { agent })
    expect(got).toMatchObject({ status: 200, body: '' })
    expect(got.headers).toMatchObject({ 'x-url': '/a?b=c', 'x-forwarded': '127.0.0.1' })
    const posted = await send(base, '/', { method: 'POST', body: BODY, agent })
    expect(posted.body === BODY).toBe(true)
    expect(posted.headers['x-length']).toBe('300000')
    const chunked = await send(base, '/', {
      method: 'PUT',
      body: BODY,
      headers: { 'transfer-encoding': 'chunked' },
      agent,
    })
    expect(chunked.body === BODY).toBe(true)
    expect(chunked.headers['x-coding']).toBe('chunked')
    expect((await send(base, '/%2F', { agent })).status).toBe(400)
    expect((await send(base, '/livez', { agent })).status).toBe(200)
    // An answer that begins before a large body has come closes its connection: the two uploads may.
    expect(connections).toBeLessThanOrEqual(3)
    await eventually(() => gateway.status().activeRequests === 0)
  })

  test('bodies stream both ways, and a client that leaves takes its request along', async () => {
    let closed = 0
    const origin = await startOrigin('origin', (request, response) => {
      request.on('data', (chunk) => response.write(chunk))
      response.on('close', () => closed++)
    })
    const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
    const base = new URL(await listenWith(createServer(gateway.handler())))
    const socket = connect(Number(base.port), base.hostname)
    onTestFinished(() => void socket.destroy())
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
    await eventually(() => text.includes('one'))
    socket.write('3\r\ntwo\r\n')
    await eventually(() => text.includes('two'))
    socket.destroy()
    await eventually(() => closed === 1 && gateway.status().activeRequests === 0)
  })

  test('an upstream that breaks off cuts the connection', async () => {
    const origin = await startOrigin('origin', (_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('begin')
      setTimeout(() => response.destroy(), 20)
    })
    const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
    const response = await open(await listenWith(createServer(gateway.handler())), '/')
    await expect(readAll(response)).rejects.toThrow('aborted')
  })

  test('stop() waits for requests under way', async () => {
    let release = (): void => {}
    const origin = await startOrigin('origin', (_request, response) => {
      release = () => answer(response, 200, 'late')
    })
    const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
    const base = await listenWith(createServer(gateway.handler()))
    const asked = send(base, '/')
    await eventually(() => origin.requests.length === 1)
    const stopped = gateway.stop()
    release()
    expect((await asked).body).toBe('late')
    await stopped
    expect((await send(base, '/')).status).toBeGreaterThanOrEqual(500)
  })

  test('WebSockets through the upgrade event; what is no upgrade ends the connection', async () => {
    const origin = await startOrigin('origin', echo)
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => {
      for (const client of sockets.clients) client.terminate()
      sockets.close()
    })
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`got ${String(data)}`)))
    await new Promise((resolve) => sockets.once('listening', resolve))
    const url = `http://127.0.0.1:${(sockets.address() as AddressInfo).port}`
    const gateway = await startGateway({
      upstreams: [upstream('ws', [url]), upstream('api', [origin])],
      routes: [route('/ws', 'ws', { websocket: { idleMs: 0, max: 10 } }), route('/*', 'api')],
    })
    const server = createServer(gateway.handler())
    server.on('upgrade', gateway.upgradeHandler())
    const base = await listenWith(server)
    const socket = new WebSocket(`${base.replace('http', 'ws')}/ws`)
    onTestFinished(() => socket.terminate())
    await new Promise((resolve) => socket.once('open', resolve))
    const message = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))))
    socket.send('hello')
    expect(await message).toBe('got hello')
    socket.close()
    const plain = await send(base, '/other', { headers: { connection: 'upgrade', upgrade: 'websocket' } })
    expect(plain.status).toBe(200)
    expect(plain.headers.connection).toBe('close')
    await eventually(() => gateway.status().activeRequests === 0)
  })
})

describe('node:http2', () => {
  test('requests of HTTP/2 and of HTTP/1.1 at one server', async () => {
    const authority = createAuthority()
    const gateway = await startGateway()
    const handler = gateway.handler()
    const server = createSecureServer({ ...authority.issue(['localhost']), allowHTTP1: true }, (request, response) =>
      handler(request as unknown as IncomingMessage, response as unknown as ServerResponse),
    )
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    const session = connectHttp2(`https://localhost:${(server.address() as AddressInfo).port}`, { ca: authority.ca })
    onTestFinished(() => session.destroy())
    const ask = async (headers: OutgoingHttpHeaders, body?: string): Promise<{ status: number; body: string }> => {
      const stream = session.request({ ':path': '/a?b', ...headers }, { endStream: body === undefined })
      const answered = { status: 0, body: '' }
      stream.on('response', (fields) => {
        answered.status = Number(fields[':status'])
      })
      stream.on('data', (chunk: Buffer) => {
        answered.body += chunk.toString()
      })
      stream.on('error', () => {})
      if (body !== undefined) stream.end(body)
      await new Promise((resolve) => stream.once('close', resolve))
      return answered
    }
    expect(await ask({})).toEqual({ status: 200, body: '' })
    expect(await ask({ ':method': 'POST' }, BODY)).toEqual({ status: 200, body: BODY })
    expect((await ask({ ':path': '/%2F' })).status).toBe(400)
    expect((await ask({ ':authority': 'a.test', host: 'b.test' })).status).toBe(400)
    const agent = new SecureAgent({ ca: authority.ca })
    onTestFinished(() => agent.destroy())
    const url = `https://localhost:${(server.address() as AddressInfo).port}/x`
    const plain = await new Promise<IncomingMessage>((resolve) => getSecure(url, { agent }, resolve))
    expect(plain.statusCode).toBe(200)
    plain.resume()
    await eventually(() => gateway.status().activeRequests === 0)
  })
})

describe('Express', () => {
  async function start(
    mount: (app: Express, gateway: Gateway) => void,
    options: Partial<TestGateway> = {},
  ): Promise<string> {
    const gateway = await startGateway(options)
    const app = express()
    mount(app, gateway)
    return listenWith(createServer(app))
  }

  test('below a path, beside routes of its own', async () => {
    const base = await start((app, gateway) => {
      app.get('/own', (_request, response) => void response.send('express'))
      app.use('/api', gateway.handler())
    })
    expect((await send(base, '/own')).body).toBe('express')
    const answered = await send(base, '/api/users?id=1', { method: 'POST', body: BODY })
    expect(answered.headers['x-url']).toBe('/users?id=1')
    expect(answered.body === BODY).toBe(true)
    expect((await send(base, '/elsewhere')).status).toBe(404)
  })

  test('what no route takes goes on to the next handler', async () => {
    const origin = await startOrigin('origin', echo)
    const base = await start(
      (app, gateway) => {
        app.use(gateway.handler())
        app.use((_request, response) => void response.status(200).send('next'))
      },
      {
        upstreams: [upstream('api', [origin])],
        routes: [route('/api/*', 'api'), route('/only', 'api', { methods: ['GET'] })],
      },
    )
    expect((await send(base, '/api/x')).headers['x-url']).toBe('/api/x')
    expect((await send(base, '/other')).body).toBe('next')
    expect((await send(base, '/only', { method: 'POST' })).status).toBe(405)
    expect((await send(base, '/readyz')).status).toBe(200)
  })

  test('headers that a middleware has set stay, those of the answer win', async () => {
    const base = await start((app, gateway) => {
      app.use((_request, response, next) => {
        response.setHeader('x-frame-options', 'DENY')
        response.setHeader('x-url', 'middleware')
        next()
      })
      app.use(gateway.handler())
    })
    const { headers } = await send(base, '/x')
    expect(headers['x-frame-options']).toBe('DENY')
    expect(headers['x-url']).toBe('/x')
  })

  test.each<[string, string, string]>([
    ['JSON', 'application/json', '{"a":[1,"ü"]}'],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&b=x+y&a=2'],
    ['text', 'text/plain', 'just text'],
    ['bytes', 'application/octet-stream', '\u0001\u0002'],
  ])('regression: %s that a parser has read hung; it is sent on', async (_name, type, body) => {
    const base = await start((app, gateway) => {
      app.use(express.json(), express.urlencoded({ extended: false }), express.text(), express.raw())
      app.use(gateway.handler())
    })
    const answered = await send(base, '/', { method: 'POST', body, headers: { 'content-type': type } })
    expect(answered.status).toBe(200)
    if (type.includes('form'))
      expect([...new URLSearchParams(answered.body)].sort()).toEqual([...new URLSearchParams(body)].sort())
    else expect(answered.body).toBe(body)
    expect(answered.headers['x-length']).toBe(String(Buffer.byteLength(answered.body)))
  })

  test('a body that was read and thrown away: 500, not a hanging request', async () => {
    const lines: Record<string, unknown>[] = []
    const base = await start(
      (app, gateway) => {
        app.use((request, _response, next) => {
          request.resume()
          request.once('end', () => next())
        })
        app.use(gateway.handler())
      },
      { log: (line) => lines.push(line) },
    )
    expect((await send(base, '/', { method: 'POST', body: 'lost' })).status).toBe(500)
    expect(JSON.stringify(lines)).toContain('was read before it was handed over')
    expect((await send(base, '/')).status).toBe(200)
  })
})

describe('Fastify', () => {
  test('below a path, bodies unparsed, beside routes of its own', async () => {
    const gateway = await startGateway()
    const handler = gateway.handler()
    const app = fastify()
    onTestFinished(() => app.close())
    app.get('/own', async () => ({ by: 'fastify' }))
    await app.register(async (scope) => {
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
      scope.all('/api/*', (request, reply) => {
        reply.hijack()
        handler(request.raw, reply.raw)
      })
    })
    const base = await app.listen({ port: 0, host: '127.0.0.1' })
    expect(JSON.parse((await send(base, '/own')).body)).toEqual({ by: 'fastify' })
    expect((await send(base, '/api/x?y=1')).headers['x-url']).toBe('/api/x?y=1')
    const headers = { 'content-type': 'application/json' }
    const posted = await send(base, '/api/x', { method: 'POST', body: BODY, headers })
    expect(posted.body === BODY).toBe(true)
    await eventually(() => gateway.status().activeRequests === 0)
  })

  test('a body that Fastify has parsed is sent on', async () => {
    const gateway = await startGateway()
    const handler = gateway.handler()
    const app = fastify()
    onTestFinished(() => app.close())
    app.all('/*', (request, reply) => {
      reply.hijack()
      handler(Object.assign(request.raw, { body: request.body }), reply.raw)
    })
    const base = await app.listen({ port: 0, host: '127.0.0.1' })
    const headers = { 'content-type': 'application/json' }
    const posted = await send(base, '/', { method: 'POST', body: '{ "a": 1 }', headers })
    expect(posted.body).toBe('{"a":1}')
  })
})

test("a request that a lenient parser let through is the client's fault: 400, and no upstream is blamed", async () => {
  const gateway = await startGateway()
  const url = new URL(await listenWith(createServer({ insecureHTTPParser: true }, gateway.handler())))
  for (let i = 0; i < 6; i++) {
    const socket = connect({ host: url.hostname, port: Number(url.port) })
    onTestFinished(() => void socket.destroy())
    socket.write('GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nX: a\x01b\r\n\r\n')
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  }
  expect((await send(url.href, '/x')).status).toBe(200)
})
