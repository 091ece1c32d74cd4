import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isHopByHop } from '../../src/wire/connection-options.ts'
import { forwardedRequestHead, keptRequestHead, withoutFields } from '../../src/wire/forwarded-head.ts'
import { scanRequestHead } from '../../src/wire/request-scan.ts'
import {
  ACCEPTED,
  DEFAULT_RULES,
  PATH_BACKSLASH,
  PATH_DOT_SEGMENT,
  PATH_DOUBLE_SLASH,
  PATH_PERCENT,
  PATH_SEMICOLON,
  requestHead,
} from '../../src/wire/scanned-head.ts'
import { chunkedText, chunkStream, cutsOf, mutatedRequest, mutatedResponse, validRequest } from '../fuzz/arbitraries.ts'
import { checkRequest, checkResponse } from '../fuzz/invariants.ts'
import { seededRng } from '../fuzz/messages.ts'
import { fieldsOf, latin1, readChunked, readInPieces, readRequest } from './reading.ts'

const named = (list: readonly (readonly [string, string])[]): string =>
  list.map(([name, value]) => `${name}: ${value}\r\n`).join('')

/** Blanks of HTTP only: trim() would take more. */
const trimmed = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, '')

describe('valid requests, against the parts that they were made of', () => {
  test('every part is found, and goes on', () => {
    fc.assert(
      fc.property(validRequest, (parts) => {
        const { method, target, fields, body, chunked } = parts
        const framing = chunked
          ? 'Transfer-Encoding: chunked\r\n'
          : body === ''
            ? ''
            : `Content-Length: ${body.length}\r\n`
        const reading = readRequest(
          latin1(`${method} ${target} HTTP/1.1\r\nHost: a\r\n${named(fields)}${framing}\r\n${body}`),
        )
        expect([reading.verdict, reading.reason]).toEqual([0, ''])
        expect([reading.method, reading.target, reading.chunked]).toEqual([method, target, chunked])
        expect(reading.path).toBe(target.split('?')[0])
        expect(reading.contentLength).toBe(chunked || body === '' ? -1 : body.length)
        const sent = fieldsOf(reading.forwarded)
        const expected = [['host', 'a'], ...fields.map(([name, value]) => [name.toLowerCase(), trimmed(value)])]
        expect(sent.slice(0, expected.length)).toEqual(expected)
      }),
    )
  })

  test('path flags, against splitting the path', () => {
    fc.assert(
      fc.property(validRequest, ({ target }) => {
        const { pathFlags } = readRequest(latin1(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`))
        const path = target.split('?')[0] ?? ''
        const segments = path.split('/')
        expect((pathFlags & PATH_DOUBLE_SLASH) !== 0).toBe(path.includes('//'))
        expect((pathFlags & PATH_DOT_SEGMENT) !== 0).toBe(segments.includes('.') || segments.includes('..'))
        expect((pathFlags & PATH_PERCENT) !== 0).toBe(path.includes('%'))
        expect((pathFlags & PATH_SEMICOLON) !== 0).toBe(path.includes(';'))
        expect((pathFlags & PATH_BACKSLASH) !== 0).toBe(path.includes('\\'))
      }),
    )
  })

  test('nominated fields, against a set of names', () => {
    const name = fc.constantFrom('X-A', 'x-b', 'X-AB', 'Cookie', 'Keep-Alive', 'TE')
    fc.assert(
      fc.property(fc.array(name, { maxLength: 6 }), fc.array(name, { maxLength: 6 }), (present, nominated) => {
        const fields = `Connection: ${nominated.join(' ,')}\r\n${present.map((field) => `${field}: 1\r\n`).join('')}`
        const { forwarded } = readRequest(latin1(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`))
        const gone = new Set(nominated.map((field) => field.toLowerCase()))
        const expected = present
          .map((field) => field.toLowerCase())
          .filter((field) => !gone.has(field) && !isHopByHop(field))
        const ours = ['host', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host']
        expect(fieldsOf(forwarded).map(([field]) => field)).toEqual([ours[0], ...expected, ...ours.slice(1)])
      }),
    )
  })
})

describe('mutated messages', () => {
  test('requests keep every invariant', () => {
    fc.assert(
      fc.property(mutatedRequest, fc.nat(), (message, seed) => {
        expect(checkRequest(message, seededRng(seed)).wrong).toBe('')
      }),
      { numRuns: 1_000 },
    )
  })

  test('responses keep every invariant', () => {
    fc.assert(
      fc.property(mutatedResponse, fc.nat(), (message, seed) => {
        expect(checkResponse(message, seededRng(seed)).wrong).toBe('')
      }),
      { numRuns: 1_000 },
    )
  })

  test('any cut of a request, one verdict', () => {
    fc.assert(
      fc.property(mutatedRequest, cutsOf(300), (message, cuts) => {
        const bytes = latin1(message)
        const within = cuts.filter((cut) => cut <= bytes.length)
        expect(readInPieces(bytes, within)).toEqual(readRequest(bytes))
      }),
    )
  })
})

describe('chunked bodies, against the chunks that they were made of', () => {
  test('payload and end are found in any cut, and what goes on is clean', () => {
    fc.assert(
      fc.property(chunkStream, cutsOf(300), (stream, cuts) => {
        const text = chunkedText(stream)
        const payload = stream.chunks.map(({ data }) => data).join('')
        const within = cuts.filter((cut) => cut <= text.length)
        const reading = readChunked(latin1(`${text}GET /`), within)
        expect([reading.outcome, reading.payload, reading.length]).toEqual(['end', payload, text.length])
        const plain = stream.chunks.map((chunk) => ({ ...chunk, extension: '' }))
        expect(reading.output).toBe(chunkedText({ chunks: plain, trailers: [] }))
      }),
    )
  })
})

describe('changes of policy', () => {
  test('withoutFields, against filtering lines', () => {
    const name = fc.constantFrom('x-a', 'X-A', 'x-ab', 'x', 'X-B')
    const line = fc.tuple(name, fc.constantFrom('', '1', 'x-a: 2'))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(name, { maxLength: 3 }), (lines, names) => {
        const gone = names.map((removed) => removed.toLowerCase())
        const expected = lines.filter(([field]) => !gone.includes(field.toLowerCase()))
        expect(withoutFields(named(lines), names, 0)).toBe(named(expected))
        expect(withoutFields(`GET / HTTP/1.1\r\n${named(lines)}`, names, 1)).toBe(
          `GET / HTTP/1.1\r\n${named(expected)}`,
        )
      }),
    )
  })

  test('set and remove go over everything but framing', () => {
    const kept = keep('GET /a HTTP/1.0\r\nHost: a\r\nCookie: 1\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 3\r\n\r\n')
    const head = forwardedRequestHead(
      kept,
      'content-length: 3\r\n',
      'x-forwarded-for: 1\r\nx-forwarded-proto: http\r\n',
      {
        path: '/b?c',
        set: { 'x-a': '3', host: 'b', 'x-forwarded-for': '2' },
        remove: ['cookie', 'X-Forwarded-Proto', 'content-length'],
      },
    )
    expect(head).toBe('GET /b?c HTTP/1.1\r\ncontent-length: 3\r\nx-a: 3\r\nhost: b\r\nx-forwarded-for: 2\r\n\r\n')
  })

  test.each([
    [{ path: 'http://b/' }],
    [{ path: '*' }],
    [{ path: '/a b' }],
    [{ path: '/a\r\nX: 1' }],
    [{ path: '/\u0120' }],
    [{ set: { 'x-a': '1\r\nX-B: 2' } }],
    [{ set: { 'x-a': '\0' } }],
    [{ set: { 'x-a': '\u010d\u010a' } }],
    [{ set: { 'x a': '1' } }],
    [{ set: { 'x-a:': '1' } }],
    [{ set: { '': '1' } }],
    [{ set: { 'X-A': '1' } }],
    [{ set: { 'transfer-encoding': 'chunked' } }],
    [{ set: { 'content-length': '1' } }],
    [{ set: { connection: 'close' } }],
  ])('%j is refused', (changes) => {
    const kept = keep('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(() => forwardedRequestHead(kept, '', '', changes)).toThrow(TypeError)
  })
})

function keep(text: string): string {
  const bytes = latin1(text)
  expect(scanRequestHead(bytes, 0, bytes.length, DEFAULT_RULES)).toBe(ACCEPTED)
  return keptRequestHead(text, requestHead)
}
