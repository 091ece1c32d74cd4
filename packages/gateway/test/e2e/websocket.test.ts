import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import type { RouteConfig } from '../../src/config/config.ts'
import type { Gateway } from '../../src/gateway.ts'
import { adminUrlOf, eventually, send, urlOf } from './support/client.ts'
import { route, startGateway, type TestGateway, upstream } from './support/gateway.ts'
import { deadAddress } from './support/origin.ts'

interface SocketOrigin {
  readonly url: string
  readonly name: string
  readonly requests: IncomingMessage[]
  readonly sockets: WebSocketServer
}

/** Sends every message back with its own name in front. */
async function startSocketOrigin(name = 'origin'): Promise<SocketOrigin> {
  const server = createServer((_request, response) => response.end(`plain ${name}`))
  const sockets = new WebSocketServer({ server })
  const requests: IncomingMessage[] = []
  sockets.on('connection', (socket, request) => {
    requests.push(request)
    socket.on('error', () => {})
    socket.on('message', (data) => socket.send(`${name} ${String(data)}`))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, name, requests, sockets }
}

/** An open WebSocket, or the status of the refusal. */
async function open(gateway: Gateway, path: string, headers: Record<string, string> = {}): Promise<WebSocket | number> {
  const socket = new WebSocket(urlOf(gateway).replace('http:', 'ws:') + path, { headers })
  onTestFinished(() => socket.terminate())
  socket.on('error', () => {})
  return new Promise((resolve) => {
    socket.once('open', () => resolve(socket))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
  })
}

async function connected(gateway: Gateway, path = '/ws', headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = await open(gateway, path, headers)
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
  return socket
}

async function roundTrip(socket: WebSocket, message: string): Promise<string> {
  const answered = new Promise<RawData>((resolve) => socket.once('message', resolve))
  socket.send(message)
  return String(await answered)
}

const websocket = { idleMs: 60_000, max: 100 }
const WS: RouteConfig = route('/ws', 'api', { websocket })

describe.each(['net', 'node'] as const)('engine %s', (engine) => {
  function start(options: TestGateway): Promise<Gateway> {
    return startGateway({ ...options, server: { engine, ...options.server } })
  }

  test('messages pass; metrics count what is open', async () => {
    const origin = await startSocketOrigin()
    const gateway = await start({ upstreams: [upstream('api', [origin.url])], routes: [WS], admin: true })
    const socket = await connected(gateway)
    expect(await roundTrip(socket, 'hello')).toBe('origin hello')
    const scrape = async (): Promise<string> => (await send(adminUrlOf(gateway), '/metrics')).body
    expect(await scrape()).toContain('\nbreakwater_websocket_connections 1\n')
    expect(origin.requests[0]?.headers['x-request-id']).toBeDefined()
    socket.close()
    await eventually(async () => (await scrape()).includes('\nbreakwater_websocket_connections 0\n'))
    expect(gateway.status().upstreams[0]?.targets[0]).toMatchObject({ inFlight: 0, attempts: 1, failures: 0 })
  })

  test('a route without the key answers as to any request; the rest of the path is routed as ever', async () => {
    const origin = await startSocketOrigin()
    const gateway = await start({
      upstreams: [upstream('api', [origin.url])],
      routes: [WS, route('/plain', 'api'), route('/app/*', 'api', { websocket, stripPrefix: '/app' })],
    })
    expect(await open(gateway, '/plain')).toBe(200)
    expect(await open(gateway, '/nowhere')).toBe(404)
    expect(await open(gateway, '/app/%2F/x')).toBe(400)
    const socket = await connected(gateway, '/app/room?id=1')
    expect(await roundTrip(socket, 'x')).toBe('origin x')
    expect(origin.requests[0]?.url).toBe('/room?id=1')
    expect((await send(urlOf(gateway), '/ws')).body).toBe('plain origin')
  })

  test('beyond the limit of the route: 503, until one closes', async () => {
    const origin = await startSocketOrigin()
    const gateway = await start({
      upstreams: [upstream('api', [origin.url])],
      routes: [route('/ws', 'api', { websocket: { ...websocket, max: 2 } })],
    })
    const first = await connected(gateway)
    await connected(gateway)
    expect(await open(gateway, '/ws')).toBe(503)
    first.close()
    await eventually(async () => typeof (await open(gateway, '/ws')) !== 'number')
  })

  test('a session goes to its target, as its other requests do', async () => {
    const origins = await Promise.all(['a', 'b', 'c'].map(startSocketOrigin))
    const session = { from: [{ kind: 'header', name: 'x-session-id' }] as const, ttlMs: 60_000, max: 100 }
    const gateway = await start({
      upstreams: [
        upstream(
          'api',
          origins.map(({ url }) => url),
          { session },
        ),
      ],
      routes: [WS],
    })
    const names = new Set<string>()
    for (let i = 0; i < 6; i++) {
      const socket = await connected(gateway, '/ws', { 'x-session-id': 'someone' })
      names.add(await roundTrip(socket, 'x'))
    }
    expect(names.size).toBe(1)
  })

  test('a target that is not there is passed over; when none is, 502', async () => {
    const origin = await startSocketOrigin()
    const dead = await deadAddress()
    const gateway = await start({ upstreams: [upstream('api', [dead, origin.url])], routes: [WS] })
    for (let i = 0; i < 4; i++) expect(await roundTrip(await connected(gateway), 'x')).toBe('origin x')
    const none = await start({ upstreams: [upstream('api', [dead])], routes: [WS] })
    expect(await open(none, '/ws')).toBe(502)
  })

  test('a stop waits for open ones, at most as long as configured', async () => {
    const origin = await startSocketOrigin()
    const gateway = await start({
      upstreams: [upstream('api', [origin.url])],
      routes: [WS],
      server: { shutdown: { drainMs: 200, preStopDelayMs: 0 } },
    })
    const socket = await connected(gateway)
    const stopped = gateway.stop()
    expect(await roundTrip(socket, 'still')).toBe('origin still')
    await stopped
    await eventually(() => socket.readyState === WebSocket.CLOSED)
  })
})
