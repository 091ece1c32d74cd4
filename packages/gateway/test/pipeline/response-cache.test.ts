import type { ForwardOptions, RequestContext, ResponseHead, Target } from '@breakwater/http'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { ResponseCache } from '../../src/pipeline/response-cache.ts'
import { parseCacheControl, secondsOf } from '../../src/pipeline/response-cache-control.ts'
import { type FakeRequest, requestContext } from './support/request-context.ts'

type Hooks = Pick<ForwardOptions, 'onHead' | 'tap'>
interface Answer {
  readonly status?: number
  readonly headers?: readonly (readonly [string, string])[]
  readonly chunks?: readonly string[]
  /** False: the body breaks off. */
  readonly complete?: boolean
}

const WALL = Date.UTC(2030, 0, 1)
let now = 0
const clock = { now: () => now, wall: () => WALL + now }

function headOf({ status = 200, headers = [] }: Answer): ResponseHead {
  const raw = headers.flat()
  const positions = (name: string): number[] =>
    raw.flatMap((field, i) => (i % 2 === 0 && field.toLowerCase() === name.toLowerCase() ? [i] : []))
  const remove = (name: string): void => {
    for (const i of positions(name).reverse()) raw.splice(i, 2)
  }
  return {
    status,
    get raw() {
      return raw.slice()
    },
    target: {} as Target,
    canRetry: false,
    get: (name) =>
      positions(name).length === 0
        ? undefined
        : positions(name)
            .map((i) => raw[i + 1])
            .join(', '),
    set: (name, value) => {
      remove(name)
      raw.push(name, value)
    },
    remove,
  }
}

interface Outcome {
  /** Whether the upstream was asked. */
  readonly forwarded: boolean
  readonly status: number
  readonly fields: Readonly<Record<string, unknown>>
  readonly body: string
  readonly cacheStatus: unknown
}

/** What a pending exchange with the upstream still needs. */
interface Pending {
  head(answer: Answer): ResponseHead
  body(answer: Answer): void
}

function begin(
  cache: ResponseCache,
  request: FakeRequest,
): { ctx: ReturnType<typeof requestContext>; pending: Pending | null } {
  const ctx = requestContext({ path: '/a', ...request, headers: { host: 'h', ...request.headers } })
  let hooks: Hooks | null = null
  cache.handle(ctx, (_: RequestContext, given?: Hooks) => {
    hooks = given ?? {}
  })
  const given = hooks as Hooks | null
  if (given === null) return { ctx, pending: null }
  return {
    ctx,
    pending: {
      head: (answer) => {
        const head = headOf(answer)
        expect(given.onHead?.(ctx, head)).toBe('pass')
        return head
      },
      body: ({ chunks = ['body'], complete = true }) => {
        // The engine reuses its buffers: what is kept must be a copy.
        const shared = Buffer.alloc(1 << 16)
        for (const chunk of chunks) {
          given.tap?.(shared.subarray(0, shared.write(chunk)), false)
          shared.fill(0)
        }
        if (complete) given.tap?.(new Uint8Array(0), true)
      },
    },
  }
}

function send(cache: ResponseCache, request: FakeRequest = {}, answer: Answer = {}): Outcome {
  const { ctx, pending } = begin(cache, request)
  if (pending === null) {
    const [local] = ctx.answers
    if (local === undefined) throw new Error('neither answered nor forwarded')
    const { status, headers, body } = local
    return { forwarded: false, status, fields: headers, body, cacheStatus: headers['cache-status'] }
  }
  const head = pending.head(answer)
  pending.body(answer)
  const body = (answer.chunks ?? ['body']).join('')
  return { forwarded: true, status: head.status, fields: {}, body, cacheStatus: head.get('cache-status') }
}

const fresh: readonly [string, string] = ['Cache-Control', 'max-age=60']
let cache: ResponseCache
beforeEach(() => {
  now = 0
  cache = new ResponseCache('/a', { ttlMs: 0, maxEntries: 10, maxBody: 100 }, clock)
})

