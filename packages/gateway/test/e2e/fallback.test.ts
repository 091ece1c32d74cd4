import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import type { Gateway } from '../../src/gateway.ts'
import { load, send, urlOf } from './support/client.ts'
import { startGateway, upstream } from './support/gateway.ts'
import { answer, deadAddress, startOrigin, startRawOrigin } from './support/origin.ts'

const PAUSE = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

it('goes to another target when a connection is refused, whatever the method, without a failed request', async () => {
  const origin = await startOrigin('alive')
  const gateway = await startGateway({ upstreams: [upstream('api', [await deadAddress(), origin])] })
  for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD']) {
    const body = method === 'GET' || method === 'HEAD' ? undefined : 'payload'
    for (let i = 0; i < 4; i++) {
      expect((await send(urlOf(gateway), '/', { method, ...(body !== undefined && { body }) })).status).toBe(200)
    }
  }
  expect(origin.requests).toHaveLength(24)
})

it('sends the whole body to the target it fell back to', async () => {
  const bodies: string[] = []
  const origin = await startOrigin('alive', (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString())
      response.end()
    })
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [await deadAddress(), origin])] })
  const body = 'x'.repeat(300_000)
  for (let i = 0; i < 2; i++) expect((await send(urlOf(gateway), '/', { method: 'POST', body })).status).toBe(200)
  expect(bodies).toEqual([body, body])
})

it('regression: with one of two targets gone, every request began at it', async () => {
  const [alive, gone] = [await startOrigin('alive'), await startOrigin('gone')]
  const gateway = await startGateway({ upstreams: [upstream('api', [gone, alive], { breaker: null })] })
  await gone.kill()
  const began = performance.now()
  for (let i = 0; i < 100; i++) expect((await send(urlOf(gateway), '/')).status).toBe(200)
  const seconds = (performance.now() - began) / 1000
  expect(attemptsOf(gateway) - 100).toBeGreaterThan(0)
  expect(attemptsOf(gateway) - 100).toBeLessThanOrEqual(1 + seconds)
  // Alone, a suspect is asked all the same: it may be back.
  await alive.kill()
  expect((await send(urlOf(gateway), '/')).status).toBe(502)
  await gone.listen()
  expect((await send(urlOf(gateway), '/')).status).toBe(200)
})

it('tries no more targets than it may', async () => {
  const dead = [await deadAddress(), await deadAddress(), await deadAddress()]
  const gateway = await startGateway({
    upstreams: [upstream('api', dead, { fallback: { maxAttempts: 2 }, breaker: null })],
  })
  expect((await send(urlOf(gateway), '/')).status).toBe(502)
  expect(attemptsOf(gateway)).toBe(2)
})

it('tries an idempotent request elsewhere when the connection is lost before an answer', async () => {
  const broken = await startRawOrigin((_, __, cut) => cut())
  const origin = await startOrigin('alive')
  const gateway = await startGateway({ upstreams: [upstream('api', [broken.url, origin], { breaker: null })] })
  for (let i = 0; i < 6; i++) expect((await send(urlOf(gateway), '/')).status).toBe(200)
  expect(broken.connections()).toBeGreaterThan(0)
})

it('never sends a POST twice when the connection is lost after it was sent', async () => {
  const seen: string[] = []
  const executed = (received: string): void => {
    const id = /x-id: (\d+)/i.exec(received)?.[1]
    if (id !== undefined) seen.push(id)
  }
  const broken = await startRawOrigin((received, _, cut) => {
    executed(received)
    cut()
  })
  const origin = await startOrigin('alive', (request, response) => {
    seen.push(String(request.headers['x-id']))
    request.resume()
    response.end()
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [broken.url, origin], { breaker: null })] })
  const statuses: number[] = []
  for (let id = 0; id < 20; id++) {
    const { status } = await send(urlOf(gateway), '/', { method: 'POST', headers: { 'x-id': String(id) }, body: 'b' })
    statuses.push(status)
  }
  expect(new Set(seen).size).toBe(seen.length)
  expect(statuses.filter((status) => status === 200)).toHaveLength(10)
  expect(statuses.filter((status) => status === 502)).toHaveLength(10)
})

it('loses no GET and doubles no POST when one of three targets dies under load', async () => {
  const ids: string[] = []
  const respond = (name: string) => async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'POST') ids.push(String(request.headers['x-id']))
    request.resume()
    await PAUSE(1)
    answer(response, 200, name)
  }
  const origins = [
    await startOrigin('a', respond('a')),
    await startOrigin('b', respond('b')),
    await startOrigin('c', respond('c')),
  ]
  const gateway = await startGateway({ upstreams: [upstream('api', origins)] })
  let id = 0
  const gets = load(urlOf(gateway), 8, () => ({ path: '/' }))
  const posts = load(urlOf(gateway), 4, () => ({
    path: '/',
    method: 'POST',
    headers: { 'x-id': String(id++) },
    body: 'b',
  }))
  await PAUSE(150)
  await origins[1]?.kill()
  await PAUSE(300)
  const [got, posted] = [await gets.stop(), await posts.stop()]
  expect([...got.keys()]).toEqual([200])
  expect(new Set(ids).size).toBe(ids.length)
  // What was on its way to the dead target cannot be known to have failed: at most one request per client.
  expect(posted.get(502) ?? 0).toBeLessThanOrEqual(4)
  expect([...posted.keys()].filter((status) => status !== 200 && status !== 502)).toEqual([])
})

it('multiplies an outage by the budget, not by the attempts', async () => {
  const broken = [await startRawOrigin((_, __, cut) => cut()), await startRawOrigin((_, __, cut) => cut())]
  const gateway = await startGateway({
    upstreams: [
      upstream(
        'api',
        broken.map(({ url }) => url),
        { breaker: null, fallback: { maxAttempts: 2 } },
      ),
    ],
  })
  const requests = 200
  for (let i = 0; i < requests; i++) await send(urlOf(gateway), '/')
  const attempts = attemptsOf(gateway)
  const allowance = 10 * (1 + gateway.status().uptimeMs / 1000)
  expect(attempts).toBeLessThanOrEqual(requests * 1.2 + allowance)
  expect(attempts).toBeGreaterThan(requests)
})

function attemptsOf(gateway: Gateway): number {
  return gateway
    .status()
    .upstreams.reduce((sum, { targets }) => sum + targets.reduce((n, each) => n + each.attempts, 0), 0)
}
