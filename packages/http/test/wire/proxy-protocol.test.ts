import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LONGEST_BLOCK, type ProxyHeader, readProxyHeader } from '../../src/wire/proxy-protocol.ts'
import { applyEdits } from '../fuzz/messages.ts'
import { latin1 } from './reading.ts'

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'
const v2 = (command: number, family: number, block: string, length = block.length): string =>
  `${SIGNATURE}${String.fromCharCode(command, family, length >> 8, length & 255)}${block}`
const FOUR = '\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x01\xbb'
const SIX = `\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01${'\0'.repeat(15)}\x01\xdc\x04\x01\xbb`
const MAPPED = `${'\0'.repeat(10)}\xff\xff\xc0\0\x02\x07${'\0'.repeat(16)}\xdc\x04\x01\xbb`

const good: readonly [name: string, input: string, status: string, address: string, port: number][] = [
  ['v1 TCP4', 'PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n', 'proxied', '192.0.2.1', 56324],
  ['v1 TCP6', 'PROXY TCP6 2001:db8::1 ::1 1 65535\r\n', 'proxied', '2001:db8::1', 1],
  ['v1 port 0', 'PROXY TCP4 192.0.2.1 198.51.100.1 0 0\r\n', 'proxied', '192.0.2.1', 0],
  ['v1 UNKNOWN', 'PROXY UNKNOWN\r\n', 'local', '', 0],
  ['v1 UNKNOWN with addresses', 'PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n', 'local', '', 0],
  ['v1 longest', `PROXY UNKNOWN ${'x'.repeat(91)}\r\n`, 'local', '', 0],
  ['v2 TCP4', v2(0x21, 0x11, FOUR), 'proxied', '192.0.2.1', 0xdc04],
  ['v2 TCP6', v2(0x21, 0x21, SIX), 'proxied', '2001:db8::1', 0xdc04],
  ['v2 TCP6 of an IPv4 address', v2(0x21, 0x21, MAPPED), 'proxied', '::ffff:192.0.2.7', 0xdc04],
  ['v2 with TLVs', v2(0x21, 0x11, `${FOUR}\x04\0\x03abc\x20\0\0`), 'proxied', '192.0.2.1', 0xdc04],
  ['v2 LOCAL', v2(0x20, 0, ''), 'local', '', 0],
  ['v2 LOCAL with addresses', v2(0x20, 0x11, FOUR), 'local', '', 0],
  ['v2 UNSPEC', v2(0x21, 0, 'xyz'), 'local', '', 0],
  ['v2 unix', v2(0x21, 0x31, '/'.repeat(216)), 'local', '', 0],
  [
    'v2 longest',
    v2(0x21, 0x11, `${FOUR}\x04\x0f\xf1${'a'.repeat(LONGEST_BLOCK - 15)}`),
    'proxied',
    '192.0.2.1',
    0xdc04,
  ],
]

const bad: readonly [name: string, input: string][] = [
  ['an HTTP request', 'GET / HTTP/1.1\r\n'],
  ['lower case', 'proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n'],
  ['two blanks', 'PROXY  TCP4 192.0.2.1 198.51.100.1 1 2\r\n'],
  ['two blanks inside', 'PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n'],
  ['blank at the end', 'PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n'],
  ['unknown family', 'PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n'],
  ['UNKNOWNX', 'PROXY UNKNOWNX\r\n'],
  ['family of the wrong address', 'PROXY TCP4 ::1 ::1 1 2\r\n'],
  ['IPv4 as TCP6', 'PROXY TCP6 192.0.2.1 192.0.2.1 1 2\r\n'],
  ['IPv6 with a zone', 'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'],
  ['no address', 'PROXY TCP4 a b 1 2\r\n'],
  ['leading zeros in an address', 'PROXY TCP4 192.0.02.1 198.51.100.1 1 2\r\n'],
  ['port 65536', 'PROXY TCP4 192.0.2.1 198.51.100.1 65536 2\r\n'],
  ['port with a leading zero', 'PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n'],
  ['signed port', 'PROXY TCP4 192.0.2.1 198.51.100.1 +1 2\r\n'],
  ['one port', 'PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n'],
  ['three ports', 'PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n'],
  ['bare LF', 'PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n'],
  ['bare CR', 'PROXY TCP4 192.0.2.1 198.51.100.1 1 2\rX'],
  ['NUL', 'PROXY TCP4 192.0.2.1 198.51.100.1 1 2\0\r\n'],
  ['control behind UNKNOWN', 'PROXY UNKNOWN \x01\r\n'],
  ['108 bytes', `PROXY UNKNOWN ${'x'.repeat(92)}\r\n`],
  ['no end', `PROXY UNKNOWN ${'x'.repeat(200)}`],
  ['v2 version 1', v2(0x11, 0x11, FOUR)],
  ['v2 command 2', v2(0x22, 0x11, FOUR)],
  ['v2 UDP', v2(0x21, 0x12, FOUR)],
  ['v2 family 4', v2(0x21, 0x41, FOUR)],
  ['v2 family without a transport', v2(0x21, 0x10, FOUR)],
  ['v2 block too short', v2(0x21, 0x11, FOUR.slice(1))],
  ['v2 block too long', v2(0x21, 0x11, '', LONGEST_BLOCK + 1)],
  ['v2 TLV beyond the end', v2(0x21, 0x11, `${FOUR}\x04\0\x04abc`)],
  ['v2 half a TLV', v2(0x21, 0x11, `${FOUR}\x04\0`)],
  ['v2 another signature', `\r\n\r\n\0\r\nQUIX\n${'\0'.repeat(20)}`],
]

