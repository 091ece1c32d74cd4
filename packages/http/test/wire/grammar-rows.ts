// The grammar of requests as data: one row per cell of the table in docs/guide/http.md. A number is the status of the
// refusal; a string is the head as it goes upstream, without the forwarding fields, which are alike in all rows.

export interface RequestRow {
  readonly name: string
  readonly input: string
  readonly expected: number | string
}

const H = 'Host: a.test\r\n'
const GET = 'GET / HTTP/1.1\r\n'
const POST = `POST / HTTP/1.1\r\n${H}`

const row = (name: string, input: string, expected: number | string): RequestRow => ({ name, input, expected })
/** A field line in an otherwise good request. */
const field = (name: string, line: string, expected: number | string): RequestRow =>
  row(name, `${GET}${H}${line}\r\n\r\n`, expected)
const kept = (line: string): string => `${GET}${H}${line}\r\n`
const bare = `${GET}${H}`
const host = (value: string, expected: number | 'pass'): RequestRow =>
  row(
    `Host ${JSON.stringify(value)}`,
    `${GET}Host: ${value}\r\n\r\n`,
    expected === 'pass' ? `${GET}Host: ${value}\r\n` : expected,
  )
const target = (name: string, text: string, expected: number | 'pass'): RequestRow =>
  row(
    `target: ${name}`,
    `GET ${text} HTTP/1.1\r\n${H}\r\n`,
    expected === 'pass' ? `GET ${text} HTTP/1.1\r\n${H}` : expected,
  )

