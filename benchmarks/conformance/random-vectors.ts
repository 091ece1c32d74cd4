// Random vectors for the differential test: every field of the format, values small enough that states change often.
// Left out is only what the format leaves open; each place says what.
import fc from 'fast-check'
import type { Config, HalfOpenConfig, State, Step, WindowConfig } from './vector.ts'

const rate = fc.constantFrom(0.07, 0.1, 0.25, 0.29, 0.3, 1 / 3, 0.5, 0.57, 0.6, 2 / 3, 0.75, 1)

const window: fc.Arbitrary<WindowConfig> = fc.oneof(
  fc
    .record({ bucketMs: fc.constantFrom(7, 50, 100), buckets: fc.constantFrom(1, 5, 10, 20) })
    .map(({ bucketMs, buckets }) => ({ type: 'time' as const, ms: bucketMs * buckets, bucketMs })),
  fc.integer({ min: 1, max: 9 }).map((size) => ({ type: 'count' as const, size })),
  fc.constant({ type: 'consecutive' as const }),
)

function given<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined })
}

const halfOpen = fc.record({
  permits: fc.integer({ min: 1, max: 6 }),
  decide: fc.constantFrom('full' as const, 'early' as const),
  failuresToOpen: given(fc.integer({ min: 1, max: 4 })),
  failureRate: given(rate),
  maxWaitMs: fc.constantFrom(0, 0, 90, 250),
  maxWaitTo: given(fc.constantFrom('open' as const, 'closed' as const)),
})

const raw = fc.record({
  window,
  consecutiveFailures: given(fc.integer({ min: 1, max: 6 })),
  minimumCalls: given(fc.integer({ min: 0, max: 8 })),
  failureRate: given(rate),
  compare: given(fc.constantFrom('>=' as const, '>' as const)),
  slow: given(fc.record({ ms: fc.constantFrom(0, 100), rate: given(rate) })),
  // Even, so that a factor of 1.5 still gives whole milliseconds for a few openings.
  openMs: fc.constantFrom(0, 64, 128, 320),
  factor: given(fc.constantFrom(1, 1.5, 2, 3)),
  openBoundary: given(fc.constantFrom('inclusive' as const, 'exclusive' as const)),
  maxConcurrent: given(fc.integer({ min: 1, max: 4 })),
  halfOpen,
})

/** Without the keys that are undefined: in a file they would not be there. */
function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}

export const configs: fc.Arbitrary<Config> = raw.map(({ slow, factor, ...config }) => {
  const consecutive = config.window.type === 'consecutive'
  const needsRate =
    config.halfOpen.decide === 'full' || (config.consecutiveFailures === undefined && slow === undefined)
  return defined({
    ...config,
    // The format has no default for it in a consecutive window, and none for the rate that a full decision compares.
    ...(consecutive ? { consecutiveFailures: config.consecutiveFailures ?? 3 } : {}),
    ...(needsRate ? { failureRate: config.failureRate ?? 0.5 } : {}),
    // A count window smaller than the minimum would never decide; the library refuses it as the mistake that it is.
    minimumCalls:
      config.window.type === 'count' && config.minimumCalls !== undefined
        ? Math.min(config.minimumCalls, config.window.size)
        : config.minimumCalls,
    slowMs: slow?.ms,
    slowRate: slow?.rate,
    backoff: factor === undefined ? undefined : { factor },
    halfOpen: defined(config.halfOpen) as HalfOpenConfig,
  }) as Config
})

const call = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const outcome = fc.constantFrom(
  'ok' as const,
  'ok' as const,
  'fail' as const,
  'fail' as const,
  'ignore' as const,
  'throw' as const,
)
const ms = fc.constantFrom(0, 0, 100, 101)
const duration = fc.oneof(fc.constantFrom(1, 7, 49, 50, 64, 90, 100, 128, 250, 320, 321), fc.nat({ max: 700 }))

/** Now and then many: quick successes share a reading of the clock, up to 64 of them. */
const calls = fc.oneof({ weight: 15, arbitrary: fc.nat({ max: 5 }) }, { weight: 1, arbitrary: fc.constant(70) })

/** Permits that nobody settles; now and then so many that whatever keeps count of them has to grow. */
const several = fc.oneof({ weight: 15, arbitrary: fc.nat({ max: 3 }) }, { weight: 1, arbitrary: fc.constant(700) })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant('acquire' as const), call }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('settle' as const), call, outcome, ms }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('release' as const), call }) },
  { weight: 8, arbitrary: fc.record({ op: fc.constant('call' as const), n: calls, outcome, ms }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('acquireMany' as const), n: several }) },
  { weight: 8, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: duration }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('wallClock' as const), ms: fc.integer({ min: -9999, max: 9999 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('force' as const),
      to: fc.constantFrom<State>('open', 'closed', 'half_open', 'isolated', 'disabled', 'metrics_only'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('force' as const),
      to: fc.constant('open' as const),
      forMs: fc.constantFrom(0, 40, 500),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('reset' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('isolate' as const), handle: fc.constantFrom('g', 'h') }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('dispose' as const), handle: fc.constantFrom('g', 'h') }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('exportImport' as const), downMs: fc.constantFrom(0, 30, 400) }),
  },
)

export const sequences: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 60, size: 'max' })
