// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references look like this in configuration files
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, type ConfigIssue } from '../../src/config/config-error.ts'
import { checkConfig, checkConfigFile, loadConfigFile, parseConfig } from '../../src/config/load.ts'
import { CONFIG_FILES, findConfig } from '../../src/config/lookup.ts'
import { readConfigFile } from '../../src/config/read-file.ts'

const minimal = {
  upstreams: { api: { targets: ['http://127.0.0.1:3000'] } },
  routes: [{ path: '/*', upstream: 'api' }],
}
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-config-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}

async function issuesOf(work: Promise<unknown>): Promise<readonly ConfigIssue[]> {
  const error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(ConfigError)
  return (error as ConfigError).issues
}

function problems(input: unknown): string[] {
  try {
    parseConfig(input)
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map((issue) => `${issue.path}: ${issue.message}`)
    throw error
  }
  return []
}

function withUpstream(upstream: object, more: object = {}): unknown {
  return { ...minimal, ...more, upstreams: { api: { targets: ['http://127.0.0.1:3000'], ...upstream } } }
}

describe('defaults', () => {
  it('are all filled in', () => {
    expect(parseConfig(minimal, { env: {} })).toEqual({
      version: 1,
      server: {
        listen: { host: '0.0.0.0', port: 8080 },
        engine: 'net',
        trustedProxies: ['loopback'],
        underscores: 'drop',
        limits: { maxBody: null, maxHeaders: 100, maxHeaderBytes: 16_384, maxConnections: 10_000 },
        probes: { prefix: '' },
        timeouts: { requestMs: 120_000, headersMs: 66_000, keepAliveMs: 65_000 },
        shutdown: { drainMs: 30_000, preStopDelayMs: 0 },
      },
      admin: { listen: { host: '127.0.0.1', port: 9901 } },
      upstreams: {
        api: {
          name: 'api',
          targets: [{ id: '127.0.0.1:3000', url: 'http://127.0.0.1:3000', weight: 1 }],
          strategy: 'round_robin',
          pool: { connections: 100, keepAliveMs: 60_000 },
          timeouts: { connectMs: 5000, headersMs: 30_000, idleMs: 60_000, totalMs: 0 },
          health: null,
          breaker: {
            consecutiveFailures: 5,
            failureThresholdPercentage: 50,
            volumeThreshold: 10,
            rollingWindowMs: 60_000,
            resetTimeoutMs: 30_000,
            halfOpenMaxRequests: 3,
          },
          session: null,
          fallback: { maxAttempts: 3 },
        },
      },
      routes: [{ path: '/*', methods: null, upstream: 'api', stripPrefix: '', cache: null }],
      observability: { log: { level: 'info', format: 'auto', access: false }, metrics: { path: '/metrics' } },
    })
  })

  it('wait before closing the listener under Kubernetes, unless told otherwise', () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1' }
    expect(parseConfig(minimal, { env }).server.shutdown.preStopDelayMs).toBe(5000)
    const own = { ...minimal, server: { shutdown: { preStopDelay: 0 } } }
    expect(parseConfig(own, { env }).server.shutdown.preStopDelayMs).toBe(0)
  })

  it('of all upstreams are covered key by key by an upstream', () => {
    const defaults = {
      timeouts: { connect: '1s', idle: '2s' },
      health: { interval: '3s', path: '/up' },
      breaker: false,
    }
    const { api } = parseConfig(
      withUpstream({ timeouts: { connect: '9s' }, health: { path: '/own' } }, { defaults }),
    ).upstreams
    expect(api?.timeouts).toEqual({ connectMs: 9000, headersMs: 30_000, idleMs: 2000, totalMs: 0 })
    expect(api?.health).toMatchObject({ intervalMs: 3000, path: '/own' })
    expect(api?.breaker).toBeNull()
    const on = parseConfig(withUpstream({ breaker: {}, health: false }, { defaults })).upstreams.api
    expect(on?.breaker?.consecutiveFailures).toBe(5)
    expect(on?.health).toBeNull()
  })

  it('choose weighted when a target has a weight', () => {
    const targets = [{ url: 'http://a:1', weight: 2 }, 'http://b:1']
    expect(parseConfig(withUpstream({ targets })).upstreams.api?.strategy).toBe('weighted')
    expect(parseConfig(withUpstream({ targets, strategy: 'random' })).upstreams.api?.strategy).toBe('random')
  })

  it('keep the time for heads within the time for requests', () => {
    const config = parseConfig({ ...minimal, server: { timeouts: { request: '10s' } } })
    expect(config.server.timeouts).toMatchObject({ requestMs: 10_000, headersMs: 10_000 })
    expect(parseConfig({ ...minimal, server: { timeouts: { request: 0 } } }).server.timeouts.headersMs).toBe(66_000)
  })
})

