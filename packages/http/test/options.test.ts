import { describe, expect, test } from 'vitest'
import { resolveForwardTimeouts } from '../src/engines/forward-options.ts'
import { HttpEngineError, problem, Server, type ServerConfig, UpstreamTimeoutError } from '../src/index.ts'
import { nearestName } from '../src/nearest-name.ts'
import { resolveServerConfig } from '../src/options.ts'

const table = { match: () => null }
const make = (config: object): Server => new Server({ port: 0, ...config } as ServerConfig, table)

describe('options of the server', () => {
  test('defaults', () => {
    expect(resolveServerConfig({ port: 80 })).toMatchObject({
      listen: [{ host: '127.0.0.1', port: 80, path: '', tls: null, http2: null, proxyProtocol: false }],
      requestMs: 120_000,
      headersMs: 66_000,
      keepAliveMs: 65_000,
      maxHeaders: 100,
      maxHeaderBytes: 16_384,
      maxBodyBytes: Number.POSITIVE_INFINITY,
      maxConnections: 10_000,
      drainMs: 30_000,
      preStopDelayMs: 0,
      idleGraceMs: 5_000,
      poolSize: 1_000,
    })
  })

  test.each([
    [{ prot: 1 }, "Server has no option 'prot'; did you mean 'port'?"],
    [{ timeouts: { requestMS: 1 } }, "timeouts has no option 'requestMS'; did you mean 'requestMs'?"],
    [{ limits: { maxHeader: 1 } }, "did you mean 'maxHeaders'?"],
    [{ port: -1 }, 'port must be an integer from 0 to 65535, got -1'],
    [{ port: 65_536 }, 'got 65536'],
    [{ port: '80' }, "port must be a number, got '80'"],
    [{ port: undefined }, 'port must be a number, got undefined'],
    [{ host: '' }, 'host must be a non-empty string'],
    [{ host: 1 }, 'host must be a non-empty string, got 1'],
    [{ drainMs: Number.NaN }, 'drainMs must be an integer from 0 to 2147483647, got NaN'],
    [{ drainMs: Number.POSITIVE_INFINITY }, 'got Infinity'],
    [{ timeouts: { keepAliveMs: 0 } }, 'timeouts.keepAliveMs must be an integer from 1'],
    [{ timeouts: null }, 'got null'],
    [{ completely: 1 }, "Server has no option 'completely'; known: engine, host, port, listen, timeouts, "],
    [{ limits: { maxHeaders: 0 } }, 'limits.maxHeaders'],
    [{ limits: { maxBodyBytes: -1 } }, 'limits.maxBodyBytes'],
    [{ limits: { maxConnections: 1.5 } }, 'got 1.5'],
    [{ poolSize: -1 }, 'poolSize'],
    [{ trustedProxies: 'loopback' }, "trustedProxies must be a list of CIDRs, got 'loopback'"],
    [{ trustedProxies: ['10.0.0.0/99'] }, "got '10.0.0.0/99'"],
    [{ onRequestEnd: 1 }, 'onRequestEnd must be a function, got 1'],
  ])('%j is refused: %s', (config, message) => {
    expect(() => make(config)).toThrow(message)
  })

  test('a route table without match is refused', () => {
    expect(() => new Server({ port: 0 }, {} as never)).toThrow(/match/)
  })

  test('nearestName finds a slip of the pen', () => {
    expect(nearestName('tiemouts', ['port', 'timeouts', 'limits'])).toBe('timeouts')
    expect(nearestName('x', [])).toBeNull()
    expect(nearestName('completely', ['port', 'timeouts'])).toBeNull()
  })
})

describe('time-outs of a forward', () => {
  test('are checked once per object, not with every request', () => {
    let reads = 0
    const timeouts = {
      get headersMs() {
        reads++
        return 5
      },
    }
    const first = resolveForwardTimeouts({ timeouts })
    expect(first).toEqual({ headersMs: 5, idleMs: 60_000, totalMs: 0, tunnelIdleMs: 300_000 })
    expect(resolveForwardTimeouts({ timeouts })).toBe(first)
    expect(reads).toBe(1)
    expect(resolveForwardTimeouts({ timeouts: { headersMs: 6 } }).headersMs).toBe(6)
  })

  test.each([
    [{ idleMs: Number.NaN }, /idleMs/],
    [{ idleMS: 1 }, /did you mean 'idleMs'/],
    [null, /got null/],
    [7, /got 7/],
  ])('%j is refused every time', (timeouts, message) => {
    for (let round = 0; round < 2; round++) {
      expect(() => resolveForwardTimeouts({ timeouts: timeouts as never })).toThrow(message)
    }
  })
})

describe('problem', () => {
  test('RFC 9457', () => {
    const { headers, body } = problem(503, 'Busy', 'too many', { retryAfter: 5, status: 200 })
    expect(headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: 'Busy',
      status: 503,
      detail: 'too many',
      retryAfter: 5,
    })
  })

  test('the title defaults to the phrase of the status', () => {
    expect(JSON.parse(problem(404).body)).toEqual({ type: 'about:blank', title: 'Not Found', status: 404 })
    expect(JSON.parse(problem(499).body).title).toBe('Error')
  })
})

test('errors have a base, a name, a code', () => {
  const error = new UpstreamTimeoutError('headers', 30)
  expect(error).toBeInstanceOf(HttpEngineError)
  expect(error).toMatchObject({
    name: 'UpstreamTimeoutError',
    code: 'ERR_UPSTREAM_TIMEOUT',
    phase: 'headers',
    timeoutMs: 30,
  })
})
