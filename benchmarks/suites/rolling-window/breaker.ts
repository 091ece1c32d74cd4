// Ours, as calls meet it: the breaker's default window (ten time buckets with running totals) inside a whole breaker. A
// record takes a permit and settles it, so the state machine and the metrics are in the figure too.
import { CircuitBreaker } from '@breakwater/breaker'
import { BUCKETS, type RollingWindow, type WindowOptions } from './window.ts'

export function createWindow({ windowMs, clock }: WindowOptions): RollingWindow {
  const breaker = new CircuitBreaker('window', {
    rollingWindowSize: windowMs,
    rollingWindowBuckets: BUCKETS,
    // Never trips: the suite is about remembering, not about deciding.
    failureThresholdPercentage: false,
    clock,
  })
  return {
    record(success) {
      const permit = breaker.tryAcquire()
      if (success) breaker.success(permit)
      else breaker.failure(permit)
    },
    read() {
      return breaker.getRecentMetrics()
    },
  }
}
