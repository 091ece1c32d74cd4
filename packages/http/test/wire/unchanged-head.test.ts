import { expect, it } from 'vitest'
import { scanResponseHead } from '../../src/wire/response-scan.ts'
import { ACCEPTED, DEFAULT_RULES, responseHead } from '../../src/wire/scanned-head.ts'
import { goesOnAsReceived } from '../../src/wire/unchanged-head.ts'

it.each([
  [true, 'HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 7\r\n\r\n'],
  [true, 'HTTP/1.1 404 Not Found\r\nCONTENT-LENGTH: 0\r\nX-A: 1\r\n\r\n'],
  [false, 'HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n'],
  [false, 'HTTP/1.1 200 Fine\r\nContent-Length: 7\r\n\r\n'],
  [false, 'HTTP/1.1 200\r\nContent-Length: 7\r\n\r\n'],
  [false, 'HTTP/1.1 200 OK\r\nContent-Length: 007\r\n\r\n'],
  [false, 'HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n'],
  [false, 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\n'],
  [false, 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 7\r\n\r\n'],
  [false, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  [false, 'HTTP/1.1 200 OK\r\nTE: trailers\r\n\r\n'],
  [false, 'HTTP/1.1 200 OK\r\n\r\n'],
])('%s: %j', (expected, text) => {
  const bytes = Buffer.from(text, 'latin1')
  expect(scanResponseHead(bytes, 0, bytes.length, DEFAULT_RULES)).toBe(ACCEPTED)
  expect(goesOnAsReceived(text, responseHead)).toBe(expected)
})

it('reads a head in front of a body without looking at the body, and leaves the bytes behind it alone', () => {
  const text = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a":"b"}'
  const bytes = Buffer.from(`${text}left over`, 'latin1')
  expect(scanResponseHead(bytes, 0, text.length, DEFAULT_RULES)).toBe(ACCEPTED)
  expect(responseHead.end).toBe(text.length - 9)
  expect(bytes.toString('latin1')).toBe(`${text}left over`)
})
