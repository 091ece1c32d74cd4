import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { createAuthority } from '../../../http/test/self-signed.ts'
import type { ConfigInput } from '../../src/config/input.ts'
import { parseConfig } from '../../src/config/load.ts'
import { parseText } from '../../src/config/parse-text.ts'
import { createGateway } from '../../src/create-gateway.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'

const duration = fc.oneof(
  fc.integer({ min: 1000, max: 60_000 }),
  fc.tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom('s', 'm', 'h')).map(([n, unit]) => `${n}${unit}`),
)
const size = fc.oneof(
  fc.nat(1e9),
  fc.tuple(fc.integer({ min: 1, max: 64 }), fc.constantFrom('KiB', 'MiB')).map(([n, u]) => `${n}${u}`),
)
const optional = { requiredKeys: [] as [] }
const tuning = {
  pool: fc.record({ connections: fc.integer({ min: 1, max: 500 }), keepAlive: duration }, optional),
  timeouts: fc.record({ connect: duration, headers: duration, idle: duration, total: duration }, optional),
  health: fc.oneof(
    fc.constant(false as const),
    fc.record(
      {
        path: fc.constantFrom('/healthz', '/up?x=1'),
        interval: fc.constant('30s'),
        status: fc.constantFrom('2xx', 204, '200-399'),
      },
      optional,
    ),
  ),
  breaker: fc.oneof(
    fc.constant(false as const),
    fc.record(
      {
        consecutiveFailures: fc.nat(50),
        failureThresholdPercentage: fc.constantFrom(50, '12.5%'),
        resetTimeout: duration,
      },
      optional,
    ),
  ),
  fallback: fc.record({ maxAttempts: fc.integer({ min: 1, max: 10 }) }, optional),
}
const target = (index: number) =>
  fc.oneof(
    fc.constant(`http://10.0.0.${index}:3000`),
    fc.record(
      {
        url: fc.constant(`https://t${index}.example`),
        weight: fc.integer({ min: 1, max: 9 }),
        id: fc.string({ minLength: 1, maxLength: 9 }).map((text) => `${index}${text.replaceAll('$', '')}`),
      },
      { requiredKeys: ['url'] },
    ),
  )
const upstream = fc.record(
  {
    targets: fc
      .integer({ min: 1, max: 4 })
      .chain((n) => fc.tuple(...Array.from({ length: n }, (_, index) => target(index)))),
    strategy: fc.constantFrom('round_robin' as const, 'weighted' as const, 'least_conn' as const, 'random' as const),
    session: fc.oneof(
      fc.constant(false as const),
      fc.record({ from: fc.constantFrom('cookie:sid', ['header:x-a', 'cookie:b']), ttl: duration }, optional),
    ),
    ...tuning,
  },
  { requiredKeys: ['targets'] },
)
const issued = createAuthority().issue(['one.test'])
const config: fc.Arbitrary<ConfigInput> = fc
  .tuple(
    fc.dictionary(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,9}$/), upstream, { minKeys: 1, maxKeys: 4 }),
    fc.record(
      {
        version: fc.constant(1 as const),
        server: fc.record(
          {
            listen: fc.constantFrom(
              8080,
              '127.0.0.1:0',
              ':9000',
              '[::1]:80',
              'unix:/run/gateway.sock',
              [8080, { address: ':8443', tls: issued, http2: true }, 'unix:/run/gateway.sock'],
              [{ address: 9000, proxyProtocol: true, tls: { certificates: [issued], minVersion: 'TLSv1.3' as const } }],
            ),
            engine: fc.constantFrom('net', 'node'),
            trustedProxies: fc.constantFrom(
              [],
              ['loopback'],
              ['10.0.0.0/8', 'fd00::/8'],
              ['10.1.2.3', '::1', '10.1.2.3/8'],
            ),
            underscores: fc.constantFrom('drop', 'allow', 'reject'),
            limits: fc.record(
              {
                maxBody: size,
                maxHeaders: fc.integer({ min: 1, max: 2000 }),
                maxHeaderBytes: fc.integer({ min: 1_024, max: 1_048_576 }),
              },
              optional,
            ),
            probes: fc.constantFrom(false as const, {}, { prefix: '/internal' }),
            shutdown: fc.record({ drain: duration, preStopDelay: duration }, optional),
          },
          optional,
        ),
        admin: fc.constantFrom(false as const, {}, { listen: 9902 }),
        defaults: fc.record(tuning, optional),
        observability: fc.record(
          {
            log: fc.record(
              { level: fc.constantFrom('info' as const, 'debug' as const), access: fc.boolean() },
              optional,
            ),
            metrics: fc.constantFrom(false as const, {}),
          },
          optional,
        ),
      },
      optional,
    ),
    fc.array(
      fc.record(
        {
          name: fc.nat(),
          stripPrefix: fc.boolean(),
          methods: fc.constantFrom('get', ['GET', 'POST']),
          cache: fc.constantFrom(false as const, { ttl: '5s' }),
          websocket: fc.constantFrom(true, false, { idle: '1m' }, { max: 5 }),
        },
        { requiredKeys: ['name'] },
      ),
      { minLength: 1, maxLength: 5 },
    ),
  )
  // Trusting nobody and the PROXY protocol do not go together.
  .filter(([, { server }]) => server?.trustedProxies?.length !== 0 || !Array.isArray(server.listen))
  .map(([upstreams, rest, routes]) => {
    const names = Object.keys(upstreams)
    return {
      ...rest,
      upstreams,
      routes: routes.map(({ name, stripPrefix, ...route }, index) => ({
        path: `/r${index}/*`,
        upstream: names[name % names.length] ?? '',
        ...(stripPrefix === true ? { stripPrefix: `/r${index}` } : {}),
        ...route,
      })),
    }
  })

describe('a configuration', () => {
  it('is the same as an object, as JSON, as YAML in any style', () => {
    fc.assert(
      fc.property(config, (input) => {
        const plain = parseConfig(input, { env: {} })
        const texts = [
          JSON.stringify(input),
          JSON.stringify(input, null, '\t'),
          stringify(input),
          stringify(input, { collectionStyle: 'flow', defaultStringType: 'QUOTE_DOUBLE' }),
        ]
        for (const text of texts) {
          const read = parseText('x.yaml', text, {})
          expect(parseConfig(read.input, read.source)).toEqual(plain)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('that is valid can be made into a gateway', () => {
    fc.assert(
      fc.property(config, (input) => {
        const gateway = createGateway(input, { logger: silentLogger() })
        expect(gateway.status().state).toBe('idle')
      }),
      { numRuns: 40 },
    )
  })

  it('that is any JSON at all is accepted or refused, never a crash', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const input of [
          value,
          { upstreams: value, routes: value },
          { upstreams: { a: value }, routes: [value] },
        ]) {
          try {
            parseConfig(input)
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_CONFIG' })
          }
        }
      }),
    )
  })
})