export const requestRows: readonly RequestRow[] = [
  // Before the request line.
  row('one CRLF before the request line is skipped', `\r\n${bare}\r\n`, bare),
  row('two CRLF before the request line', `\r\n\r\n${bare}\r\n`, 400),
  row('LF before the request line', `\n${bare}\r\n`, 400),
  row('CR before the request line', `\r${bare}\r\n`, 400),
  row('CRLF, then LF before the request line', `\r\n\n${bare}\r\n`, 400),
  row('blank before the request line', ` ${bare}\r\n`, 400),

  // Method.
  row('method of 24 characters', `A${'B'.repeat(23)} / HTTP/1.1\r\n${H}\r\n`, `A${'B'.repeat(23)} / HTTP/1.1\r\n${H}`),
  row('method of 25 characters', `A${'B'.repeat(24)} / HTTP/1.1\r\n${H}\r\n`, 400),
  row('method with a dash and a digit', `M-SEARCH2 / HTTP/1.1\r\n${H}\r\n`, `M-SEARCH2 / HTTP/1.1\r\n${H}`),
  row('method that begins with a digit', `1GET / HTTP/1.1\r\n${H}\r\n`, 400),
  row('method that begins with a dash', `-GET / HTTP/1.1\r\n${H}\r\n`, 400),
  row('lower-case method', `get / HTTP/1.1\r\n${H}\r\n`, 400),
  row('mixed-case method', `Get / HTTP/1.1\r\n${H}\r\n`, 400),
  row('method with an underscore', `GET_X / HTTP/1.1\r\n${H}\r\n`, 400),
  row('method with a NUL', `GE\0T / HTTP/1.1\r\n${H}\r\n`, 400),
  row('method with a byte above ASCII', `G\xcbT / HTTP/1.1\r\n${H}\r\n`, 400),
  row('TAB behind the method', `GET\t/ HTTP/1.1\r\n${H}\r\n`, 400),
  row('two blanks behind the method', `GET  / HTTP/1.1\r\n${H}\r\n`, 400),
  row('CONNECT', `CONNECT a.test:443 HTTP/1.1\r\n${H}\r\n`, 405),
  row('TRACE', `TRACE / HTTP/1.1\r\n${H}\r\n`, 405),

  // Target.
  target('every byte that is allowed', `/${allowedTargetBytes()}`, 'pass'),
  target('absolute-form', 'http://a.test/', 400),
  target('absolute-form of another host', 'http://b.test/', 400),
  target('authority-form', 'a.test:80', 400),
  target('no slash', 'index.html', 400),
  target('*', '*', 400),
  target('fragment', '/a#b', 400),
  target('TAB', '/a\tb', 400),
  target('blank', '/a b', 400),
  target('NUL', '/a\0b', 400),
  target('DEL', '/a\x7fb', 400),
  target('byte above ASCII', '/\xfc', 400),
  target('CR', '/a\rb', 400),
  target('LF', '/a\nb', 400),
  target('empty', '', 400),
  row('OPTIONS *', `OPTIONS * HTTP/1.1\r\n${H}\r\n`, `OPTIONS * HTTP/1.1\r\n${H}`),
  row('OPTIONS *a', `OPTIONS *a HTTP/1.1\r\n${H}\r\n`, 400),
  row('OPTIONS with a path', `OPTIONS /a HTTP/1.1\r\n${H}\r\n`, `OPTIONS /a HTTP/1.1\r\n${H}`),
  target('request line of 8,192 bytes', `/${'a'.repeat(8_178)}`, 'pass'),
  target('request line of 8,193 bytes', `/${'a'.repeat(8_179)}`, 414),
  target('target of 8,192 bytes', `/${'a'.repeat(8_191)}`, 414),
  target('target of 20,000 bytes', `/${'a'.repeat(19_999)}`, 414),
  target('long query', `/?${'a'.repeat(9_000)}`, 414),

  // Version.
  row('HTTP/1.0 goes on as 1.1', `GET / HTTP/1.0\r\n${H}\r\n`, bare),
  row('HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', GET),
  row('HTTP/1.2', `GET / HTTP/1.2\r\n${H}\r\n`, 505),
  row('HTTP/2.0', `GET / HTTP/2.0\r\n${H}\r\n`, 505),
  row('HTTP/0.9 with a version', `GET / HTTP/0.9\r\n${H}\r\n`, 505),
  row('HTTP/0.9', 'GET /\r\n\r\n', 400),
  row('lower-case version', `GET / http/1.1\r\n${H}\r\n`, 400),
  row('version without a dot', `GET / HTTP/11\r\n${H}\r\n`, 400),
  row('version with two digits', `GET / HTTP/1.10\r\n${H}\r\n`, 400),
  row('version without a number', `GET / HTTP/\r\n${H}\r\n`, 400),
  row('blank behind the version', `GET / HTTP/1.1 \r\n${H}\r\n`, 400),
  row('two blanks before the version', `GET /  HTTP/1.1\r\n${H}\r\n`, 400),
  row('LF behind the version', `GET / HTTP/1.1\n${H}\r\n`, 400),
  row('CR behind the version', `GET / HTTP/1.1\r${H}\r\n`, 400),
  row('HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400),
  row('TLS bytes', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400),

  // Field names.
  field('name of every tchar', "!#$%&'*+-.^`|~0aZ: 1", kept("!#$%&'*+-.^`|~0aZ: 1")),
  field('blank before the colon', 'X-A : 1', 400),
  field('TAB before the colon', 'X-A\t: 1', 400),
  field('blank before the name', ' X-A: 1', 400),
  field('empty name', ': 1', 400),
  field('no colon', 'X-A', 400),
  field('name with a NUL', 'X-\0A: 1', 400),
  field('name with a control', 'X-\x01A: 1', 400),
  field('name with a byte above ASCII', 'X-\xc4: 1', 400),
  field('name with a parenthesis', 'X(A): 1', 400),
  field('name with a blank', 'X A: 1', 400),
  field('name with an at sign', 'X@A: 1', 400),
  row('blank line in front of the first field', `${GET} \r\n${H}\r\n`, 400),

  // Underscores.
  field('underscore in a name is dropped', 'X_A: 1', bare),
  field('leading underscore', '_a: 1', bare),
  ...[
    ...['Transfer_Encoding: chunked', 'Content_Length: 1', 'Content_length: 1', 'X_Forwarded_For: 6.6.6.6'],
    ...['X-Forwarded_For: 6.6.6.6', 'x_forwarded-proto: https', 'x_forwarded_host: b', 'x_forwarded_port: 1'],
    ...['X_Real_IP: 6.6.6.6', 'Keep_Alive: 1', 'Proxy_Connection: close', 'Proxy_Authorization: x'],
    ...['proxy_authenticate: x'],
  ].map((line) => field(`underscored: ${line}`, line, 400)),

  // Field values.
  field('every byte of a value', `X-A: ${allowedValueBytes()}a`, kept(`X-A: ${allowedValueBytes()}a`)),
  field('outer blanks go on, inside the line', 'X-A:  \t1 \t', kept('X-A:  \t1 \t')),
  field('empty value', 'X-A:', kept('X-A:')),
  field('blank value', 'X-A:  ', kept('X-A:  ')),
  ...[0, 1, 8, 0x0b, 0x0c, 0x0e, 0x1f, 0x7f].map((byte) =>
    field(`byte 0x${byte.toString(16)} in a value`, `X-A: a${String.fromCharCode(byte)}b`, 400),
  ),

  // Line ends.
  field('bare LF in a value', 'X-A: 1\nX-B: 2', 400),
  field('bare CR in a value', 'X-A: 1\rX-B: 2', 400),
  field('CR CR LF', 'X-A: 1\r', 400),
  field('obs-fold with a blank', 'X-A: 1\r\n 2', 400),
  field('obs-fold with a TAB', 'X-A: 1\r\n\t2', 400),
  row('LF LF ends no head', `GET / HTTP/1.1\r\n${H}X-A: 1\n\n`, 400),
  row('CRLF LF ends no head', `GET / HTTP/1.1\r\n${H}\n`, 400),
  row('CR CR ends no head', `GET / HTTP/1.1\r\n${H}\r\r`, 400),

  // Sizes.
  field('field of 8,000 bytes', `X-A: ${'a'.repeat(8_000)}`, kept(`X-A: ${'a'.repeat(8_000)}`)),
  row('100 fields', `${bare}${'X-A: 1\r\n'.repeat(99)}\r\n`, `${bare}${'X-A: 1\r\n'.repeat(99)}`),
  row('101 fields', `${bare}${'X-A: 1\r\n'.repeat(100)}\r\n`, 431),
  row(
    'head of 16,384 bytes',
    `${bare}X-A: ${'a'.repeat(16_384 - 39)}\r\n\r\n`,
    `${bare}X-A: ${'a'.repeat(16_384 - 39)}\r\n`,
  ),
  row('head of 16,385 bytes', `${bare}X-A: ${'a'.repeat(16_384 - 38)}\r\n\r\n`, 431),
  row('head of 300 KB', `${bare}X-A: ${'a'.repeat(300_000)}\r\n\r\n`, 431),
  row('head without an end', `${bare}X-A: ${'a'.repeat(17_000)}`, 431),

  // Host.
  row('no Host', `${GET}\r\n`, 400),
  row('two Host', `${bare}Host: b.test\r\n\r\n`, 400),
  row('two equal Host', `${bare}${H}\r\n`, 400),
  row('two Host in different case', `${bare}hOST: a.test\r\n\r\n`, 400),
  row('two Host in HTTP/1.0', `GET / HTTP/1.0\r\n${H}${H}\r\n`, 400),
  host('a.test', 'pass'),
  host('a.test:80', 'pass'),
  host('a.test:65535', 'pass'),
  host('192.0.2.1:8080', 'pass'),
  host('[2001:db8::1]', 'pass'),
  host('[::1]:80', 'pass'),
  host("x-_~!$&'()*+;=%41", 'pass'),
  ...[
    ...['', 'a.test, b.test', 'a b', 'u@a.test', 'u:p@a.test', 'a.test/x', 'a?b', 'a#b', 'a\\b', '\xe4.test', ':80'],
    ...['a:0', 'a:65536', 'a:', 'a:8a', 'a:-1', 'a:+1', 'a:000080', 'a:80:80', '::1', '[::1', '[::1]x', '[::1%25eth0]'],
    ...['[::1%eth0]', '[]', '[a]', '[1.2.3.4]', '[::::]', 'a%', 'a%4', 'a%zz', 'a<b', '"a"', 'a[b]', 'http://a.test'],
  ].map((value) => host(value, 400)),

  // Content-Length.
  row('length 0', `${POST}Content-Length: 0\r\n\r\n`, `${POST}content-length: 0\r\n`),
  row('length of a GET', `${bare}Content-Length: 3\r\n\r\n`, `${bare}content-length: 3\r\n`),
  row('leading zeros go on in canonical form', `${POST}Content-Length: 007\r\n\r\n`, `${POST}content-length: 7\r\n`),
  row(
    'length of 15 digits',
    `${POST}Content-Length: 999999999999999\r\n\r\n`,
    `${POST}content-length: 999999999999999\r\n`,
  ),
  row('two lengths', `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400),
  row('two equal lengths', `${POST}Content-Length: 1\r\nContent-Length: 1\r\n\r\n`, 400),
  row('length 0 and another', `${POST}Content-Length: 0\r\nContent-Length: 5\r\n\r\n`, 400),
  row('a length and 0', `${POST}Content-Length: 5\r\nContent-Length: 0\r\n\r\n`, 400),
  row('two lengths of 0', `${POST}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`, 400),
  row('two lengths in different case', `${POST}Content-Length: 1\r\ncontent-length: 1\r\n\r\n`, 400),
  ...[
    ...[
      '',
      '1000000000000000',
      '1, 1',
      '1,2',
      '+1',
      '-1',
      '0x1',
      '1e3',
      '1 1',
      '1;',
      '\x311a',
      'a',
      '1.0',
      '"1"',
      '\xb2',
    ],
    ...['18446744073709551617', '4294967296000000'],
  ].map((value) => row(`Content-Length ${JSON.stringify(value)}`, `${POST}Content-Length: ${value}\r\n\r\n`, 400)),

  // Transfer-Encoding.
  row('chunked', `${POST}Transfer-Encoding: chunked\r\n\r\n`, `${POST}transfer-encoding: chunked\r\n`),
  row('CHUNKED', `${POST}Transfer-Encoding: CHUNKED\r\n\r\n`, `${POST}transfer-encoding: chunked\r\n`),
  row('chunked and a length', `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n`, 400),
  row('a length and chunked', `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`, 400),
  row('chunked and length 0', `${POST}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n`, 400),
  row('chunked in HTTP/1.0', `POST / HTTP/1.0\r\n${H}Transfer-Encoding: chunked\r\n\r\n`, 400),
  row('two chunked lines', `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, 400),
  row('chunked and identity lines', `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n`, 400),
  ...(
    [
      ['chunked, chunked', 400],
      ['chunked, identity', 400],
      ['chunked,', 400],
      [', chunked', 400],
      ['', 400],
      ['gzip, , chunked', 400],
      ['gzip, chunked', 501],
      ['identity', 501],
      ['identity, chunked', 501],
      ['xchunked', 501],
      ['chunkedx', 501],
      ['chunked;q=1', 501],
      ['"chunked"', 501],
      ['chun ked', 501],
      ['\xa0chunked', 501],
    ] as const
  ).map(([value, status]) =>
    row(`Transfer-Encoding ${JSON.stringify(value)}`, `${POST}Transfer-Encoding: ${value}\r\n\r\n`, status),
  ),
  field('blank before the colon of Transfer-Encoding', 'Transfer-Encoding : chunked', 400),
  field('VT before chunked', 'Transfer-Encoding: \x0bchunked', 400),
  field('folded Transfer-Encoding', 'Transfer-Encoding:\r\n chunked', 400),

  // Connection.
  field('Connection: keep-alive', 'Connection: keep-alive', bare),
  field('Connection: close', 'Connection: close', bare),
  field('empty Connection', 'Connection:', bare),
  field('empty elements', 'Connection: , close ,,', bare),
  field('named fields are removed', 'x-a: 1\r\nConnection: X-A, X-B\r\nX-b: 2\r\nX-C: 3', kept('X-C: 3')),
  field('named over two lines', 'Connection: X-A\r\nX-A: 1\r\nConnection: X-B\r\nX-B: 2', bare),
  field('a name that is a beginning of another', 'Connection: X\r\nX-A: 1', kept('X-A: 1')),
  field('naming a field with a dot for a dash', 'Connection: X.A\r\nX-A: 1', kept('X-A: 1')),
  field('naming Host', 'Connection: host', 400),
  field('naming Content-Length', 'Connection: close, Content-Length', 400),
  field('naming Transfer-Encoding', 'Connection: transfer-encoding', 400),
  field('naming Transfer_Encoding', 'Connection: transfer_encoding', 400),
  field('32 names', `Connection: ${'a,'.repeat(32)}`, bare),
  field('33 names', `Connection: ${'a,'.repeat(33)}`, 400),
  field('33 names over two lines', `Connection: ${'a,'.repeat(20)}\r\nConnection: ${'b,'.repeat(13)}`, 400),
  field('an element that is no token', 'Connection: a b', 400),
  field('a quoted element', 'Connection: "close"', 400),
  field('an element with a parameter', 'Connection: close;x=1', 400),

  // Fields of the connection.
  ...[
    ...['Keep-Alive: timeout=5', 'Proxy-Connection: keep-alive', 'TE: trailers', 'Trailer: x', 'Upgrade: h2c'],
    ...['Proxy-Authorization: Basic x', 'Proxy-Authenticate: Basic', 'te:gzip', 'TRAILER: x'],
  ].map((line) => field(`removed: ${line}`, line, bare)),

  // Forwarding fields of a peer that is not trusted.
  ...[
    ...['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: b', 'X-Forwarded-Port: 1'],
    ...['X-Real-IP: 6.6.6.6', 'Forwarded: for=6.6.6.6', 'x-forwarded-for: 1\r\nX-FORWARDED-FOR: 2'],
  ].map((line) => field(`removed: ${line}`, line, bare)),

  // Expect.
  field('Expect: 100-continue', 'Expect: 100-continue', kept('Expect: 100-continue')),
  field('Expect: 100-Continue', 'Expect: 100-Continue', kept('Expect: 100-Continue')),
  field('another expectation', 'Expect: 200-ok', 417),
  field('two expectations', 'Expect: 100-continue, 100-continue', 417),
  field('two Expect lines', 'Expect: 100-continue\r\nExpect: 100-continue', 417),
  field('empty Expect', 'Expect:', 417),
  row('Expect in HTTP/1.0 is removed', `GET / HTTP/1.0\r\n${H}Expect: 100-continue\r\n\r\n`, bare),

  // Upgrade.
  field('Upgrade without Connection', 'Upgrade: websocket', bare),
  field('websocket', 'Upgrade: websocket\r\nConnection: Upgrade', bare),
  field('h2c', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x', bare),
  row('websocket with a body', `${bare}Upgrade: WebSocket\r\nConnection: upgrade\r\nContent-Length: 1\r\n\r\n`, 400),
  row(
    'websocket with a chunked body',
    `${bare}Upgrade: websocket\r\nConnection: upgrade\r\nTransfer-Encoding: chunked\r\n\r\n`,
    400,
  ),
  row(
    'POST that asks for websocket is an ordinary request',
    `${POST}Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 1\r\n\r\n`,
    `${POST}content-length: 1\r\n`,
  ),

  // Names that are properties of every object elsewhere.
  field('__proto__', '__proto__: 1', bare),
  field('constructor', 'constructor: 1', kept('constructor: 1')),
]

function allowedTargetBytes(): string {
  let bytes = ''
  for (let byte = 0x21; byte <= 0x7e; byte++) if (byte !== 0x23) bytes += String.fromCharCode(byte)
  return bytes
}

function allowedValueBytes(): string {
  let bytes = 'a\t'
  for (let byte = 0x20; byte <= 0xff; byte++) if (byte !== 0x7f) bytes += String.fromCharCode(byte)
  return bytes
}
