import { type Lease, LoadBalancer, type PickRequest } from '@breakwater/balancer'
import { CircuitBreaker, type CircuitState } from '@breakwater/breaker'
import { createTarget } from '@breakwater/http'
import type { BreakerConfig, GatewayConfig, TargetConfig, UpstreamConfig } from '../config/config.ts'
import { readUpstreamTls } from '../config/tls.ts'
import type { Logger } from '../telemetry/logger.ts'
import { HealthCheck } from './health-check.ts'
import { RetryBudget } from './retry-budget.ts'
import { UpstreamTarget } from './upstream-target.ts'

type HeadLimits = Pick<GatewayConfig['server']['limits'], 'maxHeaders' | 'maxHeaderBytes'>

export interface TargetStatus {
  readonly id: string
  readonly url: string
  readonly weight: number
  readonly healthy: boolean
  /** `null` = the upstream has no breaker. */
  readonly breaker: CircuitState | null
  /** Time until an open breaker lets a probe through, ms; 0 unless open. */
  readonly retryAfterMs: number
  readonly inFlight: number
  /** Attempts that ended since the start, and those of them that failed by the target's doing. */
  readonly attempts: number
  readonly failures: number
  readonly connections: { readonly idle: number; readonly active: number; readonly queued: number }
}

export interface UpstreamStatus {
  readonly name: string
  readonly strategy: string
  /** Sessions in the table; null = the upstream is not sticky. */
  readonly sessions: number | null
  readonly targets: readonly TargetStatus[]
}

interface Transition {
  readonly target: string
  readonly from: string
  readonly to: string
  count: number
}

/** Reason of a fallback, as the metric names it. */
export type FallbackReason = 'connect' | 'reset'

/**
 * The targets behind one name. Who may get the next request:
 *
 *   healthy ──┐
 *             ├─and─► breaker allows ─and─► not suspect, or all others were refused ──► balancer picks
 *   none is ──┘
 *
 * When the health checks have given up on every target, the checks are more likely wrong than all targets gone: then
 * all of them are candidates again (panic mode). An open breaker is never overridden: it has seen real requests fail.
 * A target that refused a connection within the last second comes last: it costs an attempt, but it may be back.
 */
export class Upstream {
  readonly name: string
  readonly config: UpstreamConfig
  readonly targets: readonly UpstreamTarget[]
  readonly balancer: LoadBalancer<UpstreamTarget>
  readonly retryBudget: RetryBudget = new RetryBudget()
  readonly fallbacks: Record<FallbackReason, number> = { connect: 0, reset: 0 }
  /** Breaker transitions by `target`, `from`, `to`. Bounded: three states. */
  readonly transitions: Map<string, Transition> = new Map()
  #takesSuspects = false
  readonly #health: HealthCheck<UpstreamTarget> | null
  readonly #log: Logger

