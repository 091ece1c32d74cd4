import { expect, it } from 'vitest'
import { send, urlOf } from './support/client.ts'
import { startGateway, upstream } from './support/gateway.ts'
import { startOrigin } from './support/origin.ts'

it('answers the probes itself, before any route', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  for (const path of ['/livez', '/readyz', '/readyz?verbose']) {
    const { status, headers, body } = await send(urlOf(gateway), path)
    expect([status, body, headers['cache-control']]).toEqual([200, 'ok\n', 'no-store'])
  }
  expect((await send(urlOf(gateway), '/livez', { method: 'HEAD' })).status).toBe(200)
  const refused = await send(urlOf(gateway), '/livez', { method: 'POST' })
  expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD'])
  expect(origin.requests).toEqual([])
})

it.each(['/-', '/-/', '/ops/breakwater'])(
  'puts them under %s and leaves the plain paths to the service',
  async (prefix) => {
    const origin = await startOrigin()
    const gateway = await startGateway({ upstreams: [upstream('api', [origin])], server: { probes: { prefix } } })
    expect((await send(urlOf(gateway), `${prefix.replace(/\/$/, '')}/livez`)).body).toBe('ok\n')
    expect((await send(urlOf(gateway), '/livez')).body).toBe('origin')
  },
)

it('leaves all paths to the service when they are off', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])], server: { probes: null } })
  expect((await send(urlOf(gateway), '/readyz')).body).toBe('origin')
  expect((await send(urlOf(gateway), '/livez')).body).toBe('origin')
})

it('is alive but not ready while it drains', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({
    upstreams: [upstream('api', [origin])],
    server: { shutdown: { drainMs: 5000, preStopDelayMs: 300 } },
  })
  gateway.drain()
  expect((await send(urlOf(gateway), '/livez')).status).toBe(200)
  const { status, body, headers } = await send(urlOf(gateway), '/readyz')
  expect([status, body, headers.connection]).toEqual([503, 'draining\n', 'close'])
  expect((await send(urlOf(gateway), '/')).status).toBe(200)
})
