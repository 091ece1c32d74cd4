// The array window with its bound at the number of records that the case asks for (the original's is 500).
import { ArrayWindowBreaker } from '../designs/array-window-breaker.ts'
import { type Contender, wrapping } from '../protected-call.ts'

function legacy(timeout: number): Contender {
  return {
    protect({ work, records, failures }) {
      const off = Number.POSITIVE_INFINITY
      const breaker = new ArrayWindowBreaker('bench', {
        failureThreshold: failures ? off : 5,
        failureThresholdPercentage: failures ? off : 50,
        timeout,
        resetTimeout: off,
        rollingWindowSize: 60_000,
        volumeThreshold: 10,
        halfOpenMaxRequests: 3,
        fallbackEnabled: true,
        keptRecords: Math.max(1, records),
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
        metrics: () => breaker.getMetrics().recentRequests,
        breaker,
      })
    },
  }
}

/** Without its timer per call, which would be most of the figure: what is compared is the window. */
export const contender: Contender = legacy(0)
