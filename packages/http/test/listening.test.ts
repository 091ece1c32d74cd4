import { existsSync, linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { type ListenOptions, type RequestContext, Server, type ServerConfig } from '../src/index.ts'
import { createAuthority } from './self-signed.ts'
import {
  always,
  bodyOf,
  engineInUse,
  engines,
  exchange,
  onCleanup,
  RawClient,
  statusOf,
  until,
  useEngine,
} from './sockets.ts'

const authority = createAuthority()
const GET = 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n'
const V2_SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'
/** From 192.0.2.1:56324 to 198.51.100.1:443. */
const V2 = `${V2_SIGNATURE}\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\xdc\x04\x01\xbb`
const V2_LOCAL = `${V2_SIGNATURE}\x20\0\0\0`
const V1 = 'PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n'

const tellPeer = (ctx: RequestContext): void =>
  ctx.respond(200, {}, `${ctx.scheme} ${ctx.remoteAddress} ${ctx.clientAddress}`)

async function start(
  listen: readonly ListenOptions[],
  config: Partial<ServerConfig> = {},
  handler: (ctx: RequestContext) => void = tellPeer,
): Promise<Server> {
  const server = new Server({ engine: engineInUse(), listen, drainMs: 0, ...config }, always(handler))
  await server.start()
  onCleanup(() => server.stop())
  return server
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'http-'))
  onCleanup(() => rmSync(path, { recursive: true }))
  return path
}