describe('listen', () => {
  const listen = (written: unknown): unknown => {
    try {
      return parseConfig({ ...minimal, admin: false, server: { listen: written } }).server.listen
    } catch {
      return null
    }
  }
  it.each([
    [8080, { host: '0.0.0.0', port: 8080 }],
    ['8080', { host: '0.0.0.0', port: 8080 }],
    [':8080', { host: '0.0.0.0', port: 8080 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::]:8080', { host: '::', port: 8080 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
    ['::1:8080', null],
    ['127.0.0.1', null],
    ['127.0.0.1:65536', null],
    [65_536, null],
    [-1, null],
    [80.5, null],
    ['http://a:1', null],
    ['[nonsense]:1', null],
  ])('%j', (written, address) => {
    expect(listen(written)).toEqual(address)
  })

  it('of the admin is on loopback when only a port is given, and must be', () => {
    expect(parseConfig({ ...minimal, admin: { listen: 9000 } }).admin?.listen).toEqual({
      host: '127.0.0.1',
      port: 9000,
    })
    expect(problems({ ...minimal, admin: { listen: ':9000' } })).toHaveLength(1)
    expect(problems({ ...minimal, admin: { listen: '[::1]:9000' } })).toEqual([])
    expect(problems({ ...minimal, admin: { listen: '127.0.0.1.example.org:9000' } })).toHaveLength(1)
  })

  it('twice on one port is refused, also when one of the two is a default', () => {
    expect(problems({ ...minimal, server: { listen: 9901 } })).toHaveLength(1)
    expect(problems({ ...minimal, admin: { listen: 8080 } })).toHaveLength(1)
    expect(problems({ ...minimal, server: { listen: '10.0.0.1:9901' } })).toEqual([])
    expect(problems({ ...minimal, server: { listen: 9901 }, admin: false })).toEqual([])
    expect(problems({ ...minimal, server: { listen: 0 }, admin: { listen: 0 } })).toEqual([])
  })
})

describe('targets', () => {
  it.each([
    ['http://127.0.0.1:3000/', 'http://127.0.0.1:3000', '127.0.0.1:3000'],
    ['http://EXAMPLE.org', 'http://example.org', 'example.org:80'],
    ['https://example.org:443', 'https://example.org', 'example.org:443'],
    ['http://[::1]:3000', 'http://[::1]:3000', '[::1]:3000'],
  ])('%s becomes an origin with an id', (url, origin, id) => {
    expect(parseConfig(withUpstream({ targets: [url] })).upstreams.api?.targets).toEqual([
      { id, url: origin, weight: 1 },
    ])
  })

  it.each([
    '',
    'nonsense',
    'http://',
    'http:///x',
    'http://a:0',
    'http://a?b',
    'http://a/#',
    'http://a b',
    'http://@a',
  ])('%j is refused', (url) => {
    // An empty user name before "@" is no credential, and WHATWG URLs drop it.
    expect(problems(withUpstream({ targets: [url] })).length).toBe(url === 'http://@a' ? 0 : 1)
  })

  it('with the same address need ids', () => {
    const url = 'http://a:1'
    expect(problems(withUpstream({ targets: [url, url] }))).toHaveLength(1)
    expect(
      problems(
        withUpstream({
          targets: [
            { url, id: 'x' },
            { url, id: 'y' },
          ],
        }),
      ),
    ).toEqual([])
    expect(problems(withUpstream({ targets: [{ url, id: 'b:1' }, 'http://b:1'] }))).toHaveLength(1)
  })

  it('of weight 0 need one that takes traffic', () => {
    const off = { url: 'http://a:1', weight: 0 }
    expect(problems(withUpstream({ targets: [off] }))).toHaveLength(1)
    expect(problems(withUpstream({ targets: [off, 'http://b:1'] }))).toEqual([])
  })
})

describe('routes', () => {
  const withRoutes = (...routes: object[]): unknown => ({
    ...minimal,
    routes: routes.map((route) => ({ upstream: 'api', ...route })),
  })

  it('of the same path may share it by method', () => {
    expect(problems(withRoutes({ path: '/a', methods: 'GET' }, { path: '/a', methods: ['POST', 'PUT'] }))).toEqual([])
    expect(problems(withRoutes({ path: '/a', methods: 'GET' }, { path: '/a' }))).toEqual([])
    expect(problems(withRoutes({ path: '/a', methods: 'GET' }, { path: '/a', methods: ['get'] }))).toHaveLength(1)
    expect(problems(withRoutes({ path: '/a/:b' }, { path: '/a/:c' }))).toHaveLength(1)
  })

  it.each([
    ['/api/*', '/api', true],
    ['/api', '/api', true],
    ['/api/v1/*', '/api', true],
    ['/api/:id', '/api', true],
    ['/api/*', '/ap', false],
    ['/api/*', '/api/', false],
    ['/api/*', 'api', false],
    ['/api/:id', '/api/:id', false],
    ['/*', '/', false],
    ['/*', '', true],
  ])('%s can lose %j: %s', (path, stripPrefix, isAllowed) => {
    expect(problems(withRoutes({ path, stripPrefix })).length === 0).toBe(isAllowed)
  })

  it('cannot allow WebSockets without GET', () => {
    expect(problems(withRoutes({ path: '/*', methods: ['POST', 'PUT'], websocket: true }))).toEqual([
      'routes[0].websocket: a WebSocket begins with a GET, and this route does not take it',
    ])
    for (const fine of [
      { methods: ['POST', 'GET'], websocket: true },
      { websocket: {} },
      { methods: 'POST', websocket: false },
    ]) {
      expect(problems(withRoutes({ path: '/*', ...fine }))).toEqual([])
    }
  })

  it('cannot use a name that only the prototype has', () => {
    expect(problems({ ...minimal, routes: [{ path: '/*', upstream: 'toString' }] })).toHaveLength(1)
    expect(
      problems(JSON.parse('{"upstreams":{"__proto__":{}},"routes":[{"path":"/","upstream":"__proto__"}]}')),
    ).not.toEqual([])
  })
})

describe('warnings', () => {
  it('name unused upstreams, weights without effect and paths that the probes answer', () => {
    const targets = [{ url: 'http://a:1', weight: 2 }, 'http://b:1']
    const { warnings } = checkConfig({
      upstreams: { api: { targets, strategy: 'least_conn' }, web: { targets } },
      routes: [{ path: '/livez', upstream: 'api' }],
    })
    expect(warnings.map(({ path }) => path)).toEqual(['upstreams.api.strategy', 'upstreams.web', 'routes[0].path'])
  })
})

describe('all problems at once', () => {
  it('of structure and of meaning', () => {
    expect(
      problems({
        nonsense: 1,
        server: { listen: 'x' },
        admin: { listen: ':1' },
        upstreams: { api: { targets: [] }, web: { targets: ['http://a:1', 'http://a:1'] } },
        routes: [{ path: '/a', upstream: 'wob' }, { upstream: 'nobody' }, null],
      }).map((problem) => problem.split(':')[0]),
    ).toEqual([
      'server.listen',
      'upstreams.api.targets',
      'routes[1].path',
      'routes[2]',
      'nonsense',
      'admin.listen',
      'upstreams.web.targets[1]',
      'routes[0].upstream',
      'routes[1].upstream',
    ])
  })

  it.each([null, undefined, [], 'text', 5, new Date(), () => minimal])('%s is not a configuration', (input) => {
    expect(problems(input).length).toBeGreaterThan(0)
  })

  it('but only some of them in the message', () => {
    const routes = Array.from({ length: 50 }, () => ({ path: 'x', upstream: 'api' }))
    const error = (() => {
      try {
        return parseConfig({ ...minimal, routes })
      } catch (caught) {
        return caught
      }
    })() as ConfigError
    expect(error.issues).toHaveLength(50)
    expect(error.message).toContain('and 45 more problems')
    expect(error.code).toBe('ERR_CONFIG')
  })
})

describe('secrets', () => {
  it('from references are never part of a message', async () => {
    const secret = 'sk-very-secret'
    write('secret.txt', `${secret}\n`)
    const text = `
server: { listen: "\${SECRET}", limits: { maxBody: "\${file:secret.txt}" }, trustedProxies: "\${SECRET}" }
upstreams:
  api: { targets: ["\${SECRET}", "http://\${SECRET}/x", "\${SECRET_URL}"], strategy: "\${SECRET}", session: { from: "\${SECRET}" } }
  web: { targets: [{ url: "http://a:1", id: "\${SECRET}" }, { url: "http://b:1", id: "\${SECRET}" }] }
routes:
  - { path: "\${SECRET}", upstream: "\${SECRET}", methods: "\${SECRET}", stripPrefix: "\${SECRET}" }
  - { path: "/\${SECRET}/*/x", upstream: web, stripPrefix: "/\${SECRET}/y" }
observability: { log: { level: "\${SECRET}" } }
`
    const env = { SECRET: secret, SECRET_URL: `http://user:${secret}@a:1` }
    const { input, source } = await readConfigFile(write('secret.yaml', text), env)
    try {
      checkConfig(input, source)
      expect.unreachable()
    } catch (error) {
      const { issues } = error as ConfigError
      expect(issues.length).toBeGreaterThan(10)
      expect(JSON.stringify(issues)).not.toContain(secret)
    }
  })

  it('written as credentials of a URL are masked', async () => {
    const text = 'upstreams: { api: { targets: ["http://admin:hunter2@a:1"] } }\nroutes: [{ path: /*, upstream: api }]'
    const issues = await issuesOf(loadConfigFile(write('credentials.yaml', text)))
    expect(issues).toHaveLength(1)
    expect(JSON.stringify(issues)).not.toContain('hunter2')
  })
})

describe('a file', () => {
  it('in every format gives the same configuration', async () => {
    const plain = parseConfig(minimal)
    const json = JSON.stringify(minimal)
    for (const name of ['a.json', 'a.yaml', 'a.yml']) expect(await loadConfigFile(write(name, json))).toEqual(plain)
    write('m/package.json', '{"type":"module"}')
    for (const name of ['m/a.mjs', 'm/a.js', 'm/a.ts', 'm/a.mts']) {
      expect(await loadConfigFile(write(name, `export default ${json}`))).toEqual(plain)
    }
  })

  it('written for people is read as meant', async () => {
    const file = fileURLToPath(new URL('../fixtures/valid.yaml', import.meta.url))
    const { config, warnings } = await checkConfigFile(file)
    expect(warnings).toEqual([])
    expect(config.server.listen).toEqual({ host: '127.0.0.1', port: 8080 })
    expect(config.server.limits).toEqual({
      maxBody: 10_485_760,
      maxHeaders: 50,
      maxHeaderBytes: 16_384,
      maxConnections: 10_000,
    })
    expect(config.upstreams.api?.targets.map(({ weight }) => weight)).toEqual([3, 1])
    expect(config.upstreams.api?.session?.from).toEqual([
      { kind: 'cookie', name: 'sid' },
      { kind: 'header', name: 'x-session-id' },
    ])
    expect(config.upstreams.web).toMatchObject({ health: null, breaker: null })
    expect(config.routes[0]).toMatchObject({ methods: ['GET', 'POST'], stripPrefix: '/api', cache: { ttlMs: 30_000 } })
    expect(config.observability).toEqual({ log: { level: 'warn', format: 'auto', access: true }, metrics: null })
  })

  it('with anchors, merge keys, tabs in JSON, CRLF and a byte order mark is read, and places stay right', async () => {
    const merged = 'base: &b\n  targets: [x]\nupstreams:\n  api: { <<: *b }\nroutes: [{ path: /*, upstream: api }]'
    const [first, second] = await issuesOf(loadConfigFile(write('merge.yaml', merged)))
    expect(first).toMatchObject({ path: 'base', line: 1, column: 1 })
    expect(second).toMatchObject({ path: 'upstreams.api.targets[0]', line: 2, column: 13 })
    const tabbed = JSON.stringify({ ...minimal, x: 1 }, null, '\t')
    expect(await issuesOf(loadConfigFile(write('tab.json', tabbed)))).toMatchObject([{ path: 'x', column: 2 }])
    const windows = `\ufeff${JSON.stringify({ ...minimal, x: 1 }, null, 2).replaceAll('\n', '\r\n')}`
    const [issue] = await issuesOf(loadConfigFile(write('crlf.json', windows)))
    expect(issue).toMatchObject({ path: 'x' })
    expect(issue?.excerpt).toMatch(/"x": 1\n\s+\|\s+\^\^\^$/)
  })

  it('gets numbers and booleans from the environment where the schema wants them', async () => {
    const text = JSON.stringify({
      upstreams: {
        api: { targets: [{ url: 'http://a:1', id: '${N}', weight: '${N}' }], fallback: { maxAttempts: '${N}' } },
      },
      routes: [{ path: '/*', upstream: 'api', cache: { ttl: '${N}', maxEntries: '${N}' } }],
      admin: '${OFF}',
      observability: { log: { access: '${ON}' } },
    })
    const { input, source } = await readConfigFile(write('types.json', text), { N: '7', ON: 'true', OFF: 'false' })
    const config = parseConfig(input, source)
    expect(config.upstreams.api).toMatchObject({ targets: [{ id: '7', weight: 7 }], fallback: { maxAttempts: 7 } })
    expect(config.routes[0]?.cache).toMatchObject({ ttlMs: 7, maxEntries: 7 })
    expect(config.admin).toBeNull()
    expect(config.observability.log.access).toBe(true)
  })

  it('that cannot be read says why', async () => {
    write('breakwater.yaml', '')
    const [missing] = await issuesOf(loadConfigFile(join(folder, 'braekwater.yaml')))
    expect(missing).toMatchObject({ suggestion: 'breakwater.yaml' })
    mkdirSync(join(folder, 'dir.yaml'))
    expect(await issuesOf(loadConfigFile(join(folder, 'dir.yaml')))).toMatchObject([{ message: 'this is a folder' }])
    expect(await issuesOf(loadConfigFile(write('a.toml', '')))).toMatchObject([
      { fix: expect.stringContaining('rename') },
    ])
    const binary = join(folder, 'binary.yaml')
    writeFileSync(binary, Buffer.from([0xff, 0xfe, 0x00]))
    expect(await issuesOf(loadConfigFile(binary))).toMatchObject([{ message: 'the file is not UTF-8 text' }])
    const closed = write('closed.yaml', '')
    chmodSync(closed, 0)
    // root reads everything
    if (process.getuid?.() !== 0) {
      expect(await issuesOf(loadConfigFile(closed))).toMatchObject([{ message: 'this user may not read the file' }])
    }
  })

  it.each([
    ['b: *nowhere', 'no anchor "&nowhere"'],
    [
      `a: &a [x,x]\n${[...'bcdefgh'].map((n, i) => `${n}: &${n} [${`*${'abcdefg'[i]},`.repeat(9)}]`).join('\n')}`,
      'alias',
    ],
    ['a: 1\n---\nb: 2', 'document'],
  ])('of broken YAML is an error, not a crash: %j', async (text, message) => {
    const [issue] = await issuesOf(loadConfigFile(write('broken.yaml', text)))
    expect(issue?.message).toContain(message)
  })

  it.each([
    ['export const x = 1', 'no default export'],
    ['export default () => ({})', 'is a function'],
    ['export default Promise.resolve({})', 'is a promise'],
    ['throw new Error("boom")', 'boom'],
    ["import '@breakwater/gateway'", '@breakwater/gateway cannot be found'],
  ])('as a module that fails is explained: %s', async (text, message) => {
    const [issue] = await issuesOf(loadConfigFile(write(`m/${message.replaceAll(/\W/g, '')}.mjs`, text)))
    expect(issue?.message).toContain(message)
  })

  it('in TypeScript that is more than types is explained', async () => {
    const [issue] = await issuesOf(loadConfigFile(write('m/enum.mts', 'enum A { B }\nexport default { a: A.B }')))
    expect(issue?.fix).toBeTruthy()
  })
})

describe('findConfig', () => {
  it('takes what it is told, then the environment, then the first known name', () => {
    const here = mkdtempSync(join(folder, 'find-'))
    expect(findConfig(undefined, here, {})).toBeUndefined()
    for (const name of CONFIG_FILES.toReversed()) {
      writeFileSync(join(here, name), '')
      expect(findConfig(undefined, here, {})).toBe(name)
    }
    expect(findConfig(undefined, here, { BREAKWATER_CONFIG: 'env.yaml' })).toBe('env.yaml')
    expect(findConfig(undefined, here, { BREAKWATER_CONFIG: '' })).toBe('breakwater.config.ts')
    expect(findConfig('x.yaml', here, { BREAKWATER_CONFIG: 'env.yaml' })).toBe('x.yaml')
  })
})

describe('regression: JSON with the freedoms of YAML was accepted, or misunderstood', () => {
  it.each<[string, string, number, string]>([
    ['{\n  // here\n  "upstreams": {}\n}', 'a key in double quotes or "}"', 2, 'JSON has no comments'],
    ['{\n  "upstreams": {\n  },\n}', 'a key in double quotes', 4, 'remove the ","'],
    ["{\n  'routes': []\n}", 'a key in double quotes', 2, 'put it in double quotes'],
    ['{\n  "a": 1\n  "b": 2\n}', '"," or "}"', 3, 'put ","'],
    ['{\n  "a": [1, 2\n', '"," or "]"', 3, 'close the brackets'],
    ['{ "a": 1 }\n{}', 'the end of the file', 2, 'remove what follows'],
    ['{ "a": yes }', 'a value', 1, 'put it in double quotes'],
  ])('%j', async (text, expected, line, fix) => {
    const [issue, ...more] = await issuesOf(loadConfigFile(write('strict.json', text)))
    expect(more).toEqual([])
    expect(issue?.message).toContain(`this is not valid JSON: expected ${expected}`)
    expect([issue?.line, issue?.fix]).toEqual([line, expect.stringContaining(fix)])
  })

  it('a tab is no fault there', async () => {
    expect((await loadConfigFile(write('tab.json', JSON.stringify(minimal, null, '\t')))).routes).toHaveLength(1)
  })
})

it('shares settings among hundreds of routes by aliases', async () => {
  const routes = Array.from({ length: 400 }, (_, i) => `  - { <<: *base, path: /r${i} }`)
  const text = `upstreams: { api: { targets: ["http://a:1"] } }\nroutes:\n  - &base { path: /r, upstream: api, cache: { ttl: 1s } }\n${routes.join('\n')}\n`
  expect((await loadConfigFile(write('aliases.yaml', text))).routes).toHaveLength(401)
})

it('regression: a missing file was looked for twice in one message', async () => {
  const [issue] = await issuesOf(loadConfigFile(join(folder, 'zzzzzzzz', 'none.yaml')))
  expect(issue).toMatchObject({ message: 'there is no such file.', fix: 'check the path' })
})

describe('regression: the example in an error did not fit its place', () => {
  const bad = 'nonsense!'
  it.each<[string, (value: unknown) => unknown]>([
    ['admin.listen', (listen) => ({ ...minimal, admin: { listen } })],
    ['server.listen', (listen) => ({ ...minimal, server: { listen } })],
    ['server.timeouts.headers', (headers) => ({ ...minimal, server: { timeouts: { headers } } })],
    ['observability.metrics.path', (path) => ({ ...minimal, observability: { metrics: { path } } })],
    ['upstreams.api.health.timeout', (timeout) => withUpstream({ health: { timeout } })],
    ['upstreams.api.health.interval', (interval) => withUpstream({ health: { interval } })],
    ['upstreams.api.session.from[0]', (from) => withUpstream({ session: { from: [from] } })],
    ['upstreams.api.targets[0]', (target) => withUpstream({ targets: [target] })],
  ])('%s', (place, configure) => {
    let error: unknown
    try {
      parseConfig(configure(bad))
    } catch (caught) {
      error = caught
    }
    const issue = (error as ConfigError).issues.find(({ path }) => path === place)
    const example = /^write, for example, (.+)$/.exec(issue?.fix ?? '')?.[1]?.replaceAll('"', '')
    expect(example).toBeDefined()
    expect(problems(configure(example))).toEqual([])
  })
})

it('regression: one misspelt key counted as two problems', () => {
  const bad = (config: object): string[] => {
    try {
      checkConfig(config)
    } catch (error) {
      if (error instanceof ConfigError) return error.issues.map(({ path }) => path)
    }
    return []
  }
  const routes = [{ path: '/*', upstream: 'api' }]
  expect(bad({ upstreams: { api: { target: ['http://a'] } }, routes })).toEqual(['upstreams.api.target'])
  expect(bad({ upstreams: { api: { targets: [{ ulr: 'http://a' }] } }, routes })).toEqual([
    'upstreams.api.targets[0].ulr',
  ])
  expect(bad({ upstreams: { api: { nonsense: 1 } }, routes }).sort()).toEqual([
    'upstreams.api.nonsense',
    'upstreams.api.targets',
  ])
})
