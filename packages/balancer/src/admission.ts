import type { Affinity } from './affinity.ts'
import type { Chooser } from './chooser.ts'
import { FULL } from './endpoint.ts'
import { NoEndpointError } from './errors.ts'
import type { Lease } from './lease.ts'
import type { Membership } from './membership.ts'
import type { PickRequest } from './request.ts'
import { Waiting } from './waiting.ts'

/** What one caller wants, beyond the request itself. */
export interface Admittance {
  readonly exclude: ReadonlySet<string> | undefined
  /** Asked for only when the caller has to wait. */
  readonly signal: () => AbortSignal | undefined
  /** Another endpoint is to be tried; what is excluded has been. */
  readonly retry: boolean
}

/**
 * Leases for callers who would rather wait than go without: at once, later, or never.
 *
 *   an endpoint takes it ───────────────────────────► a lease
 *   one that could is at its cap ── waiting.ts ─────► a lease, once a place is free or somebody is back
 *   none could, however long one waits ─────────────► null, or refusal of those who wait already
 *
 * Whoever waits while somebody is ejected or cooling down is woken by one timer, at the time of the next return: no
 * other call may come to notice it.
 */
export class Admission<T> {
  readonly #waiting: Waiting<Lease<T>>
  readonly #members: Membership<T>
  readonly #affinity: Affinity<T>
  readonly #chooser: Chooser<T>
  readonly #pick: (request: PickRequest, retry: boolean) => Lease<T> | null
  /** Brings the balancer's time up to date and lets those back whose time is over. */
  readonly #catchUp: () => number
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    queueMax: number,
    members: Membership<T>,
    affinity: Affinity<T>,
    chooser: Chooser<T>,
    pick: (request: PickRequest, retry: boolean) => Lease<T> | null,
    catchUp: () => number,
  ) {
    this.#waiting = new Waiting(queueMax)
    this.#members = members
    this.#affinity = affinity
    this.#chooser = chooser
    this.#pick = pick
    this.#catchUp = catchUp
  }

  get waiting(): number {
    return this.#waiting.size
  }

  admit(request: PickRequest, { exclude, signal, retry }: Admittance): Lease<T> | null | Promise<Lease<T> | null> {
    const { sessionId, tenant, key, token } = request
    const asked = { sessionId, tenant, key, token, exclude }
    const attempt = (): Lease<T> | null => this.#pick(asked, retry)
    const lease = attempt()
    if (lease !== null || !this.#mayServeLater(asked)) return lease
    const plain = exclude === undefined && sessionId === undefined && token === undefined
    const hopeful = (): boolean => this.#mayServeLater(asked)
    const giveUp = signal()
    if (giveUp?.aborted === true) return Promise.reject(giveUp.reason)
    const waited = this.#waiting.wait(attempt, hopeful, plain, giveUp)
    this.#wakeOnReturn()
    return waited
  }

  /** There may be room, or no more hope. */
  serve(): void {
    if (this.#waiting.size === 0) return
    this.#waiting.serve(() => new NoEndpointError(this.#members.size))
    this.#wakeOnReturn()
  }

  /** Nobody will ever be served. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting.refuseAll(() => new NoEndpointError(0))
  }

  /** Whether a place that is taken now could serve the request: an eligible endpoint's, or its session's own one's. */
  #mayServeLater(request: PickRequest): boolean {
    const { exclude } = request
    const home = this.#chooser.homeOf(request)
    const isHomeFull = home !== null && (home.blocks & FULL) !== 0 && exclude?.has(home.id) !== true
    if (isHomeFull) return true
    if (home !== null && this.#affinity.policyFor(home) === 'fail') return false
    return this.#members.isAnyFull(exclude)
  }

  #wakeOnReturn(): void {
    if (this.#timer !== undefined || this.#waiting.size === 0 || this.#members.health.away === 0) return
    const delayMs = Math.max(Math.ceil(this.#members.health.nextReturn - this.#members.now), 1)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      // Returning makes room, which serves those who wait.
      this.#catchUp()
      this.#wakeOnReturn()
    }, delayMs)
    // Whoever waits keeps the process alive, or nothing does.
    const timer: unknown = this.#timer
    if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
      timer.unref()
  }
}
