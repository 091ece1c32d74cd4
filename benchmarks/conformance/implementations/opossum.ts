// opossum 10 in the terms of the format, by its documented options only.
import CircuitBreaker from 'opossum'
import { type Implementation, notMapped, type Subject } from '../implementation.ts'
import type { Config, Observation, State, Vector } from '../vector.ts'
import { DeferredCalls } from './deferred-calls.ts'

/** opossum opens above a percentage; a hair less than the rate makes that "at or above". */
const HAIR = 1e-7

function inexpressible({ config, steps }: Vector): string | undefined {
  const { window, halfOpen } = config
  if (window.type === 'count') return 'no count window'
  if (window.type === 'consecutive' && config.consecutiveFailures !== 1) return 'no trigger by consecutive failures'
  if (window.type === 'time' && config.consecutiveFailures !== undefined) return 'no trigger by consecutive failures'
  if (config.slowMs !== undefined && steps.some((step) => 'ms' in step && step.op !== 'advance')) {
    return 'no slow-call rate'
  }
  if (config.backoff !== undefined) return 'no growing open time'
  if (config.openBoundary === 'exclusive') return 'opens its gate by a timer, at the boundary'
  if (halfOpen.permits !== 1) return 'one probe only'
  if (halfOpen.maxWaitTo === 'closed') return 'no half-open max wait'
  for (const step of steps) {
    if (step.op === 'release' || step.op === 'reset' || step.op === 'exportImport') return `${step.op} is not mapped`
    if (step.op === 'isolate' || step.op === 'dispose') return 'no isolation'
    if ('outcome' in step && step.outcome === 'ignore') return 'no neutral outcome (its error filter counts a success)'
    if (step.op !== 'force') continue
    if (step.forMs !== undefined) return 'no duration for a forced open'
    if (step.to !== 'open' && step.to !== 'closed' && step.to !== 'disabled') return `no forced ${step.to}`
  }
  return undefined
}

function optionsOf(config: Config): CircuitBreaker.Options {
  const { window, failureRate = 0, compare = '>=' } = config
  return {
    timeout: false,
    resetTimeout: config.openMs,
    // A consecutive run of one: any failure opens.
    errorThresholdPercentage: failureRate * 100 - (compare === '>=' && window.type === 'time' ? HAIR : 0),
    volumeThreshold: window.type === 'time' ? (config.minimumCalls ?? 0) : 0,
    ...(window.type === 'time'
      ? { rollingCountTimeout: window.ms, rollingCountBuckets: window.ms / window.bucketMs }
      : { rollingCountTimeout: 1e9, rollingCountBuckets: 1 }),
    ...(config.maxConcurrent === undefined ? {} : { capacity: config.maxConcurrent }),
    enableSnapshots: false,
  }
}

function create({ config }: Vector): Subject {
  const breaker = new CircuitBreaker((action: () => Promise<string>) => action(), optionsOf(config))
  const calls = new DeferredCalls((action) => breaker.fire(action))
  let openEvents = 0
  breaker.on('open', () => openEvents++)
  const stateNow = (): State => {
    if (!breaker.enabled) return 'disabled'
    if (breaker.closed) return 'closed'
    return breaker.halfOpen ? 'half_open' : 'open'
  }
  return {
    acquire: (call) => calls.acquire(call),
    settle: (call, outcome) => calls.settle(call, outcome),
    call: (outcome) => calls.call(outcome),
    force(to) {
      if (to === 'disabled') breaker.disable()
      else breaker.enable()
      if (to === 'open') breaker.open()
      else if (to === 'closed') breaker.close()
    },
    release: () => notMapped('release'),
    reset: () => notMapped('reset'),
    isolate: () => notMapped('isolate'),
    dispose: () => notMapped('dispose'),
    exportImport: () => notMapped('exportImport'),
    observe(): Observation {
      const { successes, failures, rejects } = breaker.stats
      return { state: stateNow(), total: successes + failures, failed: failures, rejected: rejects, openEvents }
    },
    destroy: () => breaker.shutdown(),
  }
}

export const opossum: Implementation = {
  name: 'opossum',
  title: 'opossum 10.0.0',
  shows: ['permit', 'permitted', 'state', 'total', 'failed', 'rejected', 'openEvents'],
  settlesLater: true,
  inexpressible,
  create,
}
