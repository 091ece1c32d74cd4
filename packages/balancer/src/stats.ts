import type { Member } from './endpoint.ts'
import { eligible, type Membership } from './membership.ts'
import { type Refusal, refusalsOf } from './refusals.ts'
import type { SessionPins } from './session-pins.ts'

/** Figures of one endpoint since it joined. */
export interface EndpointStats {
  readonly id: string
  readonly weight: number
  readonly inflight: number
  /** How often it was picked, with and without a lease. */
  readonly picks: number
  /** Leases that ended in `error` or `timeout`. */
  readonly failures: number
  /** Living sessions pinned to it; missing when sessions are off. */
  readonly sessions?: number
  readonly draining: boolean
  /** Why it takes no new work now, apart from `isAvailable`. */
  readonly refusals: readonly Refusal[]
  /** Until it may take work again after an ejection or a rate limit, ms; 0 when nothing stands in the way. */
  readonly retryAfterMs: number
  /** Ejections since it last recovered for good. */
  readonly ejections: number
  /** What a request would cost there by the strategy's measure (under `auto` and `p2c-ewma`: ms); null if it has none. */
  readonly cost: number | null
}

/** Fill of the session table. All 0 when sessions are off. */
export interface SessionCacheStats {
  readonly size: number
  readonly maxSize: number
  /** 0 to 100. */
  readonly utilizationPercent: number
}

/** One pass over the session table. */
export function statsOf<T>(members: Membership<T>, pins: SessionPins | null, now: number): EndpointStats[] {
  const sessions = pins?.countByPin()
  return members.list().map((member) => {
    const { id, weight, inflight, picks, failures, draining, ejections, pin } = member
    const retryAfterMs = Math.max(member.ejectedUntil - now, member.coolingUntil - now, 0)
    const figures = {
      ...{ id, weight, inflight, picks, failures, draining, ejections, retryAfterMs },
      refusals: refusalsOf(member, true),
      cost: costOf(members, member, now),
    }
    return sessions === undefined ? figures : { ...figures, sessions: sessions.get(pin) ?? 0 }
  })
}

export function costOf<T>(members: Membership<T>, member: Member<T>, now: number): number | null {
  const cost = eligible(member) ? members.selection.cost(member.slot, now) : Number.NaN
  return Number.isNaN(cost) ? null : cost
}
