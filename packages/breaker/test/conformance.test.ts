import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CircuitBreaker, type CircuitBreakerOptions, type CircuitState, type IsolationHandle } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

interface Config {
  window: { type: string; ms?: number; bucketMs?: number; size?: number }
  minimumCalls?: number
  failureRate?: number
  consecutiveFailures?: number
  compare?: string
  slowMs?: number
  slowRate?: number
  openMs: number
  openBoundary?: string
  backoff?: { factor: number }
  maxConcurrent?: number
  halfOpen: {
    permits: number
    decide: string
    failuresToOpen?: number
    failureRate?: number
    maxWaitMs: number
    maxWaitTo?: string
  }
}

interface Step {
  op: string
  call?: string
  n?: number
  outcome?: string
  ms?: number
  to?: string
  forMs?: number
  handle?: string
  downMs?: number
  expect?: Record<string, unknown>
}

interface Vector {
  id: string
  title: string
  config: Config
  steps: Step[]
}

function optionsOf({ window, halfOpen, ...config }: Config, clock: FakeClock): CircuitBreakerOptions {
  const tolerated = halfOpen.failuresToOpen === undefined ? (halfOpen.failureRate ?? 0) : undefined
  return {
    clock,
    failureThresholdPercentage: config.failureRate === undefined ? false : config.failureRate * 100,
    thresholdComparison: config.compare as '>=' | undefined,
    volumeThreshold: config.minimumCalls,
    consecutiveFailures: config.consecutiveFailures,
    countWindowSize: window.type === 'count' ? window.size : undefined,
    rollingWindowSize: window.type === 'consecutive' ? Number.POSITIVE_INFINITY : window.ms,
    rollingWindowBucketMs: window.bucketMs,
    slowCallDurationThresholdMs: config.slowMs,
    slowCallRateThreshold: config.slowRate ?? false,
    resetTimeout: config.openMs,
    backoffFactor: config.backoff?.factor,
    openBoundary: config.openBoundary as 'inclusive' | undefined,
    maxConcurrent: config.maxConcurrent,
    halfOpenMaxRequests: halfOpen.permits,
    halfOpenMaxWaitMs: halfOpen.maxWaitMs || Number.POSITIVE_INFINITY,
    halfOpenMaxWaitTo: halfOpen.maxWaitTo as 'open' | undefined,
    ...(halfOpen.decide === 'early'
      ? {
          halfOpenDecision: 'early',
          halfOpenFailuresToOpen: halfOpen.failuresToOpen,
          halfOpenToleratedFailureRate: tolerated,
        }
      : {}),
  }
}

/** One level of the API, driven by a vector. Both answer whether the call was admitted. */
interface Driver {
  acquire(call: string): boolean
  settle(call: string, outcome: string, ms: number): void
  release(call: string): void
}

function permitDriver(breaker: CircuitBreaker): Driver {
  const permits = new Map<string, number>()
  const permitOf = (call: string): number => permits.get(call) ?? 0
  return {
    acquire(call) {
      const permit = breaker.tryAcquire()
      permits.set(call, permit)
      return permit > 0
    },
    settle(call, outcome, ms) {
      if (outcome === 'ok') breaker.success(permitOf(call), ms)
      else if (outcome === 'ignore') breaker.ignore(permitOf(call))
      else breaker.failure(permitOf(call), ms)
    },
    release: (call) => breaker.release(permitOf(call)),
  }
}

class Ignored extends Error {}

/** The same through `run`: a call that is refused never starts its function; a released one is aborted. */
function runDriver(breaker: CircuitBreaker): Driver {
  const pending = new Map<string, { settle: (outcome: string) => void; abort: () => void }>()
  return {
    acquire(call) {
      let started = false
      const caller = new AbortController()
      let settle: (outcome: string) => void = () => {}
      const action = (): Promise<void> => {
        started = true
        return new Promise((resolve, reject) => {
          settle = (outcome) => {
            if (outcome === 'ok') resolve()
            else reject(outcome === 'ignore' ? new Ignored() : new Error(outcome))
          }
        })
      }
      breaker.run(action, { signal: caller.signal }).catch(() => {})
      if (started) pending.set(call, { settle, abort: () => caller.abort() })
      return started
    },
    settle: (call, outcome) => pending.get(call)?.settle(outcome),
    release: (call) => pending.get(call)?.abort(),
  }
}

