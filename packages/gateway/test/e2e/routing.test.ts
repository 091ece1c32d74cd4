import { expect, it } from 'vitest'
import { send, urlOf } from './support/client.ts'
import { createTestGateway, route, startGateway, upstream } from './support/gateway.ts'
import { startOrigin } from './support/origin.ts'

it('sends each path to its upstream, the query as it came', async () => {
  const [api, web] = [await startOrigin('api'), await startOrigin('web')]
  const gateway = await startGateway({
    upstreams: [upstream('api', [api]), upstream('web', [web])],
    routes: [route('/api/*', 'api'), route('/api/users/:id', 'web'), route('/*', 'web')],
  })
  const base = urlOf(gateway)
  expect((await send(base, '/api/orders?a=1&a=%2F//;&b')).body).toBe('api')
  expect((await send(base, '/api/users/7')).body).toBe('web')
  expect((await send(base, '/')).body).toBe('web')
  expect(api.requests.map(({ url }) => url)).toEqual(['/api/orders?a=1&a=%2F//;&b'])
  expect(web.requests.map(({ url }) => url)).toEqual(['/api/users/7', '/'])
})

it('takes the prefix off what is forwarded', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({
    upstreams: [upstream('api', [origin])],
    routes: [route('/api/*', 'api', { stripPrefix: '/api' }), route('/v1/users/*', 'api', { stripPrefix: '/v1' })],
  })
  for (const path of ['/api', '/api/', '/api/a?x=1', '/v1/users/1', '/api/%61?y=%2e']) await send(urlOf(gateway), path)
  expect(origin.requests.map(({ url }) => url)).toEqual(['/', '/', '/a?x=1', '/users/1', '/a?y=%2e'])
})

it('answers 404 as a problem where no route matches', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])], routes: [route('/api/*', 'api')] })
  const { status, headers, body } = await send(urlOf(gateway), '/apis', { headers: { 'x-request-id': 'r-1' } })
  expect(status).toBe(404)
  expect(headers['content-type']).toBe('application/problem+json')
  expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', title: 'Not Found', status: 404, instance: 'r-1' })
  expect(origin.requests).toEqual([])
})

it('answers 405 with the methods that the path takes', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({
    upstreams: [upstream('api', [origin])],
    routes: [route('/a', 'api', { methods: ['GET'] }), route('/a', 'api', { methods: ['POST', 'PUT'] })],
  })
  const { status, headers, body } = await send(urlOf(gateway), '/a', { method: 'DELETE' })
  expect(status).toBe(405)
  expect(headers.allow).toBe('GET, HEAD, POST, PUT')
  expect(JSON.parse(body)).toMatchObject({ status: 405, title: 'Method Not Allowed' })
  expect((await send(urlOf(gateway), '/a', { method: 'HEAD' })).status).toBe(200)
  expect(origin.requests.map(({ method }) => method)).toEqual(['HEAD'])
})

it('forwards TRACE on a route that lists it, and answers 405 on the others', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({
    upstreams: [upstream('api', [origin])],
    routes: [route('/*', 'api'), route('/trace', 'api', { methods: ['TRACE'] })],
  })
  const refused = await send(urlOf(gateway), '/x', { method: 'TRACE' })
  expect(refused.status).toBe(405)
  expect(refused.headers.allow).toBe('GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS')
  expect((await send(urlOf(gateway), '/trace', { method: 'TRACE' })).status).toBe(200)
  expect(origin.requests.map(({ method }) => method)).toEqual(['TRACE'])
})

it('forwards methods that nobody has heard of on routes of every method', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  for (const method of ['PROPFIND', 'OPTIONS', 'PATCH']) {
    expect((await send(urlOf(gateway), '/x', { method })).status).toBe(200)
  }
  expect(origin.requests.map(({ method }) => method)).toEqual(['PROPFIND', 'OPTIONS', 'PATCH'])
})

it('passes on what the upstream says, redirects and errors too', async () => {
  const origin = await startOrigin('origin', (_, response) => {
    response.writeHead(302, { location: 'http://elsewhere.example/', 'set-cookie': ['a=1', 'b=2'] })
    response.end('moved')
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  const { status, headers, body } = await send(urlOf(gateway), '/')
  expect([status, headers.location, headers['set-cookie'], body]).toEqual([
    302,
    'http://elsewhere.example/',
    ['a=1', 'b=2'],
    'moved',
  ])
})

it('refuses a route to an upstream that does not exist', async () => {
  expect(() => createTestGateway({ upstreams: [], routes: [route('/*', 'ap')] })).toThrow('there is no upstream "ap"')
})
