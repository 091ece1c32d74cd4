import type { RequestContext, RouteHandler, TargetOptions } from './handler.ts'
import { type ListenOptions, type ListenSettings, resolveListenOptions } from './listening/options.ts'
import { checkNames, integer, optionalFunction, show } from './option-checks.ts'
import { TrustedProxies } from './wire/trusted-proxies.ts'

/** Time-outs of the client side, ms. */
export interface ServerTimeouts {
  /** Time to receive a whole request, body included. It never ends a response. Default 120,000; 0 = off. */
  readonly requestMs?: number
  /** Accept or first byte of a head → end of the head. Default 66,000; 0 = off. Shorter is safer. */
  readonly headersMs?: number
  /** Idle time between two requests of a connection. Default 65,000. */
  readonly keepAliveMs?: number
}

export interface ServerLimits {
  /** Field lines per request; more are answered 431. Range 1–2,000. Default 100. */
  readonly maxHeaders?: number
  /** Bytes of a request head; more are answered 431. Range 1,024–1,048,576. Default 16,384. */
  readonly maxHeaderBytes?: number
  /** Bytes of a request body; more are answered 413. Default: no limit, bodies are streamed. */
  readonly maxBodyBytes?: number
  /** Connections at one time; the excess is answered 503 and closed. Range 1–1,000,000. Default 10,000. */
  readonly maxConnections?: number
}

export interface ServerConfig {
  /**
   * `net`: HTTP/1.1 on raw sockets, the stricter and the cheaper one. `node`: node:http and undici; also speaks HTTP/2.
   * Default 'net'.
   */
  readonly engine?: 'net' | 'node'
  /** Address to listen on; 'localhost' = 127.0.0.1 and, where there is IPv6, ::1. Default '127.0.0.1'. */
  readonly host?: string
  /** Port, 0–65,535; 0 = any free port, see `Server.address()`. Left out where `listen` is given. */
  readonly port?: number
  /** Several addresses, or one with TLS, a socket file or the PROXY protocol; in place of `host` and `port`. */
  readonly listen?: readonly ListenOptions[]
  readonly timeouts?: ServerTimeouts
  readonly limits?: ServerLimits
  /** How long `stop()` waits for requests under way, ms. Default 30,000. */
  readonly drainMs?: number
  /** How long `stop()` goes on accepting, each answer with `Connection: close`, ms. Default 0. */
  readonly preStopDelayMs?: number
  /** While draining, connections idle for longer than this are closed, ms. Default 5,000. */
  readonly idleGraceMs?: number
  /** Peers whose X-Forwarded-* and Forwarded fields are believed: CIDRs, addresses, 'loopback'. Default ['loopback']. */
  readonly trustedProxies?: readonly string[]
  /**
   * Request fields with an underscore in their name: removed, passed on, or refused with 400. Those that read as framing,
   * routing or forwarding once `_` is `-` are refused whatever this says. Default 'drop'.
   */
  readonly underscores?: 'drop' | 'allow' | 'reject'
  /** Contexts kept for reuse, 0–1,000,000. Default 1,000. */
  readonly poolSize?: number
  /** Handler of requests without a route. Default: 404 as problem+json. */
  readonly notFound?: RouteHandler
  /** Called once per request, after its response ended and before its context is reused: access log, metrics. */
  readonly onRequestEnd?: (ctx: RequestContext) => void
  /** A handler or callback threw or rejected. `ctx` is null when its request is already over. Default: a process warning. */
  readonly onHandlerError?: (error: unknown, ctx: RequestContext | null) => void
}

export interface ServerSettings {
  readonly engine: 'net' | 'node'
  /** At least one. */
  readonly listen: readonly ListenSettings[]
  readonly requestMs: number
  readonly headersMs: number
  readonly keepAliveMs: number
  readonly maxHeaders: number
  readonly maxHeaderBytes: number
  readonly maxBodyBytes: number
  readonly maxConnections: number
  readonly drainMs: number
  readonly preStopDelayMs: number
  readonly idleGraceMs: number
  readonly trustedProxies: TrustedProxies
  readonly underscores: 'drop' | 'allow' | 'reject'
  readonly poolSize: number
  readonly notFound: RouteHandler | undefined
  readonly onRequestEnd: ((ctx: RequestContext) => void) | undefined
  readonly onHandlerError: (error: unknown, ctx: RequestContext | null) => void
}

// The longest delay that setTimeout takes without wrapping to 1 ms.
const LONGEST_DELAY_MS = 2_147_483_647