/** Whether a second, equal request is answered from the cache. */
function isKept(answer: Answer, request: FakeRequest = {}, ttlMs = 0): boolean {
  const own = new ResponseCache('/a', { ttlMs, maxEntries: 10, maxBody: 100 }, clock)
  const first = send(own, request, answer)
  const kept = !send(own, request, answer).forwarded
  expect(first.cacheStatus).toBe(kept ? 'breakwater; fwd=miss; stored' : 'breakwater; fwd=miss')
  expect(own.entries > 0 || !kept).toBe(true)
  return kept
}

describe('a fresh response', () => {
  test('is given back whole, with Age and Cache-Status', () => {
    const headers = [
      fresh,
      ['Content-Type', 'text/plain'],
      ['X-Two', '1'],
      ['x-two', '2'],
      ['__proto__', 'x'],
      ['Content-Length', '4'],
    ] as const
    expect(send(cache, {}, { headers, chunks: ['bo', 'dy'] })).toMatchObject({
      forwarded: true,
      cacheStatus: 'breakwater; fwd=miss; stored',
    })
    now = 12_700
    const hit = send(cache)
    expect(hit).toMatchObject({ forwarded: false, status: 200, body: 'body' })
    expect(Object.entries(hit.fields)).toEqual([
      ['cache-control', 'max-age=60'],
      ['content-type', 'text/plain'],
      ['x-two', ['1', '2']],
      ['__proto__', 'x'],
      ['age', 12],
      ['cache-status', 'breakwater; hit; ttl=47'],
    ])
    expect(cache.requests).toEqual({ hit: 1, miss: 1, stale: 0, bypass: 0 })
    expect(cache.entries).toBe(1)
    expect(cache.bytes).toBeGreaterThan(4)
  })

  test('ends with its lifetime', () => {
    send(cache, {}, { headers: [fresh] })
    now = 59_999
    expect(send(cache).forwarded).toBe(false)
    now = 60_000
    expect(send(cache).forwarded).toBe(true)
  })

  test('is as old as it says, or as its Date says', () => {
    const aged = (fields: readonly (readonly [string, string])[]): unknown => {
      const own = new ResponseCache('/a', { ttlMs: 0, maxEntries: 1, maxBody: 9 }, clock)
      send(own, {}, { headers: [fresh, ...fields] })
      return send(own).fields.age
    }
    const date = (agoMs: number): [string, string] => ['Date', new Date(WALL - agoMs).toUTCString()]
    expect(aged([['Age', '40']])).toBe(40)
    expect(aged([['Age', '40, 50']])).toBe(40)
    expect(aged([date(30_000)])).toBe(30)
    expect(aged([date(30_000), ['Age', '40']])).toBe(40)
    expect(aged([date(-30_000)])).toBe(0)
    expect(aged([date(0), ['Age', 'old']])).toBe(0)
    expect(aged([['Age', '60']])).toBeUndefined()
    expect(aged([date(61_000)])).toBeUndefined()
  })

  test('keeps the Cache-Status of caches behind it', () => {
    send(cache, {}, { headers: [fresh, ['Cache-Status', 'origin; hit']] })
    expect(send(cache).cacheStatus).toBe('origin; hit, breakwater; hit; ttl=60')
  })

  test('HEAD is answered from a stored GET, and stores nothing itself', () => {
    expect(send(cache, { method: 'HEAD' }, { headers: [fresh] }).cacheStatus).toBe('breakwater; fwd=miss')
    expect(send(cache, { method: 'GET' }, { headers: [fresh] }).forwarded).toBe(true)
    expect(send(cache, { method: 'HEAD' })).toMatchObject({ forwarded: false, status: 200 })
  })

  test('the bound holds, the least recently used leaves', () => {
    const own = new ResponseCache('/a', { ttlMs: 0, maxEntries: 2, maxBody: 100 }, clock)
    for (const path of ['/1', '/2', '/3']) send(own, { path }, { headers: [fresh] })
    expect([own.entries, own.evictions]).toEqual([2, 1])
    expect(send(own, { path: '/3' }).forwarded).toBe(false)
    expect(send(own, { path: '/1' }).forwarded).toBe(true)
    own.clear()
    expect([own.entries, own.bytes]).toEqual([0, 0])
  })
})

