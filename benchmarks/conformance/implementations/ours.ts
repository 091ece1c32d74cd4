// @breakwater/breaker in the terms of the format, through its public API only, at each level of use.
import { CircuitBreaker, type CircuitBreakerOptions, type Clock } from '@breakwater/breaker'
import type { Implementation, Subject } from '../implementation.ts'
import { allowedFailures, type Config, EXPECT_KEYS, type Observation, RATE_TOLERANCE, type Vector } from '../vector.ts'
import type { VirtualTime } from '../virtual-time.ts'
import { ActionError, DeferredCalls } from './deferred-calls.ts'

const OFF = Number.POSITIVE_INFINITY

function windowOptions({ window }: Config): CircuitBreakerOptions {
  if (window.type === 'count') return { countWindowSize: window.size }
  if (window.type === 'time') return { rollingWindowSize: window.ms, rollingWindowBucketMs: window.bucketMs }
  return { rollingWindowSize: OFF, rollingWindowBuckets: 1 }
}

/** More results than a vector has: rates are kept for half-open, but decide nothing while closed. */
const NEVER = 2 ** 24

/** A count window smaller than the minimum never decides. The library refuses such options; here the rates are off. */
function neverDecides({ window, minimumCalls = 0 }: Config): boolean {
  return window.type === 'count' && minimumCalls > window.size
}

function triggerOptions(config: Config): CircuitBreakerOptions {
  const { consecutiveFailures, slowMs, slowRate, failureRate } = config
  const blind = neverDecides(config)
  return {
    consecutiveFailures,
    ...(blind ? {} : { volumeThreshold: config.window.type === 'consecutive' ? NEVER : (config.minimumCalls ?? 0) }),
    failureThresholdPercentage: blind || failureRate === undefined ? false : failureRate * 100,
    thresholdComparison: config.compare,
    slowCallDurationThresholdMs: slowMs,
    ...(slowMs === undefined ? {} : { slowCallRateThreshold: blind || slowRate === undefined ? false : slowRate }),
  }
}

function halfOpenOptions({ halfOpen, failureRate }: Config): CircuitBreakerOptions {
  const { permits, decide, maxWaitMs = 0, maxWaitTo } = halfOpen
  const full = failureRate === undefined ? undefined : Math.max(1, Math.ceil(failureRate * permits - RATE_TOLERANCE))
  const failures = decide === 'early' ? allowedFailures(halfOpen) + 1 : full
  return {
    halfOpenMaxRequests: permits,
    halfOpenDecision: decide,
    ...(failures !== undefined && failures > permits
      ? { halfOpenToleratedFailureRate: 1 }
      : { halfOpenFailuresToOpen: failures }),
    halfOpenMaxWaitMs: maxWaitMs || OFF,
    halfOpenMaxWaitTo: maxWaitTo,
  }
}

export function optionsOf(config: Config): CircuitBreakerOptions {
  return {
    ...windowOptions(config),
    ...triggerOptions(config),
    ...halfOpenOptions(config),
    resetTimeout: config.openMs,
    openBoundary: config.openBoundary,
    backoffFactor: config.backoff?.factor,
    maxConcurrent: config.maxConcurrent,
  }
}

/** What both levels do alike; the breaker changes when it is imported anew. */
abstract class Ours {
  readonly #options: CircuitBreakerOptions
  readonly #handles = new Map<string, Disposable>()
  #openEvents = 0
  #thresholdEvents = 0
  breaker: CircuitBreaker

  constructor(options: CircuitBreakerOptions) {
    this.#options = options
    this.breaker = this.#make()
  }

  force(...[to, forMs]: Parameters<Subject['force']>): void {
    this.breaker.forceState(to, forMs === undefined ? {} : { forMs })
  }

  reset(): void {
    this.breaker.reset()
  }

  isolate(handle: string): void {
    this.#handles.set(handle, this.breaker.isolate())
  }

  dispose(handle: string): void {
    this.#handles.get(handle)?.[Symbol.dispose]()
  }

  exportImport(downMs: number): void {
    const snapshot = JSON.stringify(this.breaker.exportState())
    this.breaker.destroy()
    this.breaker = this.#make()
    this.breaker.importState(JSON.parse(snapshot), { downMs })
  }

  observe(): Required<Observation> {
    const { state, recent, slowCalls, consecutiveFailures, retryAfterMs, totals } = this.breaker.getMetrics()
    return {
      state,
      total: recent.total,
      failed: recent.failures,
      slow: slowCalls,
      rejected: totals.rejected,
      openEvents: this.#openEvents,
      thresholdEvents: this.#thresholdEvents,
      consecutive: consecutiveFailures,
      retryAfterMs,
    }
  }

  destroy(): void {
    this.breaker.destroy()
  }

