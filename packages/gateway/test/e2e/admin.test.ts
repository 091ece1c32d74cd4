import { expect, it } from 'vitest'
import { adminUrlOf, eventually, open, send, urlOf } from './support/client.ts'
import { startGateway, upstream } from './support/gateway.ts'
import { answer, deadAddress, startOrigin } from './support/origin.ts'

/** Samples of the Prometheus text by name and sorted labels. Fails on a line that is neither comment nor sample. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (found === null) throw new Error(`not a sample: ${line}`)
    const [, name = '', labels = '', value] = found
    const key = `${name}{${[...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
      .map(([pair]) => pair)
      .sort()
      .join(',')}}`
    if (samples.has(key)) throw new Error(`twice: ${key}`)
    samples.set(key, Number(value))
  }
  return samples
}

it('counts what happened', async () => {
  const [good, bad] = [
    await startOrigin('good'),
    await startOrigin('bad', (_, response) => answer(response, 500, 'bad')),
  ]
  const session = { from: [{ kind: 'header', name: 'x-session-id' }] as const, ttlMs: 60_000, max: 10 }
  const gateway = await startGateway({
    admin: true,
    upstreams: [upstream('api', [good, bad], { session }), upstream('half', [await deadAddress(), good])],
    routes: [
      { path: '/users/:id', methods: null, upstream: 'api', stripPrefix: '', cache: null },
      { path: '/half', methods: null, upstream: 'half', stripPrefix: '', cache: null },
    ],
  })
  for (let i = 0; i < 20; i++)
    await send(urlOf(gateway), `/users/${i}`, { headers: i < 2 ? { 'x-session-id': `${i}` } : {} })
  for (let i = 0; i < 2; i++) await send(urlOf(gateway), '/half', { method: 'PROPFIND' })
  await send(urlOf(gateway), '/nowhere')
  await send(urlOf(gateway), '/users/..')

  const { status, headers, body } = await send(adminUrlOf(gateway), '/metrics')
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  const samples = parse(body)
  const duration = (route: string, code: number, method = 'GET'): string =>
    `http_server_request_duration_seconds_count{http_request_method="${method}",http_response_status_code="${code}",http_route="${route}",network_protocol_version="1.1",url_scheme="http"}`
  expect(samples.get(duration('/users/:id', 200))).toBe(15)
  expect(samples.get(duration('/users/:id', 500))).toBe(5)
  expect(samples.get(duration('/half', 200, '_OTHER'))).toBe(2)
  expect(samples.get(duration('(none)', 404))).toBe(1)
  expect(samples.get(duration('(none)', 400))).toBe(1)
  expect(
    samples.get(
      'http_server_request_duration_seconds_bucket{http_request_method="GET",http_response_status_code="200",http_route="/users/:id",le="+Inf",network_protocol_version="1.1",url_scheme="http"}',
    ),
  ).toBe(15)
  const expected: Record<string, number> = {
    'http_server_active_requests{http_request_method="GET",url_scheme="http"}': 0,
    'breakwater_upstream_attempts_total{outcome="success",target="good",upstream="api"}': 15,
    'breakwater_upstream_attempts_total{outcome="status_5xx",target="bad",upstream="api"}': 5,
    'breakwater_upstream_fallbacks_total{reason="connect",upstream="half"}': 1,
    'breakwater_upstream_fallbacks_total{reason="reset",upstream="half"}': 0,
    'breakwater_circuit_breaker_state{name="api/good"}': 0,
    'breakwater_circuit_breaker_state{name="api/bad"}': 2,
    'breakwater_circuit_breaker_transitions_total{from="closed",name="api/bad",to="open"}': 1,
    'breakwater_circuit_breaker_rejected_total{name="api/bad"}': 0,
    'breakwater_upstream_healthy{target="bad",upstream="api"}': 1,
    'breakwater_sessions{upstream="api"}': 2,
    'breakwater_context_pool_in_use{}': 0,
  }
  for (const [key, value] of Object.entries(expected)) expect([key, samples.get(key)]).toEqual([key, value])
  expect([...samples.keys()].filter((key) => key.startsWith('breakwater_build_info{'))).toHaveLength(1)
  expect([...samples.keys()].some((key) => key.startsWith('process_resident_memory_bytes'))).toBe(true)
  expect([...samples.keys()].some((key) => key.startsWith('http_client_open_connections{'))).toBe(true)
  expect(body).not.toContain('/users/7')
})

it('counts refusals of a breaker, and health checks', async () => {
  const origin = await startOrigin('a', (_, response) => answer(response, 500, 'bad'))
  const health = {
    path: '/healthz',
    intervalMs: 60_000,
    timeoutMs: 500,
    healthy: 1,
    unhealthy: 1,
    status: { min: 200, max: 299 },
  }
  const gateway = await startGateway({ admin: true, upstreams: [upstream('api', [origin], { health })] })
  for (let i = 0; i < 8; i++) await send(urlOf(gateway), '/')
  await eventually(() => origin.checks.length === 1)
  const samples = parse((await send(adminUrlOf(gateway), '/metrics')).body)
  expect(samples.get('breakwater_circuit_breaker_rejected_total{name="api/a"}')).toBe(3)
  expect(samples.get('breakwater_health_checks_total{result="success",target="a",upstream="api"}')).toBe(1)
})

it('can be scraped twice without counting twice', async () => {
  const origin = await startOrigin('a')
  const gateway = await startGateway({ admin: true, upstreams: [upstream('api', [origin])] })
  await send(urlOf(gateway), '/')
  const key = 'breakwater_upstream_attempts_total{outcome="success",target="a",upstream="api"}'
  for (let i = 0; i < 3; i++) expect(parse((await send(adminUrlOf(gateway), '/metrics')).body).get(key)).toBe(1)
})

it('moves and removes the metrics path', async () => {
  const origin = await startOrigin()
  const log = { level: 'info', format: 'json', access: false } as const
  const moved = await startGateway({
    admin: true,
    upstreams: [upstream('api', [origin])],
    observability: { log, metrics: { path: '/m' } },
  })
  expect((await send(adminUrlOf(moved), '/m')).status).toBe(200)
  expect((await send(adminUrlOf(moved), '/metrics')).status).toBe(404)
  const off = await startGateway({
    admin: true,
    upstreams: [upstream('api', [origin])],
    observability: { log, metrics: null },
  })
  expect((await send(adminUrlOf(off), '/metrics')).status).toBe(404)
})

it('shows the status, the same as status()', async () => {
  const origin = await startOrigin('a')
  const gateway = await startGateway({ admin: true, upstreams: [upstream('api', [origin])] })
  await send(urlOf(gateway), '/')
  const { headers, body } = await send(adminUrlOf(gateway), '/status')
  expect(headers['content-type']).toBe('application/json')
  const { uptimeMs, ...status } = JSON.parse(body)
  const { uptimeMs: _, ...own } = gateway.status()
  expect(status).toEqual(JSON.parse(JSON.stringify(own)))
  expect(uptimeMs).toBeGreaterThan(0)
  expect(status).toMatchObject({
    state: 'running',
    activeRequests: 0,
    upstreams: [
      {
        name: 'api',
        strategy: 'round_robin',
        sessions: null,
        targets: [
          {
            id: 'a',
            url: origin.url,
            weight: 1,
            healthy: true,
            breaker: 'closed',
            inFlight: 0,
            attempts: 1,
            failures: 0,
          },
        ],
      },
    ],
  })
})

it('answers GET and HEAD at its paths, problems elsewhere', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({ admin: true, upstreams: [upstream('api', [origin])] })
  const base = adminUrlOf(gateway)
  expect((await send(base, '/livez')).body).toBe('ok\n')
  expect((await send(base, '/')).body).toBe('/livez\n/metrics\n/readyz\n/status\n')
  expect((await send(base, '/readyz')).status).toBe(200)
  expect((await send(base, '/status', { method: 'HEAD' })).status).toBe(200)
  const missing = await send(base, '/admin')
  expect([missing.status, missing.headers['content-type']]).toEqual([404, 'application/problem+json'])
  const post = await send(base, '/status', { method: 'POST' })
  expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD'])
})

it('refuses a page that has rebound its name to loopback', async () => {
  const origin = await startOrigin()
  const gateway = await startGateway({ admin: true, upstreams: [upstream('api', [origin])] })
  const ask = (host: string) => open(adminUrlOf(gateway), '/status', { headers: { host } })
  for (const host of ['evil.example', 'localhost.evil.example:9901', '10.0.0.1'])
    expect((await ask(host)).statusCode).toBe(403)
  for (const host of ['localhost', 'localhost:9901', '127.0.0.1:1']) expect((await ask(host)).statusCode).toBe(200)
})