/** Checks a configuration once. @throws TypeError or RangeError that names the option, the value and the range. */
export function resolveServerConfig(config: ServerConfig): ServerSettings {
  const names: readonly (keyof ServerConfig)[] = [
    'engine',
    'host',
    'port',
    'listen',
    'timeouts',
    'limits',
    'drainMs',
    'preStopDelayMs',
    'idleGraceMs',
    'trustedProxies',
    'underscores',
    'poolSize',
    'notFound',
    'onRequestEnd',
    'onHandlerError',
  ]
  checkNames('Server', config, names)
  const { timeouts = {}, limits = {} } = config
  checkNames('timeouts', timeouts, ['requestMs', 'headersMs', 'keepAliveMs'])
  checkNames('limits', limits, ['maxHeaders', 'maxHeaderBytes', 'maxBodyBytes', 'maxConnections'])
  const { trustedProxies = ['loopback'] } = config
  if (!Array.isArray(trustedProxies)) {
    throw new TypeError(`trustedProxies must be a list of CIDRs, got ${show(trustedProxies)}`)
  }
  const { engine = 'net' } = config
  if (engine !== 'net' && engine !== 'node') throw new TypeError(`engine must be 'net' or 'node', got ${show(engine)}`)
  const { underscores = 'drop' } = config
  if (underscores !== 'drop' && underscores !== 'allow' && underscores !== 'reject') {
    throw new TypeError(`underscores must be 'drop', 'allow' or 'reject', got ${show(underscores)}`)
  }
  return {
    engine,
    listen: resolveListen(config),
    requestMs: integer('timeouts.requestMs', timeouts.requestMs ?? 120_000, 0, LONGEST_DELAY_MS),
    headersMs: integer('timeouts.headersMs', timeouts.headersMs ?? 66_000, 0, LONGEST_DELAY_MS),
    keepAliveMs: integer('timeouts.keepAliveMs', timeouts.keepAliveMs ?? 65_000, 1, LONGEST_DELAY_MS),
    maxHeaders: integer('limits.maxHeaders', limits.maxHeaders ?? 100, 1, 2_000),
    maxHeaderBytes: integer('limits.maxHeaderBytes', limits.maxHeaderBytes ?? 16_384, 1_024, 1_048_576),
    maxBodyBytes:
      limits.maxBodyBytes === undefined
        ? Number.POSITIVE_INFINITY
        : integer('limits.maxBodyBytes', limits.maxBodyBytes, 0, Number.MAX_SAFE_INTEGER),
    maxConnections: integer('limits.maxConnections', limits.maxConnections ?? 10_000, 1, 1_000_000),
    drainMs: integer('drainMs', config.drainMs ?? 30_000, 0, LONGEST_DELAY_MS),
    preStopDelayMs: integer('preStopDelayMs', config.preStopDelayMs ?? 0, 0, LONGEST_DELAY_MS),
    idleGraceMs: integer('idleGraceMs', config.idleGraceMs ?? 5_000, 0, LONGEST_DELAY_MS),
    trustedProxies: new TrustedProxies(trustedProxies),
    underscores,
    poolSize: integer('poolSize', config.poolSize ?? 1_000, 0, 1_000_000),
    notFound: optionalFunction('notFound', config.notFound),
    onRequestEnd: optionalFunction('onRequestEnd', config.onRequestEnd),
    onHandlerError: optionalFunction('onHandlerError', config.onHandlerError) ?? warn,
  }
}

function resolveListen({ host, port, listen }: ServerConfig): ListenSettings[] {
  if (listen === undefined) {
    if (host !== undefined && (typeof host !== 'string' || host === '')) {
      throw new TypeError(`host must be a non-empty string, got ${show(host)}`)
    }
    const checked = integer('port', port as number, 0, 65_535)
    return [resolveListenOptions(host === undefined ? { port: checked } : { host, port: checked }, 'Server')]
  }
  if (!Array.isArray(listen) || listen.length === 0)
    throw new TypeError('listen must be a list of at least one address')
  if (host !== undefined || port !== undefined) throw new TypeError('listen takes the place of host and port')
  return listen.map((each, index) => resolveListenOptions(each, `listen[${index}]`))
}

export type TargetSettings = Required<Omit<TargetOptions, 'tls' | 'resolve'>> &
  Record<'tls', TargetOptions['tls']> &
  Record<'resolve', TargetOptions['resolve']>

/** Checks the options of a target. @throws TypeError or RangeError, as above. */
export function resolveTargetOptions(options: TargetOptions): TargetSettings {
  checkNames('createTarget', options, [
    'connections',
    'keepAliveMs',
    'connectMs',
    'maxQueued',
    'maxHeaders',
    'maxHeaderBytes',
    'tls',
    'resolve',
  ])
  return {
    tls: options.tls,
    resolve: optionalFunction('resolve', options.resolve),
    connections: integer('connections', options.connections ?? 100, 1, 100_000),
    keepAliveMs: integer('keepAliveMs', options.keepAliveMs ?? 60_000, 1, LONGEST_DELAY_MS),
    connectMs: integer('connectMs', options.connectMs ?? 5_000, 1, LONGEST_DELAY_MS),
    maxQueued: integer('maxQueued', options.maxQueued ?? 1_000, 0, 1_000_000),
    maxHeaders: integer('maxHeaders', options.maxHeaders ?? 100, 1, 2_000),
    maxHeaderBytes: integer('maxHeaderBytes', options.maxHeaderBytes ?? 16_384, 1_024, 1_048_576),
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : `A request handler threw ${show(error)}`)
}