  #make(): CircuitBreaker {
    const breaker = new CircuitBreaker('vector', this.#options)
    breaker.on('state-change', ({ to }) => {
      if (to === 'open') this.#openEvents++
    })
    breaker.on('threshold-reached', () => this.#thresholdEvents++)
    return breaker
  }
}

/** Synchronous permits. */
class PermitLevel extends Ours implements Subject {
  /** A permit belongs to the breaker that gave it. */
  readonly #permits = new Map<string, { readonly breaker: CircuitBreaker; readonly permit: number }>()

  acquire(call: string): boolean {
    const { breaker } = this
    const permit = breaker.tryAcquire()
    if (permit !== 0) this.#permits.set(call, { breaker, permit })
    return permit !== 0
  }

  settle(...[call, outcome, ms]: Parameters<Subject['settle']>): void {
    const held = this.#permits.get(call)
    if (outcome === 'ok') held?.breaker.success(held.permit, ms)
    else if (outcome === 'ignore') held?.breaker.ignore(held.permit)
    else held?.breaker.failure(held.permit, ms)
  }

  release(call: string): void {
    const held = this.#permits.get(call)
    held?.breaker.release(held.permit)
  }
}

/** Functions through `run`; a released call is aborted by its caller's signal. */
class RunLevel extends Ours implements Subject {
  readonly #calls: DeferredCalls
  readonly #callers = new Map<string, AbortController>()
  readonly #abortable: boolean
  /** Of the call that is about to start. */
  #next = new AbortController()

  constructor({ config, steps }: Vector, clock: Clock) {
    const ignores = steps.some((step) => 'outcome' in step && step.outcome === 'ignore')
    super({ ...optionsOf(config), clock, ...(ignores ? { classify } : {}) })
    // Without a signal calls take the short way; where nothing is released, that is the one to test.
    this.#abortable = steps.some(({ op }) => op === 'release')
    this.#calls = new DeferredCalls((action) => this.breaker.run(action, this.#signal()))
  }

  acquire(call: string): Promise<boolean> {
    this.#next = new AbortController()
    this.#callers.set(call, this.#next)
    return this.#calls.acquire(call)
  }

  settle(...[call, outcome]: Parameters<Subject['settle']>): void {
    this.#calls.settle(call, outcome)
  }

  call(...[outcome]: Parameters<NonNullable<Subject['call']>>): Promise<boolean> {
    this.#next = new AbortController()
    return this.#calls.call(outcome)
  }

  release(call: string): void {
    this.#callers.get(call)?.abort()
  }

  #signal(): { readonly signal: AbortSignal } | undefined {
    return this.#abortable ? { signal: this.#next.signal } : undefined
  }
}

function classify(error: unknown): 'success' | 'failure' | 'ignore' {
  if (error instanceof ActionError) return error.outcome === 'ignore' ? 'ignore' : 'failure'
  return error === undefined ? 'success' : 'failure'
}

/** A vector says how long a call took, whatever the clock says; `run` measures. Where the two differ about slowness… */
function saysOtherDurations({ config: { slowMs }, steps }: Vector): string | undefined {
  if (slowMs === undefined) return undefined
  const begun = new Map<string, number>()
  let now = 0
  for (const step of steps) {
    if (step.op === 'advance') now += step.ms
    if (step.op === 'acquire') begun.set(step.call, now)
    if (step.op !== 'settle' && step.op !== 'call') continue
    const measured = step.op === 'call' ? 0 : now - (begun.get(step.call) ?? now)
    if ((step.ms ?? 0) > slowMs !== measured > slowMs) return 'run() measures durations itself, by the clock'
  }
  return undefined
}

function permitLevel(name: string, title: string, clockOf: (time: VirtualTime) => Clock | undefined): Implementation {
  return {
    name,
    title: `@breakwater/breaker, ${title}`,
    shows: EXPECT_KEYS,
    settlesLater: false,
    inexpressible: () => undefined,
    create: ({ config }, time) => new PermitLevel({ ...optionsOf(config), clock: clockOf(time) }),
  }
}

/** Every result reads the injected clock. */
export const oursPermit: Implementation = permitLevel('ours-permit', 'permits', (time) => ({ now: () => time.now() }))

/** The clock of the platform, on which quick successes share a reading: as in production and in the benchmarks. */
export const oursPlatformClock: Implementation = permitLevel(
  'ours-platform-clock',
  'permits on performance.now',
  () => undefined,
)

export const oursRun: Implementation = {
  name: 'ours-run',
  title: '@breakwater/breaker, run()',
  shows: EXPECT_KEYS,
  settlesLater: true,
  inexpressible: saysOtherDurations,
  create: (vector, time) => new RunLevel(vector, { now: () => time.now() }),
}
