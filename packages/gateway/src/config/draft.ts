// A configuration whose values are parsed (milliseconds, bytes, addresses) but whose gaps are not filled yet.
import type {
  BreakerConfig,
  HealthConfig,
  ListenAddress,
  ObservabilitySettings,
  SessionSource,
  TlsVersion,
  UpstreamStrategy,
} from './config.ts'

export interface ConfigDraft {
  version?: 1 | undefined
  server?: ServerDraft | undefined
  admin?: { listen?: ListenAddress | undefined } | false | undefined
  defaults?: TuningDraft | undefined
  upstreams: Record<string, UpstreamDraft>
  routes: RouteDraft[]
  observability?: ObservabilityDraft | undefined
}

export interface ListenerDraft {
  address: ListenAddress & { path?: string | undefined }
  tls?: ListenerTlsDraft | undefined
  http2?: boolean | undefined
  proxyProtocol?: boolean | undefined
}

export interface CertificateDraft {
  cert?: string | undefined
  key?: string | undefined
  passphrase?: string | undefined
}

export interface ListenerTlsDraft extends CertificateDraft {
  certificates?: { cert: string; key: string; passphrase?: string | undefined }[] | undefined
  minVersion?: TlsVersion | undefined
  clientCertificates?: 'none' | 'request' | 'require' | undefined
  clientCa?: string[] | undefined
}

export interface UpstreamTlsDraft extends CertificateDraft {
  ca?: string[] | undefined
  servername?: string | undefined
  verify?: boolean | undefined
  minVersion?: TlsVersion | undefined
}

export interface ServerDraft {
  listen?: ListenerDraft[] | undefined
  engine?: 'net' | 'node' | undefined
  trustedProxies?: string[] | undefined
  underscores?: 'drop' | 'allow' | 'reject' | undefined
  limits?:
    | {
        maxBody?: number | undefined
        maxHeaders?: number | undefined
        maxHeaderBytes?: number | undefined
        maxConnections?: number | undefined
      }
    | undefined
  probes?: { prefix?: string | undefined } | false | undefined
  timeouts?: { request?: number | undefined; headers?: number | undefined; keepAlive?: number | undefined } | undefined
  shutdown?: { drain?: number | undefined; preStopDelay?: number | undefined } | undefined
}

export interface TuningDraft {
  pool?: { connections?: number | undefined; keepAlive?: number | undefined } | undefined
  tls?: UpstreamTlsDraft | undefined
  timeouts?: TimeoutsDraft | undefined
  health?: HealthDraft | false | undefined
  breaker?: BreakerDraft | false | undefined
  fallback?: { maxAttempts?: number | undefined } | undefined
}

export interface TimeoutsDraft {
  connect?: number | undefined
  headers?: number | undefined
  idle?: number | undefined
  total?: number | undefined
}

export interface HealthDraft {
  path?: string | undefined
  interval?: number | undefined
  timeout?: number | undefined
  healthy?: number | undefined
  unhealthy?: number | undefined
  status?: HealthConfig['status'] | undefined
}

export interface BreakerDraft {
  consecutiveFailures?: BreakerConfig['consecutiveFailures'] | undefined
  failureThresholdPercentage?: number | undefined
  volumeThreshold?: number | undefined
  rollingWindow?: number | undefined
  resetTimeout?: number | undefined
  halfOpenMaxRequests?: number | undefined
}

export interface UpstreamDraft extends TuningDraft {
  targets: { url: string; weight?: number | undefined; id?: string | undefined }[]
  strategy?: UpstreamStrategy | undefined
  session?:
    | { from?: SessionSource[] | undefined; ttl?: number | undefined; max?: number | undefined }
    | false
    | undefined
}

export interface RouteDraft {
  path: string
  methods?: string[] | undefined
  upstream: string
  stripPrefix?: string | undefined
  websocket?: { idle?: number | undefined; max?: number | undefined } | boolean | undefined
  cache?:
    | { ttl?: number | undefined; maxEntries?: number | undefined; maxBody?: number | undefined }
    | false
    | undefined
}

export interface ObservabilityDraft {
  log?:
    | {
        level?: ObservabilitySettings['log']['level'] | undefined
        format?: ObservabilitySettings['log']['format'] | undefined
        access?: boolean | undefined
      }
    | undefined
  metrics?: { path?: string | undefined } | false | undefined
}
