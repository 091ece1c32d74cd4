// Fills the gaps: draft → the configuration the gateway runs with. Every default of the product is in this file.
import type {
  BreakerConfig,
  GatewayConfig,
  HealthConfig,
  ListenerConfig,
  ObservabilitySettings,
  RouteCacheConfig,
  RouteConfig,
  ServerSettings,
  SessionConfig,
  TargetConfig,
  UpstreamConfig,
  WebSocketConfig,
} from './config.ts'
import type {
  ConfigDraft,
  ListenerDraft,
  ObservabilityDraft,
  RouteDraft,
  ServerDraft,
  TuningDraft,
  UpstreamDraft,
} from './draft.ts'
import { resolveListenerTls, resolveUpstreamTls } from './tls.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** @param folder what paths of files are relative to */
export function resolveConfig(draft: ConfigDraft, env: Environment, folder = '.'): GatewayConfig {
  const upstreams: Record<string, UpstreamConfig> = {}
  for (const [name, upstream] of Object.entries(draft.upstreams)) {
    upstreams[name] = resolveUpstream(name, upstream, draft.defaults ?? {}, folder)
  }
  return {
    version: 1,
    server: resolveServer(draft.server ?? {}, env, folder),
    admin: draft.admin === false ? null : { listen: draft.admin?.listen ?? { host: '127.0.0.1', port: 9901 } },
    upstreams,
    routes: draft.routes.map(resolveRoute),
    observability: resolveObservability(draft.observability ?? {}),
  }
}

/** The first TCP address comes first: it is what command line flags and messages speak of. */
export function resolveListeners(
  draft: readonly ListenerDraft[] = [],
  folder = '.',
): [ListenerConfig, ...ListenerConfig[]] {
  const all = draft.map((listener) => resolveListener(listener, folder))
  const first = all.findIndex(({ path }) => path === undefined)
  const [listen] = first === -1 ? all.splice(0, 1) : all.splice(first, 1)
  return [listen ?? { host: '0.0.0.0', port: 8080 }, ...all]
}

function resolveListener({ address, tls, http2, proxyProtocol }: ListenerDraft, folder: string): ListenerConfig {
  const { host, port, path } = address
  return {
    host,
    port,
    ...(path !== undefined && { path }),
    ...(tls !== undefined && { tls: resolveListenerTls(tls, folder) }),
    ...(http2 === true && { http2 }),
    ...(proxyProtocol === true && { proxyProtocol }),
  }
}

export function resolveServer(draft: ServerDraft, env: Environment, folder?: string): ServerSettings {
  const { limits = {}, timeouts = {}, shutdown = {}, probes = {} } = draft
  const [listen, ...listenAlso] = resolveListeners(draft.listen, folder)
  // Kubernetes takes a pod out of its services only after telling it to stop: requests still arrive for seconds.
  const preStopDelayMs = env.KUBERNETES_SERVICE_HOST ? 5_000 : 0
  return {
    listen,
    ...(listenAlso.length > 0 && { listenAlso }),
    engine: draft.engine ?? 'net',
    trustedProxies: draft.trustedProxies ?? ['loopback'],
    underscores: draft.underscores ?? 'drop',
    limits: {
      maxBody: limits.maxBody ?? null,
      maxHeaders: limits.maxHeaders ?? 100,
      maxHeaderBytes: limits.maxHeaderBytes ?? 16_384,
      maxConnections: limits.maxConnections ?? 10_000,
    },
    probes: probes === false ? null : { prefix: probes.prefix ?? '' },
    timeouts: {
      requestMs: timeouts.request ?? 120_000,
      headersMs: timeouts.headers ?? Math.min(66_000, timeouts.request || 66_000),
      keepAliveMs: timeouts.keepAlive ?? 65_000,
    },
    shutdown: { drainMs: shutdown.drain ?? 30_000, preStopDelayMs: shutdown.preStopDelay ?? preStopDelayMs },
  }
}

function resolveUpstream(name: string, draft: UpstreamDraft, defaults: TuningDraft, folder: string): UpstreamConfig {
  const tls = { ...defined(defaults.tls), ...defined(draft.tls) }
  const pool = { ...defined(defaults.pool), ...defined(draft.pool) }
  const timeouts = { ...defined(defaults.timeouts), ...defined(draft.timeouts) }
  const fallback = { ...defined(defaults.fallback), ...defined(draft.fallback) }
  const isWeighted = draft.targets.some((target) => target.weight !== undefined && target.weight !== 1)
  return {
    name,
    targets: draft.targets.map(resolveTarget),
    strategy: draft.strategy ?? (isWeighted ? 'weighted' : 'round_robin'),
    pool: { connections: pool.connections ?? 100, keepAliveMs: pool.keepAlive ?? 60_000 },
    ...(Object.keys(tls).length > 0 && { tls: resolveUpstreamTls(tls, folder) }),
    timeouts: {
      connectMs: timeouts.connect ?? 5_000,
      headersMs: timeouts.headers ?? 30_000,
      idleMs: timeouts.idle ?? 60_000,
      totalMs: timeouts.total ?? 0,
    },
    health: resolveHealth(draft, defaults),
    breaker: resolveBreaker(draft, defaults),
    session: resolveSession(draft),
    fallback: { maxAttempts: fallback.maxAttempts ?? 3 },
  }
}