/** Byte by byte, until there is a verdict. */
function readSlowly(input: Buffer): ProxyHeader {
  for (let end = 0; end < input.length; end++) {
    const header = readProxyHeader(input.subarray(0, end))
    if (header.status !== 'more') return header
  }
  return readProxyHeader(input)
}

describe('PROXY protocol', () => {
  test.each(good)('%s', (_name, input, status, address, port) => {
    const expected = { status, address, port, length: input.length }
    expect(readProxyHeader(latin1(`${input}GET / HTTP/1.1\r\n`))).toEqual(expected)
    expect(readSlowly(latin1(input))).toEqual(expected)
  })

  test.each(bad)('refused: %s', (_name, input) => {
    expect(readProxyHeader(latin1(input)).status).toBe('bad')
    expect(readProxyHeader(latin1(`${input}\r\n\r\nGET / HTTP/1.1\r\n`)).status).toBe('bad')
    expect(readSlowly(latin1(input)).status).toBe('bad')
  })

  test('mutated headers: one verdict in any cut, and an address is an address', () => {
    const put = fc.constantFrom('', '\r', '\n', '\0', ' ', '%', ':', '.', '1', 'PROXY ', '\x21', '\xff')
    const edit = fc.record({ at: fc.nat(120), cut: fc.nat(4), put })
    const seed = fc.constantFrom(...good.slice(0, 13).map(([, input]) => input))
    fc.assert(
      fc.property(seed, fc.array(edit, { maxLength: 3 }), (text, edits) => {
        const bytes = latin1(applyEdits(text, edits))
        const whole = readProxyHeader(bytes)
        // Only its own bytes count, and those that came before the verdict.
        if (whole.status !== 'bad') expect(readSlowly(bytes)).toEqual(whole)
        else expect(readSlowly(bytes).status).toBe('bad')
        if (whole.status !== 'more') expect(readProxyHeader(latin1(`${applyEdits(text, edits)}\r\n`))).toEqual(whole)
        if (whole.status === 'proxied') expect(isIP(whole.address)).toBeGreaterThan(0)
        expect(whole.length).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 1_000 },
    )
  })

  test('addresses are spelt as RFC 5952 asks', () => {
    const spelt = (groups: string): string =>
      readProxyHeader(latin1(v2(0x21, 0x21, `${Buffer.from(groups.repeat(2), 'hex').toString('latin1')}\0\x01\0\x02`)))
        .address
    expect(spelt('00000000000000000000000000000000')).toBe('::')
    expect(spelt('00000000000000000000000000000001')).toBe('::1')
    expect(spelt('20010db8000000010001000100010001')).toBe('2001:db8:0:1:1:1:1:1')
    expect(spelt('20010000000000010000000000000001')).toBe('2001:0:0:1::1')
    expect(spelt('20010db8000000000001000000000001')).toBe('2001:db8::1:0:0:1')
    expect(spelt('ffff0000000000000000000000000000')).toBe('ffff::')
  })
})
