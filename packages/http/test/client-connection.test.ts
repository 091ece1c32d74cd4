import { createServer } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { ClientConnection } from '../src/connection/client-connection.ts'
import { listen, onCleanup, RawClient, startServer, statusOf, until } from './sockets.ts'

const PEER = { remoteAddress: '127.0.0.1', trusted: true, secure: false, http2: null, clientCertificate: null }

test('while many parsed requests wait, no more is read: node:http resumes the socket for each that ends', async () => {
  const request = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'
  const count = 20_000
  let started = 0
  let mostHeldBytes = 0
  const connections = new Map<object, ClientConnection>()
  const server = createServer()
  server.on('connection', (socket) => {
    connections.set(
      socket,
      new ClientConnection(socket, PEER, performance, ({ res }, connection) => {
        started++
        mostHeldBytes = Math.max(mostHeldBytes, socket.bytesRead - started * request.length)
        res.once('finish', () => connection.exchangeOver())
        res.end()
      }),
    )
  })
  server.on('request', (req, res) => {
    connections.get(req.socket)?.accept({ req, res, expectsContinue: false })
  })
  const client = new RawClient(await listen(server)).send(request.repeat(count))
  await until(() => started === count, client, 10_000)
  // Two reads of 64 KiB: one before the limit was noticed, one after reading went on.
  expect(mostHeldBytes).toBeLessThan(3 * 65_536)
}, 15_000)

test('a connection that is closed is still read: the answer is not lost to a reset', async () => {
  const { port } = await startServer((ctx) => ctx.respond(413, {}, 'too large'))
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onCleanup(() => {
    socket.destroy()
  })
  let text = ''
  let error: Error | null = null
  socket.on('error', (cause) => {
    error = cause
  })
  socket.pause()
  socket.write('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\n')
  // A client that writes all of its body before it reads, long after the answer was sent.
  for (let piece = 0; piece < 10; piece++) {
    socket.write(Buffer.alloc(60_000, 'a'))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  socket.resume()
  await until(() => text.endsWith('too large'))
  expect(statusOf(text)).toBe(413)
  expect(error).toBeNull()
  socket.end()
  await until(() => socket.closed)
  expect(error).toBeNull()
})

test('a client that never closes is cut after the linger time', async () => {
  const { port, server } = await startServer((ctx) => ctx.respond(200))
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onCleanup(() => {
    socket.destroy()
  })
  socket.on('error', () => {})
  socket.resume()
  socket.write('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  await until(() => socket.readableEnded)
  expect(server.getActiveConnectionCount()).toBe(1)
  const began = performance.now()
  await until(() => server.getActiveConnectionCount() === 0)
  expect(performance.now() - began).toBeGreaterThan(1_800)
})
