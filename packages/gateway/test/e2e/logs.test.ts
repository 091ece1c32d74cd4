import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { Gateway } from '../../src/gateway.ts'
import { describeError } from '../../src/telemetry/logger.ts'
import { eventually, send, urlOf } from './support/client.ts'
import { BREAKER, gatewayConfig, startGateway, type TestGateway, upstream } from './support/gateway.ts'
import { answer, deadAddress, startOrigin, startRawOrigin } from './support/origin.ts'

type Line = Record<string, unknown>

async function logged(options: Omit<TestGateway, 'log'>) {
  const lines: Line[] = []
  const gateway = await startGateway({ ...options, log: (line) => lines.push(line) })
  const find = (msg: string): Line[] => lines.filter((line) => line.msg === msg)
  return { gateway, lines, find }
}

const ACCESS = { log: { level: 'info', format: 'json', access: true } } as const

it('writes one line per request when asked to', async () => {
  const origin = await startOrigin('a')
  const { gateway, find } = await logged({ upstreams: [upstream('api', [origin])], observability: ACCESS })
  await send(urlOf(gateway), '/users/7?token=s3cret', { headers: { 'x-request-id': 'r-1' } })
  await send(urlOf(gateway), '/livez')
  await eventually(() => find('request').length === 2)
  const [proxied, probe] = find('request')
  expect(proxied).toMatchObject({
    requestId: 'r-1',
    client: '127.0.0.1',
    method: 'GET',
    path: '/users/7',
    route: '/*',
    status: 200,
    bytes: 1,
    upstream: 'api',
    target: 'a',
    attempts: 1,
    outcome: 'success',
  })
  expect(proxied?.durationMs).toBeGreaterThan(0)
  expect(probe).toMatchObject({ path: '/livez', route: '/livez', status: 200 })
  expect(probe).not.toHaveProperty('upstream')
})

it('never writes secrets: headers, cookies, queries', async () => {
  const origin = await startOrigin('a', (request, response) => {
    if (request.url?.startsWith('/cut') === true) request.socket.resetAndDestroy()
    else answer(response, 500, 's3cret')
  })
  const session = { from: [{ kind: 'cookie', name: 'sid' }] as const, ttlMs: 1000, max: 10 }
  const { gateway, lines } = await logged({
    upstreams: [upstream('api', [origin, await deadAddress()], { session })],
    observability: ACCESS,
  })
  const headers = { authorization: 'Bearer s3cret', cookie: 'sid=s3cret', 'x-api-key': 's3cret' }
  for (let i = 0; i < 12; i++) {
    await send(urlOf(gateway), `/${i % 2 === 0 ? 'cut' : 'x'}?token=s3cret`, {
      headers,
      method: i % 3 === 0 ? 'POST' : 'GET',
    })
  }
  expect(lines.length).toBeGreaterThan(12)
  expect(JSON.stringify(lines)).not.toContain('s3cret')
})

it('writes no line per request unless asked to', async () => {
  const origin = await startOrigin('a')
  const { gateway, lines } = await logged({ upstreams: [upstream('api', [origin])] })
  for (let i = 0; i < 5; i++) await send(urlOf(gateway), '/')
  expect(lines.map(({ msg }) => msg)).toEqual(['listening'])
})

it('tells of breakers, fallbacks and failed requests, with the request they belong to', async () => {
  const dead = await deadAddress()
  const origin = await startOrigin('alive')
  const breaker = { ...BREAKER, consecutiveFailures: 1 }
  const { gateway, find } = await logged({ upstreams: [upstream('api', [dead, origin], { breaker })] })
  for (let i = 0; i < 12; i++) await send(urlOf(gateway), '/', { headers: { 'x-request-id': `r-${i}` } })
  const deadId = new URL(dead).host
  expect(find('circuit breaker open')).toMatchObject([
    { level: 40, upstream: 'api', target: deadId, from: 'closed', to: 'open' },
  ])
  const fallbacks = find('attempt failed, trying another target')
  expect(fallbacks).toHaveLength(1)
  expect(fallbacks[0]).toMatchObject({
    upstream: 'api',
    target: deadId,
    next: 'alive',
    attempt: 1,
    kind: 'connect',
    cause: { code: 'ECONNREFUSED' },
  })
  expect(fallbacks[0]?.requestId).toMatch(/^r-\d+$/)
  await origin.kill()
  expect((await send(urlOf(gateway), '/', { headers: { 'x-request-id': 'last' } })).status).toBe(502)
  expect(find('request failed')).toMatchObject([{ requestId: 'last', target: 'alive', kind: 'connect' }])
})

it('regression: what failed in a handler was logged as [object Object]', async () => {
  const lines: Line[] = []
  const logger = pino(
    { serializers: { err: describeError } },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  )
  logger.isLevelEnabled = () => {
    throw Object.assign(new RangeError('broken'), { code: 'E1', headers: 's3cret' })
  }
  const gateway = new Gateway(gatewayConfig({ upstreams: [upstream('api', [])], observability: ACCESS }), { logger })
  await gateway.start()
  onTestFinished(() => gateway.stop())
  await send(urlOf(gateway), '/livez')
  const failed = (): Line | undefined => lines.find(({ msg }) => msg === 'handler failed')
  await eventually(() => failed() !== undefined)
  expect(failed()).toMatchObject({ err: { type: 'RangeError', code: 'E1', message: 'broken' } })
  expect(JSON.stringify(lines)).not.toContain('s3cret')
})

it('regression: an answer that broke off was logged as a request that went well', async () => {
  const origin = await startRawOrigin((_received, write, cut) => {
    write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')
    setTimeout(cut, 20)
  })
  const { gateway, find } = await logged({ upstreams: [upstream('api', [origin.url])], observability: ACCESS })
  await expect(send(urlOf(gateway), '/', { headers: { 'x-request-id': 'r-1' } })).rejects.toThrow()
  await eventually(() => find('request').length === 1)
  const target = new URL(origin.url).host
  expect(find('request')).toMatchObject([{ requestId: 'r-1', status: 200, target, outcome: 'truncated' }])
  expect(find('answer broke off')).toMatchObject([
    {
      level: 40,
      requestId: 'r-1',
      upstream: 'api',
      target,
      attempt: 1,
      status: 200,
      cause: { message: expect.any(String) },
    },
  ])
})

it('tells of health that changes', async () => {
  const origin = await startOrigin('a')
  origin.health = 500
  const health = {
    path: '/healthz',
    intervalMs: 20,
    timeoutMs: 500,
    healthy: 1,
    unhealthy: 1,
    status: { min: 200, max: 299 },
  }
  const { find } = await logged({ upstreams: [upstream('api', [origin], { health })] })
  await eventually(() => find('target is unhealthy').length === 1)
  expect(find('target is unhealthy')[0]).toMatchObject({ upstream: 'api', target: 'a', cause: 'status 500' })
  expect(find('every target is unhealthy: requests go to all of them')).toHaveLength(1)
  origin.health = 200
  await eventually(() => find('target is healthy').length === 1)
})
