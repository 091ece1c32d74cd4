import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import {
  bodyOf,
  engines,
  get,
  OK,
  RawClient,
  startAnswering,
  startProxy,
  statusOf,
  until,
  useEngine,
} from './sockets.ts'

// Mutated heads and bodies from both sides: whatever they are, the process lives, each connection ends, every context
// comes back, and the next request is clean.

const uncaught: unknown[] = []
const note = (error: unknown): void => {
  uncaught.push(error)
}
process.on('unhandledRejection', note)
afterAll(() => {
  process.off('unhandledRejection', note)
})

const seeds = [
  'GET /a HTTP/1.1\r\nHost: a.test\r\nX-A: 1\r\n\r\n',
  'POST /b HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nbody',
  'POST /c HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n4;e=1\r\nbody\r\n0\r\nt: 1\r\n\r\n',
  'GET /d HTTP/1.1\r\nHost: a.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\nExpect: 100-continue\r\n\r\n',
]
const answers = [
  OK,
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: x-a\r\nX-A: 1\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil close',
]
const pieces = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  ':',
  ',',
  '0',
  'ff',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 9\r\n',
  '\xff',
]

/** Cuts, repeats, replaces and inserts at random places. */
const mutated = (texts: string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.record({ at: fc.nat(200), cut: fc.nat(6), put: fc.constantFrom('', ...pieces) }), { maxLength: 4 }),
    )
    .map(([text, edits]) =>
      edits.reduce((result, { at, cut, put }) => {
        const place = at % (result.length + 1)
        return result.slice(0, place) + put + result.slice(place + cut)
      }, text),
    )

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  test('mutated requests', async () => {
    const upstream = await startAnswering(OK)
    const { port, server } = await startProxy(upstream.port, { timeouts: { headersMs: 300, idleMs: 300 } })
    await fc.assert(
      fc.asyncProperty(fc.array(mutated(seeds), { minLength: 1, maxLength: 3 }), async (requests) => {
        const client = new RawClient(port).send(requests.join(''))
        client.socket.end()
        await client.untilClosed()
        for (const status of client.text.match(/^HTTP\/1\.1 \d{3}/gm) ?? []) expect(status).not.toMatch(/ 500$/)
      }),
      { numRuns: 250 },
    )
    await until(() => server.getPoolStats().inUse === 0 && server.getActiveConnectionCount() === 0)
    expect(bodyOf(await get(port))).toBe('ok')
    // Nothing ambiguous went upstream.
    for (const head of upstream.received().split('\r\n\r\n')) {
      expect((head.match(/^host:/gim) ?? []).length).toBeLessThanOrEqual(1)
      expect((head.match(/^(content-length|transfer-encoding):/gim) ?? []).length).toBeLessThanOrEqual(1)
    }
    expect(uncaught).toEqual([])
  }, 60_000)

  test('mutated responses', async () => {
    let answer = OK
    const upstream = await startAnswering((_head, socket) => {
      socket.end(Buffer.from(answer, 'latin1'))
    })
    const { port, server, target } = await startProxy(upstream.port, { timeouts: { headersMs: 300, idleMs: 300 } })
    await fc.assert(
      fc.asyncProperty(mutated(answers), async (response) => {
        answer = response
        // Engine net passes interim responses on.
        const text = (await get(port)).replace(/^(?:HTTP\/1\.1 1\d\d [\s\S]*?\r\n\r\n)+/, '')
        expect(statusOf(text)).not.toBe(500)
        expect(text.match(/^HTTP\/1\.1 /gm) ?? []).toHaveLength(1)
        answer = OK
        expect(bodyOf(await get(port))).toBe('ok')
      }),
      { numRuns: 200 },
    )
    await until(() => server.getPoolStats().inUse === 0 && target.stats().active === 0)
    expect(uncaught).toEqual([])
  }, 60_000)
})
