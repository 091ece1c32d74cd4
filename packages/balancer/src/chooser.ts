import type { Affinity } from './affinity.ts'
import type { Member } from './endpoint.ts'
import type { PickReason } from './lease.ts'
import type { Membership } from './membership.ts'
import type { Moment } from './moment.ts'
import { checkExclude, checkRequestKeys, type PickRequest } from './request.ts'
import type { ResolvedStrategy } from './selection/strategies.ts'
import type { SessionTokens } from './session-token.ts'
import type { Totals } from './totals.ts'
import { checkText } from './validate.ts'

/** The way of one request to its member: by token, by session, or by the strategy alone. */
export class Chooser<T> {
  /** Why the last one was chosen. */
  reason: PickReason = 'new'
  readonly #members: Membership<T>
  readonly #affinity: Affinity<T>
  readonly #tokens: SessionTokens<T> | null
  readonly #totals: Totals
  readonly #moment: Moment
  /** Ejection or slow start goes by the time. */
  readonly #alwaysTimed: boolean
  #keyed = false
  #timed = true

  constructor(
    members: Membership<T>,
    affinity: Affinity<T>,
    tokens: SessionTokens<T> | null,
    totals: Totals,
    moment: Moment,
    alwaysTimed: boolean,
  ) {
    this.#members = members
    this.#affinity = affinity
    this.#tokens = tokens
    this.#totals = totals
    this.#moment = moment
    this.#alwaysTimed = alwaysTimed
  }

  useStrategy(strategy: ResolvedStrategy): void {
    this.#keyed = strategy.keyed
    this.#timed = this.#alwaysTimed || strategy.latencyAware
  }

  /**
   * Null when no endpoint is usable. Sets `reason`. `leased`: the time of the call begins a latency, so it is read
   * exactly where it matters. `retrying`: what is excluded has been tried.
   */
  choose(request: PickRequest | undefined, leased: boolean, retrying = false): Member<T> | null {
    const members = this.#members
    members.assertNotAsking('select')
    // A reading of the clock costs as much as the rest.
    if (this.#timed || members.health.away > 0) {
      if (leased) this.#moment.read()
      else this.#moment.glance()
    }
    // Who returns may serve others who wait, by picks of their own.
    if (members.health.away > 0) members.health.readmit(this.#moment.now())
    members.keyed = false
    this.#affinity.retrying = retrying
    const member = request === undefined ? this.#place(undefined) : this.#chooseFor(request)
    if (member !== null) this.#totals.picks++
    if (member !== null) member.picks++
    return member
  }

  /** The endpoint that the request's session is pinned to, if any. Changes nothing. */
  homeOf({ sessionId, tenant = '', token }: PickRequest): Member<T> | null {
    if (token !== undefined && this.#tokens !== null) {
      const home = this.#tokens.read(token, tenant)
      return typeof home === 'string' ? null : home
    }
    const { pins } = this.#affinity
    if (pins === null || sessionId === undefined || sessionId === '') return null
    return this.#members.byPin(pins.peek(sessionId, tenant))
  }

  #chooseFor(request: PickRequest): Member<T> | null {
    const { sessionId, exclude } = request
    if (exclude !== undefined) checkExclude(exclude)
    const tenant = request.tenant === undefined ? '' : checkText('tenant', request.tenant)
    if (this.#keyed) this.#hashKey(request, tenant)
    const affinity = this.#affinity
    let member: Member<T> | null
    if (request.token !== undefined && this.#tokens !== null) {
      member = affinity.chooseByToken(this.#tokens.read(checkText('token', request.token), tenant), exclude)
    } else if (affinity.pins === null || sessionId === undefined || sessionId === '') {
      // A session that was meant to be one under another name would go anywhere, and nobody would notice.
      if (request.key === undefined) checkRequestKeys(request)
      return this.#place(exclude)
    } else {
      if (!this.#timed) this.#moment.glance()
      member = affinity.choose(affinity.pins, checkText('sessionId', sessionId), tenant, exclude)
    }
    this.reason = affinity.reason
    if (member !== null && this.reason !== 'pinned') this.#totals.count(this.reason)
    return member
  }

  #place(exclude: ReadonlySet<string> | undefined): Member<T> | null {
    const member = this.#members.choose(exclude)
    this.reason = this.#members.spilled ? 'spill' : 'new'
    if (member !== null && this.reason === 'spill') this.#totals.count('spill')
    return member
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
}
