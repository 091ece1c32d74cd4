import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { expect, it } from 'vitest'
import { eventually, open, readAll, send, urlOf } from './support/client.ts'
import { startGateway, upstream } from './support/gateway.ts'
import { startGatewayProcess } from './support/gateway-process.ts'
import { startOrigin } from './support/origin.ts'

const GIBIBYTE = 1024 ** 3
const PIECE = Buffer.alloc(64 * 1024, 'x')

it('passes 1 GiB through in 200 MB, to a reader that is slower than the upstream', async () => {
  const origin = await startOrigin('large', (_, response) => {
    let left = GIBIBYTE
    response.writeHead(200, { 'content-length': GIBIBYTE })
    const write = (): void => {
      while (left > 0) {
        left -= PIECE.length
        if (!response.write(PIECE)) return
      }
      response.end()
    }
    response.on('drain', write)
    write()
  })
  const gateway = await startGatewayProcess({ upstreams: [upstream('api', [origin])] })
  const answer = await open(gateway.url, '/')
  let received = 0
  let peak = 0
  let sampled = 0
  for await (const piece of answer) {
    received += (piece as Buffer).length
    if (received - sampled > GIBIBYTE / 32) {
      sampled = received
      peak = Math.max(peak, await gateway.rss())
    }
  }
  expect(received).toBe(GIBIBYTE)
  expect(peak).toBeLessThan(200e6)
  expect(await gateway.terminate()).toBe(0)
})

it('regression: uploads held 64 KiB pieces that waited for the garbage collector', async () => {
  const origin = await startOrigin('sink', (request, response) => {
    request.resume().once('end', () => response.end('taken'))
  })
  const gateway = await startGatewayProcess({ upstreams: [upstream('api', [origin])] })
  const { hostname, port } = new URL(gateway.url)
  const before = await gateway.rss()
  for (let round = 0; round < 3; round++) {
    const upload = httpRequest({
      hostname,
      port,
      path: '/',
      method: 'PUT',
      headers: { 'content-length': GIBIBYTE / 4 },
    })
    const answered = once(upload, 'response')
    for (let left = GIBIBYTE / 4; left > 0; left -= PIECE.length) {
      if (!upload.write(PIECE)) await once(upload, 'drain')
    }
    upload.end()
    const [response] = await answered
    expect((await readAll(response)).toString()).toBe('taken')
  }
  // 15 to 30 MB where their memory is given back at once, 70 to 90 where it is not.
  expect((await gateway.rss()) - before).toBeLessThan(50e6)
  expect(await gateway.terminate()).toBe(0)
})

it('keeps nothing of a thousand clients that left in the middle', async () => {
  const origin = await startOrigin('slow', (request, response) => {
    request.resume()
    if (request.method === 'GET') response.write('data: 1\n\n')
  })
  const gateway = await startGateway({ admin: true, upstreams: [upstream('api', [origin])] })
  const { hostname, port } = new URL(urlOf(gateway))
  for (let round = 0; round < 20; round++) {
    const streams = await Promise.all(Array.from({ length: 25 }, () => open(urlOf(gateway), '/events')))
    const uploads = Array.from({ length: 25 }, () => {
      const upload = httpRequest({ hostname, port, path: '/', method: 'POST', headers: { 'content-length': 1e9 } })
      upload.on('error', () => {})
      upload.write(PIECE)
      return upload
    })
    await eventually(() => gateway.status().activeRequests === 50)
    for (const each of [...streams, ...uploads]) each.destroy()
    await eventually(() => gateway.status().activeRequests === 0)
  }
  const [target] = gateway.status().upstreams[0]?.targets ?? []
  expect(target).toMatchObject({ inFlight: 0, breaker: 'closed', connections: { active: 0, queued: 0 } })
  await eventually(() => gateway.status().connections === 0)
  origin.handler = (_, response) => response.end('fine')
  expect((await send(urlOf(gateway), '/')).body).toBe('fine')
})
