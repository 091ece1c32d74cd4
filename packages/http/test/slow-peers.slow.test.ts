import { expect, test } from 'vitest'
import { get, OK, RawClient, startAnswering, startProxy, statusOf, until, useEngine } from './sockets.ts'

useEngine('net')

test('2,000 clients that send a byte of their head now and then: all are closed in time, honest ones are served', async () => {
  const upstream = await startAnswering(OK)
  const { port, server } = await startProxy(upstream.port, {}, { timeouts: { headersMs: 4_000 } })
  const slow = Array.from({ length: 2_000 }, () => new RawClient(port).send('GET / HTTP/1.1\r\nHost: slow.te'))
  await until(() => server.getActiveConnectionCount() === slow.length, undefined, 20_000)
  const drip = setInterval(() => {
    for (const client of slow) if (!client.closed) client.send('x')
  }, 500)
  let served = 0
  while (slow.some((client) => !client.closed)) {
    expect(statusOf(await get(port))).toBe(200)
    served++
  }
  clearInterval(drip)
  expect(served).toBeGreaterThan(20)
  expect(slow.every((client) => client.text === '' || statusOf(client.text) === 408)).toBe(true)
  expect(slow.filter((client) => statusOf(client.text) === 408).length).toBeGreaterThan(1_900)
  await until(() => server.getActiveConnectionCount() === 0 && server.getPoolStats().inUse === 0, undefined, 20_000)
  // All answers went upstream, nothing of the slow heads did.
  expect(upstream.received()).not.toContain('slow.te')
}, 60_000)
