import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createAuthority } from '../../../http/test/self-signed.ts'
import { ConfigError } from '../../src/config/config-error.ts'
import { checkConfig, loadConfigFile, parseConfig } from '../../src/config/load.ts'

const authority = createAuthority()
const one = authority.issue(['one.test'])
const two = authority.issue(['two.test'])
const upstreams = { api: { targets: ['https://127.0.0.1:3000'] } }
const routes = [{ path: '/*', upstream: 'api' }]

/** A folder with certificates, keys and something else. */
function files(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const content = {
    'ca.pem': authority.ca,
    'cert.pem': one.cert,
    'key.pem': one.key,
    'other.pem': two.key,
    'bad.pem': 'x',
  }
  for (const [name, text] of Object.entries(content)) writeFileSync(join(folder, name), text)
  return folder
}

/** `path: message` of each problem. */
function problems(input: unknown, source = {}): string[] {
  try {
    return checkConfig(input, source).warnings.map(({ path, message }) => `warning ${path}: ${message}`)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.issues.map(({ path, message }) => `${path}: ${message}`)
  }
}

const listening = (listen: unknown): object => ({ server: { listen }, upstreams, routes })

describe('listeners', () => {
  it('are one address or a list, with TLS, HTTP/2 and the PROXY protocol', () => {
    const listen = [
      'unix:/run/gateway.sock',
      8080,
      { address: '127.0.0.1:8443', tls: { cert: one.cert, key: one.key }, http2: true },
      { address: 9000, proxyProtocol: true, http2: false },
    ]
    const { server } = parseConfig(listening(listen))
    expect(server.listen).toEqual({ host: '0.0.0.0', port: 8080 })
    expect(server.listenAlso).toEqual([
      { host: '', port: 0, path: '/run/gateway.sock' },
      {
        host: '127.0.0.1',
        port: 8443,
        http2: true,
        tls: {
          certificates: [{ cert: one.cert, key: one.key }],
          minVersion: 'TLSv1.2',
          clientCertificates: 'none',
          clientCa: [],
        },
      },
      { host: '0.0.0.0', port: 9000, proxyProtocol: true },
    ])
    expect(parseConfig(listening('unix:/run/gateway.sock')).server.listen.path).toBe('/run/gateway.sock')
  })

  it('read files relative to the configuration', async () => {
    const folder = files()
    const file = join(folder, 'breakwater.yaml')
    writeFileSync(
      file,
      `server:
  listen:
    - address: 8443
      tls: { cert: cert.pem, key: key.pem, clientCertificates: require, clientCa: ca.pem, minVersion: TLSv1.3 }
upstreams: { api: { targets: ["https://127.0.0.1:3000"], tls: { ca: [./ca.pem], servername: api.test } } }
routes: [{ path: "/*", upstream: api }]
`,
    )
    const { server, upstreams: resolved } = await loadConfigFile(file)
    expect(server.listen.tls).toEqual({
      certificates: [{ cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }],
      minVersion: 'TLSv1.3',
      clientCertificates: 'require',
      clientCa: [join(folder, 'ca.pem')],
    })
    expect(resolved.api?.tls).toEqual({
      ca: [join(folder, 'ca.pem')],
      servername: 'api.test',
      verify: true,
      minVersion: 'TLSv1.2',
    })
  })

  it.each<[string, unknown, string[]]>([
    ['no certificate', { tls: {} }, ['server.listen[0].tls: TLS needs a certificate and its key']],
    ['no key', { tls: { cert: one.cert } }, ['server.listen[0].tls: cert and key go together; "key" is missing']],
    [
      'a file that is not there',
      { tls: { cert: '/nowhere/cert.pem', key: one.key } },
      ['server.listen[0].tls.cert: there is no file /nowhere/cert.pem'],
    ],
    [
      'the key of another certificate',
      { tls: { cert: one.cert, key: two.key } },
      ['server.listen[0].tls.key: this is not the key of the certificate beside it'],
    ],
    [
      'a certificate for a key',
      { tls: { certificates: [{ cert: one.cert, key: one.cert }] } },
      ['server.listen[0].tls.certificates[0].key: the text is no private key in PEM form'],
    ],
    [
      'client certificates of nobody',
      { tls: { cert: one.cert, key: one.key, clientCertificates: 'require' } },
      ['server.listen[0].tls.clientCertificates: "require" needs the authorities whose certificates are accepted'],
    ],
    [
      'authorities for nothing',
      { tls: { cert: one.cert, key: one.key, clientCa: authority.ca } },
      ['server.listen[0].tls.clientCa: clients are not asked for certificates, so this has no effect'],
    ],
    [
      'an old version',
      { tls: { cert: one.cert, key: one.key, minVersion: 'TLSv1.1' } },
      ['server.listen[0].tls.minVersion: expected TLSv1.2 or TLSv1.3, found "TLSv1.1"'],
    ],
    [
      'HTTP/2 without TLS',
      { http2: true },
      ['server.listen[0].http2: HTTP/2 is chosen in the TLS handshake, and this address has no TLS'],
    ],
    [
      'the PROXY protocol on a socket file',
      { address: 'unix:/run/x.sock', proxyProtocol: true },
      [
        'server.listen[0].proxyProtocol: the PROXY protocol tells where a TCP connection comes from; this is a socket file',
      ],
    ],
    [
      'a relative socket file',
      { address: 'unix:x.sock' },
      ['server.listen[0].address: the path of a socket file is absolute; found "unix:x.sock"'],
    ],
    [
      'an unknown key',
      { tsl: {} },
      ['server.listen[0].tsl: unknown key "tsl"; known here: address, tls, http2, proxyProtocol'],
    ],
  ])('with %s are refused', (_name, extra, expected) => {
    expect(problems(listening([{ address: 8443, ...(extra as object) }]))).toEqual(expected)
  })

  it('cannot take PROXY headers from nobody', () => {
    const { server, ...rest } = listening([{ address: 8443, proxyProtocol: true }]) as { server: object }
    expect(problems({ ...rest, server })).toEqual([])
    expect(problems({ ...rest, server: { ...server, trustedProxies: [] } })).toEqual([
      'server.listen[0].proxyProtocol: connections are taken from trustedProxies only, and there is none: all would be closed',
    ])
  })

  it('cannot be the same twice, nor that of the operator, nor a target', () => {
    expect(problems(listening([8080, '127.0.0.1:8080']))).toEqual([
      'server.listen[1]: this address and listen[0] cannot both be opened',
    ])
    expect(problems(listening(['unix:/run/x.sock', 'unix:/run/x.sock']))).toHaveLength(1)
    expect(problems(listening([8080, 9901]))).toHaveLength(1)
    const self = {
      server: { listen: ['unix:/run/x.sock', 8080] },
      upstreams: { api: { targets: ['unix:/run/x.sock'] } },
      routes,
    }
    expect(problems(self)).toEqual([
      'upstreams.api.targets[0]: this target is the public listener of the gateway itself (/run/x.sock)',
    ])
  })

  it('do not show a key that was put in from the environment', () => {
    const folder = files()
    const source = { file: join(folder, 'x.yaml'), written: () => '"$KEY"' }
    const shown = problems(listening([{ address: 8443, tls: { cert: one.cert, key: 'secret-key-text' } }]), source)
    expect(shown.join()).not.toContain('secret')
  })
})

