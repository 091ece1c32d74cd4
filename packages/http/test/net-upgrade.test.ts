import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createTarget, type ForwardResult } from '../src/index.ts'
import {
  exchange,
  OK,
  onCleanup,
  RawClient,
  type Running,
  startAnswering,
  startServer,
  statusOf,
  type Upstream,
  until,
  useEngine,
} from './sockets.ts'

const UPGRADE =
  'GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: k\r\n\r\n'
const SWITCH =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: a\r\n\r\n'

interface Upgrading extends Running {
  readonly upstream: Upstream
  readonly peers: Socket[]
  readonly results: ForwardResult[]
}

/** Upgrades whatever asks for `websocket`, forwards the rest. */
async function startUpgrading(answer: string | null = SWITCH, tunnelIdleMs = 5_000): Promise<Upgrading> {
  const peers: Socket[] = []
  const upstream = await startAnswering((head, socket) => {
    peers.push(socket)
    if (answer !== null) socket.write(/upgrade: websocket/i.test(head) ? answer : OK)
  })
  const target = createTarget(`http://127.0.0.1:${upstream.port}`)
  onCleanup(() => target.destroy())
  const results: ForwardResult[] = []
  const options = {
    timeouts: { tunnelIdleMs },
    onEnd: (_ctx: unknown, result: ForwardResult) => {
      results.push(result)
    },
  }
  const running = await startServer((ctx) => {
    if (ctx.upgradeProtocol === 'websocket') ctx.upgrade(target, options)
    else ctx.forward(target, options)
  })
  return { ...running, upstream, peers, results }
}

