// Ours at every level of use, with the default window and the default clock.
import { CircuitBreaker, type CircuitBreakerOptions } from '@breakwater/breaker'
import { type Contender, type ProtectedCall, type Setup, type SyncRefusal, wrapping } from '../protected-call.ts'

/** A share of failures that never trips; otherwise the defaults. */
function optionsOf({ failures }: Setup, extra: CircuitBreakerOptions): CircuitBreakerOptions {
  return failures ? { failureThresholdPercentage: false, ...extra } : extra
}

/** Open for good. */
function open(breaker: CircuitBreaker): void {
  breaker.forceState('open', { forMs: Number.MAX_SAFE_INTEGER })
}

function filled(setup: Setup, extra: CircuitBreakerOptions): CircuitBreaker {
  const breaker = new CircuitBreaker('bench', optionsOf(setup, extra))
  for (let record = 0; record < setup.records; record++) breaker.success(breaker.tryAcquire())
  return breaker
}

function parts(breaker: CircuitBreaker): Pick<ProtectedCall, 'open' | 'metrics' | 'breaker'> {
  return { open: () => open(breaker), metrics: () => breaker.getMetrics().recent.total, breaker }
}

function permits(extra: (setup: Setup) => CircuitBreakerOptions): Contender {
  return {
    protect(setup) {
      const breaker = filled(setup, extra(setup))
      const { work } = setup
      const attempt = async (input: number): Promise<number> => {
        const permit = breaker.tryAcquire()
        if (permit === 0) return -1
        try {
          const result = await work(input)
          breaker.success(permit)
          return result
        } catch {
          breaker.failure(permit)
          return -1
        }
      }
      let held = 0
      return {
        call(input) {
          // The caller has awaited the call before: its permit is settled first, so no promise more is made for that.
          if (held !== 0) breaker.success(held)
          held = breaker.tryAcquire()
          return work(input)
        },
        attempt,
        concurrently: attempt,
        ...parts(breaker),
      }
    },
  }
}

function runs(extra: (setup: Setup) => CircuitBreakerOptions): Contender {
  return {
    protect(setup) {
      const breaker = filled(setup, extra(setup))
      const { work } = setup
      let next = 0
      const action = (): Promise<number> => work(next)
      const call = (input: number): Promise<number> => {
        next = input
        return breaker.run(action)
      }
      return wrapping(call, parts(breaker))
    },
  }
}

const defaults = (): CircuitBreakerOptions => ({})
const counting = ({ records }: Setup): CircuitBreakerOptions => ({ countWindowSize: records })
/** Every duration is measured, added up, and compared with the limit for slow calls. */
const timing = (): CircuitBreakerOptions => ({ slowCallDurationThresholdMs: 1000, slowCallRateThreshold: 1 })

export const permit: Contender & SyncRefusal = {
  ...permits(defaults),
  refusing() {
    const breaker = new CircuitBreaker('bench')
    open(breaker)
    return () => (breaker.tryAcquire() === 0 ? 1 : 0)
  },
}
export const permitCountWindow: Contender = permits(counting)
export const run: Contender = runs(defaults)
export const runCountWindow: Contender = runs(counting)
export const runTimed: Contender = runs(timing)

/** `execute` with a fallback that is never needed. */
export const execute: Contender = {
  protect(setup) {
    const breaker = filled(setup, {})
    const { work } = setup
    let next = 0
    const action = (): Promise<number> => work(next)
    const fallback = (error: unknown): number => {
      if (breaker.getState() === 'closed') return -2
      throw error
    }
    const call = (input: number): Promise<number> => {
      next = input
      return breaker.execute(action, fallback)
    }
    return wrapping(call, parts(breaker))
  },
}
