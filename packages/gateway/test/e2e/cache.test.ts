import { expect, it } from 'vitest'
import { adminUrlOf, send, urlOf } from './support/client.ts'
import { route, startGateway, upstream } from './support/gateway.ts'
import { startOrigin } from './support/origin.ts'

const CACHE = { ttlMs: 60_000, maxEntries: 100, maxBody: 1_000_000 }

it('answers from memory what it has, without session, breaker or upstream', async () => {
  const origin = await startOrigin('a', (request, response) => {
    response.writeHead(200, { 'cache-control': 'public, max-age=60' })
    response.end(`answer to ${request.url}`)
  })
  const session = { from: [{ kind: 'cookie', name: 'sid' }] as const, ttlMs: 60_000, max: 10 }
  const gateway = await startGateway({
    admin: true,
    upstreams: [upstream('api', [origin], { session })],
    routes: [route('/cached/*', 'api', { cache: CACHE, stripPrefix: '/cached' }), route('/*', 'api')],
  })
  const first = await send(urlOf(gateway), '/cached/x?a=1')
  const second = await send(urlOf(gateway), '/cached/x?a=1')
  expect([first.body, second.body]).toEqual(['answer to /x?a=1', 'answer to /x?a=1'])
  expect(first.headers['set-cookie']).toBeUndefined()
  expect(second.headers['set-cookie']).toBeUndefined()
  await send(urlOf(gateway), '/x?a=1')
  expect(origin.requests.map(({ url }) => url)).toEqual(['/x?a=1', '/x?a=1'])
  const { body } = await send(adminUrlOf(gateway), '/metrics')
  expect(body).toContain('breakwater_cache_requests_total{cache="/cached/*",result="hit"} 1')
  expect(body).toContain('breakwater_cache_requests_total{cache="/cached/*",result="miss"} 1')
  expect(body).toContain('breakwater_cache_entries{cache="/cached/*"} 1')
})

it('goes on answering while the upstream is down', async () => {
  const origin = await startOrigin('a', (_, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=60' })
    response.end('kept')
  })
  const gateway = await startGateway({
    upstreams: [upstream('api', [origin])],
    routes: [route('/*', 'api', { cache: CACHE })],
  })
  await send(urlOf(gateway), '/x')
  await origin.kill()
  expect((await send(urlOf(gateway), '/x')).body).toBe('kept')
  expect((await send(urlOf(gateway), '/y')).status).toBe(502)
})

it("regression: the gateway's own session cookie kept browsers from its cache", async () => {
  const origin = await startOrigin('a', (_, response) => {
    response.writeHead(200, { vary: 'cookie' })
    response.end('report')
  })
  const session = { from: [{ kind: 'cookie', name: 'sid' }] as const, ttlMs: 60_000, max: 10 }
  const gateway = await startGateway({
    upstreams: [upstream('api', [origin], { session })],
    routes: [route('/*', 'api', { cache: CACHE })],
  })
  const first = await send(urlOf(gateway), '/x')
  const [cookie = ''] = first.headers['set-cookie']?.[0]?.split(';') ?? []
  expect(cookie).toMatch(/^sid=/)
  const second = await send(urlOf(gateway), '/x', { headers: { cookie } })
  expect(second.headers['cache-status']).toMatch(/^breakwater; hit/)
  const personal = await send(urlOf(gateway), '/x', { headers: { cookie: `${cookie}; user=1` } })
  expect(personal.headers['cache-status']).toMatch(/^breakwater; fwd=miss$/)
  expect(origin.requests.map(({ headers }) => headers.cookie)).toEqual([undefined, 'user=1'])
})
