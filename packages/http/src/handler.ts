// The interface between the engine (bytes, framing, time, reuse of sockets) and policy (who may pass, where to, what
// next). An engine implements it; the gateway calls it. No policy lives behind it, no socket in front of it.
import type { ClientCertificate } from './tls/client-certificate.ts'

/** Header fields of one message as policy sees them: names in lower case, repeated fields joined by `, `. */
export interface HeaderView {
  /** Value of one field, or undefined. `set-cookie` and other repeated fields are joined by `, `. O(1). */
  get(name: string): string | undefined
  has(name: string): boolean
  /** All fields as received, in order, `[name, value, name, value, …]`; names keep their case. */
  readonly raw: readonly string[]
}

/** Monotonic milliseconds (`performance.now()`); 0 = the phase was not reached. Feeds Server-Timing and histograms. */
export interface RequestTimestamps {
  start: number
  routeMatch: number
  pluginStart: number
  pluginEnd: number
  /** First attempt handed to an upstream. */
  upstreamStart: number
  /** Head of the response that was passed on. */
  upstreamHead: number
  /** Last body byte from upstream. */
  upstreamEnd: number
}

/** Fields of a locally made response. A list sends the field once per element (`set-cookie`). */
export type ResponseHeaders = Readonly<Record<string, string | number | readonly string[]>>

/** Finds the handler of a request. `@breakwater/router`'s `Router` fits; so does a hand-written table. */
export interface RouteTable {
  match(
    method: string,
    path: string,
  ): {
    readonly handler: RouteHandler
    readonly params: Readonly<Record<string, string>>
    readonly route?: unknown
  } | null
}

/**
 * Decides one request. It calls exactly one of `respond`, `forward`, `upgrade`, `stream` on the context, at once or later.
 * A throw or rejection becomes a 500 if nothing was sent, else cuts the connection. A synchronous handler costs no promise.
 */
export type RouteHandler = (ctx: RequestContext) => void | Promise<void>

export interface RequestContext {
  /** The client's `x-request-id` if it is 1–128 visible ASCII characters, else a random UUID; made on first read. */
  readonly requestId: string
  readonly method: string
  /** Request target as received, origin-form: `/a/b?c=d`, or `*`. */
  readonly target: string
  /** `target` up to the `?`, not decoded. */
  readonly path: string
  /** `?` and what follows, or the empty string. */
  readonly search: string
  /** Parsed on first read. */
  readonly query: URLSearchParams
  readonly httpVersion: string
  readonly headers: HeaderView
  /** Route parameters; null prototype. */
  readonly params: Readonly<Record<string, string>>
  /** What the route table returned as `route`. */
  readonly route: unknown
  /** Address of the immediate peer. */
  readonly remoteAddress: string
  /** Address of the client: the peer, or what a trusted proxy says in X-Forwarded-For. */
  readonly clientAddress: string
  /** `https` on a TLS socket or when a trusted proxy says so. */
  readonly scheme: 'http' | 'https'
  /** What the client showed in the TLS handshake; null where none was asked for or shown. */
  readonly clientCertificate: ClientCertificate | null
  readonly timestamps: RequestTimestamps
  /** True once a response head went out or is bound to. */
  readonly responded: boolean
  /** Status sent to the client, 0 before. 499 if the client left before a head. */
  readonly status: number
  /** Body bytes sent to the client so far. */
  readonly bytesSent: number
  /** Aborted when the client goes away before the response ended; made on first read. */
  readonly signal: AbortSignal
  /**
   * Protocol that the client asks to switch to, in lower case (`websocket`), or the empty string. Only an honest request
   * has one: GET, HTTP/1.1, no body, `Connection: upgrade`, a single protocol, and never `h2c`.
   */
  readonly upgradeProtocol: string
  /** Free for policy; null-prototype, emptied when the context is given back to the pool. */
  readonly state: Record<string, unknown>
  /** One object of the policy's own, where `state` would cost too much: null at first, and forgotten like `state`. */
  attachment: unknown

  /**
   * Adds a field to whatever head is sent to the client: local answer, stream or forwarded response. Replaces a field
   * of that name (except `set-cookie`, which is appended). No effect once the head is out.
   */
  setResponseHeader(name: string, value: string): void

