import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { Gateway } from '../../src/gateway.ts'
import { eventually, load, open, readAll, send, urlOf } from './support/client.ts'
import { createTestGateway, gatewayConfig, startGateway, upstream } from './support/gateway.ts'
import { answer, startOrigin } from './support/origin.ts'

const PAUSE = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

it('loses no request of clients that are sending while it drains', async () => {
  const origin = await startOrigin('a', (_, response) => setTimeout(() => answer(response, 200, 'ok'), 10))
  const gateway = await startGateway({
    upstreams: [upstream('api', [origin])],
    // Long against a busy machine: a client that is late must not find the listener closed already.
    server: { shutdown: { drainMs: 5000, preStopDelayMs: 2000 } },
  })
  const clients = load(urlOf(gateway), 10, () => ({ path: '/' }))
  await PAUSE(100)
  const stopped = gateway.stop()
  await PAUSE(100)
  const seen = await clients.stop()
  await stopped
  expect([...seen.keys()]).toEqual([200])
  expect(gateway.status()).toMatchObject({ state: 'stopped', activeRequests: 0, connections: 0 })
})

it('finishes a request and a stream that are under way, then resolves', async () => {
  let finish = (): void => {}
  const origin = await startOrigin('a', (request, response) => {
    response.write('first ')
    if (request.url === '/stream') finish = () => response.end('last')
    else setTimeout(() => response.end('slow'), 100)
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  const [slow, stream] = [await open(urlOf(gateway), '/slow'), await open(urlOf(gateway), '/stream')]
  let stopped = false
  const stopping = gateway.stop().then(() => {
    stopped = true
  })
  expect(String(await readAll(slow))).toBe('first slow')
  expect(stopped).toBe(false)
  finish()
  expect(String(await readAll(stream))).toBe('first last')
  await stopping
})

it('cuts what outlasts the drain time', async () => {
  const origin = await startOrigin('a', (_, response) => {
    response.write('first')
  })
  const gateway = await startGateway({
    upstreams: [upstream('api', [origin])],
    server: { shutdown: { drainMs: 150, preStopDelayMs: 0 } },
  })
  const answered = await open(urlOf(gateway), '/')
  const cut = expect(readAll(answered)).rejects.toThrow()
  await gateway.stop()
  await cut
})

it('stops once, however often it is asked', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({ admin: true, upstreams: [upstream('api', [origin])] })
  const first = gateway.stop()
  expect(gateway.stop()).toBe(first)
  await first
  gateway.drain()
  expect(gateway.status().state).toBe('stopped')
  await expect(gateway.start()).rejects.toThrow('started once')
})

it('can be stopped without having been started', async () => {
  const gateway = createTestGateway({ admin: true, upstreams: [upstream('api', ['http://127.0.0.1:1'])] })
  await gateway.stop()
  expect(gateway.status().state).toBe('stopped')
})

it('can be stopped while it starts', async () => {
  const lines: Record<string, unknown>[] = []
  const gateway = createTestGateway({
    admin: true,
    upstreams: [upstream('api', ['http://127.0.0.1:1'])],
    log: (line) => lines.push(line),
  })
  const starting = gateway.start()
  await gateway.stop()
  await starting
  expect(gateway.status().state).toBe('stopped')
  expect(() => gateway.address()).toThrow()
  expect(lines).toEqual([])
})

it('rejects with the listen error and leaves nothing open', async () => {
  const taken = createServer()
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  onTestFinished(() => void taken.close())
  const { port } = taken.address() as AddressInfo
  const gateway = createTestGateway({
    admin: true,
    upstreams: [upstream('api', ['http://127.0.0.1:1'])],
    server: { listen: { host: '127.0.0.1', port } },
  })
  const starting = gateway.start()
  await expect(starting).rejects.toMatchObject({ code: 'EADDRINUSE', port })
  expect(() => gateway.adminAddress()).toThrow()
  expect(gateway.status().state).toBe('stopped')
})

it('says where it is, and what it does', async () => {
  const lines: Record<string, unknown>[] = []
  const origin = await startOrigin()
  const gateway = await startGateway({
    admin: true,
    upstreams: [upstream('api', [origin])],
    log: (line) => lines.push(line),
  })
  expect(gateway.address()).toEqual({ host: '127.0.0.1', port: expect.any(Number) })
  expect(gateway.adminAddress()?.port).not.toBe(gateway.address().port)
  await send(urlOf(gateway), '/')
  await gateway.stop()
  expect(lines.map(({ msg }) => msg)).toEqual(['listening', 'draining', 'stopped'])
  await eventually(() => gateway.status().state === 'stopped')
})

it('leaves the telling of its addresses to whoever shows a banner', async () => {
  const lines: unknown[] = []
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line).msg) })
  const config = gatewayConfig({ upstreams: [upstream('api', [await startOrigin()])] })
  const gateway = new Gateway(config, { logger, announce: false })
  await gateway.start()
  await gateway.stop()
  expect(lines).toEqual(['draining', 'stopped'])
})
