import { createServer, type Server as HttpServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { createTarget, type ForwardOptions, type RequestContext, type ServerConfig, type Target } from '../src/index.ts'
import { createAuthority } from './self-signed.ts'
import { bodyOf, engines, listen, onCleanup, RawClient, startServer, statusOf, until, useEngine } from './sockets.ts'

const authority = createAuthority()
const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

interface Echo {
  readonly server: HttpServer
  readonly sockets: WebSocketServer
  readonly target: Target
  readonly headers: Record<string, unknown>[]
}

/** Sends every message back; says its name to `who`. */
async function startEcho(): Promise<Echo> {
  const server = createServer((request, response) => response.end(`plain ${request.headers.upgrade}`))
  const sockets = new WebSocketServer({
    server,
    maxPayload: 64 * 1024 * 1024,
    handleProtocols: (all) => [...all][0] ?? false,
  })
  const headers: Record<string, unknown>[] = []
  sockets.on('connection', (socket, request) => {
    headers.push({ ...request.headers, url: request.url })
    socket.on('error', () => {})
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  const target = createTarget(`http://127.0.0.1:${await listen(server)}`)
  onCleanup(() => target.destroy())
  onCleanup(() => {
    for (const client of sockets.clients) client.terminate()
  })
  return { server, sockets, target, headers }
}

/** Lets WebSockets on `/ws` through; everything else is an ordinary request. */
function upgrading(target: Target, options: ForwardOptions = {}): (ctx: RequestContext) => void {
  return (ctx) => {
    if (ctx.upgradeProtocol === 'websocket' && ctx.path === '/ws') ctx.upgrade(target, options)
    else ctx.forward(target, options)
  }
}

async function open(url: string, protocols: string[] = [], options: object = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols, options)
  socket.on('error', () => {})
  onCleanup(() => socket.terminate())
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', reject)
  })
  return socket
}