describe('targets', () => {
  it('may be socket files', () => {
    const { upstreams: resolved } = parseConfig({ upstreams: { api: { targets: ['unix:/run/app.sock'] } }, routes })
    expect(resolved.api?.targets).toEqual([{ id: 'unix:/run/app.sock', url: 'unix:/run/app.sock', weight: 1 }])
    expect(problems({ upstreams: { api: { targets: ['unix:app.sock'] } }, routes })).toHaveLength(1)
  })

  it('take the TLS settings of the defaults, key by key', () => {
    const { upstreams: resolved } = parseConfig({
      defaults: { tls: { ca: authority.ca, minVersion: 'TLSv1.3' } },
      upstreams: { api: { ...upstreams.api, tls: { verify: false } }, other: upstreams.api },
      routes: [...routes, { path: '/other', upstream: 'other' }],
    })
    expect(resolved.api?.tls).toEqual({ ca: [authority.ca], minVersion: 'TLSv1.3', verify: false })
    expect(resolved.other?.tls).toEqual({ ca: [authority.ca], minVersion: 'TLSv1.3', verify: true })
  })

  it('say where TLS settings do nothing or cannot work', () => {
    const plain = { targets: ['http://127.0.0.1:3000'], tls: { verify: false } }
    expect(problems({ upstreams: { api: plain }, routes })).toEqual([
      'warning upstreams.api.tls: no target of this upstream is https: these settings have no effect',
    ])
    const folder = files()
    const bad = { ...upstreams.api, tls: { ca: ['bad.pem'], cert: 'cert.pem', key: 'other.pem' } }
    expect(problems({ upstreams: { api: bad }, routes }, { file: join(folder, 'x.yaml') })).toEqual([
      'upstreams.api.tls.key: this is not the key of the certificate beside it',
      `upstreams.api.tls.ca: ${join(folder, 'bad.pem')} is no certificate in PEM form`,
    ])
  })
})

describe('websocket', () => {
  const websocket = (written: unknown): unknown =>
    parseConfig({ upstreams, routes: [{ path: '/ws', upstream: 'api', websocket: written }] } as never).routes[0]
      ?.websocket

  it('is off, on, or on with limits', () => {
    expect(websocket(false)).toBeUndefined()
    expect(websocket(true)).toEqual({ idleMs: 300_000, max: 10_000 })
    expect(websocket({ idle: '30s', max: 5 })).toEqual({ idleMs: 30_000, max: 5 })
    expect(problems({ upstreams, routes: [{ ...routes[0], websocket: { max: 0 } }] })).toEqual([
      'routes[0].websocket.max: expected a whole number from 1 to 1,000,000, found 0',
    ])
  })
})
