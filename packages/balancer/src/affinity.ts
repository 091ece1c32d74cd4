import type { Member } from './endpoint.ts'
import type { PickReason } from './lease.ts'
import { isPassing, type Membership } from './membership.ts'
import type { Moment } from './moment.ts'
import type { OnUnavailable, OverloadOptions, ResolvedSessionOptions } from './options.ts'
import { Rebalance } from './rebalance.ts'
import type { ResolvedStrategy } from './selection/strategies.ts'
import { SessionPins } from './session-pins.ts'
import { EXPIRED, type SessionTable } from './session-table.ts'

/** Defaults of `session.overload`: about 96.3 % of requests stay in the simulator, at 1.5 times the p99 without sessions. */
const FACTOR_WITH_PATIENCE = 5
const FACTOR = 10
const PATIENCE = 13

/** An endpoint with the mean number of sessions counts for a quarter more, with twice as many for twice as much. */
const CROWDING = 0.25
/** Endpoints drawn for comparison when a session is placed. */
const DRAWS = 8

/**
 * Where a session goes.
 *
 *   not pinned ──────────────────────────────► placed, pinned                     new, expired
 *   pinned, home removed ────────────────────► placed, pinned                     removed
 *   pinned, home takes it ─┬─────────────────► home                               pinned
 *                          ├ far too busy ───► the best one, pinned               overload
 *                          └ others empty ───► the emptiest, pinned               rebalance
 *   pinned, home is out ───┬ spill ──────────► its temporary one, or one is found spill
 *                          ├ repin ──────────► placed, pinned                     unavailable
 *                          └ fail ───────────► nobody
 */
export class Affinity<T> {
  /** Null when only tokens carry sessions. */
  readonly pins: SessionPins | null
  reason: PickReason = 'new'
  /** The request in hand tries again, elsewhere. */
  retrying = false
  readonly #members: Membership<T>
  readonly #onUnavailable: OnUnavailable | undefined
  readonly #overload: OverloadOptions | false | undefined
  readonly #rebalanceShare: number
  #rebalance: Rebalance | null = null
  readonly #moment: Moment
  /** 0: never. */
  #factor = 0
  readonly #patience: number
  #spillsAlways = false
  /** Whether new sessions are spread by their number as well. */
  #spreads = false
  /** Whether the session in hand is in the table; otherwise its client keeps a token. */
  #tabled = false

  /** `options`: false for no table. */
  constructor(
    options: ResolvedSessionOptions | false,
    members: Membership<T>,
    strategy: ResolvedStrategy,
    moment: Moment,
  ) {
    this.#members = members
    this.#moment = moment
    this.pins = options === false ? null : new SessionPins(options, moment)
    this.#onUnavailable = options === false ? undefined : options.onUnavailable
    this.#overload = options === false ? undefined : options.overload
    this.#patience = this.#givenOverload?.patience ?? PATIENCE
    this.#rebalanceShare = options === false ? 0 : options.rebalanceShare
    this.useStrategy(strategy)
  }

  /** Defaults that depend on the strategy. */
  useStrategy(strategy: ResolvedStrategy): void {
    const isOn = this.#overload === undefined ? strategy.latencyAware : this.#overload !== false
    const usual = strategy.name === 'auto' ? FACTOR_WITH_PATIENCE : FACTOR
    this.#factor = isOn ? (this.#givenOverload?.factor ?? usual) : 0
    this.#spillsAlways = strategy.name === 'auto'
    this.#spreads = strategy.name === 'auto'
    // Where the key decides, an even share is none of the balancer's business.
    const rebalances = this.#rebalanceShare > 0 && !strategy.keyed
    this.#rebalance = rebalances ? new Rebalance(this.#rebalanceShare, strategy) : null
  }

