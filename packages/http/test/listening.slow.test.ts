import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Server } from '../src/index.ts'
import { createAuthority } from './self-signed.ts'
import { always, onCleanup, until } from './sockets.ts'

// Time-outs of what comes before the first request, at their real length.

const tls = { certificates: [createAuthority().issue(['one.test'])] }

describe.each(['net', 'node'] as const)('engine %s', (engine) => {
  test.each([
    ['a handshake that does not begin', '', { tls }, 10_000],
    ['a handshake that does not go on', '\x16\x03\x01', { tls }, 10_000],
    ['a PROXY header that does not come', '', { proxyProtocol: true }, 5_000],
    ['a PROXY header that does not end', 'PROXY TCP4 192.0.2.1', { proxyProtocol: true }, 5_000],
    ['a PROXY header and no handshake', 'PROXY UNKNOWN\r\n', { proxyProtocol: true, tls }, 10_000],
  ])(
    '%s is closed in time, on 100 connections at once',
    async (_name, bytes, options, limitMs) => {
      const server = new Server(
        { engine, drainMs: 0, listen: [{ port: 0, ...options }] },
        always((ctx) => ctx.respond(200)),
      )
      await server.start()
      onCleanup(() => server.stop())
      const { port } = server.address()
      const begun = performance.now()
      let closed = 0
      for (let i = 0; i < 100; i++) {
        const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')))
        socket.on('error', () => {})
        socket.on('close', () => closed++)
        socket.resume()
      }
      await until(() => closed === 100, undefined, limitMs + 10_000)
      expect(performance.now() - begun).toBeGreaterThan(limitMs - 100)
      await until(() => server.getActiveConnectionCount() === 0)
    },
    60_000,
  )
})
