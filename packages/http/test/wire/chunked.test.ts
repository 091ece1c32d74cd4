import { describe, expect, test } from 'vitest'
import { ChunkedDecoder, LONGEST_EXTENSION, MOST_EXTENSION_BYTES, MOST_TRAILER_BYTES } from '../../src/wire/chunked.ts'
import { latin1, readChunked } from './reading.ts'

const END = '0\r\n\r\n'
const many = (text: string, count: number): string => text.repeat(count)

/** Input, payload, and what goes on; one string less: nothing but the input goes on. */
const good: readonly [name: string, input: string, payload: string, output?: string][] = [
  ['empty body', END, ''],
  ['one chunk', `5\r\nhello\r\n${END}`, 'hello'],
  ['two chunks', `3\r\nhel\r\n2\r\nlo\r\n${END}`, 'hello'],
  ['hexadecimal in both cases', `a\r\n0123456789\r\nA\r\n0123456789\r\n${END}`, '01234567890123456789'],
  ['leading zeros up to 8 digits', `00000001\r\na\r\n00000000\r\n\r\n`, 'a'],
  ['data that looks like framing', `7\r\n0\r\n\r\n\r\n\r\n${END}`, '0\r\n\r\n\r\n'],
  ['extension', `1;a=b\r\nx\r\n0;c\r\n\r\n`, 'x', `1\r\nx\r\n${END}`],
  ['empty extension', `1;\r\nx\r\n${END}`, 'x', `1\r\nx\r\n${END}`],
  ['quoted extension', `1;a="b;\\"c"\r\nx\r\n${END}`, 'x', `1\r\nx\r\n${END}`],
  ['extension of 256 bytes', `1;${'e'.repeat(LONGEST_EXTENSION - 1)}\r\nx\r\n${END}`, 'x', `1\r\nx\r\n${END}`],
  ['trailers', `1\r\nx\r\n0\r\nA: 1\r\nB: 2\r\n\r\n`, 'x', `1\r\nx\r\n${END}`],
  ['extension and trailers', `1;e\r\nx\r\n0;e\r\nA:1\r\n\r\n`, 'x', `1\r\nx\r\n${END}`],
  ['100 trailers', `0\r\n${many('A: 1\r\n', 100)}\r\n`, '', END],
]

const bad: readonly [name: string, input: string][] = [
  ['9 digits', `000000001\r\na\r\n${END}`],
  ['9 zeros', '000000000\r\n\r\n'],
  ['sign', `+1\r\na\r\n${END}`],
  ['minus', `-1\r\na\r\n${END}`],
  ['0x', `0x1\r\na\r\n${END}`],
  ['no digits', `\r\na\r\n${END}`],
  ['extension without digits', `;a\r\n\r\n`],
  ['letter', `g\r\n`],
  ['blank before the size', ` 1\r\na\r\n${END}`],
  ['blank behind the size', `1 \r\na\r\n${END}`],
  ['blank before the extension', `1 ;a\r\na\r\n${END}`],
  ['TAB behind the size', `1\t\r\na\r\n${END}`],
  ['underscore', `1_0\r\n`],
  ['bare LF behind the size', `1\na\r\n${END}`],
  ['bare CR behind the size', `1\ra\r\n${END}`],
  ['CR CR LF behind the size', `1\r\r\na\r\n${END}`],
  ['NUL in an extension', `1;a\0\r\na\r\n${END}`],
  ['bare LF in an extension', `1;a\na\r\n${END}`],
  ['bare CR in an extension', `1;a\rb\r\na\r\n${END}`],
  ['DEL in an extension', `1;\x7f\r\na\r\n${END}`],
  ['extension of 257 bytes', `1;${'e'.repeat(LONGEST_EXTENSION)}\r\nx\r\n${END}`],
  ['16 KiB of extensions', `${many(`1;${'e'.repeat(255)}\r\nx\r\n`, MOST_EXTENSION_BYTES / 256)}1;`],
  ['data longer than its size', `1\r\nab\r\n${END}`],
  ['data shorter than its size', `2\r\na\r\n${END}`],
  ['bare LF behind the data', `1\r\na\n${END}`],
  ['bare CR behind the data', `1\r\na\r0\r\n\r\n`],
  ['another byte for the LF behind the data', `1\r\na\rX${END}`],
  ['another byte for the LF behind the size', `1\rXa\r\n${END}`],
  ['another byte for the CR behind the data', `1\r\naX\n${END}`],
  ['another byte for the last LF', '0\r\n\rX'],
  ['no CRLF behind the last chunk', '0\r\nx\r\n\r\n'],
  ['bare LF as the end', '0\r\n\n'],
  ['bare LF behind the last chunk', '0\n\r\n'],
  ['CR CR as the end', '0\r\n\r\r'],
  ['trailer without a colon', '0\r\nA\r\n\r\n'],
  ['trailer with a blank before the colon', '0\r\nA : 1\r\n\r\n'],
  ['folded trailer', '0\r\nA: 1\r\n 2\r\n\r\n'],
  ['trailer with a NUL', '0\r\nA: \0\r\n\r\n'],
  ['trailer with a bare LF', '0\r\nA: 1\nB: 2\r\n\r\n'],
  ['trailer with a bare CR', '0\r\nA: 1\rB: 2\r\n\r\n'],
  ['101 trailers', `0\r\n${many('A: 1\r\n', 101)}\r\n`],
  ['17 KiB of trailers', `0\r\nA: ${many('a', MOST_TRAILER_BYTES)}\r\n\r\n`],
  ...[
    ...[
      'Content-Length',
      'Transfer-Encoding',
      'Host',
      'Connection',
      'Trailer',
      'TE',
      'Upgrade',
      'Keep-Alive',
      'Expect',
    ],
    ...['Authorization', 'Proxy-Authorization', 'Proxy-Authenticate', 'Cookie', 'Set-Cookie', 'X-Forwarded-For'],
    ...['Forwarded', 'X-Real-IP', 'Content-Type', 'Content-Encoding', 'Content-Range', 'content_length', 'set_cookie'],
    ...['transfer_encoding', 'WWW-Authenticate'],
  ].map((name): [string, string] => [`trailer ${name}`, `0\r\n${name}: 1\r\n\r\n`]),
]

