import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createFetch } from '../src/fetch/index.ts'
import { LoadBalancer, type LoadBalancerOptions } from '../src/index.ts'

const servers: Server[] = []

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function balancerOver(listeners: readonly RequestListener[], options: LoadBalancerOptions<string> = {}) {
  const bases = await Promise.all(listeners.map(serve))
  const endpoints = bases.map((value, index) => ({ id: `${index}`, value }))
  return new LoadBalancer<string>(endpoints, { strategy: 'round-robin', ...options })
}

const echo: RequestListener = (request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => response.end(`${request.method} ${request.url} ${request.headers['x-test'] ?? '-'} ${body}`))
}

describe('createFetch', () => {
  it('sends path, query, method, headers and body to the endpoint chosen, behind its base path', async () => {
    const balancer = await balancerOver([echo, echo])
    balancer.update('1', { value: `${balancer.endpoints()[1]?.value}/base/` })
    const fetch = createFetch(balancer)
    const init = { method: 'POST', body: 'hello', headers: { 'x-test': 'yes' } }
    expect(await (await fetch('/a?b=c', init)).text()).toBe('POST /a?b=c yes hello')
    expect(await (await fetch('http://any.invalid/x', init)).text()).toBe('POST /base/x yes hello')
    expect(await (await fetch(new Request('http://any.invalid/y', init))).text()).toBe('POST /y yes hello')
    expect(balancer.stats().map(({ inflight, picks }) => [inflight, picks])).toEqual([
      [0, 2],
      [0, 1],
    ])
  })

  it('passes on what the balancer shall know', async () => {
    const balancer = await balancerOver([echo, echo])
    const fetch = createFetch(balancer, { pickFor: ({ headers }) => ({ sessionId: headers.get('x-test') ?? '' }) })
    for (let time = 0; time < 4; time++) await fetch('/', { headers: { 'x-test': 'me' } })
    expect(balancer.stats().map(({ picks }) => picks)).toEqual([4, 0])
  })

  it('the status decides the outcome', async () => {
    const balancer = await balancerOver([
      (_, response) => response.writeHead(500).end(),
      (_, response) => response.writeHead(429, { 'retry-after': '7' }).end(),
      (_, response) => response.writeHead(404).end(),
    ])
    const fetch = createFetch(balancer)
    expect(await Promise.all([1, 2, 3].map(async () => (await fetch('/')).status))).toEqual([500, 429, 404])
    const [failing, limited, sound] = balancer.stats()
    expect([failing?.failures, limited?.failures, sound?.failures]).toEqual([1, 0, 0])
    expect(limited?.refusals).toEqual(['cooling'])
    expect(limited?.retryAfterMs).toBeGreaterThan(5000)
  })

  it('a refused connection is a failure, an abort is not, a time-out is one', async () => {
    const balancer = new LoadBalancer<string>([{ id: 'closed', value: 'http://127.0.0.1:1' }], { strategy: 'random' })
    await expect(createFetch(balancer)('/')).rejects.toThrow()
    expect(balancer.stats()[0]).toMatchObject({ failures: 1, inflight: 0 })
    const hanging = await balancerOver([() => undefined])
    const fetch = createFetch(hanging)
    const controller = new AbortController()
    const aborted = fetch('/', { signal: controller.signal })
    setTimeout(() => controller.abort(), 20)
    await expect(aborted).rejects.toThrow()
    expect(hanging.stats()[0]).toMatchObject({ failures: 0, inflight: 0 })
    await expect(fetch('/', { signal: AbortSignal.timeout(20) })).rejects.toThrow()
    expect(hanging.stats()[0]).toMatchObject({ failures: 1, inflight: 0 })
  })

  it('until body: in flight until the stream has been read, or given up', async () => {
    const ends: (() => void)[] = []
    const balancer = await balancerOver([
      (_, response) => {
        response.write('first ')
        ends.push(() => response.end('last'))
      },
    ])
    const fetch = createFetch(balancer, { until: 'body' })
    const response = await fetch('/')
    expect(balancer.stats()[0]?.inflight).toBe(1)
    expect(response.url).toMatch(/^http:\/\/127/)
    ends[0]?.()
    expect(await response.text()).toBe('first last')
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 0 })
    const given = await fetch('/')
    await given.body?.cancel()
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 0 })
  })

  it('until body: a body that breaks off is a failure, none at all ends at once', async () => {
    const balancer = await balancerOver([
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 })
        response.write('some')
        setTimeout(() => response.destroy(), 20)
      },
    ])
    const response = await createFetch(balancer, { until: 'body' })('/')
    await expect(response.text()).rejects.toThrow()
    expect(balancer.stats()[0]).toMatchObject({ inflight: 0, failures: 1 })
    const empty = await balancerOver([(_, reply) => reply.writeHead(204).end()])
    await createFetch(empty, { until: 'body' })('/')
    expect(empty.stats()[0]?.inflight).toBe(0)
  })

  it('without an endpoint rejects as acquire does; wrong options are errors', async () => {
    const none = new LoadBalancer<string>([])
    await expect(createFetch(none)('/')).rejects.toMatchObject({ code: 'ERR_NO_UPSTREAM' })
    expect(() => createFetch(none, { until: 'end' as never })).toThrow('options.until must be "headers" or "body"')
    expect(() => createFetch(none, { fetch: 5 as never })).toThrow('options.fetch must be a function, got 5')
    expect(() => createFetch(none, { pickfor: 5 } as never)).toThrow('did you mean "pickFor"?')
  })
})
