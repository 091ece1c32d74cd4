import { describe, expect, it } from 'vitest'
import { eventually, open, readAll, send, urlOf } from './support/client.ts'
import { startGateway, upstream } from './support/gateway.ts'
import { answer, deadAddress, startOrigin, startRawOrigin } from './support/origin.ts'

const FAST = { connectMs: 1000, headersMs: 150, idleMs: 150, totalMs: 0 }

describe('answers of our own are problems that name the request and nothing behind the gateway', () => {
  it('502 when nobody listens', async () => {
    const dead = await deadAddress()
    const gateway = await startGateway({ upstreams: [upstream('secret-name', [dead])] })
    const { status, headers, body } = await send(urlOf(gateway), '/', { headers: { 'x-request-id': 'id/1 x' } })
    expect(status).toBe(502)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', title: 'Bad Gateway', status: 502 })
    expect(typeof JSON.parse(body).instance).toBe('string')
    for (const leak of ['secret-name', '127.0.0.1', new URL(dead).port, 'ECONN', 'node_modules', '    at ']) {
      expect(body).not.toContain(leak)
    }
  })

  it.each([
    ['closes before an answer', ''],
    ['speaks TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['sends a status of four digits', 'HTTP/1.1 9999 X\r\n\r\n'],
    ['sends two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\nhello'],
  ])('502 when the target %s', async (_, bytes) => {
    const broken = await startRawOrigin((_received, write, cut) => {
      if (bytes === '') cut()
      else write(bytes)
    })
    const gateway = await startGateway({ upstreams: [upstream('api', [broken.url], { timeouts: FAST })] })
    const { status, body } = await send(urlOf(gateway), '/', { method: 'POST', body: 'x' })
    expect([status, JSON.parse(body).title]).toEqual([502, 'Bad Gateway'])
  })

  it('504 when the target does not answer in time', async () => {
    const origin = await startOrigin('mute', () => {})
    const gateway = await startGateway({ upstreams: [upstream('api', [origin], { timeouts: FAST })] })
    const { status, headers, body } = await send(urlOf(gateway), '/')
    expect(status).toBe(504)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(body)).toMatchObject({ status: 504, title: 'Gateway Timeout' })
    expect(origin.requests).toHaveLength(1)
  })

  it('does not ask a second target after a time-out: the first may be at work', async () => {
    const [a, b] = [await startOrigin('a', () => {}), await startOrigin('b', () => {})]
    const gateway = await startGateway({ upstreams: [upstream('api', [a, b], { timeouts: FAST })] })
    expect((await send(urlOf(gateway), '/')).status).toBe(504)
    expect(a.requests.length + b.requests.length).toBe(1)
  })

  it('503 without Retry-After when every connection is taken: the target is not to blame', async () => {
    const origin = await startOrigin('slow', () => {})
    const timeouts = { ...FAST, headersMs: 400 }
    const pool = { connections: 1, keepAliveMs: 60_000 }
    const gateway = await startGateway({ upstreams: [upstream('api', [origin], { pool, timeouts })] })
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await send(urlOf(gateway), '/')).status))
    expect(statuses.every((status) => status === 503 || status === 504)).toBe(true)
  })
})

it('cuts the client when the body of an answer breaks off, and counts it against the target', async () => {
  const origin = await startRawOrigin((received, write, cut) => {
    if (!received.endsWith('\r\n\r\n')) return
    write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nninebytes')
    setTimeout(cut, 20)
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin.url])] })
  for (let i = 0; i < 5; i++) {
    const answered = await open(urlOf(gateway), '/')
    expect(answered.statusCode).toBe(200)
    await expect(readAll(answered)).rejects.toThrow()
  }
  await eventually(() => gateway.status().activeRequests === 0)
  expect(gateway.status().upstreams[0]?.targets[0]).toMatchObject({
    attempts: 5,
    failures: 5,
    breaker: 'open',
    inFlight: 0,
  })
})

it('serves the next request after each failure', async () => {
  let broken = true
  const origin = await startOrigin('a', (request, response) => {
    if (broken) request.socket.resetAndDestroy()
    else answer(response, 200, 'fine')
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  for (let i = 0; i < 3; i++) {
    broken = true
    expect((await send(urlOf(gateway), '/', { method: 'POST' })).status).toBe(502)
    broken = false
    expect((await send(urlOf(gateway), '/')).body).toBe('fine')
  }
})
