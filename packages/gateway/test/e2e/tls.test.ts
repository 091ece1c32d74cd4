import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAuthority } from '../../../http/test/self-signed.ts'
import type { ListenerConfig, ListenerTls } from '../../src/config/config.ts'
import type { Gateway } from '../../src/gateway.ts'
import { eventually, send, urlOf } from './support/client.ts'
import { startGateway, type TestGateway, upstream } from './support/gateway.ts'
import { answer, startOrigin } from './support/origin.ts'

const authority = createAuthority()
const engines = ['net', 'node'] as const

function tlsOf(names: readonly string[], overrides: Partial<ListenerTls> = {}): ListenerTls {
  return {
    certificates: [authority.issue(names)],
    minVersion: 'TLSv1.2',
    clientCertificates: 'none',
    clientCa: [],
    ...overrides,
  }
}

/** One request over TLS: the answer and the names in the certificate. */
async function ask(
  gateway: Gateway,
  options: ConnectionOptions = {},
  request = 'GET /x HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\n\r\n',
): Promise<{ text: string; names: string | undefined }> {
  const { port } = gateway.address()
  const socket = connectTls({ port, host: '127.0.0.1', ca: authority.ca, servername: 'one.test', ...options })
  onTestFinished(() => void socket.destroy())
  let text = ''
  let names: string | undefined
  socket.on('error', () => {})
  socket.on('secureConnect', () => {
    names = socket.getPeerCertificate().subjectaltname
  })
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  socket.write(request)
  await new Promise((resolve) => socket.once('close', resolve))
  return { text, names }
}

