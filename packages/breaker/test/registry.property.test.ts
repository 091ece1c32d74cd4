import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BreakerRegistry, type BreakerRegistryOptions, CircuitBreaker } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

const options: fc.Arbitrary<BreakerRegistryOptions> = fc.record({
  failureThresholdPercentage: fc.constantFrom(false as const, 25, 50, 100),
  thresholdComparison: fc.constantFrom('>=' as const, '>' as const),
  consecutiveFailures: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  volumeThreshold: fc.integer({ min: 0, max: 4 }),
  slowCallDurationThresholdMs: fc.constant(10),
  slowCallRateThreshold: fc.constantFrom(false as const, 0.5),
  rollingWindowSize: fc.constantFrom(40, 100),
  rollingWindowBuckets: fc.constantFrom(1, 4, 5),
  resetTimeout: fc.nat(60),
  backoffFactor: fc.constantFrom(1, 2),
  openBoundary: fc.constantFrom('inclusive' as const, 'exclusive' as const),
  halfOpenMaxRequests: fc.integer({ min: 1, max: 3 }),
  halfOpenDecision: fc.constantFrom('full' as const, 'early' as const),
  halfOpenMaxWaitMs: fc.integer({ min: 1, max: 80 }),
  halfOpenMaxWaitTo: fc.constantFrom('open' as const, 'closed' as const),
})

const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ op: fc.constant('acquire' as const), key: fc.nat(2) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      op: fc.constant('settle' as const),
      which: fc.nat(20),
      how: fc.constantFrom('success' as const, 'failure' as const, 'failure' as const, 'release' as const),
      ms: fc.constantFrom(1, 20),
    }),
  },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.nat(50) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('force' as const),
      key: fc.nat(2),
      to: fc.constantFrom('open', 'closed', 'half_open', 'isolated', 'disabled', 'metrics_only' as const),
    }),
  },
)

it('each key behaves as a breaker of its own', () => {
  fc.assert(
    fc.property(options, fc.array(step, { maxLength: 120 }), (given, steps) => {
      const clock = new FakeClock()
      const registry = new BreakerRegistry({ ...given, clock })
      const breakers = [0, 1, 2].map((key) => new CircuitBreaker(`k${key}`, { ...given, clock }))
      const inFlight: { breaker: CircuitBreaker; own: number; permit: number }[] = []
      for (const taken of steps) {
        if (taken.op === 'advance') clock.advance(taken.ms)
        else if (taken.op === 'settle') {
          const [call] = inFlight.splice(taken.which % Math.max(1, inFlight.length), 1)
          if (call === undefined) continue
          call.breaker[taken.how](call.own, taken.ms)
          registry[taken.how](call.permit, taken.ms)
        } else {
          const breaker = breakers[taken.key]
          if (breaker === undefined) continue
          const key = `k${taken.key}`
          if (taken.op === 'force') {
            breaker.forceState(taken.to as 'open')
            registry.forceState(key, taken.to as 'open')
          } else {
            const own = breaker.tryAcquire()
            const permit = registry.tryAcquire(key)
            expect(permit > 0).toBe(own > 0)
            if (own > 0) inFlight.push({ breaker, own, permit })
          }
        }
        for (const breaker of breakers) {
          const { state, recent, slowCalls, consecutiveFailures, retryAfterMs } = breaker.getMetrics()
          const key = breaker.name
          expect(registry.getMetrics(key)).toEqual({ key, state, recent, slowCalls, consecutiveFailures, retryAfterMs })
          expect(registry.isAllowingRequests(key)).toBe(breaker.isAllowingRequests())
        }
      }
    }),
    { numRuns: 300 },
  )
})
