import { expect, test } from 'vitest'
import { CHUNKED_MORE, ChunkedDecoder, payloadRanges } from '../../src/wire/chunked.ts'
import { forwardedRequestHead, framingLine, keptRequestHead } from '../../src/wire/forwarded-head.ts'
import { ForwardingFields } from '../../src/wire/forwarding-fields.ts'
import { scanRequestHead } from '../../src/wire/request-scan.ts'
import { ACCEPTED, DEFAULT_RULES, INCOMPLETE, requestHead } from '../../src/wire/scanned-head.ts'

test('scan and forward', () => {
  const text =
    'POST /a/b?c HTTP/1.1\r\nHost: a.test\r\nConnection: X-Y, close\r\nx-y: 1\r\nX-A:  b \r\nContent-Length: 007\r\nX-Forwarded-For: 6.6.6.6\r\n\r\nbody'
  const bytes = Buffer.from(text, 'latin1')
  const verdict = scanRequestHead(bytes, 0, bytes.length, DEFAULT_RULES)
  expect([verdict, requestHead.reason]).toEqual([ACCEPTED, ''])
  const kept = keptRequestHead(text, requestHead)
  expect(
    forwardedRequestHead(
      kept,
      framingLine(requestHead.chunked, requestHead.contentLength),
      new ForwardingFields('1.2.3.4', 'http', false).lines(text, requestHead),
      null,
    ),
  ).toBe(
    'POST /a/b?c HTTP/1.1\r\nHost: a.test\r\nX-A:  b \r\ncontent-length: 7\r\nx-forwarded-for: 1.2.3.4\r\nx-forwarded-proto: http\r\nx-forwarded-host: a.test\r\n\r\n',
  )
  for (let i = 0; i < bytes.length - 4; i++) expect(scanRequestHead(bytes, 0, i, DEFAULT_RULES)).toBe(INCOMPLETE)
  const d = new ChunkedDecoder()
  const body = Buffer.from('5;a=b\r\nhello\r\n0\r\nx: 1\r\n\r\nrest')
  const end = d.push(body, 0, body.length)
  expect(end).toBe(body.length - 4)
  expect(d.output(body, 0, end).toString()).toBe('5\r\nhello\r\n0\r\n\r\n')
  expect(payloadRanges.count).toBe(1)
  d.reset(Infinity, true)
  let out = ''
  for (let i = 0; i < end; i++) {
    const r = d.push(body, i, i + 1)
    expect(r).toBe(i + 1 === end ? end : CHUNKED_MORE)
    out += d.output(body, i, i + 1).toString()
  }
  expect(out).toBe('5\r\nhello\r\n0\r\nx: 1\r\n\r\n')
})