describe.each(engines)('engine %s', (engine) => {
  async function start(listen: ListenerConfig, config: Partial<TestGateway> = {}): Promise<Gateway> {
    const origin = await startOrigin('origin', (request, response) =>
      answer(response, 200, `${request.headers['x-forwarded-proto']} ${request.headers['x-forwarded-for']}`),
    )
    const { server, ...rest } = config
    return startGateway({ upstreams: [upstream('api', [origin])], server: { listen, engine, ...server }, ...rest })
  }

  test('requests over TLS, by name, and HTTP/2 where it is chosen', async () => {
    const tls = {
      ...tlsOf(['one.test']),
      certificates: [authority.issue(['one.test']), authority.issue(['*.two.test'])],
    }
    const gateway = await start({ host: '127.0.0.1', port: 0, tls, http2: true })
    const { text, names } = await ask(gateway)
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*https 127\.0\.0\.1\r\n/)
    expect(names).toBe('DNS:one.test')
    expect((await ask(gateway, { servername: 'a.two.test' })).names).toBe('DNS:*.two.test')
    const session = connectHttp2(`https://localhost:${gateway.address().port}`, {
      ca: authority.ca,
      servername: 'one.test',
    })
    onTestFinished(() => session.destroy())
    const trace = session.request({ ':path': '/x', ':method': 'TRACE' }, { endStream: true })
    const [refusal] = await once(trace, 'response')
    expect(refusal[':status']).toBe(405)
    const stream = session.request({ ':path': '/x' })
    let body = ''
    stream.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    await new Promise((resolve) => stream.once('close', resolve))
    expect(body).toBe('https 127.0.0.1')
  })

  test('certificates are read again from their files; bad ones are not taken, and the log says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tls-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const paths = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
    const write = (names: readonly string[]): void => {
      const { cert, key } = authority.issue(names)
      writeFileSync(paths.cert, cert)
      writeFileSync(paths.key, key)
    }
    write(['one.test'])
    const lines: Record<string, unknown>[] = []
    const tls = { ...tlsOf(['one.test']), certificates: [paths] }
    const gateway = await start({ host: '127.0.0.1', port: 0, tls }, { log: (line) => lines.push(line) })
    const kept: TLSSocket = connectTls({
      port: gateway.address().port,
      host: '127.0.0.1',
      ca: authority.ca,
      servername: 'one.test',
    })
    onTestFinished(() => void kept.destroy())
    await new Promise((resolve) => kept.once('secureConnect', resolve))
    write(['one.test', 'renewed.test'])
    expect(gateway.reloadCertificates()).toBe(true)
    expect((await ask(gateway)).names).toBe('DNS:one.test, DNS:renewed.test')
    writeFileSync(paths.key, 'no key')
    expect(gateway.reloadCertificates()).toBe(false)
    expect((await ask(gateway)).names).toBe('DNS:one.test, DNS:renewed.test')
    rmSync(paths.cert)
    expect(gateway.reloadCertificates()).toBe(false)
    expect(lines.filter(({ level }) => level === 50).map(({ msg }) => msg)).toEqual([
      'certificates kept: the new ones cannot be used',
      'certificates kept: the new ones cannot be used',
    ])
    let text = ''
    kept.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    kept.write('GET /x HTTP/1.1\r\nHost: one.test\r\n\r\n')
    await eventually(() => text.startsWith('HTTP/1.1 200'))
  })

  test('a certificate that ends soon is told of when the gateway starts', async () => {
    const lines: Record<string, unknown>[] = []
    const log = (line: Record<string, unknown>): void => void lines.push(line)
    const certificates = [authority.issue(['one.test'], { endsInDays: 30 })]
    await start({ host: '127.0.0.1', port: 0, tls: { ...tlsOf(['one.test']), certificates } }, { log })
    expect(lines.map(({ level }) => level)).not.toContain(40)
    const ending = [...certificates, authority.issue(['two.test'], { endsInDays: 3 })]
    await start({ host: '127.0.0.1', port: 0, tls: { ...tlsOf(['one.test']), certificates: ending } }, { log })
    expect(lines.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual([
      'a certificate of this address ends soon or has ended',
    ])
  })

  test('a client without a certificate is not served where one is required', async () => {
    const clients = createAuthority('Clients')
    const tls = tlsOf(['one.test'], { clientCertificates: 'require', clientCa: [clients.ca] })
    const gateway = await start({ host: '127.0.0.1', port: 0, tls })
    expect((await ask(gateway)).text).toBe('')
    expect((await ask(gateway, clients.issue(['web']))).text).toMatch(/^HTTP\/1\.1 200/)
  })

  test('socket files on both sides, and the PROXY protocol', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'front.sock')
    const gateway = await start(
      { host: '127.0.0.1', port: 0, proxyProtocol: true },
      { server: { listenAlso: [{ host: '', port: 0, path }] } },
    )
    expect(gateway.addresses()).toEqual([gateway.address(), { path }])
    const behind = await startGateway({ upstreams: [upstream('front', [`unix:${path}`])], server: { engine } })
    expect((await send(urlOf(behind), '/x')).body).toBe('http 127.0.0.1, 127.0.0.1')
    const socket = connect(gateway.address().port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    socket.write('PROXY TCP4 192.0.2.7 198.51.100.1 1 2\r\nGET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await new Promise((resolve) => socket.once('close', resolve))
    expect(text).toMatch(/http 192\.0\.2\.7\r\n/)
  })

  test("targets over TLS: trusted by the upstream's own authorities, for health checks too", async () => {
    const secure = createServer(authority.issue(['localhost']), (_request, response) => answer(response, 200, 'secure'))
    secure.listen(0, '127.0.0.1')
    await new Promise((resolve) => secure.once('listening', resolve))
    onTestFinished(() => {
      secure.closeAllConnections()
      secure.close()
    })
    const url = `https://localhost:${(secure.address() as AddressInfo).port}`
    const health = {
      path: '/healthz',
      intervalMs: 20,
      timeoutMs: 1000,
      healthy: 1,
      unhealthy: 1,
      status: { min: 200, max: 299 },
    }
    const tls = { ca: [authority.ca], verify: true, minVersion: 'TLSv1.2' } as const
    const trusting = await startGateway({ upstreams: [upstream('api', [url], { tls, health })], server: { engine } })
    expect((await send(urlOf(trusting), '/x')).body).toBe('secure')
    expect(trusting.status().upstreams[0]?.targets[0]?.healthy).toBe(true)
    const strict = await startGateway({ upstreams: [upstream('api', [url], { health })], server: { engine } })
    expect((await send(urlOf(strict), '/x')).status).toBe(502)
    await eventually(() => strict.status().upstreams[0]?.targets[0]?.healthy === false)
  })
})
