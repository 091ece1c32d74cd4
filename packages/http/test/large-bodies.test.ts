import { createHash, randomBytes } from 'node:crypto'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { engines, onCleanup, startProxy, useEngine } from './sockets.ts'

// Large pieces are freed as soon as they were sent: every byte must have left before.

const body = randomBytes(24 * 1_048_576)
const digest = createHash('sha256').update(body).digest('hex')

async function startSender(chunked: boolean): Promise<number> {
  const server = createServer((_, response) => {
    if (!chunked) response.setHeader('content-length', body.length)
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onCleanup(() => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()))
  return (server.address() as AddressInfo).port
}

/** Reads with a pause of some turns of the event loop after every piece, so that pieces queue up in the proxy. */
async function hashOf(port: number, pauses: number): Promise<string> {
  const response = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false, headers: { connection: 'close' } }, resolve).on('error', reject)
  })
  const hash = createHash('sha256')
  for await (const piece of response) {
    hash.update(piece)
    for (let i = 0; i < pauses; i++) await turn()
  }
  return hash.digest('hex')
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  test.each([
    ['with a length', false],
    ['chunked', true],
  ] as const)('a large body %s arrives as it was sent, by fast and slow readers at once', async (_, chunked) => {
    const seen: string[] = []
    const { port } = await startProxy(await startSender(chunked), { tap: (chunk) => seen.push(chunk.constructor.name) })
    const hashes = await Promise.all([0, 0, 1, 5, 20].map((pauses) => hashOf(port, pauses)))
    expect(new Set(hashes)).toEqual(new Set([digest]))
    expect(seen.length).toBeGreaterThan(5)
  })

  test.skipIf(engine === 'net')('the memory of a large piece is given back once it was sent', async () => {
    const pieces: Uint8Array[] = []
    const { port } = await startProxy(await startSender(false), {
      tap: (chunk) => {
        if (chunk.byteLength >= 65_536) pieces.push(chunk)
      },
    })
    expect(await hashOf(port, 0)).toBe(digest)
    await turn()
    // A tap must not keep pieces; this one does, and finds them emptied.
    expect(pieces.length).toBeGreaterThan(100)
    expect(pieces.filter((piece) => piece.byteLength > 0).length).toBeLessThan(pieces.length / 10)
  })
})
