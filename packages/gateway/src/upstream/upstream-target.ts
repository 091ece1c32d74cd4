import type { CircuitBreaker } from '@breakwater/breaker'
import type { Target } from '@breakwater/http'
import type { TargetConfig } from '../config/config.ts'

/**
 * How one attempt ended. `success` speaks for the target; `cancelled`, the client's doing, and `busy`, no connection
 * was free, say nothing about it; the others are failures of it.
 */
export type AttemptOutcome =
  | 'success'
  | 'cancelled'
  | 'busy'
  | 'status_5xx'
  | 'connect'
  | 'reset'
  | 'timeout'
  | 'protocol'
  | 'truncated'

/** Without it, every request begins at a dead target whose turn it is, and pays for a second attempt. */
const SUSPECT_MS = 1_000

/** Permit of a target without a breaker. A real permit is 1 or more, 0 is a refusal. */
const NO_BREAKER = -1

/**
 * One address of an upstream: its connections, its breaker, its health and its counters. The breaker is asked through
 * here only, so that every permit is settled once whether there is a breaker or not.
 */
export class UpstreamTarget {
  readonly id: string
  readonly url: string
  readonly weight: number
  readonly connections: Target
  readonly breaker: CircuitBreaker | null
  /** What the health checks say; true until they say otherwise. */
  healthy = true
  /** Requests that the breaker turned away. */
  rejected = 0
  readonly checks = { success: 0, failure: 0 }
  readonly #clock: { now(): number }
  #suspectUntil = 0
  readonly #attempts: Record<AttemptOutcome, number> = {
    success: 0,
    cancelled: 0,
    busy: 0,
    status_5xx: 0,
    connect: 0,
    reset: 0,
    timeout: 0,
    protocol: 0,
    truncated: 0,
  }

  /** @param clock monotonic milliseconds; default `performance` */
  constructor(
    config: TargetConfig,
    connections: Target,
    breaker: CircuitBreaker | null,
    clock: { now(): number } = performance,
  ) {
    this.id = config.id
    this.url = config.url
    this.weight = config.weight
    this.connections = connections
    this.breaker = breaker
    this.#clock = clock
  }

  /** Whether the breaker would let a request through. Takes no permit. */
  isAllowing(): boolean {
    return this.breaker === null || this.breaker.isAllowingRequests()
  }

  /** A permit that `settle` must be given back, or 0: refused. */
  tryAcquire(): number {
    if (this.breaker === null) return NO_BREAKER
    const permit = this.breaker.tryAcquire()
    if (permit === 0) this.rejected++
    return permit
  }

  /** Tells the breaker how an attempt ended, not how long it took: no option of ours judges by that. Once per permit. */
  settle(permit: number, outcome: AttemptOutcome): void {
    if (this.breaker === null || permit === NO_BREAKER) return
    if (outcome === 'success') this.breaker.success(permit)
    else if (isNeutral(outcome)) this.breaker.ignore(permit)
    else this.breaker.failure(permit)
  }

  /** Counts an attempt that ended. A target that could not be connected to is suspect for a second. */
  recordAttempt(outcome: AttemptOutcome): void {
    this.#attempts[outcome]++
    if (outcome === 'connect') this.#suspectUntil = this.#clock.now() + SUSPECT_MS
    else if (!isNeutral(outcome)) this.trust()
  }

  /** True while others should be tried first: nobody was there a moment ago. */
  isSuspect(): boolean {
    return this.#suspectUntil !== 0 && this.#clock.now() < this.#suspectUntil
  }

  /** Ends a suspicion: the target has answered. */
  trust(): void {
    this.#suspectUntil = 0
  }

  attempts(): Readonly<Record<AttemptOutcome, number>> {
    return this.#attempts
  }

  /** Attempts in all, and how many of them failed by the target's doing. */
  totals(): { attempts: number; failures: number } {
    let attempts = 0
    for (const count of Object.values(this.#attempts)) attempts += count
    const { success, cancelled, busy } = this.#attempts
    return { attempts, failures: attempts - success - cancelled - busy }
  }
}

/** True if the outcome says nothing about the target. */
export function isNeutral(outcome: AttemptOutcome): boolean {
  return outcome === 'cancelled' || outcome === 'busy'
}
