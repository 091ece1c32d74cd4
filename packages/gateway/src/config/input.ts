// What people write, in YAML, JSON or TypeScript. config.ts is what the running gateway gets from it.

import type { ListenerInput, UpstreamTlsInput } from './tls-input.ts'

/** `500ms`, `30s`, `5m`, `1h`, `2d`, or a number of milliseconds. */
export type Duration = number | string
/** `64KiB`, `10MiB`, `1GB`, `512B`, or a number of bytes. */
export type Size = number | string

/** A configuration as written; every key that is left out gets its default. */
export interface ConfigInput {
  /** Version of this format. Default 1. */
  readonly version?: 1 | undefined
  readonly server?: ServerInput | undefined
  /** The operator's listener with the metrics, loopback only; `false` = off. Default `{ listen: '127.0.0.1:9901' }`. */
  readonly admin?: AdminInput | false | undefined
  /** Settings of every upstream that has no own. */
  readonly defaults?: UpstreamTuning | undefined
  /** Groups of interchangeable targets by name (letters, digits, `_`, `-`, `.`; at least one). */
  readonly upstreams: Readonly<Record<string, UpstreamInput>>
  /** Which request goes to which upstream; at least one. */
  readonly routes: readonly RouteInput[]
  readonly observability?: ObservabilityInput | undefined
}

export interface ServerInput {
  /**
   * Port (all IPv4 interfaces), `host:port`, `[::1]:8080`, or `:8080`; `localhost` is 127.0.0.1 and ::1; `unix:/path` is
   * a socket file. Port 0 takes any free one. A list opens several, with TLS where an element says so. Default 8080.
   */
  readonly listen?: number | string | readonly (number | string | ListenerInput)[] | undefined
  /**
   * `net`: HTTP/1.1 on raw sockets, the stricter and the cheaper one. `node`: node:http and undici. Default `net`.
   */
  readonly engine?: 'net' | 'node' | undefined
  /** Peers whose X-Forwarded-* are believed: addresses, CIDRs, or `loopback`. Default `['loopback']`. */
  readonly trustedProxies?: readonly string[] | undefined
  /** Request fields with an underscore in their name: removed, passed on, or refused with 400. Default `drop`. */
  readonly underscores?: 'drop' | 'allow' | 'reject' | undefined
  readonly limits?: LimitsInput | undefined
  /**
   * `/livez` and `/readyz` under a prefix, or `false` for services that answer such paths themselves.
   * Default `{ prefix: '' }`.
   */
  readonly probes?: { readonly prefix?: string | undefined } | false | undefined
  readonly timeouts?: ServerTimeoutsInput | undefined
  readonly shutdown?: ShutdownInput | undefined
}

export interface LimitsInput {
  /** Largest request body. Default: no limit, bodies are streamed and never held. */
  readonly maxBody?: Size | undefined
  /** Header fields of a request, and of a response of an upstream, 1–2000. Default 100. */
  readonly maxHeaders?: number | undefined
  /** Bytes of the head of a request, and of a response, 1024–1,048,576. Default 16,384. */
  readonly maxHeaderBytes?: number | undefined
  /** Open client connections, 1–1,000,000. Default 10,000. */
  readonly maxConnections?: number | undefined
}

export interface ServerTimeoutsInput {
  /** Receiving a whole request; 0 = off. Default `120s`. */
  readonly request?: Duration | undefined
  /** Receiving the head of a request; at most `request`. Default `66s`. */
  readonly headers?: Duration | undefined
  /** An idle connection stays open. Default `65s`: longer than the 60 s of common load balancers in front. */
  readonly keepAlive?: Duration | undefined
}

export interface ShutdownInput {
  /** Requests under way may take this long after a stop signal; what is left is cut. Default `30s`. */
  readonly drain?: Duration | undefined
  /**
   * Time between `/readyz` turning 503 and the listener closing, for balancers to notice. Default `0s`; `5s` when
   * KUBERNETES_SERVICE_HOST is set.
   */
  readonly preStopDelay?: Duration | undefined
}

export interface AdminInput {
  /** Port (on 127.0.0.1) or a loopback `host:port`. Default `127.0.0.1:9901`. */
  readonly listen?: number | string | undefined
}

/** What an upstream can set and `defaults` can set for all. Key by key: an upstream's own value wins. */
export interface UpstreamTuning {
  readonly pool?: PoolInput | undefined
  /** TLS towards `https:` targets. */
  readonly tls?: UpstreamTlsInput | undefined
  readonly timeouts?: UpstreamTimeoutsInput | undefined
  /** Active health checks. Default `false`: off. */
  readonly health?: HealthInput | false | undefined
  /** Circuit breaker per target; `false` = off. On by default. */
  readonly breaker?: BreakerInput | false | undefined
  readonly fallback?: FallbackInput | undefined
}

export interface UpstreamInput extends UpstreamTuning {
  /** Origins without a path, or objects with weight and id; at least one. */
  readonly targets: readonly (string | TargetInput)[]
  /** Default `weighted` when a target has a weight, else `round_robin`. */
  readonly strategy?: 'round_robin' | 'weighted' | 'least_conn' | 'random' | undefined
  /** Requests of one session go to one target. Default `false`: off. */
  readonly session?: SessionInput | false | undefined
}

