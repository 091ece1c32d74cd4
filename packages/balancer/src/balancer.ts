import { EventEmitter } from 'eventemitter3'
import { checkEndpoint, checkWeight, type Endpoint, type EndpointOptions, type Member } from './endpoint.ts'
import { BalancerError } from './errors.ts'
import type { BalancerEvents } from './events.ts'
import { EndpointLease, type Lease, type PickReason } from './lease.ts'
import { Membership } from './membership.ts'
import { type LoadBalancerOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { type RunOptions, runWithRetries } from './run.ts'
import { createSelection, resolveStrategy, type Strategy, type StrategyName } from './selection/strategies.ts'
import { SessionPins } from './session-pins.ts'
import { EXPIRED } from './session-table.ts'
import type { EndpointStats, SessionCacheStats } from './stats.ts'
import { show } from './validate.ts'

export interface PickRequest {
  /** Requests of one session go to one endpoint. An empty id is the same as none. The id is hashed, never kept. */
  readonly sessionId?: string | undefined
  /** Keeps equal session ids of different tenants apart. An empty tenant is the same as none. */
  readonly tenant?: string | undefined
  /** Ids of endpoints that this request must not go to. A session pinned to one of them is pinned anew. */
  readonly exclude?: ReadonlySet<string> | undefined
}

/**
 * Spreads work over a set of endpoints and keeps each session on one of them.
 *
 *   select / pick ─► session known? ─ yes ─► its endpoint usable? ─ yes ─► that one (reason `pinned`)
 *                         │ no                        │ no (`unavailable`)
 *                         └──────────► strategy ◄─────┘   places it, and pins the session there
 *
 * Synchronous; O(1) per pick plus one step per endpoint passed over as unavailable. No timers, nothing to await.
 */
export class LoadBalancer<T> {
  readonly #options: ResolvedOptions<T>
  readonly #members: Membership<T>
  readonly #sessions: SessionPins | null
  readonly #events = new EventEmitter<BalancerEvents<T>>()
  #strategy: Strategy
  #reason: PickReason = 'new'
  #destroyed = false

  /**
   * Throws TypeError or RangeError for an invalid option or endpoint, DuplicateEndpointError for an id given twice.
   * The set may be empty.
   */
  constructor(endpoints: Iterable<EndpointOptions<T>>, options: LoadBalancerOptions<T> = {}) {
    const resolved = resolveOptions(options)
    this.#options = resolved
    this.#strategy = resolved.strategy
    this.#sessions = resolved.session === false ? null : new SessionPins(resolved.session, resolved.clock)
    this.#members = new Membership<T>(
      createSelection(resolved.strategy, resolved.random),
      resolved.isAvailable,
      (slot) => this.#sessions?.dropSlot(slot),
    )
    if (typeof endpoints?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`endpoints must be iterable, got ${show(endpoints)}`)
    }
    let index = 0
    for (const endpoint of endpoints) {
      checkEndpoint(`endpoints[${index++}]`, endpoint)
      this.#members.add(endpoint)
    }
  }

  /** Number of endpoints in the set, usable or not. */
  get size(): number {
    return this.#members.size
  }

  /**
   * The endpoint for a request, without a lease: nothing is counted as in flight. Null when none is usable.
   * Allocates nothing. A sessionId or tenant that is not a string: TypeError.
   */
  select(request?: PickRequest): Endpoint<T> | null {
    return this.#choose(request)
  }

  /** As `select`, with a lease that must be ended by `done`. Null when no endpoint is usable. */
  pick(request?: PickRequest): Lease<T> | null {
    const member = this.#choose(request)
    if (member === null) return null
    this.#members.acquire(member)
    return new EndpointLease(this.#members, member, this.#reason)
  }

  /**
   * Calls `fn` with an endpoint's value and ends the lease with its outcome. After a throw it tries another endpoint,
   * never one twice, up to `retries` times, then rejects with the last error of `fn`. A session moves along.
   * Rejects with NoEndpointError when there was nothing to try, with the signal's reason when aborted beforehand.
   * An error named TimeoutError counts as `timeout`; after an abort the attempt counts as `cancelled`.
   */
  run<R>(fn: (value: T, lease: Lease<T>) => R | PromiseLike<R>, options: RunOptions = {}): Promise<R> {
    return runWithRetries<T, R>(this, fn, options)
  }

  /** Adds an endpoint; no session moves to it. Throws as the constructor, and ERR_BALANCER_DESTROYED. */
  add(endpoint: EndpointOptions<T>): Endpoint<T> {
    this.#members.assertNotAsking('add')
    if (this.#destroyed) throw new BalancerError('ERR_BALANCER_DESTROYED', 'add() after destroy()')
    checkEndpoint('endpoint', endpoint)
    const member = this.#members.add(endpoint)
    this.#events.emit('endpoint-added', { endpoint: member })
    return member
  }

  /** Takes an endpoint out. Its sessions move with their next request, its leases end as usual. False if unknown. */
  remove(id: string): boolean {
    const member = this.#changing('remove', id)
    if (member === undefined) return false
    this.#members.remove(member)
    this.#events.emit('endpoint-removed', { endpoint: member })
    return true
  }

  /** From now on only the sessions pinned to the endpoint reach it. False if unknown. */
  drain(id: string): boolean {
    const member = this.#changing('drain', id)
    if (member === undefined) return false
    if (!member.draining) {
      this.#members.setDraining(member, true)
      this.#events.emit('endpoint-drained', { endpoint: member })
    }
    return true
  }

  /** Ends a drain. False if unknown. */
  enable(id: string): boolean {
    const member = this.#changing('enable', id)
    if (member !== undefined) this.#members.setDraining(member, false)
    return member !== undefined
  }

  /** 0 to 1e9; 0 takes no new work and keeps its sessions. False if unknown. Throws TypeError or RangeError. */
  setWeight(id: string, weight: number): boolean {
    checkWeight('weight', weight)
    const member = this.#changing('setWeight', id)
    if (member !== undefined) this.#members.setWeight(member, weight)
    return member !== undefined
  }

  /** Changes the strategy for new work; sessions and in-flight counts stay. TypeError for an unknown name. */
  setStrategy(name: StrategyName): void {
    this.#members.assertNotAsking('setStrategy')
    const strategy = resolveStrategy(name)
    if (strategy === this.#strategy) return
    this.#strategy = strategy
    this.#members.useSelection(createSelection(strategy, this.#options.random))
  }

  /** The canonical name, also when an alias was given. */
  getStrategy(): Strategy {
    return this.#strategy
  }

  /** The members in order of joining: a new array of live views. */
  endpoints(): readonly Endpoint<T>[] {
    return this.#members.list()
  }

  /** Figures per endpoint in order of joining. One pass over the session table. */
  stats(): readonly EndpointStats[] {
    const sessions = this.#sessions?.countBySlot((pin) => this.#members.byPin(pin)?.slot ?? -1)
    return this.#members.list().map(({ id, weight, inflight, picks, failures, draining, slot }) => {
      const figures = { id, weight, inflight, picks, failures, draining }
      return sessions === undefined ? figures : { ...figures, sessions: sessions.get(slot) ?? 0 }
    })
  }

  /** One pass over the session table: for metrics, not for every request. */
  getCacheStats(): SessionCacheStats {
    const size = this.#sessions?.size() ?? 0
    const maxSize = this.#sessions?.max ?? 0
    return { size, maxSize, utilizationPercent: maxSize === 0 ? 0 : (size / maxSize) * 100 }
  }

  /** Clears the expired sessions and returns their number. Never needed: they free their place when it is wanted. */
  clearExpiredSessions(): number {
    return this.#sessions?.clearExpired() ?? 0
  }

  /** Forgets a session; its next request is placed anew. False when it was not pinned. */
  dropSession(sessionId: string, tenant = ''): boolean {
    this.#members.assertNotAsking('dropSession')
    return this.#sessions?.drop(checkText('sessionId', sessionId), checkText('tenant', tenant)) ?? false
  }

  on<E extends keyof BalancerEvents<T>>(event: E, listener: BalancerEvents<T>[E]): this {
    this.#events.on(event, listener as never)
    return this
  }

  once<E extends keyof BalancerEvents<T>>(event: E, listener: BalancerEvents<T>[E]): this {
    this.#events.once(event, listener as never)
    return this
  }

  off<E extends keyof BalancerEvents<T>>(event: E, listener: BalancerEvents<T>[E]): this {
    this.#events.off(event, listener as never)
    return this
  }

  /**
   * Lets go of endpoints, sessions and listeners. Afterwards `select` and `pick` return null, `run` rejects with
   * NoEndpointError, `add` throws; live leases may still be ended. May be called again.
   */
  destroy(): void {
    this.#members.assertNotAsking('destroy')
    this.#destroyed = true
    this.#members.clear(createSelection(this.#strategy, this.#options.random))
    this.#sessions?.clear()
    this.#events.removeAllListeners()
  }

  #choose(request: PickRequest | undefined): Member<T> | null {
    this.#members.assertNotAsking('select')
    const member = request === undefined ? this.#place(undefined) : this.#chooseFor(request)
    if (member !== null) member.picks++
    return member
  }

  #chooseFor(request: PickRequest): Member<T> | null {
    const { sessionId, exclude } = request
    const sessions = this.#sessions
    if (sessions === null || sessionId === undefined || sessionId === '') return this.#place(exclude)
    const tenant = request.tenant === undefined ? '' : request.tenant
    const pin = sessions.find(checkText('sessionId', sessionId), checkText('tenant', tenant))
    let reason: PickReason = 'new'
    if (pin >= 0) {
      const home = this.#members.byPin(pin)
      if (home !== null && this.#members.accepts(home.slot, exclude)) {
        this.#reason = 'pinned'
        return home
      }
      reason = 'unavailable'
    } else if (pin === EXPIRED) {
      reason = 'expired'
    }
    const member = this.#place(exclude)
    // With nowhere to go the old pin stays: its endpoint may be back for the next request.
    if (member !== null) sessions.assign(this.#members.pinOf(member))
    this.#reason = reason
    return member
  }

  #place(exclude: ReadonlySet<string> | undefined): Member<T> | null {
    this.#reason = 'new'
    return this.#members.choose(exclude)
  }

  #changing(method: string, id: string): Member<T> | undefined {
    this.#members.assertNotAsking(method)
    return this.#members.get(id)
  }
}

// A number has no length and no characters: without this check all numeric ids would be one session.
function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, got ${show(value)}`)
  return value
}
