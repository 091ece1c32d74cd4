import type { PickReason } from './lease.ts'

/** Counts since the balancer was made. */
export interface BalancerTotals {
  /** Requests that were given an endpoint, with and without a lease. */
  readonly picks: number
  readonly ejections: number
  /** Requests placed in panic: nobody but ejected and cooling endpoints was left. */
  readonly panics: number
  /** Requests of sessions that were sent elsewhere for a while. */
  readonly spills: number
  /** Sessions pinned anew, by the reason that the pick reported. */
  readonly repins: {
    readonly overload: number
    readonly unavailable: number
    readonly removed: number
    readonly rebalance: number
  }
}

/** The one mutable record behind. */
export class Totals {
  picks = 0
  ejections = 0
  panics = 0
  spills = 0
  overload = 0
  unavailable = 0
  removed = 0
  rebalance = 0

  /** A session went elsewhere for this reason. */
  count(reason: PickReason): void {
    if (reason === 'spill') this.spills++
    else if (reason !== 'pinned' && reason !== 'new' && reason !== 'expired') this[reason]++
  }

  snapshot(): BalancerTotals {
    const { picks, ejections, panics, spills, overload, unavailable, removed, rebalance } = this
    return { picks, ejections, panics, spills, repins: { overload, unavailable, removed, rebalance } }
  }
}