const flush = async (): Promise<void> => {
  for (let turn = 0; turn < 8; turn++) await undefined
}

async function runVector(vector: Vector, drive: (breaker: CircuitBreaker) => Driver): Promise<void> {
  const clock = new FakeClock()
  const classify = (error: unknown): 'ignore' | 'failure' | 'success' =>
    error instanceof Ignored ? 'ignore' : error === undefined ? 'success' : 'failure'
  const make = (): CircuitBreaker => new CircuitBreaker(vector.id, { ...optionsOf(vector.config, clock), classify })
  let breaker = make()
  let driver = drive(breaker)
  /** The driver each call was begun through: after an import the old breaker's calls mean nothing to the new one. */
  const begunBy = new Map<string, Driver>()
  const handles = new Map<string, IsolationHandle>()
  for (const [index, step] of vector.steps.entries()) {
    const { op, call = '', n = 1, outcome = 'ok', ms = 0 } = step
    let permitted = 0
    if (op === 'acquire') {
      permitted = driver.acquire(call) ? 1 : 0
      begunBy.set(call, driver)
    } else if (op === 'settle') begunBy.get(call)?.settle(call, outcome, ms)
    else if (op === 'release') begunBy.get(call)?.release(call)
    else if (op === 'advance') clock.advance(ms)
    else if (op === 'force') breaker.forceState(step.to as CircuitState, { forMs: step.forMs })
    else if (op === 'reset') breaker.reset()
    else if (op === 'isolate') handles.set(step.handle ?? '', breaker.isolate())
    else if (op === 'dispose') handles.get(step.handle ?? '')?.dispose()
    else if (op === 'exportImport') {
      const snapshot = JSON.parse(JSON.stringify(breaker))
      breaker = make()
      breaker.importState(snapshot, { downMs: step.downMs })
      driver = drive(breaker)
    } else if (op === 'acquireMany' || op === 'call') {
      for (let i = 0; i < n; i++) {
        const name = `${index}:${i}`
        if (!driver.acquire(name)) continue
        permitted++
        if (op === 'call') driver.settle(name, outcome, ms)
        await flush()
      }
    } else if (op !== 'wallClock') throw new Error(`unknown op ${op}`)
    await flush()
    const { totals, state, recent, slowCalls, consecutiveFailures, retryAfterMs } = breaker.getMetrics()
    const seen: Record<string, unknown> = {
      permit: permitted === 1,
      permitted,
      state,
      total: recent.total,
      failed: recent.failures,
      slow: slowCalls,
      rejected: totals.rejected,
      openEvents: totals.opens,
      thresholdEvents: totals.thresholds,
      consecutive: consecutiveFailures,
      retryAfterMs,
    }
    const wanted = step.expect ?? {}
    const compared = Object.fromEntries(Object.keys(wanted).map((key) => [key, seen[key]]))
    expect(compared, `step ${index}: ${JSON.stringify(step)}`).toEqual(wanted)
  }
  breaker.destroy()
}

const file = fileURLToPath(new URL('../../../../shared/conformance/breaker-vectors.jsonl', import.meta.url))

describe.skipIf(!existsSync(file))('shared conformance vectors (skipped when ../shared is absent)', () => {
  const vectors: Vector[] = existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as Vector)
    : []
  /** A vector hands durations to the recorder while its clock stands still: `run` measures by that clock. */
  const handsDurations = ({ steps }: Vector): boolean => steps.some(({ op, ms }) => op === 'call' && (ms ?? 0) > 0)

  for (const vector of vectors) {
    it(`permits: ${vector.id} — ${vector.title}`, () => runVector(vector, permitDriver))
    it.skipIf(handsDurations(vector))(`run(): ${vector.id} — ${vector.title}`, () => runVector(vector, runDriver))
  }
})
