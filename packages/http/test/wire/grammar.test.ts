import { describe, expect, test } from 'vitest'
import { DEFAULT_RULES, INCOMPLETE } from '../../src/wire/scanned-head.ts'
import { requestRows } from './grammar-rows.ts'
import { fieldsOf, latin1, PEER, readInPieces, readRequest } from './reading.ts'

// Every row in one piece, cut at every byte, and byte by byte: same verdict, same forwarded head.

const FORWARDING = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'])

describe.each(requestRows)('$name', ({ input, expected }) => {
  const bytes = latin1(input)

  test('in one piece', () => {
    const reading = readRequest(bytes)
    if (typeof expected === 'number') {
      expect([reading.verdict, reading.reason !== '']).toEqual([expected, true])
      return
    }
    expect([reading.verdict, reading.reason]).toEqual([0, ''])
    expect(reading.length).toBe(bytes.length)
    // Ours come last, once each.
    const fields = fieldsOf(reading.forwarded)
    const ours = fields.filter(([name]) => FORWARDING.has(name))
    expect(fields.slice(-ours.length)).toEqual(ours)
    expect(ours[0]).toEqual(['x-forwarded-for', PEER])
    const lines = reading.forwarded.split('\r\n').slice(0, -2 - ours.length)
    expect(`${lines.join('\r\n')}\r\n`).toBe(expected)
  })

  test('in pieces, and before other bytes', () => {
    const whole = readRequest(bytes)
    const step = Math.max(1, Math.floor(bytes.length / 120))
    for (let cut = 0; cut <= bytes.length; cut += step) expect(readInPieces(bytes, [cut])).toEqual(whole)
    const every = Array.from({ length: Math.min(bytes.length, 20_000) }, (_, i) => i + 1)
    expect(readInPieces(bytes, every)).toEqual(whole)
    for (const more of ['\n', '\r\n', 'GET / HTTP/1.1\r\n', 'x', '\0']) {
      if (whole.verdict !== 0) expect(readRequest(latin1(input + more)).verdict).toBe(whole.verdict)
      else expect(readRequest(latin1(input + more))).toEqual(whole)
    }
  })

  test('every beginning of it is incomplete, or refused alike', () => {
    const whole = readRequest(bytes)
    const most = Math.min(bytes.length, 600)
    for (let end = 0; end < most; end++) {
      const { verdict } = readRequest(bytes.subarray(0, end))
      expect([INCOMPLETE, whole.verdict === 0 ? INCOMPLETE : whole.verdict]).toContain(verdict)
    }
  })
})

test('TRACE, if the rules allow it', () => {
  const input = latin1('TRACE / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(readRequest(input, { ...DEFAULT_RULES, allowTrace: true }).method).toBe('TRACE')
})

test('underscores by rule', () => {
  const input = latin1('GET / HTTP/1.1\r\nHost: a\r\nX_A: 1\r\n\r\n')
  expect(readRequest(input).underscoreCount).toBe(1)
  expect(readRequest(input, { ...DEFAULT_RULES, underscores: 'reject' }).verdict).toBe(400)
  const allowed = readRequest(input, { ...DEFAULT_RULES, underscores: 'allow' })
  expect(allowed.forwarded).toContain('\r\nX_A: 1\r\n')
  const confusable = latin1('GET / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\n\r\n')
  expect(readRequest(confusable, { ...DEFAULT_RULES, underscores: 'allow' }).verdict).toBe(400)
})

test('a body longer than the rules allow', () => {
  const input = latin1('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n')
  expect(readRequest(input, { ...DEFAULT_RULES, maxBodyBytes: 10 }).verdict).toBe(413)
  expect(readRequest(input, { ...DEFAULT_RULES, maxBodyBytes: 11 }).verdict).toBe(0)
})

test.each([
  ['HTTP/1.1', '', true],
  ['HTTP/1.1', 'Connection: close\r\n', false],
  ['HTTP/1.1', 'Connection: keep-alive, CLOSE\r\n', false],
  ['HTTP/1.1', 'Connection: close\r\nConnection: keep-alive\r\n', false],
  ['HTTP/1.0', '', false],
  ['HTTP/1.0', 'Connection: Keep-Alive\r\n', true],
  ['HTTP/1.0', 'Connection: keep-alive, close\r\n', false],
])('%s %j keeps the connection: %s', (version, fields, keepAlive) => {
  const reading = readRequest(latin1(`GET / ${version}\r\nHost: a\r\n${fields}\r\n`))
  expect([reading.verdict, reading.keepAlive]).toEqual([0, keepAlive])
})

test.each([
  ['GET / HTTP/1.1', 'Upgrade: websocket\r\nConnection: Upgrade\r\n', 'websocket'],
  ['GET / HTTP/1.1', 'Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nContent-Length: 0\r\n', 'websocket'],
  ['GET / HTTP/1.1', 'Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n', ''],
  ['GET / HTTP/1.1', 'Upgrade: a\r\nUpgrade: b\r\nConnection: Upgrade\r\n', ''],
  ['GET / HTTP/1.1', 'Upgrade:\r\nConnection: Upgrade\r\n', ''],
  ['GET / HTTP/1.1', 'Upgrade: websocket\r\n', ''],
  ['GET / HTTP/1.0', 'Upgrade: websocket\r\nConnection: Upgrade\r\n', ''],
  ['POST / HTTP/1.1', 'Upgrade: websocket\r\nConnection: Upgrade\r\n', ''],
])('%s %j asks for %j', (line, fields, protocol) => {
  const reading = readRequest(latin1(`${line}\r\nHost: a\r\n${fields}\r\n`))
  expect([reading.verdict, reading.upgrade]).toEqual([0, protocol])
})

test('a nominated Expect is neither sent nor awaited', () => {
  const reading = readRequest(latin1('GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: expect\r\n\r\n'))
  expect([reading.expectContinue, reading.forwarded.includes('100-continue')]).toEqual([false, false])
})
