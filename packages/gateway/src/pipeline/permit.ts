import type { Exchange } from './exchange.ts'
import { pickTarget } from './pick.ts'

/**
 * Begins an attempt on the first candidate whose breaker grants a permit. A refusal (a half-open breaker that has its
 * probes under way) excludes that target and asks for the next, so the loop ends after one turn per target.
 *
 * @returns False if no target may be used now.
 */
export function acquireTarget(exchange: Exchange): boolean {
  for (;;) {
    const lease = pickTarget(exchange)
    if (lease === null) return false
    const target = lease.endpoint.value
    const permit = target.tryAcquire()
    if (permit !== 0) {
      exchange.beginAttempt(lease, permit)
      return true
    }
    lease.done('cancelled')
    exchange.exclude(target.id)
  }
}
