import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { selfSigned } from './certificate.ts'
import { openSocket } from './load/client-socket.ts'
import { Latencies } from './load/latencies.ts'
import { Load } from './load/load.ts'
import { measureRun } from './load/measure.ts'
import { Streams } from './load/streams.ts'
import { Upstream } from './load/upstream.ts'
import { SMALL_BODY } from './traffic.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const item of open.splice(0)) item.close()
})

async function upstreamPort(): Promise<number> {
  const upstream = new Upstream()
  open.push(upstream)
  const [port] = await upstream.listen(1)
  return port ?? 0
}

async function listen(server: Server): Promise<number> {
  open.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function answering(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => answer(socket))
  })
  return listen(server)
}

describe('the load', () => {
  test.each(['get', 'post', 'large'] as const)('counts what the service answers to %s', async (kind) => {
    const load = new Load({ port: await upstreamPort() }, { kind, connections: 3 })
    open.push(load)
    await load.open()
    const { requests, faults, p50, p99 } = await load.run(50)
    expect(faults).toEqual([])
    expect(requests).toBeGreaterThanOrEqual(3)
    expect(p99).toBeGreaterThanOrEqual(p50)
    expect(p50).toBeGreaterThan(0)
  })

  const ok = `HTTP/1.1 200 OK\r\nContent-Length: ${SMALL_BODY}\r\n\r\n${'x'.repeat(SMALL_BODY)}`
  test.each([
    ['another status', (socket: Socket) => socket.write(ok.replace('200 OK', '503 No')), 'status 503'],
    [
      'a shorter body',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nxx'),
      'body of 2 bytes',
    ],
    ['more than the answer', (socket: Socket) => socket.write(`${ok}x`), 'bytes after the answer'],
    ['no answer', (socket: Socket) => socket.destroy(), 'connection closed before the end of the answer'],
    [
      'half an answer',
      (socket: Socket) => socket.end(ok.slice(0, 300)),
      'connection closed before the end of the answer',
    ],
  ])('%s is a fault', async (_, answer, fault) => {
    const load = new Load({ port: await answering(answer) }, { kind: 'get', connections: 1 })
    open.push(load)
    await load.open()
    expect(load.faults).toEqual([`1 × ${fault}`])
  })

  test('takes a new connection for every request if asked', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        expect(String(bytes)).toContain('Connection: close')
        socket.end(ok)
      })
    })
    const load = new Load({ port: await listen(server) }, { kind: 'get', connections: 2, reconnect: true })
    open.push(load)
    await load.open()
    const { requests, faults } = await load.run(30)
    expect(faults).toEqual([])
    expect(connections).toBe(requests)
  })
})

test('streams deliver every event, and none while the service pauses', async () => {
  const upstream = new Upstream()
  open.push(upstream)
  const [port = 0] = await upstream.listen(1)
  const shape = { kind: 'events', connections: 3 } as const
  const order = { do: 'run', address: { port }, pid: process.pid, shape, milliseconds: 60, cpu: null } as const
  const { requests, faults } = await measureRun(order, upstream)
  expect(faults).toEqual([])
  expect(requests).toBeGreaterThanOrEqual(3)
  expect(requests % 3).toBe(0)
  expect(upstream.paused).toBe(false)
})

test('a stream that ends is a fault', async () => {
  const port = await answering((socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'))
  const streams = new Streams({ port }, 1)
  open.push(streams)
  await expect.poll(() => streams.faults).toEqual(['1 × the stream ended'])
})

test('the certificate of a run is one that clients accept', async () => {
  const { certificate, key } = selfSigned('gateway.example')
  const port = await listen(createTlsServer({ cert: certificate, key }, (socket) => socket.end('hello')))
  const text = await new Promise<string>((settle, fail) => {
    const socket = openSocket({ port, certificate }, (bytes, length) => settle(bytes.toString('latin1', 0, length)))
    socket.on('error', fail)
  })
  expect(text).toBe('hello')
})

test('quantiles of latencies are upper edges of 20 µs steps', () => {
  const latencies = new Latencies()
  expect(latencies.quantile(0.5)).toBe(0)
  for (const milliseconds of [0.001, 0.05, 0.05, 1, 5_000]) latencies.record(milliseconds)
  expect(latencies.quantile(0)).toBeCloseTo(0.02)
  expect(latencies.quantile(0.5)).toBeCloseTo(0.06)
  expect(latencies.quantile(0.8)).toBeCloseTo(1.02)
  expect(latencies.quantile(1)).toBeCloseTo(400.02)
})
