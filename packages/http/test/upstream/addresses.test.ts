import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTarget, probeTarget, type TargetOptions } from '../../src/index.ts'
import { bodyOf, engines, get, onCleanup, RawClient, startServer, statusOf, until, useEngine } from '../sockets.ts'

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1') === true)

/** A server on one address that says its name; the same port for all of them. */
async function listenOn(
  host: string,
  port: number,
  name: string,
): Promise<{ port: number; connections: () => number }> {
  const server = createServer((_request, response) => response.end(name))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  let connections = 0
  server.on('connection', (socket) => {
    connections++
    socket.on('close', () => connections--)
  })
  onCleanup(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as { port: number }).port, connections: () => connections }
}

/** The TTL runs in real time; what waits for it leaves the processor to others. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))

function socketFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'http-'))
  onCleanup(() => rmSync(folder, { recursive: true }))
  return join(folder, 'app.sock')
}

async function listenOnFile(server: TcpServer, path: string): Promise<void> {
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onCleanup(() => new Promise<void>((resolve) => server.close(() => resolve())))
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('socket files', () => {
    test('a target behind a socket file', async () => {
      const path = socketFile()
      const hosts: unknown[] = []
      const upstream = createServer((request, response) => {
        hosts.push(request.headers.host)
        response.end(`${request.method} ${request.url}`)
      })
      await listenOnFile(upstream, path)
      const target = createTarget(`unix:${path}`)
      onCleanup(() => target.destroy())
      expect(target.origin).toBe(`unix:${path}`)
      const { port } = await startServer((ctx) => ctx.forward(target))
      expect(bodyOf(await get(port, '/a?b'))).toContain('GET /a?b')
      expect(await probeTarget(target, { path: '/health', timeoutMs: 5_000 })).toEqual({ status: 200 })
      expect(hosts).toEqual(['a.test', 'localhost'])
    })

    test('a file that is not there, or may not be opened: kind connect', async () => {
      const path = socketFile()
      const kinds: string[] = []
      const ask = async (): Promise<number> => {
        const target = createTarget(`unix:${path}`)
        onCleanup(() => target.destroy())
        const { port } = await startServer((ctx) =>
          ctx.forward(target, {
            onError: (_ctx, { kind, cause }) => {
              kinds.push(`${kind} ${(cause as NodeJS.ErrnoException).code}`)
              return null
            },
          }),
        )
        return statusOf(await get(port))
      }
      expect(await ask()).toBe(502)
      expect(kinds).toEqual(['connect ENOENT'])
      if (process.getuid?.() === 0) return
      await listenOnFile(createTcpServer(), path)
      chmodSync(path, 0)
      expect(await ask()).toBe(502)
      expect(kinds[1]).toBe('connect EACCES')
    })

    test.each(['unix:', 'unix:app.sock', 'unix://run/app.sock\0', 'http+unix://x'])('%j is no target', (origin) => {
      expect(() => createTarget(origin)).toThrow(/A target is an origin such as/)
    })
  })

  describe('IPv4 and IPv6', () => {
    test.skipIf(!hasIPv6)('localhost reaches a server on either loopback address', async () => {
      for (const address of ['127.0.0.1', '::1']) {
        const { port } = await listenOn(address, 0, address)
        const target = createTarget(`http://localhost:${port}`)
        onCleanup(() => target.destroy())
        const proxy = await startServer((ctx) => ctx.forward(target))
        expect(bodyOf(await get(proxy.port))).toContain(address)
      }
    })

    test.skipIf(!hasIPv6)('an address in brackets', async () => {
      const { port } = await listenOn('::1', 0, 'six')
      const target = createTarget(`http://[::1]:${port}`)
      onCleanup(() => target.destroy())
      const proxy = await startServer((ctx) => ctx.forward(target))
      expect(bodyOf(await get(proxy.port))).toContain('six')
    })

    test('of several addresses one that refuses is passed over', async () => {
      const { port } = await listenOn('127.0.0.3', 0, 'three')
      const target = createTarget(`http://api.test:${port}`, { resolve: fixed('127.0.0.2', '127.0.0.3') })
      onCleanup(() => target.destroy())
      const proxy = await startServer((ctx) => ctx.forward(target))
      expect(bodyOf(await get(proxy.port))).toContain('three')
    })
  })

  function fixed(...addresses: string[]): NonNullable<TargetOptions['resolve']> {
    return async () => ({ addresses: addresses.map((address) => ({ address, family: 4 })), ttlMs: 60_000 })
  }

  describe('a name whose addresses change', () => {
    test('requests go to the new address within the TTL, none fails, old connections end', async () => {
      const old = await listenOn('127.0.0.2', 0, 'old')
      const now = await listenOn('127.0.0.3', old.port, 'new')
      let address = '127.0.0.2'
      let lookups = 0
      const target = createTarget(`http://api.test:${old.port}`, {
        resolve: async () => {
          lookups++
          return { addresses: [{ address, family: 4 }], ttlMs: 1 }
        },
      })
      onCleanup(() => target.destroy())
      const { port } = await startServer((ctx) => ctx.forward(target))
      const seen: string[] = []
      let running = true
      const clients = Array.from({ length: 8 }, async () => {
        while (running) {
          const answer = await get(port)
          seen.push(`${statusOf(answer)} ${/old|new/.exec(bodyOf(answer))?.[0]}`)
          await pause()
        }
      })
      await until(() => seen.length > 50)
      expect(new Set(seen)).toEqual(new Set(['200 old']))
      address = '127.0.0.3'
      await until(() => seen.slice(-20).every((each) => each === '200 new'))
      await until(() => old.connections() === 0)
      running = false
      await Promise.all(clients)
      expect(new Set(seen)).toEqual(new Set(['200 old', '200 new']))
      expect(now.connections()).toBeGreaterThan(0)
      expect(lookups).toBeGreaterThan(1)
      // No request is under way on the old address once the change is known: 8 clients, one look-up, one more turn each.
      expect(seen.lastIndexOf('200 old') - seen.indexOf('200 new')).toBeLessThan(32)
    })

    test('a request under way on the old address ends there', async () => {
      let release = (): void => {}
      const old = createServer((request, response) => {
        if (request.url !== '/slow') {
          response.end('old')
          return
        }
        response.write('begin ')
        release = () => response.end('end')
      })
      await new Promise<void>((resolve) => old.listen(0, '127.0.0.2', resolve))
      onCleanup(() => {
        old.close()
      })
      const { port: upstreamPort } = old.address() as { port: number }
      await listenOn('127.0.0.3', upstreamPort, 'new')
      let address = '127.0.0.2'
      const target = createTarget(`http://api.test:${upstreamPort}`, {
        resolve: async () => ({ addresses: [{ address, family: 4 }], ttlMs: 1 }),
      })
      onCleanup(() => target.destroy())
      const { port } = await startServer((ctx) => ctx.forward(target))
      const slow = new RawClient(port).send('GET /slow HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
      await slow.until('begin')
      address = '127.0.0.3'
      let body = ''
      for (const end = performance.now() + 5_000; body !== 'new' && performance.now() < end; ) {
        body = /new|old/.exec(bodyOf(await get(port)))?.[0] ?? ''
        await pause()
      }
      expect(body).toBe('new')
      release()
      expect(await slow.untilClosed()).toContain('end')
      await until(() => target.stats().active === 0)
    })

    test('while the name server fails, the old address goes on serving', async () => {
      const { port: upstreamPort } = await listenOn('127.0.0.2', 0, 'old')
      let lookups = 0
      const target = createTarget(`http://api.test:${upstreamPort}`, {
        connections: 1,
        keepAliveMs: 1,
        resolve: async () => {
          if (lookups++ > 0) throw new Error('SERVFAIL')
          return { addresses: [{ address: '127.0.0.2', family: 4 }], ttlMs: 1 }
        },
      })
      onCleanup(() => target.destroy())
      const { port } = await startServer((ctx) => ctx.forward(target))
      while (lookups < 2) {
        expect(statusOf(await get(port))).toBe(200)
        await pause()
      }
      expect(statusOf(await get(port))).toBe(200)
    })

    test('a name that nobody knows: 502 with kind connect', async () => {
      const target = createTarget('http://api.test:1', {
        resolve: async () => {
          throw Object.assign(new Error('nothing'), { code: 'ENOTFOUND' })
        },
      })
      onCleanup(() => target.destroy())
      const kinds: string[] = []
      const { port } = await startServer((ctx) =>
        ctx.forward(target, {
          onError: (_ctx, { kind, sent, cause }) => {
            kinds.push(`${kind} ${sent} ${(cause as NodeJS.ErrnoException).code}`)
            return null
          },
        }),
      )
      expect(statusOf(await get(port))).toBe(502)
      expect(kinds).toEqual(['connect none ENOTFOUND'])
    })
  })
})
