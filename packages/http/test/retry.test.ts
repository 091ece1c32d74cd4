import { describe, expect, test } from 'vitest'
import { createTarget, type ForwardError, type ForwardOptions, type ForwardResult, type Target } from '../src/index.ts'
import {
  bodyOf,
  engines,
  exchange,
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

const brief = ({ kind, sent, canRetry, status }: ForwardError): string =>
  `${kind} ${sent} ${canRetry}${status === undefined ? '' : ` ${status}`}`

/** Forwards to the first target; `onError` walks through the others. */
async function startWalking(ports: number[], options: ForwardOptions = {}) {
  const targets = ports.map((port) => createTarget(`http://127.0.0.1:${port}`))
  for (const target of targets) onCleanup(() => target.destroy())
  const errors: string[] = []
  const results: ForwardResult[] = []
  const running = await startServer((ctx) => {
    let next = 1
    ctx.forward(targets[0] as Target, {
      onError: (_ctx, error) => {
        errors.push(brief(error))
        return targets[next++] ?? null
      },
      onEnd: (_ctx, result) => results.push(result),
      ...options,
    })
  })
  return { ...running, targets, errors, results }
}

async function refusingPort(): Promise<number> {
  const upstream = await startAnswering(OK)
  await new Promise<void>((resolve) => upstream.server.close(() => resolve()))
  return upstream.port
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('another attempt on another target', () => {
    test('after a refused connection, for any method: the body was not touched', async () => {
      const good = await startUpstream((socket) => {
        socket.on('data', (chunk: Buffer) => {
          if (chunk.toString().endsWith('body')) socket.write(OK)
        })
      })
      const { port, errors, results, targets } = await startWalking([
        await refusingPort(),
        await refusingPort(),
        good.port,
      ])
      const text = await exchange(
        port,
        'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody',
      )
      expect(statusOf(text)).toBe(200)
      expect(errors).toEqual(['connect none true', 'connect none true'])
      expect(results[0]).toMatchObject({ outcome: 'complete', attempts: 3 })
      expect(results[0]?.target).toBe(targets[2])
      expect(good.received()).toContain('body')
    })

    test('a GET after a reset', async () => {
      const bad = await startAnswering((_head, socket) => socket.destroy())
      const good = await startAnswering(OK)
      const { port, errors, results } = await startWalking([bad.port, good.port])
      expect(bodyOf(await get(port))).toBe('ok')
      expect(errors).toEqual(['reset all true'])
      expect(results[0]).toMatchObject({ outcome: 'complete', attempts: 2 })
      expect(bad.connections).toBe(1)
    })

    test('a GET after a time-out and after garbage', async () => {
      const silent = await startAnswering(() => {})
      const garbage = await startAnswering('garbage\r\n\r\n')
      const good = await startAnswering(OK)
      const { port, errors } = await startWalking([silent.port, garbage.port, good.port], {
        timeouts: { headersMs: 60 },
      })
      expect(bodyOf(await get(port))).toBe('ok')
      expect(errors).toEqual(['timeout all true', 'protocol all true'])
      await until(() => silent.sockets.size === 0)
    })

    test('never when a byte of the body was taken', async () => {
      const bad = await startUpstream((socket) => {
        socket.on('data', (chunk: Buffer) => {
          if (chunk.toString().endsWith('body')) socket.destroy()
        })
      })
      const good = await startAnswering(OK)
      const { port, errors, results } = await startWalking([bad.port, good.port])
      const text = await exchange(
        port,
        'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody',
      )
      expect(statusOf(text)).toBe(502)
      expect(errors).toEqual(['reset all false'])
      expect(results[0]).toMatchObject({ outcome: 'upstream_error', attempts: 1 })
      expect(good.received()).toBe('')
    })

    test('a response that onHead refuses: read away, the connection is kept', async () => {
      const busy = await startAnswering('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy')
      const good = await startAnswering(OK)
      const { port, errors, targets, results } = await startWalking([busy.port, good.port], {
        onHead: (_ctx, head) => (head.status === 503 ? 'retry' : 'pass'),
      })
      expect(bodyOf(await get(port))).toBe('ok')
      expect(errors).toEqual(['response all true 503'])
      await until(() => targets[0]?.stats().active === 0)
      expect(bodyOf(await get(port))).toBe('ok')
      expect(busy.connections).toBe(1)
      expect(results[1]).toMatchObject({ attempts: 2 })
    })

    test('a long response that onHead refuses is cut off', async () => {
      const busy = await startAnswering((_head, socket) => {
        socket.write(`HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9999999\r\n\r\n${'a'.repeat(200_000)}`)
      })
      const good = await startAnswering(OK)
      const { port, targets } = await startWalking([busy.port, good.port], {
        onHead: (_ctx, head) => (head.status === 503 ? 'retry' : 'pass'),
      })
      expect(bodyOf(await get(port))).toBe('ok')
      await until(() => busy.sockets.size === 0)
      expect(targets[0]?.stats()).toEqual({ idle: 0, active: 0, queued: 0 })
    })

    test('nobody else: 502, and retry is ignored when the body was consumed', async () => {
      const busy = await startUpstream((socket) => {
        socket.on('data', (chunk: Buffer) => {
          if (chunk.toString().includes('\r\n\r\n'))
            socket.write('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy')
        })
      })
      const { port, errors } = await startWalking([busy.port], { onHead: () => 'retry' })
      expect(statusOf(await get(port))).toBe(502)
      expect(errors).toEqual(['response all true 503'])
      const text = await exchange(
        port,
        'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody',
      )
      expect([statusOf(text), bodyOf(text)]).toEqual([503, 'busy'])
    })

    test('policy may answer in onError; the answer of the engine is not sent', async () => {
      const { port, results } = await startWalking([await refusingPort()], {
        onError: (ctx) => {
          ctx.respond(200, { 'x-stale': '1' }, 'stale')
          return null
        },
      })
      const text = await get(port)
      expect([statusOf(text), bodyOf(text)]).toEqual([200, 'stale'])
      expect(results[0]).toMatchObject({ outcome: 'upstream_error', attempts: 1 })
      expect(results[0]?.error).toBeInstanceOf(Error)
    })

    test('onError that throws: 500, reported, over', async () => {
      const dead = await refusingPort()
      const errors: unknown[] = []
      const { port, results, server } = await startProxy(
        dead,
        {
          onError: () => {
            throw new Error('policy')
          },
        },
        { onHandlerError: (error) => errors.push(error) },
      )
      expect(statusOf(await get(port))).toBe(500)
      expect(errors).toHaveLength(1)
      expect(results).toHaveLength(1)
      expect(server.getPoolStats().inUse).toBe(0)
    })

    test('the total time-out ends all attempts', async () => {
      const silent = await startAnswering(() => {})
      const { port, errors, results } = await startWalking([silent.port, silent.port, silent.port], {
        timeouts: { headersMs: 50, totalMs: 80 },
      })
      expect(statusOf(await get(port))).toBe(504)
      expect(errors).toEqual(['timeout all true', 'timeout all false'])
      expect(results[0]).toMatchObject({ attempts: 2, error: { phase: 'total' } })
    })
  })

  describe('the one resend on a stale connection', () => {
    /** Answers the first request of a connection and resets it at the second one. */
    const stale = () =>
      startUpstream((socket) => {
        let requests = 0
        socket.on('data', (chunk: Buffer) => {
          if (!/^(GET|POST|PUT|DELETE|HEAD|OPTIONS|PATCH) /.test(chunk.toString())) return
          if (requests++ === 0) socket.write(OK)
          else socket.resetAndDestroy()
        })
      })

    test.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('%s: on a new connection, policy hears nothing', async (method) => {
      const upstream = await stale()
      const errors: string[] = []
      const { port, results } = await startProxy(upstream.port, {
        onError: (_ctx, error) => {
          errors.push(brief(error))
          return null
        },
      })
      expect(bodyOf(await get(port))).toBe('ok')
      const text = await exchange(port, `${method} /2 HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`)
      expect(statusOf(text)).toBe(200)
      expect(errors).toEqual([])
      expect(upstream.connections).toBe(2)
      expect(results[1]).toMatchObject({ outcome: 'complete', attempts: 1 })
      expect(upstream.received().match(/\/2 HTTP/g)).toHaveLength(2)
    })

    test.each([
      ['POST', ''],
      ['PATCH', ''],
      ['PUT', 'Content-Length: 4\r\n'],
    ])('%s %s is not sent twice unless all of it is held', async (method, fields) => {
      const upstream = await stale()
      const { port, results } = await startProxy(upstream.port)
      expect(bodyOf(await get(port))).toBe('ok')
      const body = fields === '' ? '' : 'body'
      // Engine net still holds a short body that came with its head, engine node has handed it on.
      const isResent = engine === 'net' && method === 'PUT'
      const text = await exchange(
        port,
        `${method} /2 HTTP/1.1\r\nHost: a.test\r\n${fields}Connection: close\r\n\r\n${body}`,
      )
      expect(statusOf(text)).toBe(isResent ? 200 : 502)
      expect(results[1]?.outcome).toBe(isResent ? 'complete' : 'upstream_error')
      expect(upstream.received().match(/\/2 HTTP/g)).toHaveLength(isResent ? 2 : 1)
    })

    test('never on a fresh connection, and only once', async () => {
      let requests = 0
      const upstream = await startAnswering((_head, socket) => {
        if (requests++ === 0) socket.write(OK)
        else socket.resetAndDestroy()
      })
      const errors: string[] = []
      const { port } = await startProxy(upstream.port, {
        onError: (_ctx, error) => {
          errors.push(brief(error))
          return null
        },
      })
      await get(port)
      // Stale connection, resend on a new one, which fails too: one error.
      expect(statusOf(await get(port))).toBe(502)
      expect(requests).toBe(3)
      // New connection: not resent.
      expect(statusOf(await get(port))).toBe(502)
      expect(requests).toBe(4)
      expect(errors).toEqual(['reset all true', 'reset all true'])
    })

    test('never after a byte of an answer', async () => {
      const upstream = await startUpstream((socket) => {
        let requests = 0
        socket.on('data', () => {
          if (requests++ === 0) socket.write(OK)
          else socket.end('HTTP/1.1 2')
        })
      })
      const { port } = await startProxy(upstream.port)
      await get(port)
      expect(statusOf(await get(port))).toBe(502)
      expect(upstream.connections).toBe(1)
    })

    test('connections that the upstream closed while they were idle are not used', async () => {
      const upstream = await startAnswering(OK)
      const { port, target } = await startProxy(upstream.port)
      for (let round = 0; round < 5; round++) {
        const text = await exchange(port, 'POST / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
        expect(statusOf(text)).toBe(200)
        for (const socket of upstream.sockets) socket.end()
        await until(() => target.stats().idle === 0)
      }
      expect(upstream.connections).toBe(5)
    })
  })

  test('a slow upload that stops is the fault of the client: 408, not 504', async () => {
    const upstream = await startUpstream(() => {})
    const { port, results } = await startProxy(upstream.port, { timeouts: { idleMs: 60 } })
    const client = new RawClient(port).send('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nabc')
    expect(statusOf(await client.untilClosed())).toBe(408)
    expect(results[0]).toMatchObject({ outcome: 'client_abort', error: { phase: 'upload' } })
  })
})