  /** Local answer. HEAD, 204 and 304 send no body. Throws if a response was already chosen. */
  respond(status: number, headers?: ResponseHeaders, body?: string | Uint8Array): void

  /** Sends the request to `target` and streams its answer to the client. Throws if a response was already chosen. */
  forward(target: Target, options?: ForwardOptions): void

  /**
   * As `forward`, and asks `target` to switch to `upgradeProtocol`. After its 101 the two sockets are one tunnel of
   * bytes; any other status is an ordinary response. Call it only where the route allows that protocol: `forward` drops
   * the request for it. Throws if the client asked for none, or if a response was already chosen.
   */
  upgrade(target: Target, options?: ForwardOptions): void

  /**
   * The whole body of the request. `forward` may follow: it sends what was read.
   *
   * Rejects with `BodyTooLargeError` beyond `maxBytes` (a handler that lets it pass answers 413), with
   * `ClientAbortError` if the client leaves, with `StateError` if the body is read twice or was forwarded.
   *
   * @param maxBytes 0–2,147,483,647; default 10 MiB
   */
  readBody(options?: ReadBodyOptions): Promise<Uint8Array>

  /** The body as JSON, from UTF-8. Rejects as `readBody`, and with `InvalidBodyError` (400 if it is let pass). */
  json(options?: ReadBodyOptions): Promise<unknown>

  /** A response body written piece by piece (events, exports). Throws if a response was already chosen. */
  stream(status: number, headers?: ResponseHeaders): Sink
}

export interface ReadBodyOptions {
  /** Most bytes of the body, 0–2,147,483,647; default 10,485,760. */
  readonly maxBytes?: number
}

export interface Sink {
  /** False when the client reads slower than we write: wait for `onDrain`. */
  write(chunk: string | Uint8Array): boolean
  end(chunk?: string | Uint8Array): void
  onDrain(callback: () => void): void
  /** Called once, when the response ended or the client went away. */
  onClose(callback: () => void): void
}

export interface ForwardTimeouts {
  /** Request sent → head of the response, ms. Default 30,000. */
  readonly headersMs: number
  /** No body byte in either direction, ms. Default 60,000. */
  readonly idleMs: number
  /** The whole exchange, ms; 0 = off (default): it would cut a large download on a slow link. */
  readonly totalMs: number
  /** No byte in either direction of a tunnel after `ctx.upgrade`, ms; 0 = off. Default 300,000. */
  readonly tunnelIdleMs?: number
}

export interface ForwardOptions {
  /** Origin-form target sent upstream. Default: `ctx.target`. */
  readonly path?: string
  /** Fields set on the forwarded request, after hop-by-hop fields were removed. Lower-case names. */
  readonly set?: Readonly<Record<string, string>>
  /** Fields removed from the forwarded request. Lower-case names. */
  readonly remove?: readonly string[]
  /** Checked when an object is first seen: give the same one with every request, and do not change it. */
  readonly timeouts?: Partial<ForwardTimeouts>
  /**
   * Sees the head of the response before any byte goes to the client; may edit it. `'retry'` drops this response and
   * asks `onError` (kind `response`) for another target; ignored unless `head.canRetry`.
   */
  readonly onHead?: (ctx: RequestContext, head: ResponseHead) => 'pass' | 'retry'
  /**
   * An attempt failed before any byte went to the client. Return the target of the next attempt, or null to give up:
   * then the handler may have answered with `ctx.respond`; if not, the engine answers 502 or 504 as problem+json.
   */
  readonly onError?: (ctx: RequestContext, error: ForwardError) => Target | null
  /**
   * Sees the first bytes of the response's body while nothing has gone to the client: `'more'` waits for more of them,
   * `'commit'` sends them on, `'retry'` drops the response and asks `onError` (kind `response`) as `onHead` does. Called
   * with all bytes so far, at most 64 KiB; then, or at the end of the body, the response is committed. A body that
   * breaks off while it is held is a failed attempt and not a cut connection. Engine `net` only.
   */
  readonly hold?: (bytes: Uint8Array) => 'more' | 'commit' | 'retry'
  /** Looks at the body bytes of the response as they pass; must not keep or change them (their memory is given back once they were sent). `last` comes exactly once, with the end of a complete body. */
  readonly tap?: (chunk: Uint8Array, last: boolean) => void
  /** Called exactly once, after the exchange is over for the client and the upstream. */
  readonly onEnd?: (ctx: RequestContext, result: ForwardResult) => void
}

