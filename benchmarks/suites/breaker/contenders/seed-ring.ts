// The seed design: a ring of record objects with running counters.
import { SeedBreaker } from '../designs/seed-breaker.ts'
import { type Contender, wrapping } from '../protected-call.ts'

export const contender: Contender = {
  protect({ work, records, failures }) {
    const off = Number.POSITIVE_INFINITY
    const breaker = new SeedBreaker('bench', {
      failureThreshold: failures ? off : 5,
      failureThresholdPercentage: failures ? off : 50,
      resetTimeout: off,
      rollingWindowSize: 60_000,
      volumeThreshold: 10,
      halfOpenMaxRequests: 3,
      bufferSize: Math.max(1_000, records),
      metricsFlushInterval: 1_000,
    })
    breaker.fill(records)
    let next = 0
    const action = (): Promise<number> => work(next)
    const call = (input: number): Promise<number> => {
      next = input
      return breaker.execute(action)
    }
    return wrapping(call, {
      open: () => breaker.forceState('OPEN'),
      metrics: () => breaker.getMetrics().total,
      breaker,
    })
  },
}
