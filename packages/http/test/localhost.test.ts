import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { Server } from '../src/index.ts'
import { onCleanup, startServer, until } from './sockets.ts'

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1') === true)

/** What one request over the given address gets, or the code of the failed connection. */
async function ask(host: string, port: number): Promise<string> {
  const socket = connect({ host, port })
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    text = error.code ?? 'failed'
  })
  socket.write('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  await new Promise((resolve) => socket.once('close', resolve))
  const head = text.indexOf('\r\n\r\n')
  return head === -1 ? text : text.slice(head + 4)
}

describe('localhost', () => {
  test('regression: where localhost means ::1 first, clients were refused', async () => {
    const { port, server } = await startServer((ctx) => ctx.respond(200, {}, ctx.remoteAddress), { host: 'localhost' })
    expect(server.address()).toEqual({ host: '127.0.0.1', port })
    expect(await ask('127.0.0.1', port)).toBe('127.0.0.1')
    if (hasIPv6) expect(await ask('::1', port)).toBe('::1')
    await until(() => server.getActiveConnectionCount() === 0)
    await server.stop()
    expect(await ask('127.0.0.1', port)).toBe('ECONNREFUSED')
    if (hasIPv6) expect(await ask('::1', port)).toBe('ECONNREFUSED')
  })

  test.skipIf(!hasIPv6)('a port that is taken on ::1 is in use; nothing stays open', async () => {
    const taken = createServer().listen(0, '::1')
    await once(taken, 'listening')
    onCleanup(() => new Promise<void>((resolve) => taken.close(() => resolve())))
    const { port } = taken.address() as { port: number }
    await expect(startServer((ctx) => ctx.respond(200), { host: 'localhost', port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      address: '::1',
      port,
    })
    expect(await ask('127.0.0.1', port)).toBe('ECONNREFUSED')
  })

  test('a server that is stopped while it opens leaves nothing behind', async () => {
    const table = { match: () => null }
    const server = new Server({ host: 'localhost', port: 0 }, table)
    const started = server.start()
    await Promise.all([server.stop(), started])
    expect(() => server.address()).toThrow(/does not listen/)
    const other = new Server({ host: 'localhost', port: 0 }, table)
    await other.start()
    const { port } = other.address()
    await other.stop()
    const again = new Server({ host: 'localhost', port }, table)
    await again.start()
    await again.stop()
  })
})
