import type { Member } from './endpoint.ts'
import type { PickReason } from './lease.ts'
import { isPassing, type Membership } from './membership.ts'
import type { Moment } from './moment.ts'
import type { OnUnavailable, ResolvedSessionOptions } from './options.ts'
import { Rebalance } from './rebalance.ts'
import type { ResolvedStrategy } from './selection/strategies.ts'
import { SessionPins } from './session-pins.ts'
import { EXPIRED } from './session-table.ts'

/** Default of `session.overload.factor` under strategies that know latencies: 96.7 % of requests stay in the simulator. */
const DEFAULT_FACTOR = 10

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
  readonly #members: Membership<T>
  readonly #onUnavailable: OnUnavailable | undefined
  readonly #givenFactor: number | undefined
  readonly #rebalance: Rebalance | null
  readonly #moment: Moment
  #overloadFactor = 0
  #spillsAlways = false
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
    this.#givenFactor = options === false ? undefined : options.overloadFactor
    this.#rebalance = options !== false && options.rebalanceShare > 0 ? new Rebalance(options.rebalanceShare) : null
    this.useStrategy(strategy)
  }

  /** Defaults that depend on the strategy. */
  useStrategy(strategy: ResolvedStrategy): void {
    this.#overloadFactor = this.#givenFactor ?? (strategy.latencyAware ? DEFAULT_FACTOR : 0)
    this.#spillsAlways = strategy.name === 'auto'
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
    if (this.#overloadFactor > 0) {
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
    if (policy === 'repin') return this.#place('unavailable', exclude)
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

  // Two multiplications decide that a home is not too busy: the least cost of all is known without looking.
  #relieve(home: Member<T>, exclude: ReadonlySet<string> | undefined): Member<T> | null {
    const { selection } = this.#members
    const cost = selection.cost(home.slot, this.#members.now)
    if (!(cost > this.#overloadFactor * selection.leastCost())) return null
    const best = this.#members.choose(exclude)
    if (best === null || best === home || this.#members.panic) return null
    if (!(cost > this.#overloadFactor * selection.cost(best.slot, this.#members.now))) return null
    return this.#move(best, 'overload')
  }

  #place(reason: PickReason, exclude: ReadonlySet<string> | undefined): Member<T> | null {
    this.reason = reason
    const member = this.#members.choose(exclude)
    // With nowhere to go the old pin stays: its endpoint may be back for the next request.
    return member === null ? null : this.#move(member, reason)
  }

  #move(member: Member<T>, reason: PickReason): Member<T> {
    if (this.#tabled) this.pins?.assign(member.pin)
    this.reason = reason
    return member
  }
}
