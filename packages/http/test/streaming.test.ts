import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  bodyOf,
  engines,
  exchange,
  get,
  OK,
  RawClient,
  settled,
  startAnswering,
  startProxy,
  startUpstream,
  statusOf,
  until,
  useEngine,
} from './sockets.ts'

const MIB = 1_048_576

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('bodies are streamed', () => {
    test('the head of an event stream goes out before the first event, every event on its own', async () => {
      const sockets: Socket[] = []
      const upstream = await startAnswering((_head, socket) => {
        sockets.push(socket)
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n')
      })
      const { port, results } = await startProxy(upstream.port)
      const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await client.until('\r\n\r\n')
      for (let event = 0; event < 5; event++) {
        sockets[0]?.write(`9\r\ndata: ${event}\n\n\r\n`)
        await client.until(`data: ${event}\n\n`)
      }
      sockets[0]?.write('0\r\n\r\n')
      await client.until('0\r\n\r\n')
      await until(() => results.length === 1)
      expect(results[0]).toMatchObject({ outcome: 'complete', attempts: 1 })
    })

    test('a request body goes upstream piece by piece, with its length', async () => {
      const upstream = await startUpstream(() => {})
      const { port } = await startProxy(upstream.port)
      const client = new RawClient(port).send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 8\r\n\r\none.')
      await until(() => upstream.received().endsWith('one.'))
      expect(upstream.received()).toContain('content-length: 8\r\n')
      client.send('two.')
      await until(() => upstream.received().endsWith('one.two.'))
      for (const socket of upstream.sockets) socket.write(OK)
      await client.until('ok')
    })

    test('a chunked request body stays chunked; extensions and trailers are dropped', async () => {
      const upstream = await startUpstream((socket) => {
        socket.on('data', (chunk: Buffer) => {
          if (chunk.toString().endsWith('0\r\n\r\n')) socket.write(OK)
        })
      })
      const { port } = await startProxy(upstream.port)
      const text = await exchange(
        port,
        'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nTrailer: x-t\r\nConnection: close\r\n\r\n3;ext=1\r\nabc\r\n0\r\nx-t: 1\r\n\r\n',
      )
      expect(statusOf(text)).toBe(200)
      expect(upstream.received()).toContain('transfer-encoding: chunked\r\n')
      expect(upstream.received()).toContain('3\r\nabc\r\n')
      expect(upstream.received()).not.toMatch(/ext=1|x-t/i)
    })

    test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])('a body of %s is forwarded', async (method) => {
      const upstream = await startUpstream((socket) => {
        let text = ''
        socket.on('data', (chunk: Buffer) => {
          text += chunk.toString()
          if (text.endsWith('body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        })
      })
      const { port } = await startProxy(upstream.port)
      const text = await exchange(
        port,
        `${method} / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody`,
      )
      expect(statusOf(text)).toBe(200)
      expect(upstream.received()).toMatch(/content-length: 4\r\n(?:[^\r]+\r\n)*\r\nbody$/)
    })

    test('bodies of random length and framing arrive unchanged in both directions', async () => {
      const upstream = await startUpstream((socket) => {
        // Echoes the raw body: enough HTTP for requests with a length.
        let pending = Buffer.alloc(0)
        let wanted = -1
        socket.on('data', (chunk: Buffer) => {
          pending = Buffer.concat([pending, chunk])
          if (wanted === -1) {
            const end = pending.indexOf('\r\n\r\n')
            if (end === -1) return
            wanted = Number(/content-length: (\d+)/.exec(pending.toString('latin1', 0, end))?.[1] ?? 0)
            pending = pending.subarray(end + 4)
            socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
          }
          if (pending.length > 0) {
            socket.write(`${pending.length.toString(16)}\r\n`)
            socket.write(pending)
            socket.write('\r\n')
            wanted -= pending.length
            pending = Buffer.alloc(0)
          }
          if (wanted === 0) {
            socket.write('0\r\n\r\n')
            wanted = -1
          }
        })
      })
      const { port } = await startProxy(upstream.port)
      const bodies = Array.from({ length: 12 }, (_, i) => randomBytes(1 + i * i * 20_011))
      const hashes = await Promise.all(
        bodies.map(async (body) => {
          const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })
          return createHash('sha256')
            .update(Buffer.from(await response.arrayBuffer()))
            .digest('hex')
        }),
      )
      expect(hashes).toEqual(bodies.map((body) => createHash('sha256').update(body).digest('hex')))
    })

    test('tap sees every piece and the end of a complete body once, and nothing after it throws', async () => {
      const upstream = await startAnswering(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
      )
      let seen = ''
      const { port } = await startProxy(upstream.port, {
        tap: (chunk, last) => {
          seen += `${Buffer.from(chunk).toString()}${last ? '|' : ''}`
        },
      })
      await get(port)
      expect(seen).toBe('abcde|')

      const errors: unknown[] = []
      const second = await startProxy(
        upstream.port,
        {
          tap: () => {
            throw new Error('tap')
          },
        },
        { onHandlerError: (error) => errors.push(error) },
      )
      expect(bodyOf(await get(second.port))).toContain('abc')
      expect(errors).toHaveLength(1)
    })

    test('tap never hears the end of a truncated body', async () => {
      const upstream = await startAnswering((_head, socket) =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'),
      )
      const lasts: boolean[] = []
      const { port } = await startProxy(upstream.port, { tap: (_chunk, last) => lasts.push(last) })
      await get(port)
      expect(lasts).toEqual([false])
    })

    test('an HTTP/1.0 client gets a body without chunks, ended by the close', async () => {
      const upstream = await startAnswering(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
      )
      const { port } = await startProxy(upstream.port)
      const text = await exchange(port, 'GET / HTTP/1.0\r\n\r\n')
      expect(text.startsWith('HTTP/1.1 200')).toBe(true)
      expect(text.toLowerCase()).not.toContain('transfer-encoding')
      expect(bodyOf(text)).toBe('abc')
    })
  })

  describe('back-pressure', () => {
    // What the kernel buffers on the four loopback ends counts as progress of the sender: about 6 MiB a connection.
    const KERNEL = 24 * MIB

    test('a 64 MiB response to a client that does not read stops the upstream, and ends complete when it reads', async () => {
      const total = 64 * MIB
      let accepted = 0
      const upstream = await startAnswering((_head, socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
        const piece = Buffer.alloc(65_536, 'a')
        let written = 0
        const pump = (): void => {
          while (written < total) {
            written += piece.length
            const more = socket.write(piece, () => {
              accepted += piece.length
            })
            if (!more) {
              socket.once('drain', pump)
              return
            }
          }
        }
        pump()
      })
      const { port, results } = await startProxy(upstream.port)
      const client = new RawClient(port)
      client.socket.removeAllListeners('data')
      client.socket.pause()
      client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      const before = process.memoryUsage().arrayBuffers
      await settled(() => accepted)
      expect(accepted).toBeGreaterThan(0)
      expect(accepted).toBeLessThan(KERNEL)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MIB)
      let received = 0
      client.socket.on('data', (chunk: Buffer) => {
        received += chunk.length
      })
      client.socket.resume()
      await until(() => received > total && results.length === 1, undefined, 10_000)
      expect(results[0]?.outcome).toBe('complete')
    })

    test('a 64 MiB upload to an upstream that does not read stops the client', async () => {
      const total = 64 * MIB
      const upstream = await startUpstream((socket) => {
        socket.pause()
      })
      const { port, results } = await startProxy(upstream.port)
      const client = new RawClient(port)
      client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${total}\r\n\r\n`)
      const piece = Buffer.alloc(65_536, 'a')
      let accepted = 0
      let written = 0
      const pump = (): void => {
        while (written < total && !client.socket.destroyed) {
          written += piece.length
          const more = client.socket.write(piece, (error) => {
            if (!error) accepted += piece.length
          })
          if (!more) {
            client.socket.once('drain', pump)
            return
          }
        }
      }
      const before = process.memoryUsage().arrayBuffers
      pump()
      await settled(() => accepted)
      expect(accepted).toBeLessThan(KERNEL)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MIB)
      for (const socket of upstream.sockets) {
        let got = 0
        socket.removeAllListeners('data')
        socket.on('data', (chunk: Buffer) => {
          got += chunk.length
          if (got >= total) socket.write(OK)
        })
        socket.resume()
      }
      await until(() => client.text.includes('ok') && results.length === 1, client, 10_000)
      expect(results[0]?.outcome).toBe('complete')
    })

    test('a client that stops reading for longer than the idle time-out is cut: its own fault', async () => {
      const upstream = await startAnswering((_head, socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * MIB}\r\n\r\n`)
        socket.write(Buffer.alloc(32 * MIB))
      })
      const { port, results } = await startProxy(upstream.port, { timeouts: { idleMs: 200 } })
      const client = new RawClient(port)
      client.socket.pause()
      client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await until(() => results.length === 1)
      expect(results[0]).toMatchObject({
        outcome: 'client_abort',
        error: { code: 'ERR_UPSTREAM_TIMEOUT', phase: 'idle' },
      })
    })
  })

  describe('an upload that goes on after the head of the response', () => {
    const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

    test('regression: a slow upload was cut when the upstream had already sent its head', async () => {
      const upstream = await startUpstream((socket) => {
        let text = ''
        socket.on('data', (chunk: Buffer) => {
          if (text === '') socket.write(HEAD)
          text += chunk.toString('latin1')
          if (text.endsWith('0123456789')) socket.write('4\r\ndone\r\n0\r\n\r\n')
        })
      })
      const { port, results } = await startProxy(upstream.port, { timeouts: { idleMs: 500 } })
      const client = new RawClient(port).send('PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n')
      for (const digit of '0123456789') {
        await new Promise((resolve) => setTimeout(resolve, 100))
        client.send(digit)
      }
      await client.until('done')
      await until(() => results.length === 1, client)
      expect(results[0]).toMatchObject({ outcome: 'complete', attempts: 1 })
    })

    test('if it stops, the client is cut: its own fault, and not a failure of the target', async () => {
      const upstream = await startAnswering(HEAD)
      const { port, results } = await startProxy(upstream.port, { timeouts: { idleMs: 60 } })
      const client = new RawClient(port).send('PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nabc')
      await client.untilClosed()
      expect(results[0]).toMatchObject({ outcome: 'client_abort', error: { phase: 'idle' } })
    })

    test('if it is complete and the upstream falls silent, it is the fault of the upstream', async () => {
      const upstream = await startAnswering(HEAD)
      const { port, results } = await startProxy(upstream.port, { timeouts: { idleMs: 60 } })
      const client = new RawClient(port).send('PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc')
      await client.untilClosed()
      expect(results[0]).toMatchObject({ outcome: 'truncated', error: { phase: 'idle' } })
    })
  })

  describe('a client that leaves', () => {
    test('before the head: the upstream request is cancelled at once', async () => {
      const upstream = await startUpstream(() => {})
      const ends: number[] = []
      const { port, results, server } = await startProxy(
        upstream.port,
        {},
        { onRequestEnd: (ctx) => ends.push(ctx.status) },
      )
      const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await until(() => upstream.received().includes('\r\n\r\n'))
      client.socket.destroy()
      await until(() => upstream.sockets.size === 0)
      expect(results[0]).toMatchObject({ outcome: 'client_abort', attempts: 1 })
      await until(() => server.getPoolStats().inUse === 0)
      expect(ends).toEqual([499])
    })

    test('after the head', async () => {
      const upstream = await startAnswering('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc')
      const ends: number[] = []
      const { port, results, server } = await startProxy(
        upstream.port,
        {},
        { onRequestEnd: (ctx) => ends.push(ctx.status) },
      )
      const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await client.until('abc')
      client.socket.destroy()
      await until(() => upstream.sockets.size === 0)
      expect(results[0]?.outcome).toBe('client_abort')
      await until(() => server.getPoolStats().inUse === 0)
      expect(ends).toEqual([200])
    })

    test('while its request waits for a connection: it is never sent, and the connection lives on', async () => {
      const upstream = await startUpstream(() => {})
      const { port, target, results } = await startProxy(upstream.port, {}, {}, { connections: 1 })
      const first = new RawClient(port).send('GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await until(() => upstream.received().includes('/1'))
      const second = new RawClient(port).send('GET /2 HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await until(() => target.stats().queued === 1)
      second.socket.destroy()
      await until(() => results.length === 1)
      expect(results[0]?.outcome).toBe('client_abort')
      expect(target.stats()).toEqual({ idle: 0, active: 1, queued: 0 })
      for (const socket of upstream.sockets) socket.write(OK)
      await first.until('ok')
      expect(upstream.received()).not.toContain('/2')
      expect(upstream.connections).toBe(1)
    })

    test('1,000 uploads and streams cut in the middle leave no context and no upstream socket behind', async () => {
      const upstream = await startUpstream((socket) => {
        socket.once('data', (chunk: Buffer) => {
          if (chunk.toString('latin1').startsWith('GET')) {
            socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n')
          }
        })
      })
      const { port, server, target, results } = await startProxy(upstream.port, {}, {}, { connections: 200 })
      for (let round = 0; round < 10; round++) {
        const clients = Array.from({ length: 100 }, (_, i) =>
          new RawClient(port).send(
            i % 2 === 0
              ? `POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\n${'a'.repeat(10_000)}`
              : 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n',
          ),
        )
        await until(() => target.stats().active === 100)
        for (const [i, client] of clients.entries()) {
          if (i % 3 === 0) client.socket.resetAndDestroy()
          else client.socket.destroy()
        }
        await until(() => target.stats().active === 0 && server.getPoolStats().inUse === 0)
      }
      expect(results).toHaveLength(1_000)
      expect(results.every((result) => result.outcome === 'client_abort')).toBe(true)
      await until(() => server.getActiveConnectionCount() === 0 && upstream.sockets.size === 0)
      expect(target.stats()).toEqual({ idle: 0, active: 0, queued: 0 })
    }, 20_000)
  })
})
