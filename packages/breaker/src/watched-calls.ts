import { notInFlight } from './permit-sequence.ts'
import { PermitSlab } from './permit-slab.ts'
import type { SlowInFlight } from './slow-in-flight.ts'

/**
 * Calls in flight of a breaker that follows each of them: for a limit that must not be counted down twice, or to
 * notice those that take too long. Every call has a slot here, whichever way it came.
 */
export class WatchedCalls {
  readonly #slab: PermitSlab = new PermitSlab()
  /** Undefined when only the limit matters. */
  readonly #overdue: SlowInFlight | undefined

  constructor(overdue: SlowInFlight | undefined) {
    this.#overdue = overdue
  }

  begin(now: number): number {
    const permit = this.#slab.take()
    this.#overdue?.begin(PermitSlab.slotOf(permit), this.#slab.slots, now)
    return permit
  }

  /** What `PermitSlab.settle` finds. */
  end(permit: number): number {
    const found = this.#slab.settle(permit)
    if (found !== notInFlight) this.#overdue?.end(PermitSlab.slotOf(permit))
    return found
  }

  outdate(): void {
    this.#slab.outdate()
  }
}
