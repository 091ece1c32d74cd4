// cockatiel 4 in the terms of the format, by its documented options only.
import {
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  CountBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  type IBreaker,
  type IDisposable,
  noJitterGenerator,
  SamplingBreaker,
  wrap,
} from 'cockatiel'
import { type Implementation, notMapped, type Subject } from '../implementation.ts'
import { allowedFailures, type Config, type Observation, type State, type Vector } from '../vector.ts'
import { DeferredCalls } from './deferred-calls.ts'

/** cockatiel opens above its threshold; a hair less than the rate makes that "at or above". */
const HAIR = 1e-9

function inexpressible({ config, steps }: Vector): string | undefined {
  const { window, halfOpen } = config
  if (window.type === 'time' && window.ms / window.bucketMs !== Math.max(5, Math.ceil(window.ms / 1000))) {
    return 'other buckets than its own (five at least, a second at most)'
  }
  if (window.type !== 'consecutive' && config.consecutiveFailures !== undefined) return 'one trigger only'
  if (window.type === 'count' && (config.minimumCalls ?? window.size) > window.size) return 'minimum above the window'
  if (window.type !== 'consecutive' && thresholdOf(config) >= 1) return 'no threshold of 1'
  if (config.slowMs !== undefined && steps.some((step) => 'ms' in step && step.op !== 'advance')) {
    return 'no slow-call rate'
  }
  if (config.openBoundary === 'exclusive') return 'its boundary is inclusive'
  if (halfOpen.permits > 1 && halfOpen.decide === 'full') return 'decides early only'
  if (halfOpen.maxWaitTo === 'closed') return 'no half-open max wait'
  for (const step of steps) {
    if (step.op === 'release' || step.op === 'reset' || step.op === 'exportImport') return `${step.op} is not mapped`
    if ('outcome' in step && step.outcome === 'ignore') return 'no neutral outcome (in half-open it counts a success)'
    if (step.op === 'force') return 'no forced state but isolation'
  }
  return undefined
}

function thresholdOf({ failureRate = 1, compare = '>=' }: Config): number {
  return failureRate - (compare === '>=' ? HAIR : 0)
}

function breakerOf(config: Config): IBreaker {
  const { window } = config
  if (window.type === 'consecutive') return new ConsecutiveBreaker(config.consecutiveFailures ?? 1)
  const threshold = thresholdOf(config)
  const minimumNumberOfCalls = Math.max(1, config.minimumCalls ?? 1)
  if (window.type === 'count') return new CountBreaker({ threshold, size: window.size, minimumNumberOfCalls })
  // A hair less: its comparison of calls per millisecond is rounded.
  return new SamplingBreaker({
    threshold,
    duration: window.ms,
    minimumRps: (minimumNumberOfCalls - HAIR) / (window.ms / 1000),
  })
}

function policyOf(config: Config): CircuitBreakerPolicy {
  const { openMs, backoff, halfOpen } = config
  return circuitBreaker(handleAll, {
    breaker: breakerOf(config),
    halfOpenAfter:
      backoff === undefined
        ? openMs
        : new ExponentialBackoff({
            initialDelay: openMs,
            exponent: backoff.factor,
            maxDelay: Number.MAX_SAFE_INTEGER,
            generator: noJitterGenerator,
          }),
    halfOpenSampling: {
      calls: halfOpen.permits,
      threshold: Math.min(allowedFailures(halfOpen) / halfOpen.permits, 1 - HAIR),
    },
  })
}

const STATES: Readonly<Record<CircuitState, State>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Isolated]: 'isolated',
}

function create({ config }: Vector): Subject {
  const policy = policyOf(config)
  const whole = config.maxConcurrent === undefined ? policy : wrap(bulkhead(config.maxConcurrent, 0), policy)
  const calls = new DeferredCalls((action) => whole.execute(action))
  const handles = new Map<string, IDisposable>()
  let openEvents = 0
  policy.onStateChange((state) => {
    if (state === CircuitState.Open) openEvents++
  })
  return {
    acquire: (call) => calls.acquire(call),
    settle: (call, outcome) => calls.settle(call, outcome),
    call: (outcome) => calls.call(outcome),
    isolate: (handle) => void handles.set(handle, policy.isolate()),
    dispose: (handle) => handles.get(handle)?.dispose(),
    release: () => notMapped('release'),
    force: () => notMapped('force'),
    reset: () => notMapped('reset'),
    exportImport: () => notMapped('exportImport'),
    observe: (): Observation => ({ state: STATES[policy.state], openEvents }),
    destroy() {},
  }
}

export const cockatiel: Implementation = {
  name: 'cockatiel',
  title: 'cockatiel 4.0.0',
  shows: ['permit', 'permitted', 'state', 'openEvents'],
  settlesLater: true,
  inexpressible,
  create,
}