const everyByte = (input: string): number[] => Array.from({ length: input.length }, (_, i) => i + 1)
const cutsOf = (input: string): number[] => everyByte(input).filter((cut) => cut < 300)

describe.each(good)('%s', (_name, input, payload, output = input) => {
  test('is read, alike in any pieces', () => {
    const whole = readChunked(latin1(`${input}GET / HTTP/1.1\r\n`))
    expect(whole).toMatchObject({ outcome: 'end', length: input.length, payload, output })
    for (const cut of cutsOf(input)) expect(readChunked(latin1(input), [cut])).toEqual(whole)
    expect(readChunked(latin1(input), everyByte(input))).toEqual(whole)
    for (let end = 0; end < Math.min(input.length, 300); end++) {
      const { outcome } = readChunked(latin1(input.slice(0, end)))
      expect(outcome).toBe('more')
    }
  })
})

describe.each(bad)('%s', (_name, input) => {
  test('is refused, alike in any pieces', () => {
    expect(readChunked(latin1(input)).outcome).toBe('bad')
    for (const cut of cutsOf(input)) expect(readChunked(latin1(input), [cut]).outcome).toBe('bad')
    expect(readChunked(latin1(input), everyByte(input)).outcome).toBe('bad')
  })
})

test('a body longer than allowed is refused at its size line', () => {
  expect(readChunked(latin1('5\r\nhello\r\n6\r\n'), [], { maxBodyBytes: 10 }).outcome).toBe('long')
  expect(readChunked(latin1(`5\r\nhello\r\n5\r\nworld\r\n${END}`), [], { maxBodyBytes: 10 }).outcome).toBe('end')
  expect(readChunked(latin1('ffffffff\r\n'), [], { maxBodyBytes: 10 }).outcome).toBe('long')
})

test('sizes do not wrap around', () => {
  const decoder = new ChunkedDecoder()
  decoder.reset()
  expect(decoder.push(latin1('ffffffff\r\nab'), 0, 12)).toBe(-1)
  expect(decoder.total).toBe(0xffff_ffff)
})

test('no byte of a trailer goes on, nor an end before all of them are good', () => {
  const bytes = latin1('0\r\nA: 1\r\nHost: b\r\n\r\n')
  const decoder = new ChunkedDecoder()
  decoder.reset()
  let output = ''
  for (let i = 0; i < bytes.length - 2; i++) {
    expect(decoder.push(bytes, i, i + 1)).toBe(-1)
    output += decoder.output(bytes, i, i + 1).toString()
  }
  expect([output, decoder.push(bytes, bytes.length - 2, bytes.length)]).toEqual(['0\r\n', -2])
})

test('a decoder is used again after reset', () => {
  const decoder = new ChunkedDecoder()
  for (let i = 0; i < 3; i++) {
    decoder.reset()
    const bytes = latin1(`1;e\r\nx\r\n0\r\nA: 1\r\n\r\n`)
    expect(decoder.push(bytes, 0, bytes.length)).toBe(bytes.length)
    expect([decoder.isClean, decoder.total]).toEqual([false, 1])
  }
  decoder.reset()
  const clean = latin1(END)
  expect([decoder.push(clean, 0, 5), decoder.isClean]).toEqual([5, true])
})
