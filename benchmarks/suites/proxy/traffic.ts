// What the load sends and the upstream answers: shared by both sides, and by the check that all contenders answer alike.
//
//   GET  /api/orders/17?page=2   1 KiB of JSON           POST /api/orders/17   the same, once 10 KiB were read
//   GET  /files/3                1 MiB                   GET  /events/3        an event every 10 ms, without end
//   any  /api/check              what arrived here       GET  /healthz         for health checks

export const SMALL_BODY = 1_024
export const LARGE_BODY = 1_048_576
export const POSTED_BODY = 10_240
/** Of one stream. Not a timer of 1 ms: that would measure the clock. */
export const EVENT_INTERVAL_MS = 10
/** One event as a language model's stream has it. All are of one length, so that bytes are events. */
export const EVENT = 'id: 12345\nevent: token\ndata: {"delta":"hello world","index":1,"ok":1}\n\n'

export type Kind = 'get' | 'post' | 'large' | 'events'

/** Distinct paths: with a single one a router's or a cache's memory of the last request would be measured. */
const PATHS = 61
// A browser's seven fields: about 400 bytes of head.
const FIELDS = [
  'Host: gateway.example',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
  'Accept: application/json, text/plain, */*',
  'Accept-Encoding: gzip, deflate, br',
  `Authorization: Bearer ${'example.'.repeat(10)}x`,
  'Cookie: sid=0123456789abcdef0123456789abcdef; theme=dark',
  'X-Request-Id: 7f1c2a34-98aa-4f6e-8a8a-2a2f3c4d5e6f',
]

export function targetOf(kind: Kind, index: number): string {
  if (kind === 'large') return `/files/${index}`
  if (kind === 'events') return `/events/${index}`
  return `/api/orders/${index}${kind === 'get' ? '?page=2' : ''}`
}

/** Requests as they go over the wire, one byte per character, to be sent in turn. */
export function wireRequests(kind: Kind, close = false): string[] {
  const fields = close ? [...FIELDS, 'Connection: close'] : FIELDS
  return Array.from({ length: PATHS }, (_, index) => {
    const target = targetOf(kind, index)
    if (kind !== 'post') return `${[`GET ${target} HTTP/1.1`, ...fields].join('\r\n')}\r\n\r\n`
    const framing = ['Content-Type: application/json', `Content-Length: ${POSTED_BODY}`]
    return `${[`POST ${target} HTTP/1.1`, ...fields, ...framing].join('\r\n')}\r\n\r\n${'y'.repeat(POSTED_BODY)}`
  })
}

/** Bytes of the body that answers a request of that kind; a stream has no end. */
export function answerLength(kind: Kind): number {
  return kind === 'large' ? LARGE_BODY : SMALL_BODY
}
