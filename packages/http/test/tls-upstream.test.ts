import { createServer, type Server as HttpsServer } from 'node:https'
import type { TLSSocket, TlsOptions } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createTarget, probeTarget, type TargetOptions } from '../src/index.ts'
import { createAuthority, selfSigned } from './self-signed.ts'
import { bodyOf, engines, get, listen, onCleanup, RawClient, startServer, statusOf, useEngine } from './sockets.ts'

const authority = createAuthority()
const localhost = authority.issue(['localhost', '127.0.0.1'])

interface SecureUpstream {
  readonly server: HttpsServer
  readonly port: number
  /** For each connection, in order: was the session of an earlier one resumed? */
  readonly resumed: boolean[]
  requests: number
}

/** Answers with the name that the TLS client asked for and the common name of its certificate. */
async function startSecureUpstream(options: TlsOptions = localhost): Promise<SecureUpstream> {
  const resumed: boolean[] = []
  const server = createServer({ ...options }, (request, response) => {
    upstream.requests++
    const socket = request.socket as TLSSocket & { servername?: unknown }
    const { subject } = socket.getPeerCertificate()
    response.end(JSON.stringify({ name: socket.servername, host: request.headers.host, client: subject?.CN ?? null }))
  })
  server.on('tlsClientError', () => {})
  server.on('secureConnection', (socket) => resumed.push(socket.isSessionReused()))
  const upstream: SecureUpstream = {
    server,
    port: await listen(server),
    resumed,
    requests: 0,
  }
  return upstream
}

