import { describe, expect, test } from 'vitest'
import { BODY_CHUNKED, BODY_LENGTH, BODY_NONE, BODY_UNTIL_CLOSE } from '../../src/wire/response-scan.ts'
import { INCOMPLETE } from '../../src/wire/scanned-head.ts'
import { latin1, readResponse } from './reading.ts'

// The grammar of responses as data. 502 is a refusal; a string is the head as it goes to the client.
const OK = 'HTTP/1.1 200 OK\r\n'
const fine = (fields: string, kept: string): [string, string] => [`${OK}${fields}\r\n`, `${OK}${kept}\r\n`]

const rows: readonly [name: string, input: string, expected: 502 | string][] = [
  ['plain', ...fine('Server: a\r\nContent-Length: 2\r\n', 'Server: a\r\ncontent-length: 2\r\n')],
  ['HTTP/1.0 goes on as our own line', 'HTTP/1.0 200 Fine\r\n\r\n', `${OK}\r\n`],
  ['no reason', 'HTTP/1.1 200\r\n\r\n', `${OK}\r\n`],
  ['empty reason', 'HTTP/1.1 200 \r\n\r\n', `${OK}\r\n`],
  ['reason of obs-text', 'HTTP/1.1 200 \xe4\r\n\r\n', `${OK}\r\n`],
  ['unknown status', 'HTTP/1.1 299 x\r\n\r\n', 'HTTP/1.1 299 Unknown\r\n\r\n'],
  ['status 599', 'HTTP/1.1 599 x\r\n\r\n', 'HTTP/1.1 599 Unknown\r\n\r\n'],
  ['garbage', 'garbage\r\n\r\n', 502],
  ['status 099', 'HTTP/1.1 099 x\r\n\r\n', 502],
  ['status 600', 'HTTP/1.1 600 x\r\n\r\n', 502],
  ['status 999', 'HTTP/1.1 999 x\r\n\r\n', 502],
  ['status 9999', 'HTTP/1.1 9999 x\r\n\r\n', 502],
  ['status of two digits', 'HTTP/1.1 20 x\r\n\r\n', 502],
  ['status with a letter', 'HTTP/1.1 20x x\r\n\r\n', 502],
  ['HTTP/0.9', '<html>\r\n\r\n', 502],
  ['HTTP/2.0', 'HTTP/2.0 200 OK\r\n\r\n', 502],
  ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n', 502],
  ['lower case', 'http/1.1 200 OK\r\n\r\n', 502],
  ['ICY', 'ICY 200 OK\r\n\r\n', 502],
  ['two blanks', 'HTTP/1.1  200 OK\r\n\r\n', 502],
  ['TAB', 'HTTP/1.1\t200 OK\r\n\r\n', 502],
  ['NUL in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n', 502],
  ['bare CR in the reason', 'HTTP/1.1 200 O\rK\r\n\r\n', 502],
  ['bare LF behind the reason', 'HTTP/1.1 200 OK\n\r\n', 502],
  ['CRLF before the status line', `\r\n${OK}\r\n`, 502],
  ['blank before the status line', ` ${OK}\r\n`, 502],
  ['obs-fold', `${OK}X-A: 1\r\n 2\r\n\r\n`, 502],
  ['blank before the colon', `${OK}Content-Length : 2\r\n\r\n`, 502],
  ['bare CR', `${OK}X-A: 1\rContent-Length: 2\r\n\r\n`, 502],
  ['NUL', `${OK}X-A: \0\r\n\r\n`, 502],
  ['two lengths', `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\n`, 502],
  ['differing lengths', `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\n`, 502],
  ['list of lengths', `${OK}Content-Length: 2, 2\r\n\r\n`, 502],
  ['length and chunked', `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`, 502],
  ['gzip, chunked', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`, 502],
  ['chunked twice', `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, 502],
  ['chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 502],
  ['Transfer_Encoding', `${OK}Transfer_Encoding: chunked\r\n\r\n`, 502],
  ['underscore in another name', ...fine('X_A: 1\r\n', 'X_A: 1\r\n')],
  ['naming Content-Length', `${OK}Content-Length: 2\r\nConnection: content-length\r\n\r\n`, 502],
  ['100 fields', ...fine('X: 1\r\n'.repeat(100), 'X: 1\r\n'.repeat(100))],
  ['101 fields', `${OK}${'X: 1\r\n'.repeat(101)}\r\n`, 502],
  ['20,000 fields', `${OK}${'X: 1\r\n'.repeat(20_000)}\r\n`, 502],
  ['300 KB', `${OK}X: ${'a'.repeat(300_000)}\r\n\r\n`, 502],
  ['chunked', ...fine('Transfer-Encoding: chunked\r\n', 'transfer-encoding: chunked\r\n')],
  ['canonical length', ...fine('Content-Length: 002\r\n', 'content-length: 2\r\n')],
  [
    'fields of the connection',
    ...fine(
      'A: 1\r\nConnection: close, X-B\r\nX-B: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: x\r\nTE: x\r\nTrailer: x\r\nUpgrade: h2c\r\nB: 2\r\n',
      'A: 1\r\nB: 2\r\n',
    ),
  ],
  [
    'fields that mean something in requests only',
    ...fine(
      'X-Forwarded-For: 1\r\nForwarded: x\r\nExpect: x\r\nHost: a b\r\n',
      'X-Forwarded-For: 1\r\nForwarded: x\r\nExpect: x\r\nHost: a b\r\n',
    ),
  ],
  ['204 has no framing', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n'],
  [
    '103',
    'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\nContent-Length: 1\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n',
  ],
]

describe.each(rows)('%s', (_name, input, expected) => {
  const bytes = latin1(input)

  test('in one piece', () => {
    const reading = readResponse(bytes)
    if (expected === 502) expect([reading.verdict, reading.reason !== '']).toEqual([502, true])
    else expect([reading.reason, reading.forwarded]).toEqual(['', expected])
  })

  test('every beginning of it is incomplete, or refused too', () => {
    const allowed = expected === 502 ? [INCOMPLETE, 502] : [INCOMPLETE]
    for (let end = 0; end < Math.min(bytes.length, 500); end++) {
      expect(allowed).toContain(readResponse(bytes.subarray(0, end)).verdict)
    }
    for (const more of ['\n', 'x', '\0\0\0\0']) {
      expect(readResponse(latin1(input + more))).toEqual(readResponse(bytes))
    }
  })
})

test.each([
  ['200', '', false, BODY_UNTIL_CLOSE],
  ['200', 'Content-Length: 0\r\n', false, BODY_NONE],
  ['200', 'Content-Length: 2\r\n', false, BODY_LENGTH],
  ['200', 'Transfer-Encoding: chunked\r\n', false, BODY_CHUNKED],
  ['200', 'Content-Length: 2\r\n', true, BODY_NONE],
  ['200', 'Transfer-Encoding: chunked\r\n', true, BODY_NONE],
  ['200', '', true, BODY_NONE],
  ['204', 'Content-Length: 2\r\n', false, BODY_NONE],
  ['204', 'Transfer-Encoding: chunked\r\n', false, BODY_NONE],
  ['304', 'Content-Length: 2\r\n', false, BODY_NONE],
  ['100', '', false, BODY_NONE],
  ['103', 'Content-Length: 2\r\n', false, BODY_NONE],
  ['205', '', false, BODY_UNTIL_CLOSE],
])('status %s, %j, HEAD %s: body kind %i', (status, fields, isHead, kind) => {
  expect(readResponse(latin1(`HTTP/1.1 ${status} x\r\n${fields}\r\n`), isHead).bodyKind).toBe(kind)
})

test('HEAD and 304 keep the length', () => {
  const head = latin1(`${OK}Content-Length: 5\r\n\r\n`)
  expect(readResponse(head, true).forwarded).toBe(`${OK}content-length: 5\r\n\r\n`)
  expect(readResponse(latin1('HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n')).forwarded).toContain(
    'content-length: 5\r\n',
  )
})

test('101 names its protocol', () => {
  const head = 'HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
  expect(readResponse(latin1(head)).upgrade).toBe('websocket')
  expect(readResponse(latin1(head.replace('Connection', 'X'))).upgrade).toBe('')
})

test('a head is refused at its limit, not behind it', () => {
  const long = latin1(`${OK}X: ${'a'.repeat(20_000)}`)
  expect(readResponse(long.subarray(0, 16_383)).verdict).toBe(INCOMPLETE)
  expect(readResponse(long.subarray(0, 16_384)).verdict).toBe(502)
})
