// The design this package replaces (array window) in the terms of the format.
import { ArrayWindowBreaker, type LegacyState } from '../../suites/breaker/designs/array-window-breaker.ts'
import { type Implementation, notMapped, type Subject } from '../implementation.ts'
import { allowedFailures, type Observation, type State, type Vector } from '../vector.ts'
import { DeferredCalls } from './deferred-calls.ts'

const STATES: Readonly<Record<LegacyState, State>> = { CLOSED: 'closed', OPEN: 'open', HALF_OPEN: 'half_open' }
const FORCED: Readonly<Partial<Record<State, LegacyState>>> = { closed: 'CLOSED', open: 'OPEN', half_open: 'HALF_OPEN' }

function inexpressible({ config, steps }: Vector): string | undefined {
  const { window, halfOpen } = config
  if (window.type === 'count') return 'no count window'
  if (window.type === 'consecutive' && config.consecutiveFailures !== 1) return 'no trigger by consecutive failures'
  if (window.type === 'time' && config.consecutiveFailures !== undefined) return 'no trigger by consecutive failures'
  if (config.compare === '>') return 'no strict comparison'
  if (config.slowMs !== undefined && steps.some((step) => 'ms' in step && step.op !== 'advance')) {
    return 'no slow-call rate'
  }
  if (config.backoff !== undefined) return 'no growing open time'
  if (config.openBoundary === 'exclusive') return 'its boundary is inclusive'
  if (config.maxConcurrent !== undefined) return 'no concurrency limit'
  if (halfOpen.permits > 1 && (halfOpen.decide === 'full' || allowedFailures(halfOpen) > 0)) {
    return 'the first failed probe opens'
  }
  if (halfOpen.maxWaitTo === 'closed') return 'no half-open max wait'
  for (const step of steps) {
    if (step.op === 'release' || step.op === 'exportImport') return `${step.op} is not there`
    if (step.op === 'isolate' || step.op === 'dispose') return 'no isolation'
    if ('outcome' in step && step.outcome === 'ignore') return 'no neutral outcome'
    if (step.op !== 'force') continue
    if (step.forMs !== undefined) return 'no duration for a forced open'
    if (FORCED[step.to] === undefined) return `no forced ${step.to}`
  }
  return undefined
}

function create({ config }: Vector): Subject {
  const { window, failureRate = 0, minimumCalls = 0, halfOpen } = config
  const breaker = new ArrayWindowBreaker('vector', {
    failureThreshold: window.type === 'consecutive' ? 1 : Number.POSITIVE_INFINITY,
    failureThresholdPercentage: window.type === 'consecutive' ? Number.POSITIVE_INFINITY : failureRate * 100,
    timeout: 0,
    resetTimeout: config.openMs,
    rollingWindowSize: window.type === 'time' ? window.ms : Number.POSITIVE_INFINITY,
    volumeThreshold: window.type === 'time' ? minimumCalls : 0,
    halfOpenMaxRequests: halfOpen.permits,
    fallbackEnabled: false,
    keptRecords: 500,
  })
  const calls = new DeferredCalls((action) => breaker.execute(action))
  let openEvents = 0
  breaker.on('state-change', ({ to }: { readonly to: LegacyState }) => {
    if (to === 'OPEN') openEvents++
  })
  return {
    acquire: (call) => calls.acquire(call),
    settle: (call, outcome) => calls.settle(call, outcome),
    call: (outcome) => calls.call(outcome),
    force: (to) => breaker.forceState(FORCED[to] ?? notMapped(`force ${to}`)),
    reset: () => breaker.reset(),
    release: () => notMapped('release'),
    isolate: () => notMapped('isolate'),
    dispose: () => notMapped('dispose'),
    exportImport: () => notMapped('exportImport'),
    observe(): Observation {
      const { rejectedRequests: rejected } = breaker.getMetrics()
      return { state: STATES[breaker.getState()], ...breaker.recent(), rejected, openEvents }
    },
    destroy: () => void breaker.removeAllListeners(),
  }
}

export const legacy: Implementation = {
  name: 'legacy',
  title: 'legacy design (array window)',
  shows: ['permit', 'permitted', 'state', 'total', 'failed', 'rejected', 'openEvents'],
  settlesLater: true,
  inexpressible,
  create,
}