/** Status and body of one request through a server that forwards to `origin`, and what went wrong. */
async function forwardTo(
  origin: string,
  options: TargetOptions = {},
): Promise<{ status: number; body: string; error: string }> {
  const target = createTarget(origin, options)
  onCleanup(() => target.destroy())
  let error = ''
  const { port } = await startServer((ctx) =>
    ctx.forward(target, {
      onError: (_ctx, { kind, sent, cause }) => {
        error = `${kind} ${sent} ${(cause as NodeJS.ErrnoException).code}`
        return null
      },
    }),
  )
  const answer = await get(port)
  return { status: statusOf(answer), body: bodyOf(answer), error }
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('verification', () => {
    test('an upstream whose certificate is not trusted: 502 with kind connect, nothing sent', async () => {
      const upstream = await startSecureUpstream(selfSigned('localhost'))
      const { status, error } = await forwardTo(`https://localhost:${upstream.port}`)
      expect(status).toBe(502)
      expect(error).toMatch(/^connect none /)
      expect(upstream.requests).toBe(0)
    })

    test('the authority of the options is trusted, also for an address', async () => {
      const upstream = await startSecureUpstream()
      for (const host of ['localhost', '127.0.0.1']) {
        const { status, body } = await forwardTo(`https://${host}:${upstream.port}`, { tls: { ca: authority.ca } })
        expect(status).toBe(200)
        expect(JSON.parse(body).name).toBe(host === 'localhost' ? 'localhost' : false)
      }
    })

    test('a trusted certificate of another name is refused', async () => {
      const upstream = await startSecureUpstream(authority.issue(['other.test']))
      const { status, error } = await forwardTo(`https://localhost:${upstream.port}`, { tls: { ca: authority.ca } })
      expect(status).toBe(502)
      expect(error).toBe('connect none ERR_TLS_CERT_ALTNAME_INVALID')
    })

    test('an expired certificate is refused', async () => {
      const upstream = await startSecureUpstream(authority.issue(['localhost'], { endsInDays: -1 }))
      const { error } = await forwardTo(`https://localhost:${upstream.port}`, { tls: { ca: authority.ca } })
      expect(error).toBe('connect none CERT_HAS_EXPIRED')
    })

    test('the environment does not switch it off, verify: false does', async () => {
      const upstream = await startSecureUpstream(selfSigned('localhost'))
      const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
      onCleanup(() => {
        if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
        else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
      })
      const origin = `https://localhost:${upstream.port}`
      expect((await forwardTo(origin)).status).toBe(502)
      expect((await forwardTo(origin, { tls: { verify: false } })).status).toBe(200)
    })

    test('health probes verify as requests do', async () => {
      const upstream = await startSecureUpstream()
      const origin = `https://localhost:${upstream.port}`
      const trusting = createTarget(origin, { tls: { ca: authority.ca } })
      const strict = createTarget(origin)
      onCleanup(() => Promise.all([trusting.destroy(), strict.destroy()]).then(() => {}))
      expect(await probeTarget(trusting, { path: '/', timeoutMs: 5_000 })).toEqual({ status: 200 })
      await expect(probeTarget(strict, { path: '/', timeoutMs: 5_000 })).rejects.toMatchObject({
        code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      })
    })
  })

  describe('names and client certificates', () => {
    test('the TLS name is that of the target, whatever Host says, and one connection serves all hosts', async () => {
      const upstream = await startSecureUpstream()
      const target = createTarget(`https://localhost:${upstream.port}`, { tls: { ca: authority.ca } })
      onCleanup(() => target.destroy())
      const proxy = await startServer((ctx) => ctx.forward(target))
      const client = new RawClient(proxy.port)
      for (const host of ['evil.test', 'other.test', '127.0.0.1']) {
        client.text = ''
        client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
        await client.until(/\}$/)
        expect(JSON.parse(bodyOf(client.text))).toMatchObject({ host, name: 'localhost' })
      }
      expect(upstream.resumed).toHaveLength(1)
    })

    test('servername is asked for and verified in place of the host', async () => {
      const upstream = await startSecureUpstream(authority.issue(['internal.test']))
      const { status, body } = await forwardTo(`https://127.0.0.1:${upstream.port}`, {
        tls: { ca: [authority.ca], servername: 'internal.test' },
      })
      expect(status).toBe(200)
      expect(JSON.parse(body).name).toBe('internal.test')
    })

    test('an upstream that wants a client certificate gets it; without it the target cannot be reached', async () => {
      const clients = createAuthority('Clients')
      const upstream = await startSecureUpstream({
        ...localhost,
        ca: clients.ca,
        requestCert: true,
        rejectUnauthorized: true,
        // TLS 1.3 tells of a missing certificate only after the request was written.
        maxVersion: 'TLSv1.2',
      })
      const origin = `https://localhost:${upstream.port}`
      const { body } = await forwardTo(origin, { tls: { ca: authority.ca, ...clients.issue(['gateway']) } })
      expect(JSON.parse(body).client).toBe('gateway')
      const refused = await forwardTo(origin, { tls: { ca: authority.ca } })
      expect(refused.status).toBe(502)
      expect(refused.error).toMatch(/^connect none /)
    })

    test('the session of one connection is resumed by the next', async () => {
      const upstream = await startSecureUpstream()
      const target = createTarget(`https://localhost:${upstream.port}`, { tls: { ca: authority.ca } })
      onCleanup(() => target.destroy())
      for (let i = 0; i < 3; i++) await probeTarget(target, { path: '/', timeoutMs: 5_000 })
      expect(upstream.resumed).toEqual([false, true, true])
    })
  })
})

test('bad TLS options of a target', () => {
  const make = (origin: string, tls: object) => () => createTarget(origin, { tls })
  expect(make('https://a.test', { cert: localhost.cert })).toThrow('tls.cert and tls.key go together')
  expect(make('https://a.test', { ca: 'no certificate', cert: 'x', key: 'y' })).toThrow(/cannot be used/)
  expect(make('https://a.test', { servername: '10.0.0.1' })).toThrow(
    "tls.servername must be a host name, got '10.0.0.1'",
  )
  expect(make('https://a.test', { minVersion: 'TLSv1' })).toThrow(
    "tls.minVersion must be 'TLSv1.2' or 'TLSv1.3', got 'TLSv1'",
  )
  expect(make('https://a.test', { verfy: false })).toThrow(/verify/)
  expect(make('https://a.test', { verify: 'no' })).toThrow('tls.verify must be true or false, got no')
  expect(make('http://a.test', {})).toThrow('tls is for https targets, got http://a.test')
})
