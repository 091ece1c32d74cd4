import { connect as connectTcp } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { type ListenTlsOptions, type RequestContext, Server, type ServerConfig } from '../../src/index.ts'
import { createAuthority, selfSigned } from '../self-signed.ts'
import { always, bodyOf, engineInUse, engines, onCleanup, statusOf, until, useEngine } from '../sockets.ts'

const authority = createAuthority()
const named = authority.issue(['one.test', 'localhost'])
const wild = authority.issue(['*.two.test', 'two.test'])
const clients = createAuthority('Clients')

interface SecureServer {
  readonly server: Server
  readonly port: number
}

async function startSecure(
  tls: ListenTlsOptions,
  handler: (ctx: RequestContext) => void = (ctx) => ctx.respond(200, {}, `${ctx.scheme} ${ctx.remoteAddress}`),
  config: Partial<ServerConfig> = {},
): Promise<SecureServer> {
  const server = new Server(
    { engine: engineInUse(), listen: [{ port: 0, tls }], drainMs: 0, ...config },
    always(handler),
  )
  await server.start()
  onCleanup(() => server.stop())
  return { server, port: server.address().port }
}

/** A TLS client that sends requests as they stand. */
class SecureClient {
  readonly socket: TLSSocket
  text = ''
  error = ''
  closed = false

