import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type ListenerAddress,
  type ListenOptions,
  type MountedHandlers,
  Server,
  type ServerLimits,
} from '@breakwater/http'
import { createAdminServer } from './admin/admin-server.ts'
import type { GatewayConfig, ListenAddress, ListenerConfig } from './config/config.ts'
import { readListenerTls } from './config/tls.ts'
import { Pipeline } from './pipeline/pipeline.ts'
import type { GatewayRouteTable } from './pipeline/route-table.ts'
import { Exposition } from './telemetry/exposition.ts'
import { HttpMetrics } from './telemetry/http-metrics.ts'
import { createLogger, describeError, type Logger } from './telemetry/logger.ts'
import { Upstream, type UpstreamStatus } from './upstream/upstream.ts'

export interface GatewayDependencies {
  /** Default: made from `observability.log`. */
  readonly logger?: Logger
  /** Whether the log says where the gateway listens. Default true; false where somebody is told in another way. */
  readonly announce?: boolean
}

/** A week: long enough to renew a certificate, short enough to be read. */
const SOON_MS = 604_800_000

/** For 'request' events; Express calls it with `next`. */
export type GatewayHandler = (req: IncomingMessage, res: ServerResponse, next?: () => void) => void

export type GatewayState = 'idle' | 'running' | 'draining' | 'stopped'

export interface GatewayStatus {
  readonly state: GatewayState
  /** Since `start()`, ms; 0 before. */
  readonly uptimeMs: number
  readonly activeRequests: number
  readonly connections: number
  readonly upstreams: readonly UpstreamStatus[]
}

/**
 * Composition of one gateway from a checked configuration:
 *
 *   client ──► public Server ──► Pipeline ──► Upstream: balancer, breakers, health checks ──► targets
 *              admin Server ──► metrics, status, probes
 *
 * It opens nothing before `start()`, starts no timer and keeps no process alive but by its listeners.
 */
export class Gateway {
  readonly #log: Logger
  readonly #announces: boolean
  readonly #http = new HttpMetrics()
  readonly #upstreams: ReadonlyMap<string, Upstream>
  readonly #listeners: readonly ListenerConfig[]
  readonly #routes: GatewayRouteTable
  readonly #server: Server
  readonly #admin: Server | null
  #state: GatewayState = 'idle'
  #startedAt = 0
  #stopping: Promise<void> | undefined

