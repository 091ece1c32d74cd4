import { describe, expect, test } from 'vitest'
import type { ForwardOptions } from '../src/index.ts'
import { clientAddress } from '../src/wire/client-address.ts'
import { forwardedRequestHead } from '../src/wire/forwarded-head.ts'
import { forwardedRequestFields } from '../src/wire/forwarded-request.ts'
import type { RequestHead } from '../src/wire/request-head.ts'
import { TrustedProxies } from '../src/wire/trusted-proxies.ts'
import { bodyOf, engines, get, OK, startAnswering, startProxy, startServer, statusOf, useEngine } from './sockets.ts'

/** Sends fields through a proxy; the head that the upstream got, as a list of lower-case lines. */
async function forwarded(fields: string, options: ForwardOptions = {}, trustedProxies?: string[]): Promise<string[]> {
  const upstream = await startAnswering(OK)
  const { port } = await startProxy(upstream.port, options, trustedProxies === undefined ? {} : { trustedProxies })
  await get(port, '/p?q=1', fields)
  return upstream
    .received()
    .toLowerCase()
    .split('\r\n')
    .filter((line) => line !== '')
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('fields of the forwarded request', () => {
    test('fields keep their order and repetitions; Host goes on as received', async () => {
      const lines = await forwarded('X-B: 2\r\nX-A: 1\r\nX-A: 3\r\nCookie: a=1\r\nCookie: b=2\r\n')
      expect(lines[0]).toBe('get /p?q=1 http/1.1')
      expect(lines.filter((line) => /^(x-[ab]|cookie):/.test(line))).toEqual([
        'x-b: 2',
        'x-a: 1',
        'x-a: 3',
        'cookie: a=1',
        'cookie: b=2',
      ])
      expect(lines.filter((line) => line.startsWith('host:'))).toEqual(['host: a.test'])
    })

    test('hop-by-hop fields and those named in Connection are removed', async () => {
      const lines = await forwarded(
        'Connection: X-Secret\r\nX-Secret: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\n' +
          'Trailer: x\r\nProxy-Authorization: Basic x\r\nProxy-Authenticate: Basic\r\n',
      )
      expect(lines.some((line) => /secret|keep-alive: |proxy-|^te:|trailer/.test(line))).toBe(false)
    })

    test('naming our fields in Connection does not strip them (CVE-2026-33805)', async () => {
      const lines = await forwarded(
        'Connection: x-forwarded-for, authorization, x-request-id\r\nX-Forwarded-For: 6.6.6.6\r\nAuthorization: client\r\n',
        {
          set: { authorization: 'upstream-key', 'x-request-id': 'r1' },
        },
      )
      expect(lines).toContain('authorization: upstream-key')
      expect(lines).toContain('x-request-id: r1')
      expect(lines).toContain('x-forwarded-for: 127.0.0.1')
      expect(lines.join()).not.toContain('6.6.6.6')
    })

    test('a trusted peer is extended', async () => {
      const lines = await forwarded(
        'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.test\r\nX-Forwarded-Port: 443\r\nX-Real-IP: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\n',
      )
      expect(lines.filter((line) => /^(x-f|x-r|forw)/.test(line))).toEqual([
        'x-forwarded-proto: https',
        'x-forwarded-host: shop.test',
        'x-forwarded-port: 443',
        'x-real-ip: 192.0.2.1',
        'x-forwarded-for: 192.0.2.1, 192.0.2.2, 127.0.0.1',
        'forwarded: for=192.0.2.1, for=127.0.0.1',
      ])
    })

    test('regression: Forwarded of a trusted peer went on without the peer itself', () => {
      const head = { connectionNames: undefined, host: '' } as unknown as RequestHead
      const raw = ['Forwarded', 'for=192.0.2.1;proto=https', 'forwarded', 'for=192.0.2.2']
      const fields = forwardedRequestFields(raw, head, { remoteAddress: '::1', trusted: true, scheme: 'http' }, {})
      expect(fields.join(' ')).toContain('forwarded for=192.0.2.1;proto=https, for=192.0.2.2, for="[::1]"')
      const removed = forwardedRequestFields(
        raw,
        head,
        { remoteAddress: '::1', trusted: true, scheme: 'http' },
        { remove: ['forwarded'] },
      )
      expect(removed).not.toContain('forwarded')
    })

    test('policy cannot take Host away, nor set what is none or what could be read as framing', () => {
      const head = { connectionNames: undefined, host: 'a' } as unknown as RequestHead
      const origin = { remoteAddress: '::1', trusted: true, scheme: 'http' }
      const both = (options: ForwardOptions): unknown[] => [
        forwardedRequestFields(['Host', 'a'], head, origin, options),
        forwardedRequestHead('GET / HTTP/1.1\r\nHost: a\r\n', '', '', options),
      ]
      for (const options of [
        { remove: ['host'] },
        { set: { host: 'a, b' } },
        { set: { host: '' } },
        { set: { transfer_encoding: 'x' } },
        { set: { x_forwarded_for: '1.1.1.1' } },
      ]) {
        expect(() => both(options)[0]).toThrow(TypeError)
        expect(() => forwardedRequestHead('GET / HTTP/1.1\r\nHost: a\r\n', '', '', options)).toThrow(TypeError)
      }
      expect(String(both({ remove: ['host'], set: { host: 'b.test:80' } }))).toContain('host,b.test:80')
      expect(both({ set: { x_other: '1' } })[1]).toContain('x_other: 1\r\n')
    })

    test('an untrusted peer is overwritten', async () => {
      const lines = await forwarded(
        'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.test\r\nX-Forwarded-Port: 443\r\nX-Real-IP: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\n',
        {},
        ['10.0.0.0/8'],
      )
      expect(lines.filter((line) => /^(x-f|x-r|forw)/.test(line))).toEqual([
        'x-forwarded-for: 127.0.0.1',
        'x-forwarded-proto: http',
        'x-forwarded-host: a.test',
      ])
    })

    test('policy sets, removes, and has the last word; the path can be replaced', async () => {
      const lines = await forwarded('Authorization: client\r\nX-Drop: 1\r\n', {
        path: '/other',
        set: { host: 'b.test', authorization: 'ours', 'x-forwarded-proto': 'https' },
        remove: ['x-drop', 'x-forwarded-for'],
      })
      expect(lines[0]).toBe('get /other http/1.1')
      expect(lines.filter((line) => line.startsWith('host:'))).toEqual(['host: b.test'])
      expect(lines.filter((line) => line.startsWith('authorization'))).toEqual(['authorization: ours'])
      expect(lines.filter((line) => line.startsWith('x-'))).toEqual([
        'x-forwarded-host: a.test',
        'x-forwarded-proto: https',
      ])
    })

    test.each([
      ['allow', 200, true],
      ['reject', 400, false],
    ] as const)('underscores: %s', async (underscores, status, goesOn) => {
      const upstream = await startAnswering(OK)
      const { port } = await startProxy(upstream.port, {}, { underscores })
      expect(statusOf(await get(port, '/', 'X_Other: 1\r\n'))).toBe(status)
      expect(upstream.received().includes('X_Other: 1\r\n')).toBe(goesOn)
      expect(statusOf(await get(port, '/', 'Transfer_Encoding: chunked\r\n'))).toBe(400)
    })

    test('names with an underscore are dropped', async () => {
      expect((await forwarded('x_user: 1\r\n')).join()).not.toContain('x_user')
    })

    test.each([
      ['a framing name', { set: { 'content-length': '1' } }],
      ['a hop-by-hop name', { set: { connection: 'x' } }],
      ['an upper-case name', { set: { 'X-A': '1' } }],
      ['a value with a line end', { set: { 'x-a': '1\r\nx-b: 2' } }],
      ['a name with a blank', { set: { 'x a': '1' } }],
      ['a path without slash', { path: 'x' }],
      ['a path with a blank', { path: '/a b' }],
      ['a negative time-out', { timeouts: { headersMs: -1 } }],
      ['an unknown time-out', { timeouts: { headerMs: 1 } as object }],
    ])('%s is refused: 500, nothing forwarded', async (_name, options) => {
      const errors: unknown[] = []
      const upstream = await startAnswering(OK)
      const { port } = await startProxy(upstream.port, options, { onHandlerError: (error) => errors.push(error) })
      expect(await get(port)).toContain('500 Internal')
      expect(errors).toHaveLength(1)
      expect(upstream.received()).toBe('')
    })
  })

  describe('fields of the response', () => {
    async function responded(head: string, options: ForwardOptions = {}): Promise<string> {
      const upstream = await startAnswering(`HTTP/1.1 200 OK\r\n${head}Content-Length: 2\r\n\r\nok`)
      const { port } = await startProxy(upstream.port, options)
      return get(port)
    }

    test('hop-by-hop fields and those named in Connection are removed, the rest is kept', async () => {
      const text = await responded(
        'Connection: keep-alive, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nTrailer: x\r\nX-A: 1\r\nX-A: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n',
      )
      expect(text).not.toMatch(/secret|timeout=5|proxy-auth|h2c|trailer/i)
      expect(text.match(/^(X-A|Set-Cookie): .*$/gm)).toEqual(['X-A: 1', 'X-A: 2', 'Set-Cookie: a=1', 'Set-Cookie: b=2'])
      expect(bodyOf(text)).toBe('ok')
    })

    test('Connection: content-length does not remove the framing: kept by engine node, 502 by engine net', async () => {
      const text = await responded('Connection: content-length, close\r\n')
      if (engine === 'net') expect(text).toContain('HTTP/1.1 502')
      else expect(bodyOf(text)).toBe('ok')
    })

    test('__proto__ and constructor are names like others', async () => {
      const text = await responded('__proto__: a\r\nconstructor: b\r\n')
      expect(text).toContain('__proto__: a\r\n')
      expect(text).toContain('constructor: b\r\n')
    })

    test('Date of the upstream is kept, one is added otherwise', async () => {
      expect((await responded('Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n')).match(/^date:/gim)).toHaveLength(1)
      expect((await responded('')).match(/^date:/gim)).toHaveLength(1)
    })

    test('onHead reads and edits; setResponseHeader goes over it', async () => {
      const text = await responded('X-A: 1\r\nX-A: 2\r\nX-Gone: 1\r\n', {
        onHead: (ctx, head) => {
          expect(head.get('x-a')).toBe('1, 2')
          expect(head.get('nothing')).toBeUndefined()
          expect(head.canRetry).toBe(true)
          head.set('x-a', '3')
          head.remove('x-gone')
          head.remove('content-length')
          head.set('transfer-encoding', 'gzip')
          ctx.setResponseHeader('x-b', '4')
          return 'pass'
        },
      })
      expect(text.match(/^x-.*$/gim)).toEqual(['x-a: 3', 'x-b: 4'])
      expect(text.toLowerCase()).toContain('content-length: 2\r\n')
      expect(text).not.toContain('gzip')
    })

    test('onHead that sets what may not be sent: 502 (engine net: 500, it is the fault of policy), nothing of it goes out', async () => {
      const text = await responded('', {
        onHead: (_ctx, head) => {
          head.set('x-a', 'a\r\nset-cookie: evil=1')
          return 'pass'
        },
      })
      expect(text).toContain(engine === 'net' ? 'HTTP/1.1 500' : 'HTTP/1.1 502')
      expect(text).not.toContain('evil')
    })

    test('onHead that throws: 500', async () => {
      const upstream = await startAnswering(OK)
      const { port, server, results } = await startProxy(
        upstream.port,
        {
          onHead: () => {
            throw new Error('policy')
          },
        },
        { onHandlerError: () => {} },
      )
      expect(await get(port)).toContain('HTTP/1.1 500')
      expect(results).toHaveLength(1)
      expect(server.getPoolStats().inUse).toBe(0)
    })
  })

  describe('address and scheme of the client', () => {
    async function seen(fields: string, trustedProxies?: string[]): Promise<string> {
      const { port } = await startServer(
        (ctx) => ctx.respond(200, {}, `${ctx.remoteAddress} ${ctx.clientAddress} ${ctx.scheme}`),
        {
          ...(trustedProxies === undefined ? {} : { trustedProxies }),
        },
      )
      return bodyOf(await get(port, '/', fields))
    }

    test('are those of the peer, or what a trusted peer says', async () => {
      const spoofed = 'X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Proto: https\r\n'
      expect(await seen('')).toBe('127.0.0.1 127.0.0.1 http')
      expect(await seen(spoofed)).toBe('127.0.0.1 192.0.2.9 https')
      expect(await seen(spoofed, [])).toBe('127.0.0.1 127.0.0.1 http')
    })

    test.each([
      ['192.0.2.1', '192.0.2.1'],
      ['192.0.2.1, 10.0.0.2', '192.0.2.1'],
      ['6.6.6.6, 192.0.2.1, 10.0.0.2', '192.0.2.1'],
      ['10.0.0.3, 10.0.0.2', '10.0.0.3'],
      ['garbage, 10.0.0.2', '10.0.0.2'],
      ['192.0.2.1, garbage', '10.0.0.1'],
      ['', '10.0.0.1'],
      [',', '10.0.0.1'],
      ['192.0.2.1:8080', '192.0.2.1'],
      ['[2001:db8::1]:80, 10.0.0.2', '2001:db8::1'],
      ['2001:db8::1', '2001:db8::1'],
      ['::ffff:192.0.2.1', '192.0.2.1'],
    ])('X-Forwarded-For: %s is read from the right: %s', (list, expected) => {
      expect(clientAddress('10.0.0.1', list, new TrustedProxies(['10.0.0.0/8']))).toBe(expected)
    })

    test('CIDRs of both families, single addresses and the word loopback', () => {
      const trusted = new TrustedProxies(['loopback', '10.0.0.0/8', '2001:db8::/32', '192.0.2.7'])
      for (const address of [
        '127.0.0.1',
        '127.9.9.9',
        '::1',
        '10.255.0.1',
        '::ffff:10.0.0.1',
        '2001:db8:1::2',
        '192.0.2.7',
      ]) {
        expect([address, trusted.has(address)]).toEqual([address, true])
      }
      for (const address of ['11.0.0.1', '::2', '2001:db9::1', '192.0.2.8', 'garbage', '']) {
        expect([address, trusted.has(address)]).toEqual([address, false])
      }
      expect(new TrustedProxies([]).has('127.0.0.1')).toBe(false)
    })

    test.each(['', 'localhost', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8'])(
      'refuses %j',
      (network) => {
        expect(() => new TrustedProxies([network])).toThrow(/trustedProxies/)
      },
    )
  })
})
