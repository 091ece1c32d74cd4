import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CircuitBreaker, type CircuitBreakerOptions, type CircuitState } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'

interface Config {
  window: { type: string; ms?: number; bucketMs?: number; size?: number }
  minimumCalls?: number
  failureRate?: number
  consecutiveFailures?: number
  compare?: string
  slowMs?: number
  openMs: number
  openBoundary?: string
  backoff?: unknown
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
  expect?: Record<string, unknown>
}

interface Vector {
  id: string
  title: string
  config: Config
  steps: Step[]
}

/** What this version has no option or operation for, each with the reason a vector gives for needing it. */
const unsupported: Record<string, (vector: Vector) => boolean> = {
  'slow-call rate': ({ config, steps }) =>
    config.slowMs !== undefined && steps.some((step) => (step.ms ?? 0) > (config.slowMs ?? 0) && step.op !== 'advance'),
  'strict comparison': ({ config }) => config.compare === '>',
  'exclusive open boundary': ({ config }) => config.openBoundary === 'exclusive',
  'open-time backoff': ({ config }) => config.backoff !== undefined,
  'concurrency limit': ({ config }) => config.maxConcurrent !== undefined,
  'half-open max wait to closed': ({ config }) => config.halfOpen.maxWaitTo === 'closed',
  'isolated, disabled, metrics-only': ({ steps }) =>
    steps.some(({ to }) => to === 'isolated' || to === 'disabled' || to === 'metrics_only'),
  'isolation handles': ({ steps }) => steps.some(({ op }) => op === 'isolate' || op === 'dispose'),
  'open for a given time': ({ steps }) => steps.some(({ forMs }) => forMs !== undefined),
  hydration: ({ steps }) => steps.some(({ op }) => op === 'exportImport'),
  'second settlement of one permit': ({ steps }) => {
    const settled = steps.filter(({ op }) => op === 'settle' || op === 'release').map(({ call }) => call)
    return new Set(settled).size < settled.length
  },
}

function optionsOf({ window, halfOpen, ...config }: Config, clock: FakeClock): CircuitBreakerOptions {
  const allowed = Math.floor((halfOpen.failureRate ?? 0) * halfOpen.permits + 1e-9)
  return {
    clock,
    failureThresholdPercentage: config.failureRate === undefined ? false : config.failureRate * 100,
    ...(config.minimumCalls === undefined ? {} : { volumeThreshold: config.minimumCalls }),
    ...(config.consecutiveFailures === undefined ? {} : { consecutiveFailures: config.consecutiveFailures }),
    ...(window.type === 'count' && window.size !== undefined ? { countWindowSize: window.size } : {}),
    ...(window.type === 'time' && window.ms !== undefined && window.bucketMs !== undefined
      ? { rollingWindowSize: window.ms, rollingWindowBuckets: window.ms / window.bucketMs }
      : {}),
    resetTimeout: config.openMs,
    halfOpenMaxRequests: halfOpen.permits,
    halfOpenMaxWaitMs: halfOpen.maxWaitMs || Number.POSITIVE_INFINITY,
    ...(halfOpen.decide === 'early'
      ? { halfOpenDecision: 'early', halfOpenFailuresToOpen: halfOpen.failuresToOpen ?? allowed + 1 }
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
  const take = (call: string): number => {
    const permit = permits.get(call) ?? 0
    permits.delete(call)
    return permit
  }
  return {
    acquire(call) {
      const permit = breaker.tryAcquire()
      permits.set(call, permit)
      return permit > 0
    },
    settle(call, outcome, ms) {
      if (outcome === 'ok') breaker.success(take(call), ms)
      else if (outcome === 'ignore') breaker.ignore(take(call))
      else breaker.failure(take(call), ms)
    },
    release: (call) => breaker.release(take(call)),
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
  const breaker = new CircuitBreaker(vector.id, { ...optionsOf(vector.config, clock), classify })
  const driver = drive(breaker)
  let openEvents = 0
  breaker.on('state-change', ({ to }) => {
    if (to === 'open') openEvents++
  })
  for (const [index, step] of vector.steps.entries()) {
    const { op, call = '', n = 1, outcome = 'ok', ms = 0 } = step
    let permitted = 0
    if (op === 'acquire') permitted = driver.acquire(call) ? 1 : 0
    else if (op === 'settle') driver.settle(call, outcome, ms)
    else if (op === 'release') driver.release(call)
    else if (op === 'advance') clock.advance(ms)
    else if (op === 'force') breaker.forceState(step.to as CircuitState)
    else if (op === 'reset') breaker.reset()
    else if (op === 'acquireMany' || op === 'call') {
      for (let i = 0; i < n; i++) {
        const name = `${index}:${i}`
        if (!driver.acquire(name)) continue
        permitted++
        if (op === 'call') driver.settle(name, outcome, ms)
        await flush()
      }
    } else if (op !== 'wallClock') throw new Error(`unknown op ${op}`)
    await flush()
    const { totals, state, recent, consecutiveFailures, retryAfterMs } = breaker.getMetrics()
    const seen: Record<string, unknown> = {
      permit: permitted === 1,
      permitted,
      state,
      total: recent.total,
      failed: recent.failures,
      rejected: totals.rejected,
      openEvents,
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
  const missing = (vector: Vector): string[] => Object.keys(unsupported).filter((name) => unsupported[name]?.(vector))
  const expressible = vectors.filter((vector) => missing(vector).length === 0)

  it('expresses at least 15 of them', () => {
    expect(expressible.length).toBeGreaterThanOrEqual(15)
  })

  for (const vector of expressible) {
    it(`permits: ${vector.id} — ${vector.title}`, () => runVector(vector, permitDriver))
    it(`run(): ${vector.id} — ${vector.title}`, () => runVector(vector, runDriver))
  }

  for (const vector of vectors.filter((candidate) => missing(candidate).length > 0)) {
    it.skip(`${vector.id} needs: ${missing(vector).join(', ')}`, () => {})
  }
})
