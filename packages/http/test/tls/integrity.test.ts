import { createHash, randomBytes } from 'node:crypto'
import { get, type IncomingMessage } from 'node:http'
import { Agent, createServer, request as requestSecure } from 'node:https'
import { describe, expect, test } from 'vitest'
import { createTarget } from '../../src/index.ts'
import { createAuthority } from '../self-signed.ts'
import { engines, listen, onCleanup, startServer, useEngine } from '../sockets.ts'

const authority = createAuthority()
const pair = authority.issue(['localhost'])
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** TLS to us and TLS to the upstream, which sends everything back. */
async function startRelay(): Promise<{ port: number; agent: Agent }> {
  const upstream = createServer(pair, (request, response) => {
    const length = request.headers['content-length']
    if (length !== undefined) response.setHeader('content-length', length)
    request.pipe(response)
  })
  const target = createTarget(`https://localhost:${await listen(upstream)}`, { tls: { ca: authority.ca } })
  onCleanup(() => target.destroy())
  const { port } = await startServer((ctx) => ctx.forward(target), {
    listen: [{ port: 0, tls: { certificates: [pair] } }],
    port: undefined,
  } as never)
  const agent = new Agent({ ca: authority.ca, keepAlive: true, maxSockets: 8 })
  onCleanup(() => agent.destroy())
  return { port, agent }
}

function echo(port: number, agent: Agent, body: Buffer, isChunked: boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }
    const request = requestSecure(
      { port, host: 'localhost', method: 'POST', agent, headers },
      (response: IncomingMessage) => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('end', () => resolve(Buffer.concat(pieces)))
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    for (let at = 0; at < body.length; at += 50_000) request.write(body.subarray(at, at + 50_000))
    request.end()
  })
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  test.each([false, true])(
    'random bodies through TLS on both sides arrive byte for byte (chunked: %j)',
    async (isChunked) => {
      const { port, agent } = await startRelay()
      const sizes = [0, 1, 1_000, 16_000, 16_384, 16_385, 65_535, 65_536, 65_537, 300_000, 1_500_000]
      const bodies = [...sizes, ...sizes].map((size) => randomBytes(size))
      const answers = await Promise.all(bodies.map((body) => echo(port, agent, body, isChunked)))
      expect(answers.map(hashOf)).toEqual(bodies.map(hashOf))
    },
  )

  test('a client that reads slowly gets every byte of a TLS upstream', async () => {
    const body = randomBytes(6_000_000)
    const upstream = createServer(pair, (_request, response) => {
      response.setHeader('content-length', body.length)
      response.end(body)
    })
    const target = createTarget(`https://localhost:${await listen(upstream)}`, { tls: { ca: authority.ca } })
    onCleanup(() => target.destroy())
    const { port } = await startServer((ctx) => ctx.forward(target))
    const hash = createHash('sha256')
    await new Promise<void>((resolve, reject) => {
      const request = get({ port, host: '127.0.0.1', agent: false, highWaterMark: 16_384 } as object, (response) => {
        response.on('data', (piece: Buffer) => {
          hash.update(piece)
          response.pause()
          setImmediate(() => setImmediate(() => response.resume()))
        })
        response.on('end', () => resolve())
        response.on('error', reject)
      })
      request.on('error', reject)
    })
    expect(hash.digest('hex')).toBe(hashOf(body))
  })
})