async function roundTrip(socket: WebSocket, message: string | Buffer): Promise<Buffer> {
  const answered = new Promise<RawData>((resolve) => socket.once('message', resolve))
  socket.send(message)
  return (await answered) as Buffer
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  async function start(
    options: ForwardOptions = {},
    config: Partial<ServerConfig> = {},
  ): Promise<
    Echo & {
      readonly url: string
      readonly port: number
      stop(): Promise<void>
      connections(): number
      inUse(): number
    }
  > {
    const echo = await startEcho()
    const { port, server } = await startServer(upgrading(echo.target, options), config)
    return {
      ...echo,
      port,
      url: `ws://127.0.0.1:${port}/ws`,
      stop: () => server.stop(),
      connections: () => server.getActiveConnectionCount(),
      inUse: () => server.getPoolStats().inUse,
    }
  }

  test('messages both ways, text, binary, large, with a protocol', async () => {
    const { url, headers } = await start()
    const socket = await open(url, ['chat'])
    expect(socket.protocol).toBe('chat')
    expect((await roundTrip(socket, 'hello')).toString()).toBe('hello')
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 3_000_000]) {
      const message = Buffer.alloc(size, 'x')
      expect((await roundTrip(socket, message)).equals(message)).toBe(true)
    }
    expect(headers[0]).toMatchObject({ url: '/ws', upgrade: 'websocket', 'x-forwarded-for': '127.0.0.1' })
  })

  test('compressed messages: the frames are not looked at', async () => {
    const { url, server, sockets } = await start()
    sockets.close()
    const deflating = new WebSocketServer({ noServer: true, perMessageDeflate: true })
    server.removeAllListeners('upgrade')
    server.on('upgrade', (request, socket, head) =>
      deflating.handleUpgrade(request, socket as Socket, head, (peer) => {
        onCleanup(() => peer.terminate())
        peer.on('message', (data) => peer.send(data))
      }),
    )
    const socket = await open(url, [], { perMessageDeflate: true })
    expect(socket.extensions).toContain('permessage-deflate')
    const message = 'a'.repeat(100_000)
    expect((await roundTrip(socket, message)).toString() === message).toBe(true)
  })

  test('a close from either side reaches the other with its code; nothing is left', async () => {
    const { url, sockets, connections, inUse, target } = await start()
    const first = await open(url)
    const [peer] = sockets.clients
    const codes: number[] = []
    peer?.once('close', (code) => codes.push(code))
    first.close(4001, 'done')
    await until(() => codes.length === 1)
    const second = await open(url)
    second.once('close', (code) => codes.push(code))
    for (const each of sockets.clients) each.close(4002)
    await until(() => codes.length === 2)
    expect(codes).toEqual([4001, 4002])
    await until(() => connections() === 0 && inUse() === 0 && target.stats().active === 0)
  })

  test('a client or an upstream that is cut: the other side is closed', async () => {
    const { url, sockets, connections, inUse } = await start()
    const first = await open(url)
    first.terminate()
    await until(() => sockets.clients.size === 0)
    const second = await open(url)
    let closed = false
    second.once('close', () => {
      closed = true
    })
    for (const each of sockets.clients) each.terminate()
    await until(() => closed && connections() === 0 && inUse() === 0)
  })

  test('frames that a client sends before the 101 wait for it', async () => {
    const { port, sockets } = await start()
    const received: string[] = []
    sockets.on('connection', (socket) => socket.on('message', (data) => received.push(data.toString())))
    // A masked text frame with the message `hi`, mask 0.
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])
    const client = new RawClient(port).send(Buffer.concat([Buffer.from(UPGRADE), frame]))
    await client.until('hi')
    expect(client.text.indexOf('101 Switching Protocols')).toBe(9)
    expect(received).toEqual(['hi'])
  })

  test('a route that does not allow it: an ordinary request, and the next one on the connection', async () => {
    const { port } = await start()
    const client = new RawClient(port).send(UPGRADE.replace('/ws', '/other'))
    await client.until('plain undefined')
    client.text = ''
    client.send('GET /other HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
    const answer = await client.untilClosed()
    expect(statusOf(answer)).toBe(200)
    expect(bodyOf(answer)).toContain('plain undefined')
  })

  test('an upgrade behind another request on the same connection', async () => {
    const { port } = await start()
    const client = new RawClient(port).send(`GET /first HTTP/1.1\r\nHost: a.test\r\n\r\n${UPGRADE}`)
    await client.until('101 Switching Protocols')
    expect(client.text.indexOf('plain undefined')).toBeGreaterThan(0)
    expect(client.text.indexOf('plain undefined')).toBeLessThan(client.text.indexOf('101 Switching'))
  })

  test.each([
    ['h2c', 'Upgrade: h2c'],
    ['several protocols', 'Upgrade: websocket, h2c'],
  ])('%s: not upgraded', async (_name, field) => {
    const { port } = await start()
    const client = new RawClient(port).send(
      `GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: upgrade, close\r\n${field}\r\n\r\n`,
    )
    expect(bodyOf(await client.untilClosed())).toContain('plain undefined')
  })

  test('an upstream that refuses: its answer is passed on as any other', async () => {
    const { url, server } = await start()
    server.removeAllListeners('upgrade')
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
    })
    const socket = new WebSocket(url)
    onCleanup(() => socket.terminate())
    socket.on('error', () => {})
    const status = await new Promise<number>((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    })
    expect(status).toBe(403)
  })

  test('an upstream that switches to something else: 502', async () => {
    const { url, server } = await start()
    server.removeAllListeners('upgrade')
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n')
    })
    const socket = new WebSocket(url)
    onCleanup(() => socket.terminate())
    socket.on('error', () => {})
    const status = await new Promise<number>((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
      socket.on('open', () => resolve(101))
    })
    expect(status).toBe(502)
  })

  test('an upstream that is not there: 502; policy that refuses: its answer', async () => {
    const target = createTarget('http://127.0.0.1:1')
    onCleanup(() => target.destroy())
    const { port } = await startServer((ctx) => {
      if (ctx.path === '/ws') ctx.upgrade(target)
      else ctx.respond(401, {}, 'who are you')
    })
    expect(
      statusOf(await new RawClient(port).send(UPGRADE.replace('Upgrade\r\n', 'Upgrade, close\r\n')).until(/502/)),
    ).toBe(502)
    const refused = new RawClient(port).send(UPGRADE.replace('/ws', '/private'))
    expect(statusOf(await refused.until('who are you'))).toBe(401)
  })

  test('a tunnel in which nothing moves is closed', async () => {
    const { url, connections, inUse } = await start({ timeouts: { tunnelIdleMs: 50 } })
    const socket = await open(url)
    let closed = false
    socket.once('close', () => {
      closed = true
    })
    await until(() => closed && connections() === 0 && inUse() === 0)
  })

  test('stop() waits for tunnels, then cuts them', async () => {
    const { url, stop, connections } = await start({}, { drainMs: 100 })
    const socket = await open(url)
    expect((await roundTrip(socket, 'before')).toString()).toBe('before')
    const stopped = stop()
    expect((await roundTrip(socket, 'while draining')).toString()).toBe('while draining')
    await stopped
    expect(connections()).toBe(0)
    await until(() => socket.readyState === WebSocket.CLOSED)
  })

  test('50 at once, each with its own messages', async () => {
    const { url } = await start()
    const sockets = await Promise.all(Array.from({ length: 50 }, () => open(url)))
    const answers = await Promise.all(sockets.map((socket, i) => roundTrip(socket, `message ${i}`)))
    expect(answers.map(String)).toEqual(Array.from({ length: 50 }, (_, i) => `message ${i}`))
  })

  test('300 clients that are cut in the middle of a message leave nothing', async () => {
    const { url, connections, inUse, target, sockets } = await start()
    for (let round = 0; round < 3; round++) {
      const clients = await Promise.all(Array.from({ length: 100 }, () => open(url)))
      for (const client of clients) {
        client.send(Buffer.alloc(10_000))
        client.terminate()
      }
    }
    await until(() => connections() === 0 && inUse() === 0 && sockets.clients.size === 0, undefined, 10_000)
    expect(target.stats()).toEqual({ idle: 0, active: 0, queued: 0 })
  })

  test('over TLS on both sides', async () => {
    const pair = authority.issue(['localhost'])
    const server = createSecureServer(pair)
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket) => {
      onCleanup(() => socket.terminate())
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    })
    const target = createTarget(`https://localhost:${await listen(server)}`, { tls: { ca: authority.ca } })
    onCleanup(() => target.destroy())
    const listening = { listen: [{ port: 0, tls: { certificates: [pair] } }], port: undefined }
    const { port } = await startServer(upgrading(target), listening as never)
    const socket = await open(`wss://localhost:${port}/ws`, [], { ca: authority.ca })
    expect((await roundTrip(socket, 'secret')).toString()).toBe('secret')
    const large = Buffer.alloc(2_000_000, 'abcdefg')
    expect((await roundTrip(socket, large)).equals(large)).toBe(true)
  })
})