  constructor(port: number, options: ConnectionOptions = {}) {
    this.socket = connect({ port, host: '127.0.0.1', ca: authority.ca, servername: 'one.test', ...options })
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1')
    })
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message
    })
    this.socket.on('close', () => {
      this.closed = true
    })
    onCleanup(() => {
      this.socket.destroy()
    })
  }

  async get(path = '/'): Promise<string> {
    this.text = ''
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: one.test\r\n\r\n`)
    await until(() => this.closed || /\r\n\r\n./s.test(this.text))
    return this.text
  }
}

async function certificateFor(port: number, servername: string | undefined): Promise<string> {
  const options = servername === undefined ? { servername: '' } : { servername }
  const client = new SecureClient(port, { ...options, rejectUnauthorized: false })
  await until(() => client.closed || client.socket.getCipher()?.name !== undefined)
  await client.get()
  const name = client.socket.getPeerCertificate().subject?.CN
  return String(name)
}

describe.each(engines)('engine %s', (engine) => {
  useEngine(engine)

  describe('requests over TLS', () => {
    test('answers, says https, keeps the connection', async () => {
      const { port } = await startSecure({ certificates: [named] })
      const client = new SecureClient(port)
      for (let i = 0; i < 3; i++) {
        const answer = await client.get()
        expect(statusOf(answer)).toBe(200)
        expect(bodyOf(answer)).toBe('https 127.0.0.1')
      }
      expect(client.socket.alpnProtocol).toBe(false)
    })

    test('plain HTTP, garbage and silence on a TLS port harm nobody', async () => {
      const { port, server } = await startSecure({ certificates: [named] })
      for (const bytes of ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', '\x16\x03\x01\x00\x05garbage', '\0'.repeat(1000)]) {
        const socket = connectTcp(port, '127.0.0.1')
        socket.on('error', () => {})
        socket.write(Buffer.from(bytes, 'latin1'))
        await new Promise((resolve) => socket.once('close', resolve).resume())
      }
      const silent = connectTcp(port, '127.0.0.1')
      silent.on('error', () => {})
      await until(() => server.getActiveConnectionCount() > 0)
      expect(statusOf(await new SecureClient(port).get())).toBe(200)
      silent.resetAndDestroy()
      await until(() => server.getActiveConnectionCount() === 1)
    })

    test('a client that resets in the middle of the handshake or of a request harms nobody', async () => {
      const { port, server } = await startSecure({ certificates: [named] }, () => {})
      for (let i = 0; i < 20; i++) {
        const raw = connectTcp(port, '127.0.0.1')
        raw.on('error', () => {})
        const client = connect({ socket: raw, servername: 'one.test', rejectUnauthorized: false })
        client.on('error', () => {})
        if (i % 2 === 0) {
          await new Promise((resolve) => raw.once('connect', resolve))
        } else {
          await new Promise((resolve) => client.once('secureConnect', resolve))
          client.write('GET / HTTP/1.1\r\nHost: one.test\r\n\r\n')
        }
        raw.resetAndDestroy()
      }
      await until(() => server.getActiveConnectionCount() === 0)
    })

    test('a keep-alive connection is drained as a plain one is', async () => {
      const { port, server } = await startSecure({ certificates: [named] }, undefined, { drainMs: 5_000 })
      const client = new SecureClient(port)
      await client.get()
      server.drain()
      expect(await client.get()).toMatch(/connection: close/i)
      await until(() => client.closed)
      await server.stop()
    })
  })

  describe('names', () => {
    test('the certificate of the name that is asked for, a wildcard for one label, else the first', async () => {
      const { port } = await startSecure({ certificates: [named, wild] })
      expect(await certificateFor(port, 'one.test')).toBe('one.test')
      expect(await certificateFor(port, 'ONE.test')).toBe('one.test')
      expect(await certificateFor(port, 'api.two.test')).toBe('*.two.test')
      expect(await certificateFor(port, 'two.test')).toBe('*.two.test')
      expect(await certificateFor(port, 'a.b.two.test')).toBe('one.test')
      expect(await certificateFor(port, 'unknown.test')).toBe('one.test')
      expect(await certificateFor(port, undefined)).toBe('one.test')
      expect(await certificateFor(port, '__proto__')).toBe('one.test')
    })

    test('HTTP/1.1 is agreed on when the client offers it; a client that offers only others is refused', async () => {
      const { port } = await startSecure({ certificates: [named] })
      const both = new SecureClient(port, { ALPNProtocols: ['h2', 'http/1.1'] })
      await both.get()
      expect(both.socket.alpnProtocol).toBe('http/1.1')
      const only = new SecureClient(port, { ALPNProtocols: ['h2'] })
      await until(() => only.closed)
      expect(only.error).toMatch(/ALPN|NO_APPLICATION_PROTOCOL/)
    })

    test('versions below the least are refused', async () => {
      const { port } = await startSecure({ certificates: [named], minVersion: 'TLSv1.3' })
      const old = new SecureClient(port, { maxVersion: 'TLSv1.2' })
      await until(() => old.closed)
      expect(old.error).not.toBe('')
      expect(statusOf(await new SecureClient(port).get())).toBe(200)
    })
  })

  describe('reload', () => {
    test('open connections stay, the next handshake gets the new certificate', async () => {
      const { port, server } = await startSecure({ certificates: [named] })
      const before = new SecureClient(port)
      await before.get()
      server.reloadTls({ certificates: [authority.issue(['renewed.test', 'one.test']), wild] })
      expect(statusOf(await before.get())).toBe(200)
      expect(before.socket.getPeerCertificate().subject.CN).toBe('one.test')
      expect(await certificateFor(port, 'one.test')).toBe('renewed.test')
      expect(await certificateFor(port, undefined)).toBe('renewed.test')
      expect(await certificateFor(port, 'x.two.test')).toBe('*.two.test')
    })

    test.each<[string, ListenTlsOptions, string]>([
      ['no certificate', { certificates: [] }, 'tls.certificates needs at least one certificate with its key'],
      [
        'no PEM',
        { certificates: [{ cert: 'x', key: named.key }] },
        'tls.certificates[0].cert is no certificate in PEM form',
      ],
      [
        'no key',
        { certificates: [{ cert: named.cert, key: 'x' }] },
        'tls.certificates[0].key is no private key in PEM form',
      ],
      [
        'the key of another',
        { certificates: [named, { cert: wild.cert, key: named.key }] },
        'tls.certificates[1].key is not the key of its certificate (CN=*.two.test)',
      ],
      [
        'another mode',
        { certificates: [named], clientCertificates: 'require', clientCa: clients.ca },
        "clientCertificates is 'none' and cannot be changed by a reload",
      ],
    ])('%s: an error that says so, and the old certificate stays', async (_name, tls, message) => {
      const { port, server } = await startSecure({ certificates: [wild] })
      expect(() => server.reloadTls(tls)).toThrow(message)
      expect(() => server.reloadTls(tls)).toThrow(expect.objectContaining({ code: 'ERR_TLS_CONFIG' }))
      expect(await certificateFor(port, undefined)).toBe('*.two.test')
    })

    test('a session from before is not resumed', async () => {
      const { port, server } = await startSecure({ certificates: [named] })
      const sessions: Buffer[] = []
      const first = new SecureClient(port)
      first.socket.on('session', (session: Buffer) => sessions.push(session))
      await first.get()
      await until(() => sessions.length > 0)
      const session = sessions.at(-1)
      const resumed = new SecureClient(port, { session })
      await resumed.get()
      expect(resumed.socket.isSessionReused()).toBe(true)
      server.reloadTls({ certificates: [named] })
      const later = new SecureClient(port, { session })
      await later.get()
      expect(later.socket.isSessionReused()).toBe(false)
    })

    test('100 connections over 20 reloads: no request fails', async () => {
      const { port, server } = await startSecure({ certificates: [named] })
      let failed = 0
      let reloads = 0
      const load = Promise.all(
        Array.from({ length: 10 }, async () => {
          for (let i = 0; i < 10; i++) {
            const client = new SecureClient(port)
            if (statusOf(await client.get()) !== 200 || statusOf(await client.get()) !== 200) failed++
            client.socket.destroy()
          }
        }),
      )
      for (; reloads < 20; reloads++) {
        server.reloadTls({ certificates: [reloads % 2 === 0 ? authority.issue(['one.test']) : named] })
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await load
      expect(failed).toBe(0)
    })

    test('says when the certificate ends; an address without TLS cannot be reloaded', async () => {
      const { server } = await startSecure({
        certificates: [named, authority.issue(['short.test'], { endsInDays: 0 })],
      })
      expect(server.certificateExpiry()?.getTime()).toBeLessThanOrEqual(Date.now())
      const plain = new Server(
        { port: 0 },
        always((ctx) => ctx.respond(200)),
      )
      expect(plain.certificateExpiry()).toBeNull()
      expect(() => plain.reloadTls({ certificates: [named] })).toThrow('Address 0 of this server has no TLS')
    })
  })

  describe('client certificates', () => {
    const show = (ctx: RequestContext): void => {
      const shown = ctx.clientCertificate
      ctx.respond(200, {}, shown === null ? 'none' : `${shown.subject} ${shown.authorized} ${shown.reason}`)
    }

    test('none: not asked for', async () => {
      const { port } = await startSecure({ certificates: [named] }, show)
      expect(bodyOf(await new SecureClient(port, clients.issue(['web'])).get())).toBe('none')
    })

    test('request: what was shown is on the context, good or bad', async () => {
      const { port } = await startSecure(
        { certificates: [named], clientCertificates: 'request', clientCa: clients.ca },
        show,
      )
      const ask = async (options: ConnectionOptions): Promise<string> =>
        bodyOf(await new SecureClient(port, options).get())
      expect(await ask({})).toBe('none')
      expect(await ask(clients.issue(['web']))).toBe('CN=web true ')
      expect(await ask(authority.issue(['web']))).toMatch(/^CN=web false [A-Z_]+$/)
      expect(await ask(selfSigned('web'))).toBe('CN=web false DEPTH_ZERO_SELF_SIGNED_CERT')
      expect(await ask(clients.issue(['old'], { endsInDays: -1 }))).toBe('CN=old false CERT_HAS_EXPIRED')
    })

    test('require: only what the authority signed gets a request through, under every name', async () => {
      const { port } = await startSecure(
        { certificates: [named, wild], clientCertificates: 'require', clientCa: clients.ca },
        show,
      )
      for (const servername of ['one.test', 'a.two.test', 'unknown.test']) {
        const ask = async (options: ConnectionOptions): Promise<string> =>
          new SecureClient(port, { servername, rejectUnauthorized: false, ...options }).get()
        expect(bodyOf(await ask(clients.issue(['web'])))).toBe('CN=web true ')
        for (const bad of [{}, authority.issue(['web']), selfSigned('web'), clients.issue(['x'], { endsInDays: -1 })]) {
          expect(await ask(bad)).toBe('')
        }
      }
    })

    test('a reload exchanges the authority; a session from before does not get past it', async () => {
      const tls = { certificates: [named], clientCertificates: 'require', clientCa: clients.ca } as const
      const { port, server } = await startSecure(tls, show)
      const web = clients.issue(['web'])
      const sessions: Buffer[] = []
      const first = new SecureClient(port, web)
      first.socket.on('session', (session: Buffer) => sessions.push(session))
      expect(bodyOf(await first.get())).toBe('CN=web true ')
      await until(() => sessions.length > 0)
      const others = createAuthority('Others')
      server.reloadTls({ ...tls, clientCa: others.ca })
      const session = sessions.at(-1)
      expect(await new SecureClient(port, { ...web, session }).get()).toBe('')
      expect(bodyOf(await new SecureClient(port, others.issue(['new'])).get())).toBe('CN=new true ')
    })
  })
})

test.each<[object, string]>([
  [
    { tls: { certificates: [named], minVersion: 'TLSv1.1' } },
    "tls.minVersion must be 'TLSv1.2' or 'TLSv1.3', got 'TLSv1.1'",
  ],
  [{ tls: { certificates: [named], clientCertificates: 'yes' } }, "must be 'none', 'request' or 'require', got 'yes'"],
  [
    { tls: { certificates: [named], clientCertificates: 'require' } },
    "clientCertificates: 'require' needs tls.clientCa",
  ],
  [{ tls: { certificates: [named], clientCa: clients.ca } }, 'tls.clientCa has no effect without'],
  [{ tls: { certificates: [named], clientCertificates: 'request', clientCa: 'x' } }, 'tls.clientCa is no certificate'],
  [{ tls: { certs: [] } }, "tls has no option 'certs'; known: certificates, "],
  [{ tls: true }, 'listen[0].tls must be an object, got true'],
  [{ http2: true }, 'listen[0].http2 needs tls'],
  [
    { tls: { certificates: [named] }, http2: { maxStreams: 0 } },
    'listen[0].http2.maxStreams must be an integer from 1',
  ],
  [{ proxyProtocol: 'v1' }, "listen[0].proxyProtocol must be true or false, got 'v1'"],
])('%j is refused: %s', (address, message) => {
  const make = (): Server =>
    new Server(
      { listen: [{ port: 0, ...address } as never] },
      always(() => {}),
    )
  expect(make).toThrow(message)
})

test('an address is a port or a path', () => {
  const make = (address: object) => (): Server =>
    new Server(
      { listen: [address as never] },
      always(() => {}),
    )
  expect(make({})).toThrow('listen[0] needs either a port or a path')
  expect(make({ port: 1, path: '/x' })).toThrow('listen[0] needs either a port or a path')
  expect(make({ path: 'x' })).toThrow("listen[0].path must be an absolute path, got 'x'")
  expect(make({ path: '/x', host: 'a' })).toThrow('listen[0].host and listen[0].path exclude each other')
  expect(make({ path: '/x', proxyProtocol: true })).toThrow('the PROXY protocol is for TCP')
  expect(
    () =>
      new Server(
        { listen: [] },
        always(() => {}),
      ),
  ).toThrow('at least one address')
  expect(
    () =>
      new Server(
        { port: 0, listen: [{ port: 0 }] },
        always(() => {}),
      ),
  ).toThrow('takes the place of')
})