async function askFile(path: string): Promise<string> {
  const socket = connect(path)
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    text = error.code ?? ''
  })
  socket.write(GET)
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('the PROXY protocol', () => {
    const proxied: readonly ListenOptions[] = [{ port: 0, proxyProtocol: true }]

    test.each([
      ['version 1', V1, '192.0.2.1'],
      ['version 1, IPv6', 'PROXY TCP6 2001:db8::7 2001:db8::1 1 2\r\n', '2001:db8::7'],
      ['version 1, unknown', 'PROXY UNKNOWN\r\n', '127.0.0.1'],
      ['version 2', V2, '192.0.2.1'],
      ['version 2, a health check of the balancer', V2_LOCAL, '127.0.0.1'],
    ])('%s: the address of the client is the one in the header', async (_name, header, address) => {
      const server = await start(proxied)
      const answer = await exchange(server.address().port, header + GET)
      expect(bodyOf(answer)).toBe(`http ${address} ${address}`)
    })

    test('a header in pieces, and several requests behind it', async () => {
      const server = await start(proxied)
      const { port } = server.address()
      for (const header of [V1, V2]) {
        const client = new RawClient(port)
        const bytes = Buffer.from(`${header}GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\n`, 'latin1')
        for (const byte of bytes) {
          client.send(Buffer.from([byte]))
          await new Promise(setImmediate)
        }
        await client.until('192.0.2.1')
        client.text = ''
        client.send(GET)
        expect(statusOf(await client.untilClosed())).toBe(200)
      }
    })

    test.each([
      ['nothing but a request', GET],
      ['a malformed line', 'PROXY TCP4 192.0.2.999 198.51.100.1 56324 443\r\n'],
      ['an endless line', `PROXY TCP4 ${'1'.repeat(200)}`],
      ['a bad version', `${V2_SIGNATURE}\x11\x11\0\x0c`],
    ])('%s: closed without a word', async (_name, bytes) => {
      const server = await start(proxied)
      const client = new RawClient(server.address().port).send(bytes)
      expect(await client.untilClosed()).toBe('')
      await until(() => server.getActiveConnectionCount() === 0)
    })

    test('from a peer that is not trusted: closed without a word', async () => {
      const server = await start(proxied, { trustedProxies: ['10.0.0.0/8'] })
      expect(await exchange(server.address().port, V1 + GET)).toBe('')
    })

    test('the client in the header is not trusted because its balancer is', async () => {
      const server = await start(proxied)
      const answer = await exchange(
        server.address().port,
        `${V1}GET / HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n`,
      )
      expect(bodyOf(answer)).toBe('http 192.0.2.1 192.0.2.1')
      const trusting = await start(proxied, { trustedProxies: ['loopback', '192.0.2.0/24'] })
      const believed = await exchange(
        trusting.address().port,
        `${V1}GET / HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n`,
      )
      expect(bodyOf(believed)).toBe('http 192.0.2.1 203.0.113.9')
    })

    test('without the option a header is a malformed request', async () => {
      const server = await start([{ port: 0 }])
      expect(statusOf(await exchange(server.address().port, V1 + GET))).toBe(400)
    })

    test.each([V1, V2, V2_LOCAL])('in front of TLS (%j)', async (header) => {
      const tls = { certificates: [authority.issue(['one.test'])] }
      const server = await start([{ port: 0, proxyProtocol: true, tls }])
      const raw = connect(server.address().port, '127.0.0.1')
      onCleanup(() => {
        raw.destroy()
      })
      raw.write(Buffer.from(header, 'latin1'))
      const client = connectTls({ socket: raw, servername: 'one.test', ca: authority.ca })
      let text = ''
      client.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      client.write(GET)
      await until(() => text.includes('\r\n\r\nhttps '))
      const address = header === V2_LOCAL ? '127.0.0.1' : '192.0.2.1'
      expect(bodyOf(text)).toBe(`https ${address} ${address}`)
    })

    test('the header and the ClientHello in one packet', async () => {
      const tls = { certificates: [authority.issue(['one.test'])] }
      const server = await start([{ port: 0, proxyProtocol: true, tls }])
      // A relay that holds everything back until the first bytes of the client came.
      const relay = createTcpServer((socket: Socket) => {
        const upstream = connect(server.address().port, '127.0.0.1')
        socket.once('data', (first: Buffer) => {
          upstream.write(Buffer.concat([Buffer.from(V1), first]))
          socket.pipe(upstream)
        })
        upstream.pipe(socket)
        for (const each of [socket, upstream]) each.on('error', () => {})
        onCleanup(() => {
          upstream.destroy()
          socket.destroy()
        })
      })
      await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
      onCleanup(() => {
        relay.close()
      })
      const { port } = relay.address() as { port: number }
      const client = connectTls({ port, host: '127.0.0.1', servername: 'one.test', ca: authority.ca })
      let text = ''
      client.on('error', () => {})
      client.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      client.write(GET)
      await until(() => text.includes('192.0.2.1'))
    })
  })

  describe('socket files', () => {
    test('requests come in, the peer is this machine, the file goes with the listener', async () => {
      const path = join(folder(), 'http.sock')
      const server = await start([{ path }])
      expect(server.addresses()).toEqual([{ path }])
      expect(() => server.address()).toThrow(/does not listen/)
      expect(bodyOf(await askFile(path))).toBe('http 127.0.0.1 127.0.0.1')
      await server.stop()
      expect(existsSync(path)).toBe(false)
    })

    test('a file that a killed process left is replaced, one that is served is not', async () => {
      const path = join(folder(), 'http.sock')
      const first = await start([{ path: join(folder(), 'first.sock') }])
      const [address] = first.addresses()
      // The second name stays when the listener removes its own: nobody listens behind it.
      if (address !== undefined && address !== null && 'path' in address) linkSync(address.path, path)
      await first.stop()
      expect(await askFile(path)).toBe('ECONNREFUSED')
      await start([{ path }])
      await expect(start([{ path }])).rejects.toMatchObject({ code: 'EADDRINUSE' })
      expect(statusOf(await askFile(path))).toBe(200)
    })

    test('a file that is no socket is left alone', async () => {
      const path = join(folder(), 'precious.txt')
      writeFileSync(path, 'text')
      await expect(start([{ path }])).rejects.toMatchObject({ code: 'EADDRINUSE' })
      expect(existsSync(path)).toBe(true)
    })
  })

  test('several addresses are one server; if one cannot be opened none is', async () => {
    const path = join(folder(), 'http.sock')
    const tls = { certificates: [authority.issue(['localhost'])] }
    const server = await start([{ port: 0 }, { port: 0, tls }, { path }])
    const [plain, secure, file] = server.addresses()
    expect(plain).toEqual({ host: '127.0.0.1', port: server.address().port })
    expect(secure).not.toEqual(plain)
    expect(file).toEqual({ path })
    expect(statusOf(await exchange(server.address().port, GET))).toBe(200)
    expect(statusOf(await askFile(path))).toBe(200)
    const other = join(folder(), 'other.sock')
    await expect(start([{ path: other }, { port: server.address().port }])).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
    expect(await askFile(other)).toBe('ENOENT')
  })
})
