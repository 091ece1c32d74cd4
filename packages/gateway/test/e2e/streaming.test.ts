import { createHash, randomBytes } from 'node:crypto'
import { request as httpRequest, type ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { eventually, open, readAll, send, urlOf } from './support/client.ts'
import { startGateway, upstream } from './support/gateway.ts'
import { startOrigin } from './support/origin.ts'

it('passes each piece of a response on before the next is made', async () => {
  let response: ServerResponse | undefined
  const origin = await startOrigin('origin', (_, started) => {
    response = started
    started.writeHead(200, { 'content-type': 'text/event-stream' })
    started.write('data: 0\n\n')
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  const answer = await open(urlOf(gateway), '/events')
  const pieces = answer[Symbol.asyncIterator]()
  for (let event = 0; event < 5; event++) {
    const { value } = await pieces.next()
    expect(String(value)).toBe(`data: ${event}\n\n`)
    response?.write(`data: ${event + 1}\n\n`)
  }
  response?.end()
  await pieces.next()
  expect((await pieces.next()).done).toBe(true)
})

it('passes each piece of a request on before the next is sent', async () => {
  const received: string[] = []
  const origin = await startOrigin('origin', (request, response) => {
    request.on('data', (chunk) => received.push(String(chunk)))
    request.on('end', () => response.end('done'))
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  const { hostname, port } = new URL(urlOf(gateway))
  const upload = httpRequest({ hostname, port, method: 'POST', path: '/' })
  const answered = new Promise((resolve, reject) => upload.on('response', resolve).on('error', reject))
  for (const piece of ['a', 'b', 'c']) {
    upload.write(piece)
    await eventually(() => received.join('').endsWith(piece))
  }
  upload.end()
  await answered
  expect(received).toEqual(['a', 'b', 'c'])
})

it('carries bytes unchanged in both directions', async () => {
  const origin = await startOrigin('origin', (request, response) => {
    request.pipe(response)
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  const sizes = [0, 1, 1000, 65_536, 70_001, 3_000_000]
  await Promise.all(
    sizes.map(async (size) => {
      const body = randomBytes(size)
      const answer = await open(urlOf(gateway), '/', { method: 'PUT', body })
      expect(hash(await readAll(answer))).toBe(hash(body))
    }),
  )
})

it('cancels the upstream request when the client leaves before an answer', async () => {
  let cancelled = 0
  const origin = await startOrigin('origin', (_, response) => {
    response.on('close', () => cancelled++)
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  const { hostname, port } = new URL(urlOf(gateway))
  const request = httpRequest({ hostname, port, path: '/' })
  request.on('error', () => {})
  request.end()
  await eventually(() => origin.requests.length === 1)
  request.destroy()
  await eventually(() => cancelled === 1)
  await eventually(() => gateway.status().activeRequests === 0)
  expect(gateway.status().upstreams[0]?.targets[0]).toMatchObject({ inFlight: 0, breaker: 'closed' })
})

it('cancels the upstream request when the client leaves in the middle of an answer', async () => {
  let cancelled = 0
  const origin = await startOrigin('origin', (_, response) => {
    response.on('close', () => cancelled++)
    response.write('first')
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  const answer = await open(urlOf(gateway), '/')
  answer.destroy()
  await eventually(() => cancelled === 1)
  await eventually(() => gateway.status().activeRequests === 0)
  expect(gateway.status().upstreams[0]?.targets[0]).toMatchObject({ inFlight: 0, breaker: 'closed' })
})

it('does not blame a target for clients that leave', async () => {
  const origin = await startOrigin('origin', (request, response) => {
    if (request.url === '/quick') response.end('quick')
    else response.write('first')
  })
  const gateway = await startGateway({ upstreams: [upstream('api', [origin])] })
  for (let i = 0; i < 20; i++) (await open(urlOf(gateway), '/slow')).destroy()
  await eventually(() => gateway.status().activeRequests === 0)
  expect((await send(urlOf(gateway), '/quick')).status).toBe(200)
  expect(gateway.status().upstreams[0]?.targets[0]?.breaker).toBe('closed')
})
