import { Server, type ServerLimits } from '@breakwater/http'
import { createAdminServer } from './admin/admin-server.ts'
import type { GatewayConfig, ListenAddress } from './config/config.ts'
import { Pipeline } from './pipeline/pipeline.ts'
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
  readonly #server: Server
  readonly #admin: Server | null
  #state: GatewayState = 'idle'
  #startedAt = 0
  #stopping: Promise<void> | undefined

  constructor(config: GatewayConfig, { logger, announce = true }: GatewayDependencies = {}) {
    this.#announces = announce
    const { server, admin, observability } = config
    this.#log = logger ?? createLogger(observability.log)
    this.#upstreams = new Map(Object.values(config.upstreams).map((each) => [each.name, new Upstream(each, this.#log)]))
    const isReady = (): boolean => this.#state === 'running'
    const pipeline = new Pipeline(config, this.#upstreams, this.#http, isReady, this.#log)
    this.#server = new Server(
      {
        ...server.listen,
        timeouts: server.timeouts,
        limits: limitsOf(server.limits),
        drainMs: server.shutdown.drainMs,
        preStopDelayMs: server.shutdown.preStopDelayMs,
        trustedProxies: server.trustedProxies,
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
   * @throws The listen error as it is (`EADDRINUSE`, `EACCES`, …); everything opened before it is closed again.
   */
  async start(): Promise<void> {
    if (this.#startedAt !== 0 || this.#stopping !== undefined) {
      throw new Error('A gateway is started once; make a new one')
    }
    this.#startedAt = performance.now()
    try {
      await this.#admin?.start()
      if (this.#stopping === undefined) await this.#server.start()
    } catch (error) {
      await this.stop()
      throw error
    }
    if (this.#stopping !== undefined) return this.#stopping
    for (const upstream of this.#upstreams.values()) upstream.start()
    this.#state = 'running'
    if (this.#announces) this.#log.info({ address: this.address(), admin: this.adminAddress() }, 'listening')
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

  /** Where the public listener is; the port that was given, or chosen for 0. */
  address(): ListenAddress {
    return this.#server.address()
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

  async #close(): Promise<void> {
    await this.#server.stop()
    await Promise.all(Array.from(this.#upstreams.values(), (upstream) => upstream.destroy()))
    await this.#admin?.stop()
    if (this.#state === 'draining') this.#log.info('stopped')
    this.#state = 'stopped'
  }
}

function limitsOf({ maxBody, ...limits }: GatewayConfig['server']['limits']): ServerLimits {
  return maxBody === null ? limits : { ...limits, maxBodyBytes: maxBody }
}