describe('what may be kept', () => {
  test.each<[string, Answer['headers'], boolean]>([
    ['max-age', [['cache-control', 'max-age=5']], true],
    ['in any case of letters', [['Cache-Control', 'Public, Max-Age=5']], true],
    ['quoted', [['cache-control', 'max-age="5"']], true],
    ['must-revalidate, while it is fresh', [['cache-control', 'max-age=5, must-revalidate']], true],
    ['proxy-revalidate, while it is fresh', [['cache-control', 'max-age=5, proxy-revalidate']], true],
    ['s-maxage over max-age', [['cache-control', 'max-age=0, s-maxage=5']], true],
    ['s-maxage=0 over max-age', [['cache-control', 'max-age=5, s-maxage=0']], false],
    [
      'max-age over Expires',
      [
        ['cache-control', 'max-age=0'],
        ['expires', new Date(WALL + 9e6).toUTCString()],
      ],
      false,
    ],
    ['Expires', [['expires', new Date(WALL + 5000).toUTCString()]], true],
    ['Expires in the past', [['expires', new Date(WALL - 5000).toUTCString()]], false],
    ['Expires that is no date', [['expires', '0']], false],
    ['no-store', [['cache-control', 'max-age=5, no-store']], false],
    ['No-Store', [['cache-control', 'max-age=5, No-Store']], false],
    ['no-cache', [['cache-control', 'max-age=5, no-cache']], false],
    ['private', [['cache-control', 'private, max-age=5']], false],
    ['Private with fields', [['cache-control', 'Private="a, b", max-age=5']], false],
    ['a directive inside quotes is none', [['cache-control', 'x="a, max-age=5"']], false],
    ['two lifetimes: the smaller', [['cache-control', 'max-age=5, max-age=0']], false],
    ['a lifetime that is no number', [['cache-control', 'max-age=soon']], false],
    ['an empty lifetime', [['cache-control', 'max-age=']], false],
    ['a negative lifetime', [['cache-control', 'max-age=-1']], false],
    ['Set-Cookie', [fresh, ['Set-Cookie', 'a=b']], false],
    [
      'Set-Cookie, though public',
      [
        ['cache-control', 'public, max-age=5'],
        ['Set-Cookie', 'a=b'],
      ],
      false,
    ],
    ['Vary: *', [fresh, ['vary', '*']], false],
    ['Vary with a *', [fresh, ['vary', 'accept, *']], false],
    ['nothing said', [], false],
    ['only Last-Modified', [['last-modified', new Date(WALL - 9e9).toUTCString()]], false],
    ['only immutable', [['cache-control', 'immutable']], false],
  ])('%s: %#', (_, headers, kept) => {
    expect(isKept({ headers: headers ?? [] })).toBe(kept)
  })

  test('statuses', () => {
    const kept = [200, 203, 204, 206, 301, 302, 304, 307, 404, 410, 429, 500, 503].filter((status) =>
      isKept({ status, headers: [fresh] }),
    )
    expect(kept).toEqual([200, 203, 204, 301, 302, 307, 404, 410])
  })

  test('Authorization: only what the response opens to all', () => {
    const request = { headers: { authorization: 'Bearer x' } }
    const keptWith = (control: string): boolean => isKept({ headers: [['cache-control', control]] }, request)
    expect(keptWith('max-age=5')).toBe(false)
    expect(keptWith('public, max-age=5')).toBe(true)
    expect(keptWith('s-maxage=5')).toBe(true)
    expect(keptWith('must-revalidate, max-age=5')).toBe(true)
  })

  test('a request with no-store', () => {
    expect(isKept({ headers: [fresh] }, { headers: { 'cache-control': 'No-Store' } })).toBe(false)
  })

  test('bodies up to maxBody, declared or not', () => {
    expect(isKept({ headers: [fresh], chunks: ['x'.repeat(60), 'x'.repeat(40)] })).toBe(true)
    expect(isKept({ headers: [fresh, ['content-length', '100']], chunks: ['x'.repeat(100)] })).toBe(true)
    expect(isKept({ headers: [fresh], chunks: [] })).toBe(true)
    const tooLarge = { headers: [fresh], chunks: ['x'.repeat(60), 'x'.repeat(41)] }
    expect(send(cache, {}, tooLarge).body).toHaveLength(101)
    expect(send(cache, {}, tooLarge).forwarded).toBe(true)
    const declared = { headers: [fresh, ['content-length', '101']] as const, chunks: ['x'.repeat(101)] }
    expect(send(cache, {}, declared).cacheStatus).toBe('breakwater; fwd=miss')
    expect(cache.entries).toBe(0)
  })

  test('a body that broke off, or has not the length it promised, is not kept', () => {
    send(cache, {}, { headers: [fresh], chunks: ['bo'], complete: false })
    expect(send(cache, {}, { headers: [fresh, ['content-length', '5']], chunks: ['body'] }).forwarded).toBe(true)
    expect(send(cache).forwarded).toBe(true)
    expect([cache.entries, cache.bytes]).toEqual([0, 0])
  })

  test('of several attempts the last head counts', () => {
    const { pending } = begin(cache, {})
    pending?.head({ headers: [fresh, ['x-attempt', '1']] })
    pending?.head({ headers: [fresh, ['x-attempt', '2']] })
    pending?.body({ chunks: ['second'] })
    expect(send(cache)).toMatchObject({ body: 'second', fields: { 'x-attempt': '2' } })
  })
})

