import { expect, test } from 'vitest'
import type { Sink } from '../src/index.ts'
import { OK, RawClient, startAnswering, startProxy, startServer, statusOf, until } from './sockets.ts'

// Default time-outs at their real length, and connections by the thousand.

test('an event stream that is silent for longer than requestMs, headersMs and keepAliveMs stays open', async () => {
  const sinks: Sink[] = []
  const { port } = await startServer((ctx) => {
    sinks.push(ctx.stream(200, { 'content-type': 'text/event-stream' }))
  })
  const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
  await client.until('\r\n\r\n')
  await new Promise((resolve) => setTimeout(resolve, 130_000))
  sinks[0]?.write('data: still here\n\n')
  await client.until('still here')
  sinks[0]?.end()
}, 150_000)

test('a forwarded stream with idleMs 0 outlives the default idle time-out', async () => {
  const upstream = await startAnswering('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n')
  const { port } = await startProxy(upstream.port, { timeouts: { idleMs: 0 } })
  const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
  await client.until('\r\n\r\n')
  await new Promise((resolve) => setTimeout(resolve, 70_000))
  for (const socket of upstream.sockets) socket.write('data: late\n\n')
  await client.until('data: late')
}, 90_000)

test('a head that takes longer than headersMs is answered 408', async () => {
  const { port } = await startServer((ctx) => ctx.respond(200))
  const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost')
  await until(() => client.closed, client, 80_000)
  expect(statusOf(client.text)).toBe(408)
}, 90_000)

test('head and idle time-outs of an upstream come at their time, ±100 ms', async () => {
  const silent = await startAnswering(() => {})
  const stuck = await startAnswering('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')
  const timeouts = { headersMs: 1_500, idleMs: 1_500 }
  for (const [upstream, status] of [
    [silent, 504],
    [stuck, 200],
  ] as const) {
    const { port } = await startProxy(upstream.port, { timeouts })
    const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
    const began = performance.now()
    expect(statusOf(await client.untilClosed())).toBe(status)
    expect(Math.abs(performance.now() - began - 1_500)).toBeLessThan(100)
  }
})

test('2,000 slow heads and bodies: others are served, all slow ones are closed', async () => {
  // An answer before the end of a body would end its connection.
  const upstream = await startAnswering((head, socket) => {
    if (head.startsWith('GET')) socket.write(OK)
  })
  const { port, server } = await startProxy(
    upstream.port,
    {},
    { timeouts: { headersMs: 5_000, requestMs: 8_000, keepAliveMs: 5_000 } },
    { connections: 2_000 },
  )
  const slow = Array.from({ length: 2_000 }, (_, i) =>
    new RawClient(port).send(
      i % 2 === 0 ? 'GET / HTTP/1.1\r\nHost: a' : 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\na',
    ),
  )
  await until(() => server.getActiveConnectionCount() === 2_000, undefined, 20_000)
  for (let i = 0; i < 200; i++) {
    const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await client.until('ok')
    client.socket.destroy()
  }
  await until(() => slow.every((client) => client.closed), undefined, 30_000)
  await until(() => server.getActiveConnectionCount() === 0 && server.getPoolStats().inUse === 0)
}, 90_000)
