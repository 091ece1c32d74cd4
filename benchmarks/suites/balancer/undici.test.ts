// The adapter for undici against undici itself, on real sockets: the balancer must not depend on it, this package does.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LoadBalancer } from '@breakwater/balancer'
import { BalancedDispatcher } from '@breakwater/balancer/undici'
import { Client, fetch, Pool, RetryAgent, request } from 'undici'
import { afterEach, describe, expect, test } from 'vitest'

const servers: Server[] = []
const dispatchers: { destroy(): Promise<void> }[] = []

async function poolOf(status: number, headers: Record<string, string> = {}): Promise<Pool> {
  const server = createServer((message, response) => {
    let body = ''
    message.on('data', (chunk) => {
      body += chunk
    })
    message.on('end', () => response.writeHead(status, headers).end(`${message.method} ${message.url} ${body}`))
  })
  servers.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

function over(pools: readonly (Pool | Client)[]) {
  const endpoints = pools.map((value, index) => ({ id: `${index}`, value }))
  const balancer = new LoadBalancer<Pool | Client>(endpoints, { strategy: 'round-robin' })
  const dispatcher = new BalancedDispatcher(balancer)
  dispatchers.push(dispatcher)
  // undici asks for its whole class where it needs `dispatch` alone.
  return { balancer, dispatcher: dispatcher as never }
}

afterEach(async () => {
  for (const dispatcher of dispatchers.splice(0)) await dispatcher.destroy()
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

describe('BalancedDispatcher under undici', () => {
  test('request and fetch go to the endpoints in turn, with path, query and body', async () => {
    const { balancer, dispatcher } = over([await poolOf(200), await poolOf(200)])
    const url = 'http://any.invalid/a?b=c'
    const first = await request(url, { dispatcher, method: 'POST', body: 'x' })
    expect(await first.body.text()).toBe('POST /a?b=c x')
    const second = await fetch(url, { dispatcher, method: 'POST', body: 'y' })
    expect(await second.text()).toBe('POST /a?b=c y')
    expect(balancer.stats().map(({ picks, inflight, failures }) => [picks, inflight, failures])).toEqual([
      [1, 0, 0],
      [1, 0, 0],
    ])
  })

  test('in flight until the body has been read', async () => {
    const { balancer, dispatcher } = over([await poolOf(200)])
    const { body } = await request('http://any.invalid/', { dispatcher })
    await body.text()
    expect(balancer.stats()[0]?.inflight).toBe(0)
  })

  test('statuses and refused connections are outcomes', async () => {
    const pools = [await poolOf(500), await poolOf(429, { 'retry-after': '60' }), new Client('http://127.0.0.1:1')]
    const { balancer, dispatcher } = over(pools)
    for (let turn = 0; turn < 2; turn++) await (await request('http://any.invalid/', { dispatcher })).body.text()
    await expect(request('http://any.invalid/', { dispatcher })).rejects.toThrow()
    expect(balancer.stats().map(({ failures, refusals }) => [failures, ...refusals])).toEqual([
      [1],
      [0, 'cooling'],
      [1],
    ])
  })

  test('a RetryAgent over it tries the next endpoint', async () => {
    const { balancer, dispatcher } = over([await poolOf(503), await poolOf(200)])
    const agent = new RetryAgent(dispatcher, { minTimeout: 1, maxTimeout: 1 })
    const { statusCode, body } = await request('http://any.invalid/x', { dispatcher: agent })
    expect([statusCode, await body.text()]).toEqual([200, 'GET /x '])
    expect(balancer.stats().map(({ picks }) => picks)).toEqual([1, 1])
  })
})