describe('ttlMs, for responses that name no lifetime', () => {
  test('lives from its arrival, in milliseconds', () => {
    const own = new ResponseCache('/a', { ttlMs: 500, maxEntries: 10, maxBody: 100 }, clock)
    send(own, {}, { headers: [['Age', '9']] })
    now = 499
    expect(send(own)).toMatchObject({ forwarded: false, fields: { age: 9 }, cacheStatus: 'breakwater; hit; ttl=0' })
    now = 500
    expect(send(own).forwarded).toBe(true)
  })

  test.each<[string, Answer, boolean]>([
    ['200', {}, true],
    ['301', { status: 301 }, true],
    ['302', { status: 302 }, false],
    ['404', { status: 404 }, false],
    ['public', { headers: [['cache-control', 'public']] }, true],
    ['max-age=0', { headers: [['cache-control', 'max-age=0']] }, false],
    ['Expires: 0', { headers: [['expires', '0']] }, false],
    ['no-cache', { headers: [['cache-control', 'no-cache']] }, false],
    ['pragma', { headers: [['pragma', 'no-cache']] }, false],
    ['private', { headers: [['cache-control', 'private']] }, false],
    ['Set-Cookie', { headers: [['set-cookie', 'a=b']] }, false],
  ])('%s', (_, answer, kept) => {
    expect(isKept(answer, {}, 1000)).toBe(kept)
  })

  test.each(['cookie', 'authorization'])('never with %s, neither kept for it nor given to it', (name) => {
    const request = { headers: { [name]: 'secret' } }
    expect(isKept({}, request, 1000)).toBe(false)
    const own = new ResponseCache('/a', { ttlMs: 1000, maxEntries: 10, maxBody: 100 }, clock)
    send(own)
    expect(send(own, request)).toMatchObject({ forwarded: true, cacheStatus: 'breakwater; fwd=request' })
    expect(send(own).forwarded).toBe(false)
  })

  test('a response that names its lifetime is given to everybody', () => {
    send(cache, {}, { headers: [fresh] })
    expect(send(cache, { headers: { cookie: 'a=b', authorization: 'x' } }).forwarded).toBe(false)
  })
})

