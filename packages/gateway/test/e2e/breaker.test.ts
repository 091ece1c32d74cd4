import { expect, it } from 'vitest'
import { eventually, send, urlOf } from './support/client.ts'
import { BREAKER, startGateway, upstream } from './support/gateway.ts'
import { answer, startOrigin } from './support/origin.ts'

it('opens after failures in a row, answers 503 with Retry-After, asks the target no more', async () => {
  const origin = await startOrigin('a', (_, response) => answer(response, 500, 'broken'))
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  for (let i = 0; i < 5; i++) expect((await send(urlOf(gateway), '/')).status).toBe(500)
  const { status, headers, body } = await send(urlOf(gateway), '/')
  expect(status).toBe(503)
  expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(29)
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(30)
  expect(headers['content-type']).toBe('application/problem+json')
  expect(JSON.parse(body)).toMatchObject({ status: 503, title: 'Service Unavailable' })
  expect(origin.requests).toHaveLength(5)
  expect(gateway.status().upstreams[0]?.targets[0]).toMatchObject({ breaker: 'open', inFlight: 0 })
})

it('says at least one second, and heals by itself', async () => {
  const origin = await startOrigin('a', (_, response) => answer(response, 502, 'broken'))
  const breaker = { ...BREAKER, resetTimeoutMs: 200, halfOpenMaxRequests: 1 }
  const gateway = await startGateway({ upstreams: [upstream('api', [origin], { breaker })] })
  for (let i = 0; i < 5; i++) await send(urlOf(gateway), '/')
  const refused = await send(urlOf(gateway), '/')
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1'])
  origin.handler = (_, response) => answer(response, 200, 'well')
  await eventually(async () => (await send(urlOf(gateway), '/')).status === 200, 'the breaker lets a probe through')
  expect(gateway.status().upstreams[0]?.targets[0]?.breaker).toBe('closed')
  expect((await send(urlOf(gateway), '/')).body).toBe('well')
})

it('takes a broken target out and loses nothing once it is open', async () => {
  const [good, bad] = [
    await startOrigin('good'),
    await startOrigin('bad', (_, response) => answer(response, 500, 'bad')),
  ]
  const gateway = await startGateway({ upstreams: [upstream('api', [good, bad])] })
  const statuses: number[] = []
  for (let i = 0; i < 40; i++) statuses.push((await send(urlOf(gateway), '/')).status)
  expect(statuses.filter((status) => status === 500)).toHaveLength(5)
  expect(statuses.slice(10)).toEqual(Array(30).fill(200))
  expect(bad.requests).toHaveLength(5)
})

it('holds half-open probes to their number while others wait', async () => {
  const pending: (() => void)[] = []
  const origin = await startOrigin('a', (_, response) => answer(response, 500, 'broken'))
  const breaker = { ...BREAKER, resetTimeoutMs: 50, halfOpenMaxRequests: 2 }
  const gateway = await startGateway({ upstreams: [upstream('api', [origin], { breaker })] })
  for (let i = 0; i < 5; i++) await send(urlOf(gateway), '/')
  origin.handler = (_, response) => pending.push(() => answer(response, 200, 'well'))
  await new Promise((resolve) => setTimeout(resolve, 60))
  let refused = 0
  const answers = Array.from({ length: 50 }, async () => {
    const { status } = await send(urlOf(gateway), '/')
    if (status === 503) refused++
    return status
  })
  await eventually(() => pending.length === 2 && refused === 48)
  expect(origin.requests).toHaveLength(7)
  for (const respond of pending) respond()
  const statuses = (await Promise.all(answers)).sort()
  expect(statuses).toEqual([200, 200, ...Array(48).fill(503)])
})

it('leaves client errors alone', async () => {
  const origin = await startOrigin('a', (_, response) => answer(response, 429, 'slow down'))
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  for (let i = 0; i < 20; i++) expect((await send(urlOf(gateway), '/')).status).toBe(429)
})

it('is not there when it is switched off', async () => {
  const origin = await startOrigin('a', (_, response) => answer(response, 500, 'broken'))
  const gateway = await startGateway({ upstreams: [upstream('api', [origin], { breaker: null })] })
  for (let i = 0; i < 20; i++) expect((await send(urlOf(gateway), '/')).status).toBe(500)
  expect(gateway.status().upstreams[0]?.targets[0]).toMatchObject({ breaker: null, retryAfterMs: 0 })
})