function resolveTarget(draft: UpstreamDraft['targets'][number]): TargetConfig {
  return { id: draft.id ?? targetId(draft.url), url: draft.url, weight: draft.weight ?? 1 }
}

/** `host:port`, the port also where the scheme implies it. */
export function targetId(origin: string): string {
  if (origin.startsWith('unix:')) return origin
  const url = new URL(origin)
  return url.port === '' ? `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}` : url.host
}

/** Off unless the upstream or the defaults ask for it: not every service has a path that is cheap to call. */
export function resolveHealth(draft: TuningDraft, defaults: TuningDraft): HealthConfig | null {
  if (draft.health === false) return null
  if (draft.health === undefined && (defaults.health === undefined || defaults.health === false)) return null
  const health = { ...defined(defaults.health), ...defined(draft.health) }
  const intervalMs = health.interval ?? 10_000
  return {
    path: health.path ?? '/healthz',
    intervalMs,
    timeoutMs: health.timeout ?? Math.min(2_000, intervalMs),
    healthy: health.healthy ?? 2,
    unhealthy: health.unhealthy ?? 3,
    status: health.status ?? { min: 200, max: 299 },
  }
}

/** On unless switched off. 5 failures in a row, or half of at least 10 calls within a minute; open for 30 s. */
function resolveBreaker(draft: TuningDraft, defaults: TuningDraft): BreakerConfig | null {
  if (draft.breaker === false) return null
  if (draft.breaker === undefined && defaults.breaker === false) return null
  const breaker = { ...defined(defaults.breaker), ...defined(draft.breaker) }
  return {
    consecutiveFailures: breaker.consecutiveFailures ?? 5,
    failureThresholdPercentage: breaker.failureThresholdPercentage ?? 50,
    volumeThreshold: breaker.volumeThreshold ?? 10,
    rollingWindowMs: breaker.rollingWindow ?? 60_000,
    resetTimeoutMs: breaker.resetTimeout ?? 30_000,
    halfOpenMaxRequests: breaker.halfOpenMaxRequests ?? 3,
  }
}

function resolveSession({ session }: UpstreamDraft): SessionConfig | null {
  if (session === undefined || session === false) return null
  return {
    from: session.from ?? [
      { kind: 'header', name: 'x-session-id' },
      { kind: 'cookie', name: 'breakwater_sid' },
    ],
    ttlMs: session.ttl ?? 18_000_000,
    max: session.max ?? 10_000,
  }
}

function resolveRoute(draft: RouteDraft): RouteConfig {
  return {
    path: draft.path,
    methods: draft.methods === undefined ? null : [...new Set(draft.methods)],
    upstream: draft.upstream,
    stripPrefix: draft.stripPrefix ?? '',
    cache: draft.cache === undefined || draft.cache === false ? null : resolveCache(draft.cache),
    ...(draft.websocket !== undefined && draft.websocket !== false && { websocket: resolveWebSocket(draft.websocket) }),
  }
}

function resolveWebSocket(draft: Exclude<RouteDraft['websocket'], false | undefined>): WebSocketConfig {
  const { idle = 300_000, max = 10_000 } = draft === true ? {} : draft
  return { idleMs: idle, max }
}

function resolveCache(draft: Exclude<RouteDraft['cache'], false | undefined>): RouteCacheConfig {
  return { ttlMs: draft.ttl ?? 0, maxEntries: draft.maxEntries ?? 1000, maxBody: draft.maxBody ?? 1_048_576 }
}

function resolveObservability({ log = {}, metrics = {} }: ObservabilityDraft): ObservabilitySettings {
  return {
    log: { level: log.level ?? 'info', format: log.format ?? 'auto', access: log.access ?? false },
    metrics: metrics === false ? null : { path: metrics.path ?? '/metrics' },
  }
}

/** Without the keys that are undefined: they must not cover a default when spread over it. */
function defined<T extends object>(value: T | false | undefined): Partial<T> {
  if (value === undefined || value === false) return {}
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Partial<T>
}