describe('requests that may not be answered from the cache', () => {
  test.each<[string, number, boolean]>([
    ['no-cache', 0, false],
    ['No-Cache', 0, false],
    ['max-age=0', 0, false],
    ['max-age=10', 10_000, true],
    ['max-age=10', 10_001, false],
    ['min-fresh=50', 10_000, true],
    ['min-fresh=50', 10_001, false],
    ['max-stale', 60_000, false],
    ['no-store', 0, true],
    ['only-if-cached', 0, true],
    ['', 0, true],
  ])('Cache-Control: %s at %i ms', (control, at, isHit) => {
    send(cache, {}, { headers: [fresh] })
    now = at
    const outcome = send(cache, { headers: { 'cache-control': control } }, { headers: [fresh] })
    expect(outcome.forwarded).toBe(!isHit)
    const reason = at === 60_000 ? 'miss' : 'request'
    expect(outcome.cacheStatus).toContain(isHit ? 'hit' : `fwd=${reason}; stored`)
  })

  test('Pragma counts only without Cache-Control', () => {
    send(cache, {}, { headers: [fresh] })
    expect(send(cache, { headers: { pragma: 'no-cache' } }).forwarded).toBe(true)
    expect(send(cache, { headers: { pragma: 'no-cache', 'cache-control': 'max-age=9' } }).forwarded).toBe(false)
  })

  test('a reload replaces what is stored', () => {
    send(cache, {}, { headers: [fresh], chunks: ['old'] })
    send(cache, { headers: { 'cache-control': 'no-cache' } }, { headers: [fresh], chunks: ['new'] })
    expect(send(cache).body).toBe('new')
    expect(cache.entries).toBe(1)
  })

  test('only-if-cached without a stored response is 504', () => {
    const outcome = send(cache, { headers: { 'cache-control': 'only-if-cached' } })
    expect(outcome).toMatchObject({ forwarded: false, status: 504 })
    expect(outcome.fields['content-type']).toBe('application/problem+json')
  })

  test.each<[string, string]>([
    ['range', 'bytes=0-1'],
    ['if-match', '"a"'],
    ['if-unmodified-since', new Date(WALL).toUTCString()],
    ['content-length', '3'],
    ['transfer-encoding', 'chunked'],
    ['upgrade', 'websocket'],
    ['x-http-method-override', 'DELETE'],
    ['x-original-url', '/admin'],
  ])('%s passes by the cache', (name, value) => {
    send(cache, {}, { headers: [fresh] })
    const outcome = send(cache, { headers: { [name]: value } }, { headers: [fresh] })
    expect(outcome).toMatchObject({ forwarded: true, cacheStatus: 'breakwater; fwd=bypass' })
    expect(send(cache, { path: '/other', headers: { [name]: value } }, { headers: [fresh] }).forwarded).toBe(true)
    expect([cache.entries, cache.requests.bypass]).toEqual([1, 2])
  })

  test('content-length: 0 does not', () => {
    send(cache, {}, { headers: [fresh] })
    expect(send(cache, { headers: { 'content-length': '0' } }).forwarded).toBe(false)
  })
})

describe('conditions of the client', () => {
  const modified = new Date(WALL - 86_400_000).toUTCString()
  const headers = [
    fresh,
    ['ETag', 'W/"v,1"'],
    ['Last-Modified', modified],
    ['Content-Type', 'text/plain'],
    ['Content-Location', '/a.txt'],
    ['Access-Control-Allow-Origin', '*'],
    ['Date', new Date(WALL).toUTCString()],
  ] as const

  test.each<[string, Record<string, string>, number]>([
    ['the tag', { 'if-none-match': 'W/"v,1"' }, 304],
    ['the tag, strong', { 'if-none-match': '"v,1"' }, 304],
    ['one of several', { 'if-none-match': '"x", W/"v,1"' }, 304],
    ['any', { 'if-none-match': '*' }, 304],
    ['another tag', { 'if-none-match': '"v", "1"' }, 200],
    ['garbage', { 'if-none-match': 'v,1' }, 200],
    ['not modified since', { 'if-modified-since': modified }, 304],
    ['modified since', { 'if-modified-since': new Date(WALL - 90_000_000).toUTCString() }, 200],
    ['no date', { 'if-modified-since': 'yesterday' }, 200],
    ['the tag decides', { 'if-none-match': '"x"', 'if-modified-since': modified }, 200],
  ])('%s', (_, condition, status) => {
    send(cache, {}, { headers })
    for (const method of ['GET', 'HEAD']) {
      expect(send(cache, { method, headers: condition })).toMatchObject({ forwarded: false, status })
    }
  })

  test('a 304 has the fields that do not describe the body, and no body', () => {
    send(cache, {}, { headers })
    const { fields, body } = send(cache, { headers: { 'if-none-match': '*' } })
    expect(body).toBe('')
    expect(Object.keys(fields).sort()).toEqual([
      'access-control-allow-origin',
      'age',
      'cache-control',
      'cache-status',
      'content-location',
      'date',
      'etag',
      'last-modified',
    ])
  })

  test('without Last-Modified the Date of the response stands for it', () => {
    send(cache, {}, { headers: [fresh, ['Date', new Date(WALL).toUTCString()]] })
    const since = (ms: number): FakeRequest => ({ headers: { 'if-modified-since': new Date(ms).toUTCString() } })
    expect(send(cache, since(WALL)).status).toBe(304)
    expect(send(cache, since(WALL - 1000)).status).toBe(200)
  })

  test('only a stored 200 becomes a 304', () => {
    send(cache, {}, { status: 404, headers })
    expect(send(cache, { headers: { 'if-none-match': '*' } }).status).toBe(404)
  })

  test('a 304 of the upstream is passed on and not kept', () => {
    const outcome = send(cache, { headers: { 'if-none-match': '"x"' } }, { status: 304, headers, chunks: [] })
    expect(outcome).toMatchObject({ forwarded: true, cacheStatus: 'breakwater; fwd=miss' })
    expect(cache.entries).toBe(0)
  })
})