  /** @param limits of the heads of responses */
  constructor(config: UpstreamConfig, limits: HeadLimits, log: Logger) {
    this.name = config.name
    this.config = config
    this.#log = log
    this.targets = config.targets.map((target) => this.#createTarget(target, limits))
    this.balancer = new LoadBalancer(
      this.targets.map((target) => ({ id: target.id, value: target, weight: target.weight })),
      {
        strategy: config.strategy,
        session: config.session === null ? false : { ttlMs: config.session.ttlMs, max: config.session.max },
        isAvailable: (endpoint) => this.isAvailable(endpoint.value),
      },
    )
    this.#health =
      config.health === null
        ? null
        : new HealthCheck(this.targets, config.health, (target, cause) => this.#logHealth(target, cause))
  }

  isAvailable(target: UpstreamTarget): boolean {
    if (target.isSuspect() && !this.#takesSuspects) return false
    return (target.healthy || this.isPanicking()) && target.isAllowing()
  }

  /** The balancer's choice; among suspect targets only if there is no other. */
  pick(request: PickRequest): Lease<UpstreamTarget> | null {
    const lease = this.balancer.pick(request)
    if (lease !== null || !this.targets.some((target) => target.isSuspect())) return lease
    this.#takesSuspects = true
    try {
      return this.balancer.pick(request)
    } finally {
      this.#takesSuspects = false
    }
  }

  /** True while the health checks call no target healthy. */
  isPanicking(): boolean {
    return this.targets.every((target) => !target.healthy)
  }

  /** Time until the first open breaker lets a probe through, ms; null if no breaker stands in the way. */
  retryAfterMs(): number | null {
    let soonest: number | null = null
    for (const target of this.targets) {
      if (target.breaker === null || target.isAllowing()) continue
      const wait = target.breaker.retryAfterMs()
      if (soonest === null || wait < soonest) soonest = wait
    }
    return soonest
  }

  /**
   * Counts a request that no target may take, and says when to come again: see `retryAfterMs`.
   *
   * @param tried Targets whose breaker refused it a permit: they have counted it.
   */
  rejectRequest(tried: ReadonlySet<string> | undefined): number | null {
    for (const target of this.targets) {
      if (tried?.has(target.id) !== true && !target.isAllowing()) target.rejected++
    }
    return this.retryAfterMs()
  }

  start(): void {
    this.#health?.start()
  }

  /** Ends the health checks and cuts every connection. */
  async destroy(): Promise<void> {
    this.#health?.stop()
    await Promise.all(this.targets.map((target) => target.connections.destroy()))
    this.balancer.destroy()
    for (const target of this.targets) target.breaker?.destroy()
  }

  status(): UpstreamStatus {
    const inFlight = new Map(this.balancer.stats().map((endpoint) => [endpoint.id, endpoint.inflight]))
    return {
      name: this.name,
      strategy: this.config.strategy,
      sessions: this.config.session === null ? null : this.balancer.getCacheStats().size,
      targets: this.targets.map((target) => ({
        id: target.id,
        url: target.url,
        weight: target.weight,
        healthy: target.healthy,
        breaker: target.breaker?.getState() ?? null,
        retryAfterMs: target.breaker?.retryAfterMs() ?? 0,
        inFlight: inFlight.get(target.id) ?? 0,
        ...target.totals(),
        connections: target.connections.stats(),
      })),
    }
  }

  #createTarget(config: TargetConfig, { maxHeaders, maxHeaderBytes }: HeadLimits): UpstreamTarget {
    const { pool, timeouts, breaker, tls } = this.config
    const connections = createTarget(config.url, {
      connections: pool.connections,
      keepAliveMs: pool.keepAliveMs,
      connectMs: timeouts.connectMs,
      maxHeaders,
      maxHeaderBytes,
      ...(tls !== null && tls !== undefined && config.url.startsWith('https:') && { tls: readUpstreamTls(tls) }),
    })
    return new UpstreamTarget(config, connections, breaker === null ? null : this.#createBreaker(config.id, breaker))
  }

  #createBreaker(target: string, config: BreakerConfig): CircuitBreaker {
    const breaker = new CircuitBreaker(`${this.name}/${target}`, {
      ...(config.consecutiveFailures > 0 && { consecutiveFailures: config.consecutiveFailures }),
      failureThresholdPercentage: config.failureThresholdPercentage,
      volumeThreshold: config.volumeThreshold,
      rollingWindowSize: config.rollingWindowMs,
      resetTimeout: config.resetTimeoutMs,
      halfOpenMaxRequests: config.halfOpenMaxRequests,
    })
    breaker.on('state-change', ({ from, to, reason }) => {
      this.#countTransition(target, from, to)
      const level = to === 'open' ? 'warn' : 'info'
      this.#log[level]({ upstream: this.name, target, from, to, reason }, `circuit breaker ${to}`)
    })
    return breaker
  }

  #countTransition(target: string, from: string, to: string): void {
    const key = JSON.stringify([target, from, to])
    const entry = this.transitions.get(key) ?? { target, from, to, count: 0 }
    entry.count++
    this.transitions.set(key, entry)
  }

  #logHealth(target: UpstreamTarget, cause: string): void {
    const fields = { upstream: this.name, target: target.id, cause }
    if (target.healthy) this.#log.info(fields, 'target is healthy')
    else this.#log.warn(fields, 'target is unhealthy')
    if (this.isPanicking()) {
      this.#log.warn({ upstream: this.name }, 'every target is unhealthy: requests go to all of them')
    }
  }
}
