import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type {
  BreakerConfig,
  GatewayConfig,
  RouteConfig,
  ServerSettings,
  UpstreamConfig,
} from '../../../src/config/config.ts'
import { targetId } from '../../../src/config/resolve.ts'
import { Gateway } from '../../../src/gateway.ts'
import type { Origin } from './origin.ts'

export const BREAKER: BreakerConfig = {
  consecutiveFailures: 5,
  failureThresholdPercentage: 50,
  volumeThreshold: 10,
  rollingWindowMs: 60_000,
  resetTimeoutMs: 30_000,
  halfOpenMaxRequests: 3,
}

/** An upstream of the given targets, without health checks and sessions unless asked for. */
export function upstream(
  name: string,
  targets: readonly (Origin | string)[],
  overrides: Partial<UpstreamConfig> = {},
): UpstreamConfig {
  return {
    name,
    targets: targets.map((target) => {
      const url = typeof target === 'string' ? target : target.url
      return { id: typeof target === 'string' ? targetId(url) : target.name, url, weight: 1 }
    }),
    strategy: 'round_robin',
    pool: { connections: 100, keepAliveMs: 60_000 },
    timeouts: { connectMs: 5000, headersMs: 30_000, idleMs: 60_000, totalMs: 0 },
    health: null,
    breaker: BREAKER,
    session: null,
    fallback: { maxAttempts: 3 },
    ...overrides,
  }
}

export function route(path: string, upstreamName: string, overrides: Partial<RouteConfig> = {}): RouteConfig {
  return { path, methods: null, upstream: upstreamName, stripPrefix: '', cache: null, ...overrides }
}

export interface TestGateway {
  readonly upstreams: readonly UpstreamConfig[]
  /** Default: everything to the first upstream. */
  readonly routes?: readonly RouteConfig[]
  readonly server?: Partial<ServerSettings>
  readonly observability?: Partial<GatewayConfig['observability']>
  readonly admin?: boolean
  /** Receives the log lines, parsed. */
  readonly log?: (line: Record<string, unknown>) => void
}

export function gatewayConfig({ upstreams, routes, server, observability, admin = false }: TestGateway): GatewayConfig {
  return {
    version: 1,
    server: {
      listen: { host: '127.0.0.1', port: 0 },
      engine: process.env.BREAKWATER_TEST_ENGINE === 'node' ? 'node' : 'net',
      trustedProxies: ['loopback'],
      underscores: 'drop',
      limits: { maxBody: null, maxHeaders: 100, maxHeaderBytes: 16_384, maxConnections: 10_000 },
      probes: { prefix: '' },
      timeouts: { requestMs: 120_000, headersMs: 66_000, keepAliveMs: 65_000 },
      shutdown: { drainMs: 5000, preStopDelayMs: 0 },
      ...server,
    },
    admin: admin ? { listen: { host: '127.0.0.1', port: 0 } } : null,
    upstreams: Object.fromEntries(upstreams.map((each) => [each.name, each])),
    routes: routes ?? [route('/*', upstreams[0]?.name ?? '')],
    observability: {
      log: { level: 'info', format: 'json', access: false },
      metrics: { path: '/metrics' },
      ...observability,
    },
  }
}

export function createTestGateway(options: TestGateway): Gateway {
  const write = options.log
  const logger =
    write === undefined
      ? pino({ level: 'silent' })
      : pino({ level: 'debug', base: null }, { write: (line: string) => write(JSON.parse(line)) })
  return new Gateway(gatewayConfig(options), { logger })
}

/** A started gateway that is stopped when the test ends. */
export async function startGateway(options: TestGateway): Promise<Gateway> {
  const gateway = createTestGateway(options)
  await gateway.start()
  onTestFinished(() => gateway.stop())
  return gateway
}
