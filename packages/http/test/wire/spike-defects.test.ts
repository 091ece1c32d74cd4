import { expect, test } from 'vitest'
import { statusLine } from '../../src/wire/forwarded-head.ts'
import {
  PATH_BACKSLASH,
  PATH_DOT_SEGMENT,
  PATH_DOUBLE_SLASH,
  PATH_PERCENT,
  PATH_SEMICOLON,
} from '../../src/wire/scanned-head.ts'
import { latin1, readChunked, readRequest, readResponse } from './reading.ts'

// Defects of the first sketch of this parser, so far as they are about bytes. The rest are tests of the engine.

const request = (text: string): ReturnType<typeof readRequest> => readRequest(latin1(text))
const response = (text: string): ReturnType<typeof readResponse> => readResponse(latin1(text))

test('D1: the first line is our own', () => {
  expect(request('GET /a HTTP/1.0\r\nHost: a\r\n\r\n').forwarded).toMatch(/^GET \/a HTTP\/1\.1\r\n/)
  expect(response('HTTP/1.0 200\r\n\r\n').forwarded).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
})

test('D3: a name with an underscore does not pass', () => {
  expect(request('GET / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\n\r\n').verdict).toBe(400)
  expect(request('GET / HTTP/1.1\r\nHost: a\r\nX_A: 1\r\n\r\n').forwarded).not.toContain('X_A')
})

test('D4: X-Forwarded-For of a client is neither trusted nor, twice, refused', () => {
  const { verdict, forwarded } = request(
    'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\nForwarded: for=6\r\nX-Forwarded-Host: b\r\n\r\n',
  )
  expect(verdict).toBe(0)
  expect(forwarded).not.toMatch(/6\.6|7\.7|for=6|host: b/)
})

test('D10: Proxy-Authenticate is removed from responses', () => {
  expect(response('HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\n\r\n').forwarded).not.toContain('Basic')
})

test('D11: chunk extensions and trailers are taken, and dropped', () => {
  const body = readChunked(latin1('1;e=f\r\nx\r\n0\r\nA: 1\r\n\r\n'))
  expect([body.outcome, body.payload, body.output]).toEqual(['end', 'x', '1\r\nx\r\n0\r\n\r\n'])
})

test('D15: what is odd in a path is flagged', () => {
  const flags = (target: string): number => request(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).pathFlags
  expect(flags('/a/b.c?d=%2e;//../')).toBe(0)
  expect(flags('/%2e')).toBe(PATH_PERCENT)
  expect(flags('//a')).toBe(PATH_DOUBLE_SLASH)
  expect(flags('/a//')).toBe(PATH_DOUBLE_SLASH)
  expect(flags('/a/')).toBe(0)
  expect(flags('/a;b')).toBe(PATH_SEMICOLON)
  expect(flags('/a\\b')).toBe(PATH_BACKSLASH)
  for (const dots of ['/.', '/..', '/./a', '/../a', '/a/..', '/a/.?b', '/a/../b'])
    expect(flags(dots)).toBe(PATH_DOT_SEGMENT)
  for (const none of ['/...', '/.a', '/a.', '/a..b', '/..a/']) expect(flags(none)).toBe(0)
})

test('D17: Host, lengths and statuses are checked', () => {
  for (const host of ['u@a', 'a, b', '']) {
    expect(request(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`).verdict).toBe(400)
  }
  expect(request('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc').forwarded).toContain(
    'content-length: 3\r\n',
  )
  for (const status of [600, 999]) expect(response(`HTTP/1.1 ${status} x\r\n\r\n`).verdict).toBe(502)
  for (const status of [99, 600, 200.5, Number.NaN, -1]) expect(() => statusLine(status)).toThrow(RangeError)
})

test('D18: a chunk size has at most eight digits, zeros counted', () => {
  expect(readChunked(latin1('000000001\r\na\r\n0\r\n\r\n')).outcome).toBe('bad')
  expect(readChunked(latin1('00000001\r\na\r\n0\r\n\r\n')).outcome).toBe('end')
})
