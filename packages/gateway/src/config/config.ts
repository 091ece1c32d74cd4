// The configuration after validation: defaults filled in, durations in milliseconds, sizes in bytes, names checked.
// The running gateway knows only these types; files, units and `${VAR}` end in config/load.ts.

export interface GatewayConfig {
  readonly version: 1
  readonly server: ServerSettings
  /** The operator's listener, loopback only; null = switched off. */
  readonly admin: AdminSettings | null
  readonly upstreams: Readonly<Record<string, UpstreamConfig>>
  readonly routes: readonly RouteConfig[]
  readonly observability: ObservabilitySettings
}

export interface ListenAddress {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
}

/** One address of the public side and what a connection to it must bring. */
export interface ListenerConfig extends ListenAddress {
  /** A socket file, in place of host and port. */
  readonly path?: string
  readonly tls?: ListenerTls
  /** HTTP/2 for clients that choose it in the handshake. */
  readonly http2?: boolean
  /** Connections begin with a PROXY protocol header of a trusted proxy. */
  readonly proxyProtocol?: boolean
}

/** Certificates and keys: PEM text, or paths of files, which are read at the start and at each reload. */
export interface ListenerTls {
  /** The first one also serves clients that name no host. */
  readonly certificates: readonly { readonly cert: string; readonly key: string; readonly passphrase?: string }[]
  readonly minVersion: TlsVersion
  readonly clientCertificates: 'none' | 'request' | 'require'
  readonly clientCa: readonly string[]
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** TLS towards the targets of an upstream. Certificates and keys as above. */
export interface UpstreamTls {
  /** Authorities in place of the public ones. */
  readonly ca?: readonly string[]
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
  readonly servername?: string
  readonly verify: boolean
  readonly minVersion: TlsVersion
}

export interface ServerSettings {
  /** The first address; the flags of the command line replace its host and port. */
  readonly listen: ListenerConfig
  /** Further addresses. */
  readonly listenAlso?: readonly ListenerConfig[]
  /** What reads the bytes: raw sockets, or node:http and undici. */
  readonly engine: 'net' | 'node'
  /** CIDRs or `loopback`: peers whose X-Forwarded-* are believed. */
  readonly trustedProxies: readonly string[]
  /** What becomes of request fields with an underscore in their name. */
  readonly underscores: 'drop' | 'allow' | 'reject'
  readonly limits: {
    /** Largest request body, bytes; null = no limit (bodies are streamed). */
    readonly maxBody: number | null
    readonly maxHeaders: number
    readonly maxHeaderBytes: number
    readonly maxConnections: number
  }
  /** Prefix of `/livez` and `/readyz` on the public listener; null = off, for services that have such paths themselves. */
  readonly probes: { readonly prefix: string } | null
  readonly timeouts: { readonly requestMs: number; readonly headersMs: number; readonly keepAliveMs: number }
  readonly shutdown: { readonly drainMs: number; readonly preStopDelayMs: number }
}

export interface AdminSettings {
  readonly listen: ListenAddress
}

export interface UpstreamConfig {
  readonly name: string
  readonly targets: readonly TargetConfig[]
  readonly strategy: UpstreamStrategy
  readonly pool: { readonly connections: number; readonly keepAliveMs: number }
  /** null or left out: what Node trusts. */
  readonly tls?: UpstreamTls | null
  readonly timeouts: {
    readonly connectMs: number
    readonly headersMs: number
    readonly idleMs: number
    /** 0 = off. */
    readonly totalMs: number
  }
  /** Active health checks; null = off. */
  readonly health: HealthConfig | null
  /** Circuit breaker per target; null = off. */
  readonly breaker: BreakerConfig | null
  /** Session stickiness; null = off. */
  readonly session: SessionConfig | null
  /** Another target after a failed attempt. */
  readonly fallback: {
    /** Attempts in all, the first included; 1 = none. Default 3. */
    readonly maxAttempts: number
  }
}

export type UpstreamStrategy = 'round_robin' | 'weighted' | 'least_conn' | 'random'

export interface TargetConfig {
  /** `host:port` of the url unless named. Unique within the upstream; label of metrics. */
  readonly id: string
  /** Origin: scheme, host, port; or `unix:` and the path of a socket file. */
  readonly url: string
  readonly weight: number
}

export interface HealthConfig {
  readonly path: string
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Successes in a row until an unhealthy target is healthy again. */
  readonly healthy: number
  /** Failures in a row until a healthy target is unhealthy. */
  readonly unhealthy: number
  /** Accepted status codes, inclusive. */
  readonly status: { readonly min: number; readonly max: number }
}

export interface BreakerConfig {
  /** 0 = off. */
  readonly consecutiveFailures: number
  readonly failureThresholdPercentage: number
  readonly volumeThreshold: number
  readonly rollingWindowMs: number
  readonly resetTimeoutMs: number
  readonly halfOpenMaxRequests: number
}

export interface SessionConfig {
  /** Where the session id comes from, in order of preference. */
  readonly from: readonly SessionSource[]
  readonly ttlMs: number
  /** Most sessions remembered; the least recently used leave first. */
  readonly max: number
}

/** A cookie that is absent from the request is set by the gateway; a header never is. */
export type SessionSource = { readonly kind: 'header' | 'cookie'; readonly name: string }

export interface RouteConfig {
  /** Router pattern: `/api/users/:id`, `/api/*`. */
  readonly path: string
  /** Upper case; null = every method. */
  readonly methods: readonly string[] | null
  /** Key of `upstreams`. */
  readonly upstream: string
  /** Removed from the front of the path before it is forwarded; empty = nothing. */
  readonly stripPrefix: string
  /** Response cache of this route; null = off. */
  readonly cache: RouteCacheConfig | null
  /** Upgrades to WebSocket; null or left out: not allowed, the request goes on as an ordinary one. */
  readonly websocket?: WebSocketConfig | null
}

export interface WebSocketConfig {
  /** A tunnel without a byte for this long is closed; 0 = never. */
  readonly idleMs: number
  /** Tunnels of this route at one time. */
  readonly max: number
}

export interface RouteCacheConfig {
  /** Used when the response itself names no freshness; 0 = only what the response allows. */
  readonly ttlMs: number
  /** Most responses kept. */
  readonly maxEntries: number
  /** Larger bodies pass through uncached, bytes. */
  readonly maxBody: number
}

export interface ObservabilitySettings {
  readonly log: {
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
    /** `auto`: pretty on a terminal, JSON elsewhere. */
    readonly format: 'auto' | 'json' | 'pretty'
    /** One line per request; errors are logged regardless. */
    readonly access: boolean
  }
  /** Path on the admin listener; null = off. */
  readonly metrics: { readonly path: string } | null
}
