import type { Member } from './endpoint.ts'
import { eligible, type Membership } from './membership.ts'
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
 */
export class Rebalance {
  readonly #sharePerMinute: number
  #tokens = 0
  #filledAt = Number.NaN
  #lookAt = Number.NEGATIVE_INFINITY

  constructor(sharePerMinute: number) {
    this.#sharePerMinute = sharePerMinute
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
    let weights = 0
    let emptiest: Member<T> | null = null
    const takers = members.list().filter(eligible)
    for (const member of takers) {
      weights += member.weight
      if (emptiest === null || load(member, table) < load(emptiest, table)) emptiest = member
    }
    const even = table.used / weights
    if (emptiest === null || load(emptiest, table) >= even * (1 - TOLERANCE)) {
      this.#lookAt = now + PAUSE_MS
      return null
    }
    const overfull = !eligible(home) || load(home, table) > even
    if (!overfull || emptiest === home || !members.accepts(emptiest.slot, exclude)) return null
    this.#tokens--
    return emptiest
  }

  #fill(sessions: number, now: number): void {
    const elapsedMs = now - this.#filledAt
    this.#filledAt = now
    if (!(elapsedMs > 0)) return
    const perMs = (sessions * this.#sharePerMinute) / MINUTE_MS
    this.#tokens = Math.min(this.#tokens + elapsedMs * perMs, Math.max(perMs * SAVED_MS, 1))
  }
}

function load(member: Member<unknown>, table: SessionTable): number {
  return table.countOf(member.pin) / member.weight
}