describe('the key', () => {
  test.each<[string, FakeRequest]>([
    ['path', { path: '/b' }],
    ['query', { search: '?a' }],
    ['an empty query', { search: '?' }],
    ['host', { headers: { host: 'other' } }],
    ['port', { headers: { host: 'h:81' } }],
    ['scheme', { scheme: 'https' }],
    ['forwarded host', { headers: { 'x-forwarded-host': 'evil' } }],
  ])('another %s is another response', (_, request) => {
    send(cache, {}, { headers: [fresh] })
    expect(send(cache, request).forwarded).toBe(true)
  })

  test('case of the host and needless escapes do not matter', () => {
    send(cache, { path: '/a/b', headers: { host: 'Example.ORG' } }, { headers: [fresh] })
    expect(send(cache, { path: '/%61/%62', headers: { host: 'example.org' } }).forwarded).toBe(false)
  })

  test('no two requests share a spelling', () => {
    const part = fc.string({ unit: fc.constantFrom('"', ',', '[', '\\', 'a', '?', ' ', '|'), maxLength: 4 })
    const request = fc.record({ host: part, path: part, search: part })
    fc.assert(
      fc.property(request, request, (a, b) => {
        const own = new ResponseCache('/', { ttlMs: 1000, maxEntries: 4, maxBody: 4 }, clock)
        const asRequest = (r: typeof a): FakeRequest => ({
          path: `/${r.path}`,
          search: r.search,
          headers: { host: r.host },
        })
        send(own, asRequest(a))
        expect(send(own, asRequest(b)).forwarded).toBe(JSON.stringify(a) !== JSON.stringify(b))
      }),
    )
  })
})

describe('Vary', () => {
  const varying = (names: string, chunks: string[]): Answer => ({ headers: [fresh, ['Vary', names]], chunks })
  const asking = (accept: string, rest: Record<string, string> = {}): FakeRequest => ({ headers: { accept, ...rest } })

  test('one response per value, absent is a value of its own', () => {
    send(cache, asking('a'), varying('Accept', ['A']))
    send(cache, asking('b'), varying('Accept', ['B']))
    send(cache, {}, varying('Accept', ['none']))
    expect(send(cache, asking('a')).body).toBe('A')
    expect(send(cache, asking('b')).body).toBe('B')
    expect(send(cache).body).toBe('none')
    expect(send(cache, asking('')).forwarded).toBe(true)
    expect(cache.entries).toBe(3)
  })

  test('several fields, in any order and case', () => {
    send(cache, asking('a', { 'accept-language': 'de' }), varying('Accept, ACCEPT-Language', ['A de']))
    send(cache, asking('a', { 'accept-language': 'fr' }), varying('accept-language,accept', ['A fr']))
    expect(send(cache, asking('a', { 'accept-language': 'de' })).body).toBe('A de')
    expect(send(cache, asking('a', { 'accept-language': 'fr' })).body).toBe('A fr')
    expect(send(cache, asking('a')).forwarded).toBe(true)
  })

  test('an origin that says Vary only sometimes never mixes its variants', () => {
    send(cache, asking('a'), { headers: [fresh], chunks: ['A'] })
    send(cache, asking('a', { 'cache-control': 'no-cache' }), varying('accept', ['A2']))
    expect(send(cache, asking('b')).forwarded).toBe(true)
    send(cache, asking('b'), { headers: [fresh], chunks: ['B'] })
    expect(send(cache, asking('a')).body).toBe('A2')
    expect(send(cache, asking('b')).body).toBe('B')
  })
})