/** Head of an upstream response, hop-by-hop fields already removed. Valid until `onHead` returns. */
export interface ResponseHead {
  readonly status: number
  readonly target: Target
  /** True if another attempt is possible: the request had no body, or none of it was read yet. */
  readonly canRetry: boolean
  /** The fields as they will be passed on, `[name, value, …]`; names keep their case. A snapshot of this moment. */
  readonly raw: readonly string[]
  get(name: string): string | undefined
  set(name: string, value: string): void
  remove(name: string): void
}

export interface ForwardError {
  /**
   * `connect` refused, unreachable, connect time-out · `reset` closed before a complete head · `timeout` no head in
   * time · `protocol` not valid HTTP · `response` refused by `onHead`.
   */
  readonly kind: 'connect' | 'reset' | 'timeout' | 'protocol' | 'response'
  /** How much of the request may have reached the upstream. `none`: it is safe to send it again, whatever the method. */
  readonly sent: 'none' | 'some' | 'all'
  /** True if the request can still be sent to another target: its body was not consumed. */
  readonly canRetry: boolean
  readonly target: Target
  /** Status of the refused response, for kind `response`. */
  readonly status?: number
  readonly cause: Error
}

export interface ForwardResult {
  /**
   * `complete` the whole answer reached the client's socket · `client_abort` the client left · `upstream_error` no
   * usable answer (the last `ForwardError` is in `error`) · `truncated` the body broke off after the head was sent.
   */
  readonly outcome: 'complete' | 'client_abort' | 'upstream_error' | 'truncated'
  /** Target of the last attempt. */
  readonly target: Target
  readonly attempts: number
  readonly error?: Error
}

/** One origin with its kept-alive connections. Made by `createTarget`; lives as long as the upstream is configured. */
export interface Target {
  readonly origin: string
  stats(): TargetStats
  /** Waits for requests under way, then closes the connections. */
  close(): Promise<void>
  /** Cuts everything at once. */
  destroy(): Promise<void>
}

export interface TargetStats {
  /** Open connections without a request. */
  readonly idle: number
  /** Requests under way. */
  readonly active: number
  /** Requests waiting for a connection. */
  readonly queued: number
}

export interface TargetOptions {
  /** Most connections to this origin. Default 100. */
  readonly connections?: number
  /** How long an idle connection is kept, ms. Default 60,000. */
  readonly keepAliveMs?: number
  /** Dial and TLS, ms. Default 5,000. */
  readonly connectMs?: number
  /** Most requests that wait for a free connection; one more fails at once (kind `connect`, sent `none`). Default 1,000. */
  readonly maxQueued?: number
  /** Field lines per response; more are a failed attempt (kind `protocol`). Range 1–2,000. Default 100. */
  readonly maxHeaders?: number
  /** Bytes of the head of a response; more are the same. Range 1,024–1,048,576. Default 16,384. */
  readonly maxHeaderBytes?: number
  /** For `https:` targets. Default: TLS 1.2 or later, verified against the certificates that Node trusts. */
  readonly tls?: TargetTlsOptions
  /**
   * Finds the addresses of the host. Default: those of the operating system, looked up again when the TTL that DNS
   * gives ran out; new connections then go to the new addresses, old ones end with their request.
   */
  readonly resolve?: (hostname: string) => Promise<{
    readonly addresses: readonly { readonly address: string; readonly family: 4 | 6 }[]
    readonly ttlMs?: number
  }>
}

/** TLS of the connections to a target. Certificates and keys are PEM. */
export interface TargetTlsOptions {
  /** Certificates of the authorities to trust, in place of those that Node comes with. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[]
  /** Certificate, with its chain, that we show to the target; goes with `key`. */
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly passphrase?: string
  /** Name that is asked for (SNI) and that the certificate must have. Default: the host of the target. */
  readonly servername?: string
  /** False: any certificate will do. Default true; the environment cannot change it. */
  readonly verify?: boolean
  /** Default 'TLSv1.2'. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
}