export interface TargetInput {
  /** `http://host:port`, `https://host`, nothing after it; or `unix:/path` of a socket file. */
  readonly url: string
  /** Share of the traffic, 0–1000; 0 = no new traffic. Default 1. */
  readonly weight?: number | undefined
  /** Name in metrics and logs, unique in the upstream. Default `host:port`. */
  readonly id?: string | undefined
}

export interface PoolInput {
  /** Most connections per target, 1–100,000. Default 100. */
  readonly connections?: number | undefined
  /** An idle connection is kept this long; keep it below the target's own time-out. Default `60s`. */
  readonly keepAlive?: Duration | undefined
}

export interface UpstreamTimeoutsInput {
  /** Connecting. Default `5s`. */
  readonly connect?: Duration | undefined
  /** Request sent → head of the response. Default `30s`. */
  readonly headers?: Duration | undefined
  /** No byte of a body in either direction. Default `60s`. */
  readonly idle?: Duration | undefined
  /** The whole exchange; 0 = off. Default 0: it would cut a large download on a slow link. */
  readonly total?: Duration | undefined
}

export interface HealthInput {
  /** Default `/healthz`. */
  readonly path?: string | undefined
  /** From one check to the next, at least `100ms`. Default `10s`. */
  readonly interval?: Duration | undefined
  /** At most `interval`. Default `2s`, or `interval` if that is shorter. */
  readonly timeout?: Duration | undefined
  /** Good checks in a row that bring a target back, 1–100. Default 2. */
  readonly healthy?: number | undefined
  /** Bad checks in a row that take a target out, 1–100. Default 3. */
  readonly unhealthy?: number | undefined
  /** Accepted answers: `2xx`, `204`, `200-399`. Default `2xx`. */
  readonly status?: number | string | undefined
}

export interface BreakerInput {
  /** Failures in a row that open it; 0 = off. Default 5. */
  readonly consecutiveFailures?: number | undefined
  /** Share of failures in the window that opens it: `50` or `"50%"`. Default 50. */
  readonly failureThresholdPercentage?: number | string | undefined
  /** Calls in the window before the percentage counts, 1–1,000,000. Default 10. */
  readonly volumeThreshold?: number | undefined
  /** At least `100ms`. Default `60s`. */
  readonly rollingWindow?: Duration | undefined
  /** Open → half-open. Default `30s`. */
  readonly resetTimeout?: Duration | undefined
  /** Trial requests while half-open, 1–1000. Default 3. */
  readonly halfOpenMaxRequests?: number | undefined
}

export interface FallbackInput {
  /** Targets tried for one request, the first included, 1–10; 1 = none but the first. Default 3. */
  readonly maxAttempts?: number | undefined
}

export interface SessionInput {
  /**
   * Where the session id is, in order of preference: `cookie:NAME`, `header:NAME`. A cookie that is missing is set by
   * the gateway, on answers that no shared cache may keep; it also says, by a hash, which target answered first, and
   * is remembered from its first return on. Default `['header:x-session-id', 'cookie:breakwater_sid']`.
   */
  readonly from?: string | readonly string[] | undefined
  /** Forgotten after this long without a request, at least `1s`. Default `5h`. */
  readonly ttl?: Duration | undefined
  /** Sessions remembered, 1–1,000,000; beyond them the least recently used leave. Default 10,000. */
  readonly max?: number | undefined
}

export interface RouteInput {
  /** `/health`, `/users/:id`, `/api/*`. */
  readonly path: string
  /** `GET` or `[GET, HEAD]`. Default: every method but TRACE, which a route must list. */
  readonly methods?: string | readonly string[] | undefined
  /** A name under `upstreams`. */
  readonly upstream: string
  /** Taken off the front of the path before the request is forwarded; a literal beginning of `path`. */
  readonly stripPrefix?: string | undefined
  /** Keeps responses to GET and HEAD as HTTP allows. Default `false`: off. */
  readonly cache?: RouteCacheInput | false | undefined
  /** Lets WebSockets through; other requests of the route are not affected. Default `false`. */
  readonly websocket?: WebSocketInput | boolean | undefined
}

export interface WebSocketInput {
  /** A connection without a byte in either direction for this long is closed; 0 = never. Default `5m`. */
  readonly idle?: Duration | undefined
  /** Open at one time on this route, 1–1,000,000; the excess is answered 503. Default 10,000. */
  readonly max?: number | undefined
}

export interface RouteCacheInput {
  /** Freshness of responses that name none; 0 = these are not kept. Default 0. */
  readonly ttl?: Duration | undefined
  /** Responses kept, 1–1,000,000. Default 1000. */
  readonly maxEntries?: number | undefined
  /** Larger bodies pass through uncached. Default `1MiB`. */
  readonly maxBody?: Size | undefined
}

export interface ObservabilityInput {
  readonly log?: LogInput | undefined
  /** Prometheus metrics on the admin listener; `false` = off. Default `{ path: '/metrics' }`. */
  readonly metrics?: { readonly path?: string | undefined } | false | undefined
}

export interface LogInput {
  /** Default `info`. */
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent' | undefined
  /** `auto` = pretty on a terminal, JSON elsewhere. Default `auto`. */
  readonly format?: 'auto' | 'json' | 'pretty' | undefined
  /** One line per request. Default `false`: it costs time on every request. */
  readonly access?: boolean | undefined
}