  get #givenOverload(): OverloadOptions | undefined {
    return this.#overload === false ? undefined : this.#overload
  }

  /** The endpoint for a request of a session in the table; null when there is none. Sets `reason`. */
  choose(
    pins: SessionPins,
    sessionId: string,
    tenant: string,
    exclude: ReadonlySet<string> | undefined,
  ): Member<T> | null {
    this.#tabled = true
    const pin = pins.find(sessionId, tenant)
    if (pin < 0) return this.#place(pin === EXPIRED ? 'expired' : 'new', exclude)
    const home = this.#members.byPin(pin)
    return home === null ? this.#place('removed', exclude) : this.#visit(home, exclude)
  }

  /** The same for a session whose client carries a token; `home`: its endpoint, or why there is none. */
  chooseByToken(
    home: Member<T> | 'new' | 'expired' | 'removed',
    exclude: ReadonlySet<string> | undefined,
  ): Member<T> | null {
    this.#tabled = false
    return typeof home === 'string' ? this.#place(home, exclude) : this.#visit(home, exclude)
  }

  /** What happens to a session whose home is out. */
  policyFor(home: Member<T>): OnUnavailable {
    if (this.#onUnavailable !== undefined) return this.#onUnavailable
    return this.#spillsAlways || home.blocks !== 0 ? 'spill' : 'repin'
  }

  #visit(home: Member<T>, exclude: ReadonlySet<string> | undefined): Member<T> | null {
    this.#members.panic = false
    if (!this.#members.accepts(home.slot, exclude)) return this.#chooseElsewhere(home, exclude)
    if (this.#factor > 0) {
      const better = this.#relieve(home, exclude)
      if (better !== null) return better
    }
    const table = this.#tabled ? this.pins?.table : undefined
    if (this.#rebalance !== null && table) {
      const emptier = this.#rebalance.moveFrom(home, this.#members, table, exclude, this.#moment.now())
      if (emptier !== null) return this.#move(emptier, 'rebalance')
    }
    this.reason = 'pinned'
    return home
  }

  #chooseElsewhere(home: Member<T>, exclude: ReadonlySet<string> | undefined): Member<T> | null {
    const policy = this.policyFor(home)
    // That one attempt has failed, or takes long, says little about the next: the session stays at home.
    if (policy === 'repin' && !(this.retrying && exclude?.has(home.id))) return this.#place('unavailable', exclude)
    this.reason = 'spill'
    if (policy === 'fail') return null
    const pins = this.#tabled ? this.pins : null
    const temporary = pins === null ? null : this.#members.byPin(pins.findTemporary())
    if (temporary !== null && this.#members.accepts(temporary.slot, exclude)) return temporary
    const found = this.#members.choose(exclude)
    if (found === null) return null
    // Nobody is left but those that are away, home among them: then home is as good as any.
    if (this.#members.panic && isPassing(home) && this.#members.accepts(home.slot, exclude)) {
      this.reason = 'pinned'
      return home
    }
    pins?.assignTemporary(found.pin)
    return found
  }

  // A few multiplications decide that a home is not too busy: the least cost of all is known without looking. Failures
  // make an endpoint dear to newcomers, not to those at home: one error would move every session that asks.
  #relieve(home: Member<T>, exclude: ReadonlySet<string> | undefined): Member<T> | null {
    const { selection } = this.#members
    const { now } = this.#members
    const least = this.#factor * selection.leastCost()
    if (!(selection.cost(home.slot, now) > least)) return null
    const load = selection.load(home.slot, now)
    if (!(load > least)) return null
    if (!(selection.strain(home.slot, now) > this.#patience)) return null
    const best = this.#members.choose(exclude)
    if (best === null || best === home || this.#members.panic) return null
    if (!(load > this.#factor * selection.cost(best.slot, now))) return null
    return this.#move(best, 'overload')
  }

  #place(reason: PickReason, exclude: ReadonlySet<string> | undefined): Member<T> | null {
    this.reason = reason
    const best = this.#members.choose(exclude)
    const member = best !== null && this.#spreads && !this.#members.panic ? this.#spread(best, exclude) : best
    // With nowhere to go the old pin stays: its endpoint may be back for the next request.
    return member === null ? null : this.#move(member, reason)
  }

  // While little is going on, one endpoint is the cheapest for every newcomer: sessions that come one by one would all
  // be pinned to it, and all wake up there. So costs are raised by the square of an endpoint's share of the sessions,
  // which changes little between equals, and the cheapest is compared with some drawn at random.
  #spread(best: Member<T>, exclude: ReadonlySet<string> | undefined): Member<T> {
    const table = this.#tabled ? this.pins?.table : undefined
    if (!table || this.#members.size < 2) return best
    const mean = Math.max(table.used / this.#members.size, 1)
    let chosen = best
    let least = this.#scoreOf(best, table, mean)
    for (let draw = 0; draw < DRAWS; draw++) {
      const drawn = this.#members.drawSteady()
      if (drawn === null) continue
      const score = this.#scoreOf(drawn, table, mean)
      if (!(score < least) || !this.#members.accepts(drawn.slot, exclude)) continue
      chosen = drawn
      least = score
    }
    return chosen
  }

  #scoreOf(member: Member<T>, table: SessionTable, mean: number): number {
    const cost = this.#members.selection.cost(member.slot, this.#members.now)
    const fill = table.countOf(member.pin) / mean
    return cost * (1 + fill * fill * CROWDING)
  }

  #move(member: Member<T>, reason: PickReason): Member<T> {
    if (this.#tabled) this.pins?.assign(member.pin)
    this.reason = reason
    return member
  }
}
