import type { Member } from './endpoint.ts'
import { eligible, type Membership } from './membership.ts'
import type { ResolvedStrategy } from './selection/strategies.ts'
import type { SessionTable } from './session-table.ts'

/** Moves end when the emptiest endpoint is this close to its share. */
const TOLERANCE = 0.05
/** After finding everything even, the next look is this far away, ms. */
const PAUSE_MS = 1000
const MINUTE_MS = 60_000
/** Unused budget is kept for this long, so that a quiet hour does not allow a rush. */
const SAVED_MS = 10_000

/**
 * Moves sessions to endpoints that have fewer than their share, one with each request of a session whose endpoint has
 * more than its own, as long as the budget lasts: a token bucket of `share` of all sessions per minute.
 * O(1) without budget, O(endpoints) per move.
 *
 * The share is the one that the strategy gives to newcomers: by weight and zone if it goes by weight, and under `priority`
 * nothing to tiers that nobody needs now.
 */
export class Rebalance {
  readonly #sharePerMinute: number
  readonly #weighs: boolean
  readonly #tiered: boolean
  #tokens = 0
  #filledAt = Number.NaN
  #lookAt = Number.NEGATIVE_INFINITY

  constructor(sharePerMinute: number, { name, weighs }: ResolvedStrategy) {
    this.#sharePerMinute = sharePerMinute
    this.#weighs = weighs
    this.#tiered = name === 'priority'
  }

  /** Where a session pinned to `home` shall move, or null: it stays. */
  moveFrom<T>(
    home: Member<T>,
    members: Membership<T>,
    table: SessionTable,
    exclude: ReadonlySet<string> | undefined,
    now: number,
  ): Member<T> | null {
    this.#fill(table.used, now)
    if (this.#tokens < 1 || now < this.#lookAt) return null
    const shareOf = (member: Member<T>): number => (this.#weighs ? members.shareOf(member) : 1)
    const loadOf = (member: Member<T>): number => table.countOf(member.pin) / shareOf(member)
    const takers = this.#takersOf(members)
    let shares = 0
    let emptiest: Member<T> | null = null
    for (const member of takers) {
      shares += shareOf(member)
      if (emptiest === null || loadOf(member) < loadOf(emptiest)) emptiest = member
    }
    const even = table.used / shares
    if (emptiest === null || loadOf(emptiest) >= even * (1 - TOLERANCE)) {
      this.#lookAt = now + PAUSE_MS
      return null
    }
    const overfull = !takers.includes(home) || loadOf(home) > even
    if (!overfull || emptiest === home || !members.accepts(emptiest.slot, exclude)) return null
    this.#tokens--
    return emptiest
  }

  #takersOf<T>(members: Membership<T>): Member<T>[] {
    const takers = members.list().filter(eligible)
    if (!this.#tiered) return takers
    let tier = Number.POSITIVE_INFINITY
    for (const member of takers) {
      if (member.tier < tier && member.blocks === 0 && members.isAvailable(member)) tier = member.tier
    }
    return takers.filter((member) => member.tier === tier)
  }

  #fill(sessions: number, now: number): void {
    const elapsedMs = now - this.#filledAt
    this.#filledAt = now
    if (!(elapsedMs > 0)) return
    const perMs = (sessions * this.#sharePerMinute) / MINUTE_MS
    this.#tokens = Math.min(this.#tokens + elapsedMs * perMs, Math.max(perMs * SAVED_MS, 1))
  }
}
