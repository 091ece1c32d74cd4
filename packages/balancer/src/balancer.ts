import { Affinity } from './affinity.ts'
import {
  checkEndpoint,
  checkUpdate,
  checkWeight,
  type Endpoint,
  type EndpointOptions,
  type EndpointUpdate,
  type Member,
} from './endpoint.ts'
import { BalancerError, DuplicateEndpointError, NoEndpointError } from './errors.ts'
import { type BalancerEvents, Events } from './events.ts'
import { explainSession, type SessionExplanation } from './explain.ts'
import { EndpointLease, type Lease, type PickReason } from './lease.ts'
import { Membership } from './membership.ts'
import { Moment } from './moment.ts'
import type { LoadBalancerOptions, ResolvedOptions } from './options.ts'
import type { AcquireRequest, PickRequest } from './request.ts'
import { resolveOptions } from './resolve-options.ts'
import { RetryBudget } from './retry-budget.ts'
import { type RunOptions, runWithRetries, type Work } from './run.ts'
import {
  type ResolvedStrategy,
  resolveStrategy,
  type Strategy,
  type StrategyName,
  type StrategyOptions,
} from './selection/strategies.ts'
import { SessionTokens } from './session-token.ts'
import { readSnapshot, writeSnapshot } from './snapshot.ts'
import { type EndpointStats, type SessionCacheStats, statsOf } from './stats.ts'
import { type BalancerTotals, Totals } from './totals.ts'
import { show } from './validate.ts'
import { Waiting } from './waiting.ts'

const PANIC_EVERY_MS = 1000

/**
 * Spreads work over a set of endpoints and keeps each session on one of them.
 *
 *   select / pick ─► session known? ─ yes ─► its endpoint takes it? ─ yes ─► that one (affinity.ts)
 *                         │ no                        │ no
 *                         └────────► strategy ◄───────┘  among the endpoints that take work (membership.ts)
 *
 * Synchronous; O(1) per pick plus one step per endpoint passed over as unavailable, with the exceptions that the
 * strategies name. No timers but those of `hedge`; only `acquire` and `run` wait.
 */
export class LoadBalancer<T> {
  readonly #options: ResolvedOptions<T>
  readonly #moment: Moment
  readonly #members: Membership<T>
  readonly #affinity: Affinity<T>
  readonly #tokens: SessionTokens<T> | null
  readonly #waiting: Waiting<Lease<T>>
  readonly #retryBudget: RetryBudget | null
  readonly #events = new Events<T>()
  readonly #totals = new Totals()
  #strategy: ResolvedStrategy
  /** The strategy, ejection or slow start goes by the time. */
  #timed = true
  #reason: PickReason = 'new'
  #panicSaidAt = Number.NEGATIVE_INFINITY
  #destroyed = false

