import { expect, it } from 'vitest'
import { send, urlOf } from './support/client.ts'
import { gatewayConfig, startGateway, upstream } from './support/gateway.ts'
import { answer, startOrigin } from './support/origin.ts'

it('removes hop-by-hop fields from the request, also those that Connection names', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  await send(urlOf(gateway), '/', {
    headers: {
      connection: 'keep-alive, x-private',
      'keep-alive': 'timeout=5',
      'x-private': 'mine',
      te: 'trailers',
      'proxy-authorization': 'Basic c2VjcmV0',
      'x-kept': 'yes',
      authorization: 'Bearer t',
    },
  })
  const headers = origin.requests[0]?.headers ?? {}
  for (const name of ['x-private', 'te', 'keep-alive', 'proxy-authorization']) expect(headers[name]).toBeUndefined()
  expect(headers).toMatchObject({ 'x-kept': 'yes', authorization: 'Bearer t' })
})

it('regression: the request id of our log was not sent upstream', async () => {
  const origin = await startOrigin('a', (_, response) => response.writeHead(500).end())
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  await send(urlOf(gateway), '/')
  await send(urlOf(gateway), '/', { headers: { 'x-request-id': 'mine' } })
  await send(urlOf(gateway), '/', { headers: { 'x-request-id': 'x'.repeat(129) } })
  const [made, kept, replaced] = origin.requests.map(({ rawHeaders }) =>
    rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'x-request-id'),
  )
  expect([made, kept, replaced]).toEqual([
    [expect.stringMatching(/^[\da-f-]{36}$/)],
    ['mine'],
    [expect.stringMatching(/^[\da-f-]{36}$/)],
  ])
})

it('removes hop-by-hop fields from the response', async () => {
  const origin = await startOrigin('a', (_, response) => {
    response.writeHead(200, {
      connection: 'keep-alive, x-private',
      'x-private': '1',
      'proxy-authenticate': 'Basic',
      'x-kept': 'yes',
    })
    response.end()
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  const { headers } = await send(urlOf(gateway), '/')
  expect(headers['x-private']).toBeUndefined()
  expect(headers['proxy-authenticate']).toBeUndefined()
  expect(headers['x-kept']).toBe('yes')
})

it('tells the upstream who asked, and a client cannot strip that by naming it in Connection', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  await send(urlOf(gateway), '/', {
    headers: {
      host: 'shop.example',
      connection: 'close, x-forwarded-for, x-forwarded-proto, x-forwarded-host, authorization',
    },
  })
  expect(origin.requests[0]?.headers).toMatchObject({
    host: 'shop.example',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'shop.example',
  })
})

it('believes X-Forwarded-For from trusted peers only', async () => {
  const origin = await startOrigin()
  const headers = { 'x-forwarded-for': '203.0.113.9' }
  const trusting = await startGateway({ upstreams: [upstream('api', [origin])] })
  await send(urlOf(trusting), '/', { headers })
  const wary = await startGateway({ upstreams: [upstream('api', [origin])], server: { trustedProxies: [] } })
  await send(urlOf(wary), '/', { headers })
  expect(origin.requests.map((request) => request.headers['x-forwarded-for'])).toEqual([
    '203.0.113.9, 127.0.0.1',
    '127.0.0.1',
  ])
})

it('survives header and path names of Object.prototype', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({
    upstreams: [
      upstream('api', [origin], { session: { from: [{ kind: 'header', name: '__proto__' }], ttlMs: 1000, max: 10 } }),
    ],
  })
  for (const path of ['/__proto__', '/constructor', '/toString?__proto__=1']) {
    const { status } = await send(urlOf(gateway), path, { headers: { constructor: 'x', ['__proto__']: 'y' } })
    expect(status).toBe(200)
  }
})

it('takes as many fields in a response as in a request, 100 unless configured', async () => {
  const origin = await startOrigin('api', (_request, response) => {
    for (let i = 0; i < 150; i++) response.setHeader(`x-${i}`, 'y')
    answer(response, 200, 'ok')
  })
  const upstreams = [upstream('api', [origin])]
  expect((await send(urlOf(await startGateway({ upstreams })), '/')).status).toBe(502)
  const { limits } = gatewayConfig({ upstreams }).server
  const gateway = await startGateway({ upstreams, server: { limits: { ...limits, maxHeaders: 200 } } })
  expect(await send(urlOf(gateway), '/')).toMatchObject({ status: 200, headers: { 'x-149': 'y' } })
})