describe('an upgrade, engine net', () => {
  useEngine('net')

  test('after 101 bytes pass both ways, also those that came with the heads', async () => {
    const { port, upstream, peers, server, results } = await startUpgrading(`${SWITCH}early from upstream`)
    const client = new RawClient(port).send(`${UPGRADE}early from client`)
    await client.until('early from upstream')
    expect(client.text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
    expect(client.text).toContain('Sec-WebSocket-Accept: a\r\n')
    expect(client.text).toContain('connection: upgrade\r\nupgrade: websocket\r\n\r\n')
    await until(() => upstream.received().endsWith('early from client'))
    expect(upstream.received()).toContain('connection: upgrade\r\nupgrade: websocket\r\n')
    expect(upstream.received()).toContain('Sec-WebSocket-Key: k\r\n')
    client.send(Buffer.from([0, 255, 13, 10, 13, 10]))
    await until(() => upstream.received().endsWith('\x00\xff\r\n\r\n'))
    peers[0]?.write(Buffer.alloc(200_000, 'b'))
    await until(() => client.text.length > 200_000)
    client.socket.end()
    await until(() => server.getActiveConnectionCount() === 0 && upstream.sockets.size === 0)
    await until(() => server.getPoolStats().inUse === 0)
    expect(results).toHaveLength(1)
    expect(results[0]?.outcome).toBe('complete')
  })

  test('a half-close is passed on, and the other direction stays open', async () => {
    const { port, peers, upstream, server } = await startUpgrading()
    const client = new RawClient(port).send(UPGRADE)
    await client.until('\r\n\r\n')
    const peer = peers[0] as Socket
    peer.removeAllListeners('end')
    peer.allowHalfOpen = true
    let ended = false
    peer.on('end', () => {
      ended = true
    })
    client.socket.allowHalfOpen = true
    client.socket.end('last words')
    await until(() => ended && upstream.received().endsWith('last words'))
    peer.write('still here')
    await client.until('still here')
    peer.end()
    await until(() => client.ended)
    await until(() => server.getActiveConnectionCount() === 0 && server.getPoolStats().inUse === 0)
  })

  test('another answer than 101 is an ordinary response, and the connection goes on', async () => {
    const { port, results } = await startUpgrading('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno')
    const client = new RawClient(port).send(UPGRADE)
    await client.until('\r\n\r\nno')
    client.text = ''
    client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await client.until('ok')
    expect(results.map(({ outcome }) => outcome)).toEqual(['complete', 'complete'])
  })

  const switches = 'HTTP/1.1 101 Switching Protocols\r\n'
  test.each([
    ['no field at all', `${switches}\r\n`],
    ['no Upgrade', `${switches}Connection: upgrade\r\n\r\n`],
    ['no Connection', `${switches}Upgrade: websocket\r\n\r\n`],
    ['an empty Upgrade', `${switches}Connection: upgrade\r\nUpgrade:\r\n\r\n`],
    ['another protocol', `${switches}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n`],
    ['two protocols', `${switches}Connection: upgrade\r\nUpgrade: websocket, h2c\r\n\r\n`],
    ['two Upgrades', `${switches}Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: websocket\r\n\r\n`],
    ['a length', `${switches}Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\n`],
    ['chunks', `${switches}Connection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['HTTP/1.0', SWITCH.replace('HTTP/1.1', 'HTTP/1.0')],
  ])('a 101 with %s is a 502, and its connection is destroyed', async (_name, answer) => {
    const { port, upstream, results } = await startUpgrading(answer)
    const client = new RawClient(port).send(UPGRADE)
    await client.until('\r\n\r\n{')
    expect(statusOf(client.text)).toBe(502)
    await until(() => results.length === 1 && upstream.sockets.size === 0)
    expect(results[0]?.outcome).toBe('upstream_error')
    client.text = ''
    client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await client.until('ok')
  })

  test('a tunnel without a byte for its idle time is closed', async () => {
    const { port, upstream, server, results } = await startUpgrading(SWITCH, 60)
    const client = new RawClient(port).send(UPGRADE)
    await client.untilClosed()
    await until(() => upstream.sockets.size === 0 && server.getPoolStats().inUse === 0)
    expect(results).toHaveLength(1)
  })

  test.each([
    ['the client', true],
    ['the upstream', false],
  ])('%s resets: the other side is closed', async (_name, byClient) => {
    const { port, peers, upstream, server } = await startUpgrading()
    const client = new RawClient(port).send(UPGRADE)
    await client.until('\r\n\r\n')
    if (byClient) client.socket.resetAndDestroy()
    else peers[0]?.resetAndDestroy()
    await until(() => client.closed && upstream.sockets.size === 0)
    await until(() => server.getActiveConnectionCount() === 0 && server.getPoolStats().inUse === 0)
  })

  test('a slow side holds the other up: nothing piles up', async () => {
    const { port, peers } = await startUpgrading()
    const client = new RawClient(port).send(UPGRADE)
    await client.until('\r\n\r\n')
    client.socket.pause()
    const before = process.memoryUsage().arrayBuffers
    let accepted = 0
    const piece = Buffer.alloc(65_536)
    const pump = (): void => {
      while (accepted < 1_000 && peers[0]?.write(piece, () => accepted++) === true);
    }
    peers[0]?.on('drain', pump)
    pump()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(accepted).toBeLessThan(400)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1_048_576)
  })

  test.each([
    ['h2c', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n'],
    ['without Connection', 'Upgrade: websocket\r\n'],
    ['two protocols', 'Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n'],
    ['a list', 'Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n'],
  ])('%s is an ordinary request', async (_name, fields) => {
    const { port, upstream } = await startUpgrading()
    const client = new RawClient(port).send(`GET / HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`)
    await client.until('ok')
    expect(upstream.received()).not.toMatch(/upgrade/i)
  })

  test('an upgrade with a body is refused; ctx.upgrade without one asked for is an error', async () => {
    const { port } = await startUpgrading()
    const request = UPGRADE.replace('\r\n\r\n', '\r\nContent-Length: 2\r\n\r\nhi')
    expect(statusOf(await exchange(port, request))).toBe(400)
    const target = createTarget('http://127.0.0.1:1')
    onCleanup(() => target.destroy())
    const errors: unknown[] = []
    const plain = await startServer((ctx) => ctx.upgrade(target), { onHandlerError: (error) => errors.push(error) })
    const text = await exchange(plain.port, 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
    expect(statusOf(text)).toBe(500)
    expect(errors[0]).toBeInstanceOf(TypeError)
  })
})
