import type { Affinity } from './affinity.ts'
import type { Member } from './endpoint.ts'
import type { Membership } from './membership.ts'
import { type Refusal, refusalsOf } from './refusals.ts'
import { ABSENT, EXPIRED } from './session-table.ts'
import { costOf } from './stats.ts'

export interface EndpointExplanation {
  readonly id: string
  /** Empty: it takes new work. */
  readonly refusals: readonly Refusal[]
  /** What a request would cost there by the strategy's measure; null when it has none. */
  readonly cost: number | null
  readonly inflight: number
}

/** What would happen to a session's next request, and why. Asking changes nothing and prolongs nothing. */
export interface SessionExplanation {
  /** Id of the endpoint that the session is pinned to; null: none, or one that has left the set. */
  readonly home: string | null
  /** Id of its temporary endpoint, if its home was out lately. */
  readonly temporary: string | null
  /**
   * - `pinned`: its home would take it, unless it costs too much by then
   * - `spill`, `unavailable`, `fail`: its home is out, and this is what would happen
   * - `new`, `expired`, `removed`: it would be placed by the strategy
   */
  readonly next: 'pinned' | 'spill' | 'unavailable' | 'fail' | 'new' | 'expired' | 'removed'
  /** In order of joining. */
  readonly endpoints: readonly EndpointExplanation[]
}

const NEXT_OF_POLICY = { spill: 'spill', repin: 'unavailable', fail: 'fail' } as const

/** O(endpoints); asks `isAvailable` of each. */
export function explainSession<T>(
  members: Membership<T>,
  affinity: Affinity<T>,
  sessionId: string,
  tenant: string,
  now: number,
): SessionExplanation {
  members.panic = false
  const pin = affinity.pins?.peek(sessionId, tenant) ?? ABSENT
  const home = members.byPin(pin)
  const temporary = members.byPin(affinity.pins?.peekTemporary() ?? ABSENT)
  return {
    home: home?.id ?? null,
    temporary: temporary?.id ?? null,
    next: nextOf(members, affinity, pin, home),
    endpoints: members.list().map((member) => ({
      id: member.id,
      refusals: refusalsOf(member, members.isAvailable(member)),
      cost: costOf(members, member, now),
      inflight: member.inflight,
    })),
  }
}

function nextOf<T>(
  members: Membership<T>,
  affinity: Affinity<T>,
  pin: number,
  home: Member<T> | null,
): SessionExplanation['next'] {
  if (pin === EXPIRED) return 'expired'
  if (pin === ABSENT) return 'new'
  if (home === null) return 'removed'
  return members.accepts(home.slot, undefined) ? 'pinned' : NEXT_OF_POLICY[affinity.policyFor(home)]
}