describe('unsafe methods', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'BREW'])('%s that succeeds empties its address', (method) => {
    send(cache, {}, { headers: [fresh] })
    send(cache, { path: '/b' }, { headers: [fresh] })
    expect(send(cache, { method }, { status: 204 }).cacheStatus).toBe('breakwater; fwd=method')
    expect(send(cache, {}, { headers: [fresh] }).forwarded).toBe(true)
    expect(send(cache).forwarded).toBe(false)
    expect(send(cache, { path: '/b' }).forwarded).toBe(false)
  })

  test('all variants', () => {
    const answer = { headers: [fresh, ['vary', 'accept']] as const }
    for (const accept of ['a', 'b']) send(cache, { headers: { accept } }, answer)
    send(cache, { method: 'POST' })
    for (const accept of ['a', 'b']) expect(send(cache, { headers: { accept } }).forwarded).toBe(true)
  })

  test('a failure or a safe method empties nothing', () => {
    send(cache, {}, { headers: [fresh] })
    send(cache, { method: 'POST' }, { status: 400 })
    send(cache, { method: 'POST' }, { status: 503 })
    send(cache, { method: 'OPTIONS' })
    expect(send(cache).forwarded).toBe(false)
  })

  test('a response that was under way meanwhile is not kept', () => {
    const { pending } = begin(cache, {})
    send(cache, { method: 'POST' })
    pending?.head({ headers: [fresh] })
    pending?.body({ chunks: ['old'] })
    expect(cache.entries).toBe(0)
    const late = begin(cache, { path: '/late' })
    late.pending?.head({ headers: [fresh] })
    // More invalidations than are remembered: then nothing older is trusted.
    for (let i = 0; i < 1100; i++) send(cache, { method: 'PUT', path: `/${i === 0 ? 'late' : i}` })
    late.pending?.body({ chunks: ['old'] })
    expect(cache.entries).toBe(0)
    send(cache, { path: '/late' }, { headers: [fresh] })
    expect(send(cache, { path: '/late' }).forwarded).toBe(false)
  })

  test('clear forgets what is under way too', () => {
    const { pending } = begin(cache, {})
    pending?.head({ headers: [fresh] })
    cache.clear()
    pending?.body({})
    expect(cache.entries).toBe(0)
  })
})

test('bytes are those of the entries, whatever happens', () => {
  const own = new ResponseCache('/', { ttlMs: 0, maxEntries: 3, maxBody: 50 }, clock)
  const step = fc.record({
    path: fc.constantFrom('/1', '/2', '/3', '/4'),
    method: fc.constantFrom('GET', 'GET', 'GET', 'POST'),
    reload: fc.boolean(),
    length: fc.nat(60),
    wait: fc.constantFrom(0, 0, 30_000),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      for (const { path, method, reload, length, wait } of steps) {
        now += wait
        const headers: Record<string, string> = reload ? { 'cache-control': 'no-cache' } : {}
        send(own, { path, method, headers }, { headers: [fresh], chunks: ['x'.repeat(length)] })
        expect(own.entries).toBeLessThanOrEqual(3)
        expect(own.bytes > 0).toBe(own.entries > 0)
        expect(own.bytes).toBeLessThanOrEqual(own.entries * 80)
      }
      own.clear()
      expect(own.bytes).toBe(0)
    }),
  )
})

test('parsing Cache-Control is total', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'max-age', '=', '"', ',', ' ', '\\', '5') }), (field) => {
      const seconds = secondsOf(parseCacheControl(field), 'max-age')
      expect(seconds === undefined || (Number.isInteger(seconds) && seconds >= 0)).toBe(true)
    }),
  )
  expect([...parseCacheControl('a, B=c , d="e, \\"f", max-age=99999999999')]).toEqual([
    ['a', ''],
    ['b', 'c'],
    ['d', 'e, \\"f'],
    ['max-age', '99999999999'],
  ])
  expect(secondsOf(parseCacheControl('max-age=99999999999'), 'max-age')).toBe(2 ** 31)
})
