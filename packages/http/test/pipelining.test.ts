import { describe, expect, test } from 'vitest'
import {
  engines,
  OK,
  RawClient,
  settled,
  startAnswering,
  startProxy,
  startServer,
  until,
  useEngine,
} from './sockets.ts'

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('pipelining', () => {
    test.each([1, 2, 200])('%i requests in one write are answered in order', async (count) => {
      const upstream = await startAnswering((head, socket) => {
        const path = /^GET (\S+)/.exec(head)?.[1] ?? ''
        // Later requests are answered faster: order must not come from the upstream.
        setTimeout(
          () => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length + 1}\r\n\r\n${path};`),
          path.length % 3,
        )
      })
      const { port, server } = await startProxy(upstream.port)
      const paths = Array.from({ length: count }, (_, i) => `/${i}`)
      const client = new RawClient(port).send(
        paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`).join(''),
      )
      await client.until(`\r\n\r\n/${count - 1};`)
      expect(client.text.match(/\/\d+;/g)).toEqual(paths.map((path) => `${path};`))
      expect(upstream.connections).toBe(1)
      await until(() => server.getPoolStats().inUse === 0)
    })

    test('200 POSTs with bodies of both framings', async () => {
      const { port } = await startServer((ctx) => ctx.respond(200, {}, `${ctx.path};`))
      const requests = Array.from({ length: 200 }, (_, i) =>
        i % 2 === 0
          ? `POST /${i} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nbody`
          : `POST /${i} HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n`,
      )
      const client = new RawClient(port).send(requests.join(''))
      await client.until('/199;')
      expect(client.text.match(/\/\d+;/g)).toHaveLength(200)
    })

    test('10,000 requests in one write: in order, one exchange at a time, reading stops while they wait', async () => {
      let underWay = 0
      let most = 0
      let handled = 0
      const { port } = await startServer((ctx) => {
        most = Math.max(most, ++underWay)
        setImmediate(() => {
          underWay--
          handled++
          ctx.respond(200, {}, `${ctx.path};`)
        })
      })
      const client = new RawClient(port)
      const requests = Array.from({ length: 10_000 }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: a.test\r\n\r\n`).join('')
      client.send(requests)
      await until(() => client.text.endsWith('/9999;'), client, 15_000)
      expect(most).toBe(1)
      expect(handled).toBe(10_000)
      const order = client.text.match(/\/\d+;/g) ?? []
      expect(order.every((path, i) => path === `/${i};`)).toBe(true)
    }, 20_000)

    test('requests behind one that hangs are held in the socket, not in memory', async () => {
      const upstream = await startAnswering(() => {})
      const { port, server } = await startProxy(upstream.port)
      const client = new RawClient(port)
      const request = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'
      const batch = Buffer.from(request.repeat(20_000))
      const batches = 64
      let accepted = 0
      for (let i = 0; i < batches; i++) {
        client.socket.write(batch, (error) => {
          if (!error) accepted += batch.length
        })
      }
      await until(() => upstream.received().includes('\r\n\r\n'))
      await settled(() => accepted)
      // The kernel takes a few MiB; the rest stays with the client.
      expect(accepted).toBeLessThan((batches * batch.length) / 2)
      expect(server.getPoolStats()).toMatchObject({ inUse: 1, totalAcquired: 1 })
    })

    test('Connection: close in the middle ends the row there', async () => {
      const { port } = await startServer((ctx) => ctx.respond(200, {}, `${ctx.path};`))
      const text = await new RawClient(port)
        .send(
          'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n',
        )
        .untilClosed()
      expect(text.match(/\/\d;/g)).toEqual(['/1;', '/2;'])
    })

    test('a truncated answer in the middle cuts the connection after the answers before it', async () => {
      const upstream = await startAnswering((head, socket) => {
        if (head.startsWith('GET /2')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')
        else socket.write(OK)
      })
      const { port } = await startProxy(upstream.port)
      const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`
      const client = new RawClient(port).send(request('/1') + request('/2') + request('/3'))
      const text = await client.untilClosed()
      expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
      expect(text.endsWith('abc')).toBe(true)
      expect(upstream.received()).not.toContain('/3')
    })
  })
})
