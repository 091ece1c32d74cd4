import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ResponseReader } from './load/response-reader.ts'

interface Response {
  readonly status: number
  readonly body: string
  /** Sizes of the chunks, null for a length. */
  readonly chunks: readonly number[] | null
}

const response: fc.Arbitrary<Response> = fc.record({
  status: fc.constantFrom(200, 200, 200, 404, 500),
  body: fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', '5'), maxLength: 60 }),
  chunks: fc.option(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 5 })),
})

function wire({ status, body, chunks }: Response): string {
  const line = `HTTP/1.1 ${status} Some Reason\r\nDate: now\r\n`
  if (chunks === null) return `${line}Content-Length: ${body.length}\r\n\r\n${body}`
  let at = 0
  const pieces: string[] = []
  for (const size of [...chunks, body.length]) {
    const piece = body.slice(at, at + size)
    at += size
    if (piece !== '') pieces.push(`${piece.length.toString(16)};x=1\r\n${piece}\r\n`)
  }
  return `${line}transfer-encoding: chunked\r\n\r\n${pieces.join('')}0\r\nTrailer: 1\r\n\r\n`
}

test('any responses, in any pieces: each ends where it ends', () => {
  fc.assert(
    fc.property(
      fc.array(response, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
      (responses, cuts) => {
        const bytes = Buffer.from(responses.map(wire).join(''), 'latin1')
        const reader = new ResponseReader()
        reader.begin()
        const found: { status: number; length: number }[] = []
        let at = 0
        for (let cut = 0; at < bytes.length; cut++) {
          const end = Math.min(bytes.length, at + (cuts[cut % cuts.length] ?? 1))
          while (at < end) {
            at = reader.push(bytes, at, end)
            if (!reader.done) continue
            found.push({ status: reader.status, length: reader.bodyBytes })
            reader.begin()
          }
        }
        expect(found).toEqual(responses.map(({ status, body }) => ({ status, length: body.length })))
      },
    ),
  )
})

test.each([
  ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n', 'no response'],
  ['no length', 'HTTP/1.1 200 OK\r\nDate: now\r\n\r\n', 'without length'],
  ['no chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'no chunk size'],
  ['a chunk too long', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n', 'longer than its size'],
  ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`, 'without end'],
])('%s is a failure', (_, text, message) => {
  const bytes = Buffer.from(text)
  const reader = new ResponseReader()
  reader.begin()
  expect(() => reader.push(bytes, 0, bytes.length)).toThrow(message)
})