  /**
   * Throws TypeError or RangeError for an invalid option or endpoint, DuplicateEndpointError for an id given twice.
   * The set may be empty.
   */
  constructor(endpoints: Iterable<EndpointOptions<T>>, options: LoadBalancerOptions<T> = {}) {
    const resolved = resolveOptions(options)
    const { strategy, session, sessionToken, retryBudget } = resolved
    this.#options = resolved
    this.#strategy = strategy
    this.#moment = new Moment(resolved.clock)
    this.#members = new Membership<T>(
      strategy.create(resolved.random),
      strategy.latencyAware,
      resolved,
      this.#moment,
      this.#createListener(),
    )
    this.#affinity = new Affinity(session, this.#members, strategy, this.#moment)
    this.#tokens =
      sessionToken === null ? null : new SessionTokens(sessionToken.secrets, sessionToken.ttlMs, resolved.wallClock)
    this.#waiting = new Waiting(resolved.queueMax)
    this.#retryBudget =
      retryBudget === null ? null : new RetryBudget(retryBudget.ratio, retryBudget.minPerSecond, resolved.clock)
    this.#checkTimed()
    for (const endpoint of checkEndpoints(endpoints)) this.#join(endpoint, false)
  }

  /** Number of endpoints in the set, usable or not. */
  get size(): number {
    return this.#members.size
  }

  /**
   * The endpoint for a request, without a lease: nothing is counted as in flight. Null when none is usable.
   * Allocates nothing. A sessionId, tenant, key or token that is not a string: TypeError.
   */
  select(request?: PickRequest): Endpoint<T> | null {
    if (this.#timed || this.#members.health.away > 0) this.#moment.read()
    return this.#choose(request)
  }

  /** As `select`, with a lease that must be ended by `done`. Null when no endpoint is usable. Never waits. */
  pick(request?: PickRequest): Lease<T> | null {
    if (this.#timed || this.#members.health.away > 0) this.#moment.read()
    const member = this.#choose(request)
    if (member === null) return null
    this.#members.acquire(member)
    return new EndpointLease(this.#members, member, this.#reason, this.#moment.now())
  }

  /**
   * As `pick`; when every endpoint that could serve the request is at its cap (`maxInFlight`), waits for the next free
   * place, in order of arrival. Rejects with NoEndpointError when waiting would be of no use, with QueueFullError when
   * `queue.max` callers wait already, with the signal's reason when that is aborted.
   */
  async acquire(request: AcquireRequest = {}): Promise<Lease<T>> {
    const lease = await this.#acquire(request, request.exclude, request.signal)
    if (lease === null) throw new NoEndpointError(this.size)
    return lease
  }

  /**
   * Calls `work` with an endpoint's value and ends the lease with its outcome. After a throw it tries another endpoint,
   * never one twice, up to `retries` times and within the retry budget, then rejects with the last error. Waits as
   * `acquire`. With `hedge`, a second attempt begins when the first takes long, and the first to return wins.
   * Rejects with NoEndpointError when there was nothing to try, with the signal's reason when aborted beforehand.
   * An error named TimeoutError counts as `timeout`, one with a number `retryAfterMs` as `rate-limited`; after an abort
   * the attempt counts as `cancelled`.
   */
  run<R>(work: Work<T, R>, options: RunOptions = {}): Promise<R> {
    const source = {
      size: this.size,
      retryBudget: this.#retryBudget,
      acquireFor: (request: RunOptions, exclude: ReadonlySet<string> | undefined) =>
        this.#acquire(request, exclude, request.signal),
    }
    return runWithRetries<T, R>(source, work, options)
  }

  /** Adds an endpoint; no session moves to it. Throws as the constructor, and ERR_BALANCER_DESTROYED. */
  add(endpoint: EndpointOptions<T>): Endpoint<T> {
    this.#assertLiving('add')
    checkEndpoint('endpoint', endpoint)
    const member = this.#join(endpoint, true)
    this.#serveWaiting()
    this.#events.emit('endpoint-added', { endpoint: member })
    return member
  }

  /** Takes an endpoint out. Its sessions move with their next request, its leases end as usual. False if unknown. */
  remove(id: string): boolean {
    const member = this.#changing('remove', id)
    if (member === undefined) return false
    this.#leave(member)
    this.#serveWaiting()
    this.#events.emit('endpoint-removed', { endpoint: member })
    return true
  }

  /**
   * Makes these the set: removes who is not among them, updates who stays (sessions, leases, latencies and ejections
   * stay too), adds who is new. All or nothing: throws as the constructor before anything has changed.
   */
  replace(endpoints: Iterable<EndpointOptions<T>>): void {
    this.#assertLiving('replace')
    const wanted = new Map<string, EndpointOptions<T>>()
    for (const endpoint of checkEndpoints(endpoints)) {
      if (wanted.has(endpoint.id)) throw new DuplicateEndpointError(endpoint.id)
      wanted.set(endpoint.id, endpoint)
    }
    const leaving = this.#members.list().filter(({ id }) => !wanted.has(id))
    for (const member of leaving) this.#leave(member)
    const joined: Member<T>[] = []
    for (const [id, endpoint] of wanted) {
      const member = this.#members.get(id)
      if (member === undefined) joined.push(this.#join(endpoint, true))
      else this.#members.assign(member, endpoint)
    }
    this.#serveWaiting()
    // Only now, so that a listener sees the new set, and one that throws leaves it complete.
    for (const endpoint of leaving) this.#events.emit('endpoint-removed', { endpoint })
    for (const endpoint of joined) this.#events.emit('endpoint-added', { endpoint })
  }

  /** Changes what is given and leaves the rest. False if unknown. Throws TypeError or RangeError. */
  update(id: string, update: EndpointUpdate<T>): boolean {
    checkUpdate('update', update)
    const member = this.#changing('update', id)
    if (member === undefined) return false
    this.#members.update(member, update)
    this.#serveWaiting()
    return true
  }

  /** From now on only the sessions pinned to the endpoint reach it. False if unknown. */
  drain(id: string): boolean {
    const member = this.#changing('drain', id)
    if (member === undefined) return false
    if (!member.draining) {
      this.#members.setDraining(member, true)
      this.#serveWaiting()
      this.#events.emit('endpoint-drained', { endpoint: member })
    }
    return true
  }

  /** Ends a drain. False if unknown. */
  enable(id: string): boolean {
    const member = this.#changing('enable', id)
    if (member === undefined) return false
    this.#members.setDraining(member, false)
    this.#serveWaiting()
    return true
  }

  /** 0 to 1e9; 0 takes no new work and keeps its sessions. False if unknown. Throws TypeError or RangeError. */
  setWeight(id: string, weight: number): boolean {
    checkWeight('weight', weight)
    return this.update(id, { weight })
  }

  /** Changes the strategy for new work; sessions and in-flight counts stay. Throws as the constructor. */
  setStrategy(strategy: StrategyName | StrategyOptions): void {
    this.#members.assertNotAsking('setStrategy')
    const resolved = resolveStrategy(strategy)
    if (resolved.key === this.#strategy.key) return
    this.#strategy = resolved
    this.#members.useSelection(resolved.create(this.#options.random), resolved.latencyAware)
    this.#affinity.useStrategy(resolved)
    this.#checkTimed()
  }

  /** The canonical name, also when an alias was given. */
  getStrategy(): Strategy {
    return this.#strategy.name
  }

  /** The members in order of joining: a new array of live views. */
  endpoints(): readonly Endpoint<T>[] {
    return this.#members.list()
  }

  /** Figures per endpoint in order of joining. One pass over the session table. */
  stats(): readonly EndpointStats[] {
    return statsOf(this.#members, this.#affinity.pins, this.#moment.read())
  }

  /** Counts since the balancer was made. */
  totals(): BalancerTotals {
    return this.#totals.snapshot()
  }

  /** Callers of `acquire` and `run` that wait now. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** What would happen to a session's next request, and why. Changes nothing. O(endpoints). */
  explain(sessionId: string, tenant = ''): SessionExplanation {
    this.#members.assertNotAsking('explain')
    const now = this.#moment.read()
    const id = checkText('sessionId', sessionId)
    return explainSession(this.#members, this.#affinity, id, checkText('tenant', tenant), now)
  }

  /** One pass over the session table: for metrics, not for every request. */
  getCacheStats(): SessionCacheStats {
    this.#moment.read()
    const size = this.#affinity.pins?.size() ?? 0
    const maxSize = this.#affinity.pins?.max ?? 0
    return { size, maxSize, utilizationPercent: maxSize === 0 ? 0 : (size / maxSize) * 100 }
  }

  /** Clears the expired sessions and returns their number. Never needed: they free their place when it is wanted. */
  clearExpiredSessions(): number {
    this.#moment.read()
    return this.#affinity.pins?.clearExpired() ?? 0
  }

  /** Forgets a session; its next request is placed anew. False when it was not pinned. */
  dropSession(sessionId: string, tenant = ''): boolean {
    this.#members.assertNotAsking('dropSession')
    this.#moment.read()
    return this.#affinity.pins?.drop(checkText('sessionId', sessionId), checkText('tenant', tenant)) ?? false
  }

  /**
   * All sessions, with the seed of their hash, as one buffer of 20 bytes per session: to be restored by this process
   * after a reload, by the next one, or by others. Null when sessions are off. One pass over the table.
   */
  snapshot(): ArrayBuffer | null {
    this.#moment.read()
    const { pins } = this.#affinity
    if (pins === null) return null
    return writeSnapshot({
      seed: pins.seed,
      savedAt: this.#options.wallClock.now(),
      endpoints: new Map(this.#members.list().map(({ pin, id }) => [pin, id])),
      entries: pins.table?.exportEntries() ?? null,
    })
  }

  /**
   * Puts the sessions of a snapshot in the place of the present ones, with its seed, and returns how many there are.
   * Endpoints are found by their ids; sessions of unknown ones are left out. The time since the snapshot was taken
   * counts as idle. SnapshotError (ERR_SNAPSHOT) when it is not one; nothing has changed then.
   */
  restore(snapshot: ArrayBuffer): number {
    this.#members.assertNotAsking('restore')
    const read = readSnapshot(snapshot)
    this.#moment.read()
    const elapsedMs = Math.max(this.#options.wallClock.now() - read.savedAt, 0)
    const pinOf = (pin: number): number => this.#members.get(read.endpoints.get(pin) ?? '')?.pin ?? -1
    return this.#affinity.pins?.restore(read, elapsedMs, pinOf) ?? 0
  }

  /**
   * A token that sends its bearer to the endpoint of the lease (option `sessionToken`); null when there is no need:
   * the request came with one that is good for some time yet, or it was sent elsewhere only for a while.
   */
  issueToken(lease: Lease<T>, request: PickRequest = {}): string | null {
    if (this.#tokens === null) throw new TypeError('issueToken() needs the option sessionToken')
    const member = this.#members.get(lease.endpoint.id)
    const { token, tenant = '' } = request
    if (member === undefined || lease.reason === 'spill') return null
    if (lease.reason === 'pinned' && token !== undefined && !this.#tokens.isAgeing(token)) return null
    return this.#tokens.issue(member, tenant)
  }

  on<E extends keyof BalancerEvents<T>>(event: E, listener: BalancerEvents<T>[E]): this {
    this.#events.emitter.on(event, listener as never)
    return this
  }

  once<E extends keyof BalancerEvents<T>>(event: E, listener: BalancerEvents<T>[E]): this {
    this.#events.emitter.once(event, listener as never)
    return this
  }

  off<E extends keyof BalancerEvents<T>>(event: E, listener: BalancerEvents<T>[E]): this {
    this.#events.emitter.off(event, listener as never)
    return this
  }

  /**
   * Lets go of endpoints, sessions and listeners. Afterwards `select` and `pick` return null, `acquire` and `run` reject
   * with NoEndpointError (so do those that wait), `add` throws; live leases may still be ended. May be called again.
   */
  destroy(): void {
    this.#members.assertNotAsking('destroy')
    this.#destroyed = true
    this.#members.clear(this.#strategy.create(this.#options.random))
    this.#affinity.pins?.clear()
    this.#tokens?.clear()
    this.#waiting.refuseAll(() => new NoEndpointError(0))
    this.#events.emitter.removeAllListeners()
  }

  #choose(request: PickRequest | undefined): Member<T> | null {
    const members = this.#members
    members.assertNotAsking('select')
    members.now = this.#moment.now()
    members.keyed = false
    if (members.health.away > 0) members.health.readmit(members.now)
    const member = request === undefined ? this.#place(undefined) : this.#chooseFor(request)
    if (member !== null) this.#totals.picks++
    if (member !== null) member.picks++
    return member
  }

  #chooseFor(request: PickRequest): Member<T> | null {
    const { sessionId, exclude } = request
    const tenant = request.tenant === undefined ? '' : checkText('tenant', request.tenant)
    if (this.#strategy.keyed) this.#hashKey(request, tenant)
    const affinity = this.#affinity
    let member: Member<T> | null
    if (request.token !== undefined && this.#tokens !== null) {
      member = affinity.chooseByToken(this.#tokens.read(checkText('token', request.token), tenant), exclude)
    } else if (affinity.pins === null || sessionId === undefined || sessionId === '') {
      return this.#place(exclude)
    } else {
      if (!this.#timed) this.#moment.read()
      member = affinity.choose(affinity.pins, checkText('sessionId', sessionId), tenant, exclude)
    }
    this.#reason = affinity.reason
    if (member !== null && this.#reason !== 'pinned') this.#totals.count(this.#reason)
    return member
  }

  #place(exclude: ReadonlySet<string> | undefined): Member<T> | null {
    this.#reason = 'new'
    return this.#members.choose(exclude)
  }

  #hashKey(request: PickRequest, tenant: string): void {
    const members = this.#members
    const key = request.key ?? request.sessionId
    members.keyed = key !== undefined && key !== ''
    if (!members.keyed) return
    members.hash.compute(checkText('key', key), tenant)
    members.keyA = members.hash.a
    members.keyB = members.hash.b
  }

  #acquire(
    request: PickRequest,
    exclude: ReadonlySet<string> | undefined,
    signal: AbortSignal | undefined,
  ): Lease<T> | null | Promise<Lease<T> | null> {
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    const { sessionId, tenant, key, token } = request
    const attempt = (): Lease<T> | null => this.pick({ sessionId, tenant, key, token, exclude })
    const lease = attempt()
    if (lease !== null || !this.#members.isAnyFull(exclude)) return lease
    return this.#waiting.wait(attempt, exclude === undefined && sessionId === undefined && token === undefined, signal)
  }

  #join(endpoint: EndpointOptions<T>, warm: boolean): Member<T> {
    this.#moment.read()
    const member = this.#members.add(endpoint, warm)
    this.#tokens?.add(member)
    return member
  }

  #leave(member: Member<T>): void {
    this.#members.remove(member)
    this.#tokens?.remove(member)
  }

  #serveWaiting(): void {
    if (this.#waiting.size === 0) return
    this.#waiting.serve()
    if (!this.#members.isAnyFull(undefined)) this.#waiting.refuseAll(() => new NoEndpointError(this.size))
  }

  #checkTimed(): void {
    const { ejection, slowStart } = this.#options
    this.#timed = this.#strategy.latencyAware || ejection !== null || slowStart !== null
  }

  #createListener(): ConstructorParameters<typeof Membership<T>>[4] {
    return {
      ejected: (endpoint, durationMs) => {
        this.#totals.ejections++
        this.#events.emitLater('endpoint-ejected', { endpoint, durationMs })
      },
      returned: (endpoint) => this.#events.emitLater('endpoint-returned', { endpoint }),
      cooling: (endpoint, durationMs) => this.#events.emitLater('endpoint-cooling', { endpoint, durationMs }),
      panicked: () => {
        this.#totals.panics++
        const now = this.#moment.now()
        if (now - this.#panicSaidAt < PANIC_EVERY_MS) return
        this.#panicSaidAt = now
        this.#events.emitLater('panic', { endpoints: this.size })
      },
      roomMade: () => this.#serveWaiting(),
      sweepPins: (living) => this.#affinity.pins?.sweep(living),
    }
  }

  #assertLiving(method: string): void {
    this.#members.assertNotAsking(method)
    if (this.#destroyed) throw new BalancerError('ERR_BALANCER_DESTROYED', `${method}() after destroy()`)
  }

  #changing(method: string, id: string): Member<T> | undefined {
    this.#members.assertNotAsking(method)
    return this.#members.get(id)
  }
}

function checkEndpoints<T>(endpoints: Iterable<EndpointOptions<T>>): EndpointOptions<T>[] {
  if (typeof endpoints?.[Symbol.iterator] !== 'function') {
    throw new TypeError(`endpoints must be iterable, got ${show(endpoints)}`)
  }
  const checked: EndpointOptions<T>[] = []
  for (const endpoint of endpoints) {
    checkEndpoint(`endpoints[${checked.length}]`, endpoint)
    checked.push(endpoint)
  }
  return checked
}

// A number has no length and no characters: without this check all numeric ids would be one session.
function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, got ${show(value)}`)
  return value
}
