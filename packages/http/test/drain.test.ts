import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  bodyOf,
  engines,
  get,
  OK,
  onCleanup,
  RawClient,
  startAnswering,
  startProxy,
  startServer,
  startUpstream,
  statusOf,
  until,
  useEngine,
} from './sockets.ts'

const REQUEST = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('drain', () => {
    test('answers go on, with Connection: close, on old and on new connections', async () => {
      const { port, server } = await startServer((ctx) => ctx.respond(200, {}, 'ok'))
      const old = new RawClient(port).send(REQUEST)
      await old.until('ok')
      expect(old.text).not.toMatch(/connection: close/i)
      server.drain()
      server.drain()
      old.text = ''
      old.send(REQUEST)
      expect(await old.untilClosed()).toMatch(/connection: close/i)
      expect(bodyOf(await new RawClient(port).send(REQUEST).untilClosed())).toBe('ok')
      expect(server.address().port).toBe(port)
    })

    test('closes connections that were idle for the grace, and no other', async () => {
      const { port, server } = await startServer((ctx) => ctx.respond(200, {}, 'ok'), { idleGraceMs: 150 })
      const idle = new RawClient(port).send(REQUEST)
      await idle.until('ok')
      const halfway = new RawClient(port).send('GET / HTTP/1.1\r\nHo')
      await until(() => server.getActiveConnectionCount() === 2)
      await new Promise((resolve) => setTimeout(resolve, 30))
      server.drain()
      expect(idle.closed).toBe(false)
      await idle.untilClosed()
      expect(halfway.closed).toBe(false)
      halfway.send('st: a.test\r\n\r\n')
      expect(statusOf(await halfway.untilClosed())).toBe(200)
    })

    test('pipelined requests that are already there are all answered', async () => {
      const upstream = await startAnswering((_head, socket) => {
        setTimeout(() => socket.write(OK), 10)
      })
      const { port, server } = await startProxy(upstream.port)
      const client = new RawClient(port).send(REQUEST.repeat(5))
      await client.until('ok')
      server.drain()
      const text = await client.untilClosed()
      expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(5)
      expect(text.match(/connection: close/gi)).toHaveLength(1)
    })

    test('streams go on', async () => {
      const { port, server } = await startServer(
        (ctx) => {
          const sink = ctx.stream(200)
          setTimeout(() => sink.end('late'), 200)
        },
        { idleGraceMs: 50 },
      )
      const client = new RawClient(port).send(REQUEST)
      await client.until('200 OK')
      server.drain()
      await client.until('late')
    })
  })

  describe('stop', () => {
    test('waits for the request under way, refuses new connections, resolves after the last socket', async () => {
      const upstream = await startUpstream(() => {})
      const { port, server } = await startProxy(upstream.port, {}, { drainMs: 5_000 })
      const client = new RawClient(port).send(REQUEST)
      await until(() => upstream.received().includes('\r\n\r\n'))
      let stopped = false
      const stopping = server.stop().then(() => {
        stopped = true
      })
      expect(server.stop()).toBe(server.stop())
      await until(() => refused(port))
      expect(stopped).toBe(false)
      for (const socket of upstream.sockets) socket.write(OK)
      const text = await client.untilClosed()
      expect(bodyOf(text)).toBe('ok')
      expect(text).toMatch(/connection: close/i)
      await stopping
      expect(server.getActiveConnectionCount()).toBe(0)
      expect(server.getPoolStats().inUse).toBe(0)
    })

    test('cuts what is left after drainMs', async () => {
      const upstream = await startUpstream(() => {})
      const { port, server, results } = await startProxy(upstream.port, {}, { drainMs: 60 })
      const client = new RawClient(port).send(REQUEST)
      await until(() => upstream.received().includes('\r\n\r\n'))
      await server.stop()
      await client.untilClosed()
      expect(results[0]?.outcome).toBe('client_abort')
      expect(server.getPoolStats().inUse).toBe(0)
    })

    test('goes on accepting for preStopDelayMs', async () => {
      const { port, server } = await startServer((ctx) => ctx.respond(200, {}, 'ok'), {
        preStopDelayMs: 150,
        drainMs: 1_000,
      })
      const stopping = server.stop()
      const text = await get(port)
      expect(statusOf(text)).toBe(200)
      await stopping
      await until(() => refused(port))
    })

    test('idle connections do not hold it up for the whole drain time', async () => {
      const { port, server } = await startServer((ctx) => ctx.respond(200, {}, 'ok'), { drainMs: 30_000 })
      const client = new RawClient(port).send(REQUEST)
      await client.until('ok')
      await server.stop()
      await client.untilClosed()
    })

    test('loses no request of keep-alive clients in a closed loop', async () => {
      for (let round = 0; round < 4; round++) {
        const { port, server } = await startServer(
          (ctx) => {
            setTimeout(() => ctx.respond(200, {}, 'ok'), 1)
          },
          { drainMs: 5_000 },
        )
        const clients = Array.from({ length: 30 }, () => closedLoop(port))
        await until(() => clients.every((client) => client.answered > 3))
        await server.stop()
        await until(() => clients.every((client) => client.over))
        expect(clients.map((client) => client.lost)).toEqual(clients.map(() => 0))
      }
    })
  })

  interface LoopClient {
    answered: number
    lost: number
    over: boolean
  }

  /** Sends the next request as soon as an answer is there, until one says `Connection: close`. */
  function closedLoop(port: number): LoopClient {
    const state: LoopClient = { answered: 0, lost: 0, over: false }
    const socket = connect({ port, host: '127.0.0.1' })
    onCleanup(() => {
      socket.destroy()
    })
    let waiting = true
    let text = ''
    socket.write(REQUEST)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (!text.endsWith('ok')) return
      state.answered++
      waiting = false
      const last = /connection: close/i.test(text)
      text = ''
      if (last) return
      waiting = true
      socket.write(REQUEST)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (waiting) state.lost++
      state.over = true
    })
    return state
  }

  let refusedPort = 0
  let isRefused = false

  /** True once a connection attempt to the port was refused. */
  function refused(port: number): boolean {
    if (port !== refusedPort) {
      refusedPort = port
      isRefused = false
    }
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => {
      isRefused = true
    })
    socket.on('connect', () => socket.destroy())
    return isRefused
  }
})