  constructor(config: GatewayConfig, { logger, announce = true }: GatewayDependencies = {}) {
    this.#announces = announce
    const { server, admin, observability } = config
    this.#log = logger ?? createLogger(observability.log)
    this.#upstreams = new Map(
      Object.values(config.upstreams).map((each) => [each.name, new Upstream(each, server.limits, this.#log)]),
    )
    this.#listeners = [server.listen, ...(server.listenAlso ?? [])]
    const isReady = (): boolean => this.#state === 'running'
    const pipeline = new Pipeline(config, this.#upstreams, this.#http, isReady, this.#log)
    this.#routes = pipeline.routes
    this.#server = new Server(
      {
        listen: this.#listeners.map(listenOptions),
        timeouts: server.timeouts,
        limits: limitsOf(server.limits),
        drainMs: server.shutdown.drainMs,
        preStopDelayMs: server.shutdown.preStopDelayMs,
        engine: server.engine,
        trustedProxies: server.trustedProxies,
        underscores: server.underscores,
        onRequestEnd: pipeline.recordEnd,
        onHandlerError: (error) => this.#log.error({ err: describeError(error) }, 'handler failed'),
      },
      pipeline.routes,
    )
    const exposition = new Exposition({
      http: this.#http,
      upstreams: this.#upstreams,
      caches: pipeline.caches,
      contextPool: () => this.#server.getPoolStats(),
    })
    const metricsPath = observability.metrics?.path ?? null
    const sources = { isReady, status: () => this.status(), metricsPath, exposition }
    this.#admin = admin === null ? null : createAdminServer(admin, sources, this.#log)
  }

  /**
   * Opens the admin listener, then the public one, then begins to check the targets.
   *
   * Resolves without serving if `stop()` was called meanwhile.
   *
   * @param options `listen: false` opens no public address: for a gateway that is mounted, see `handler()`
   * @throws The listen error as it is (`EADDRINUSE`, `EACCES`, …); everything opened before it is closed again.
   */
  async start({ listen = true }: { readonly listen?: boolean } = {}): Promise<void> {
    if (this.#startedAt !== 0 || this.#stopping !== undefined) {
      throw new Error('A gateway is started once; make a new one')
    }
    this.#startedAt = performance.now()
    try {
      await this.#admin?.start()
      if (listen && this.#stopping === undefined) await this.#server.start()
    } catch (error) {
      await this.stop()
      throw error
    }
    if (this.#stopping !== undefined) return this.#stopping
    for (const upstream of this.#upstreams.values()) upstream.start()
    this.#state = 'running'
    const addresses = this.addresses()
    const address = addresses.length === 1 ? addresses[0] : addresses
    this.#warnOfCertificates()
    if (this.#announces) this.#log.info({ address, admin: this.adminAddress() }, 'listening')
  }

  /**
   * Asks clients to go elsewhere: `/readyz` answers 503 and responses say `Connection: close`; after `preStopDelay` the
   * listener closes. Requests under way go on.
   */
  drain(): void {
    if (this.#state !== 'running') return
    this.#state = 'draining'
    this.#log.info({ activeRequests: this.#http.active.total() }, 'draining')
    this.#server.drain()
  }

  /** Drains, waits up to `shutdown.drain` for requests under way, then cuts what is left. Later calls share the wait. */
  stop(): Promise<void> {
    this.drain()
    this.#stopping ??= this.#close()
    return this.#stopping
  }

  /**
   * The gateway as a request listener of another server: `createServer(gateway.handler())`, `app.use(gateway.handler())`
   * in Express; with Fastify's `request.raw` and `reply.raw` after `reply.hijack()`. The path is that of `req.url`. A
   * third argument, `next`, is called for requests that no route takes. Bodies that a parser has read are sent on.
   *
   * Call `start({ listen: false })` for health checks, the admin listener and `/readyz`; `stop()` waits for its requests.
   */
  handler(): GatewayHandler {
    const { request } = this.#server.mount()
    return (req, res, next) => {
      if (next !== undefined && !this.#routes.takes(req.url ?? '')) next()
      else request(req, res)
    }
  }

  /** The same for WebSockets: `server.on('upgrade', gateway.upgradeHandler())`. */
  upgradeHandler(): MountedHandlers['upgrade'] {
    return this.#server.mount().upgrade
  }

  /** Where the first public TCP address is; the port that was given, or chosen for 0. @throws StateError without one */
  address(): ListenAddress {
    return this.#server.address()
  }

  /** Where each public address is, in the order of the configuration. */
  addresses(): readonly ListenerAddress[] {
    return this.#server.addresses().filter((address) => address !== null)
  }

  /**
   * Reads the certificates of the public addresses again. Connections stay; the next handshake uses the new ones. An
   * address whose files cannot be used keeps the old ones, which the log says.
   *
   * @returns false if an address kept its old certificates
   */
  reloadCertificates(): boolean {
    let isGood = true
    for (const [index, { tls, host, port, path }] of this.#listeners.entries()) {
      if (tls === undefined) continue
      const address = path ?? `${host}:${port}`
      try {
        this.#server.reloadTls(readListenerTls(tls), index)
        this.#log.info({ address, expires: this.#server.certificateExpiry(index) }, 'certificates read again')
      } catch (error) {
        isGood = false
        this.#log.error({ address, err: describeError(error) }, 'certificates kept: the new ones cannot be used')
      }
    }
    return isGood
  }

  /** Where the admin listener is; null if it is switched off. */
  adminAddress(): ListenAddress | null {
    return this.#admin?.address() ?? null
  }

  status(): GatewayStatus {
    return {
      state: this.#state,
      uptimeMs: this.#startedAt === 0 ? 0 : Math.round(performance.now() - this.#startedAt),
      activeRequests: this.#http.active.total(),
      connections: this.#server.getActiveConnectionCount(),
      upstreams: Array.from(this.#upstreams.values(), (upstream) => upstream.status()),
    }
  }

  /** Certificates end by the calendar, and then every client is refused. */
  #warnOfCertificates(): void {
    for (const [index, { host, port, path }] of this.#listeners.entries()) {
      const expires = this.#server.certificateExpiry(index)
      if (expires === null || expires.getTime() - Date.now() > SOON_MS) continue
      this.#log.warn(
        { address: path ?? `${host}:${port}`, expires },
        'a certificate of this address ends soon or has ended',
      )
    }
  }

  async #close(): Promise<void> {
    await this.#server.stop()
    await Promise.all(Array.from(this.#upstreams.values(), (upstream) => upstream.destroy()))
    await this.#admin?.stop()
    if (this.#state === 'draining') this.#log.info('stopped')
    this.#state = 'stopped'
  }
}

function listenOptions({ host, port, path, tls, http2, proxyProtocol }: ListenerConfig): ListenOptions {
  return {
    ...(path === undefined ? { host, port } : { path }),
    ...(tls !== undefined && { tls: readListenerTls(tls) }),
    ...(http2 !== undefined && { http2 }),
    ...(proxyProtocol !== undefined && { proxyProtocol }),
  }
}

function limitsOf({ maxBody, ...limits }: GatewayConfig['server']['limits']): ServerLimits {
  return maxBody === null ? limits : { ...limits, maxBodyBytes: maxBody }
}
