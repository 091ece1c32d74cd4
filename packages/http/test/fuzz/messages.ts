// Messages to mutate, and the mutations: what the fuzz command and the property tests send.

/** Integers from 0 below `n`, from a seed: the same seed, the same messages. */
export type Rng = (n: number) => number

/** mulberry32. */
export function seededRng(seed: number): Rng {
  let state = seed >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * n)
  }
}

const H = 'Host: a.test\r\n'

export const requestSeeds: readonly string[] = [
  `GET /a HTTP/1.1\r\n${H}X-A: 1\r\n\r\n`,
  `GET /a/../b;c?d=%2e HTTP/1.0\r\n${H}Connection: keep-alive\r\n\r\n`,
  `POST /b HTTP/1.1\r\n${H}Content-Length: 4\r\n\r\nbody`,
  `POST /b HTTP/1.1\r\n${H}Content-Type: a/b\r\nContent-Length: 04\r\nX-Forwarded-For: 6.6.6.6\r\n\r\nbody`,
  `POST /c HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n`,
  `POST /c HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nTrailer: t\r\n\r\n4;e=1\r\nbody\r\nA\r\n0123456789\r\n0\r\nt: 1\r\n\r\n`,
  `GET /d HTTP/1.1\r\n${H}Connection: upgrade, x-a\r\nUpgrade: websocket\r\nX-A: 1\r\n\r\n`,
  `PUT /e HTTP/1.1\r\n${H}Expect: 100-continue\r\nContent-Length: 2\r\nTE: trailers\r\nCookie: a=b\r\n\r\nok`,
  `OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nX_A: 1\r\nForwarded: for=x\r\n\r\n`,
  `HEAD /f HTTP/1.1\r\n${H}Connection: close\r\n\r\n`,
  `\r\nDELETE /g HTTP/1.1\r\n${H}Content-Length: 0\r\n\r\n`,
]

export const responseSeeds: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nConnection: x-a\r\nX-A: 1\r\n\r\n2;e\r\nok\r\n0\r\nt: 1\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n',
  'HTTP/1.0 200 OK\r\nServer: a\r\n\r\nuntil close',
  'HTTP/1.1 404 Not Found\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive\r\nContent-Length: 04\r\n\r\nlost',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\nETag: "a"\r\n\r\n',
]

/** What is put into messages: framing, line ends, controls, blanks, digits, names that are confused. */
export const pieces: readonly string[] = [
  ...['\r\n', '\n', '\r', '\0', ' ', '\t', ':', ',', ';', '0', '1', 'f', '-', '_', '+', '\x0b', '\x7f', '\x80', '\xff'],
  ...['\r\n\r\n', '\n\n', '\r\r\n', ' \r\n', '\r\n ', '#', '%00', '%2f', '//', '/../', '\\', '"', '*', '@'],
  ...['Transfer-Encoding: chunked\r\n', 'transfer-encoding:\tchunked\r\n', 'Transfer_Encoding: chunked\r\n'],
  ...['Transfer-Encoding: identity\r\n', 'Transfer-Encoding: chunked, chunked\r\n', 'Content-Length: 9\r\n'],
  ...['Content-Length: 4\r\n', 'Content_Length: 4\r\n', 'Content-Length: 0\r\n', 'Content-Length: +4\r\n'],
  ...['Host: b.test\r\n', 'Connection: host\r\n', 'Connection: close, x-a\r\n', 'Connection: content-length\r\n'],
  ...['Expect: 100-continue\r\n', 'Upgrade: h2c\r\n', 'X-Forwarded-For: 1.1.1.1\r\n', 'TE: trailers\r\n', 'X-A\r\n'],
  ...['GET / HTTP/1.1\r\n', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'http://a.test/', '0\r\n\r\n', '00000000', 'ffffffff'],
]

/** Replaces `cut` characters at `at` (modulo the length) by `put`. */
export interface Edit {
  readonly at: number
  readonly cut: number
  readonly put: string
}

export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = text
  for (const { at, cut, put } of edits) {
    const place = at % (result.length + 1)
    result = result.slice(0, place) + put + result.slice(place + cut)
  }
  return result
}

function randomEdits(rng: Rng): Edit[] {
  const edits: Edit[] = []
  for (let count = rng(5); count > 0; count--) {
    const kind = rng(8)
    const put = kind < 5 ? (pieces[rng(pieces.length)] ?? '') : kind === 5 ? String.fromCharCode(rng(256)) : ''
    edits.push({ at: rng(600), cut: kind === 0 ? rng(40) : rng(3), put })
  }
  return edits
}

/**
 * One mutated message; half of the mutations hit the place behind a line, where a smuggled field line would stand. */
export function randomMessage(rng: Rng, seeds: readonly string[]): string {
  const seed = seeds[rng(seeds.length)] ?? ''
  const message = applyEdits(seed, randomEdits(rng))
  if (rng(2) === 0) return message
  const lines = message.split('\r\n')
  lines.splice(1 + rng(lines.length), 0, (pieces[rng(pieces.length)] ?? '').replace(/\r\n$/, ''))
  return lines.join('\r\n')
}
