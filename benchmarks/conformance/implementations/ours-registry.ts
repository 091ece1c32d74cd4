// One key of a `BreakerRegistry`. Another key is used before each operation: all keys share one state machine, whose
// registers are loaded and stored around every use.
import { BreakerRegistry, type BreakerRegistryOptions, type CircuitBreakerOptions } from '@breakwater/breaker'
import { type Implementation, notMapped, type Subject } from '../implementation.ts'
import type { Config, Observation, Vector } from '../vector.ts'
import type { VirtualTime } from '../virtual-time.ts'
import { optionsOf } from './ours.ts'

const KEY = 'tested'
const OTHER = 'another'
/** Longer than any vector; a registry has no window without end. */
const FOR_EVER_MS = 1e12

function inexpressible({ config, steps }: Vector): string | undefined {
  const { window } = config
  if (window.type === 'count') return 'no count window'
  if (window.type === 'time' && window.ms / window.bucketMs > 60) return 'at most 60 buckets'
  if (config.maxConcurrent !== undefined) return 'no concurrency limit'
  const ended = new Set<string>()
  for (const step of steps) {
    if (step.op === 'isolate' || step.op === 'dispose') return 'no isolation handles'
    if (step.op === 'exportImport') return 'no export'
    if (step.op !== 'settle' && step.op !== 'release') continue
    if (ended.has(step.call)) return 'its permits are settled exactly once'
    ended.add(step.call)
  }
  return undefined
}

function registryOptions(config: Config): BreakerRegistryOptions {
  const { window } = config
  const unbounded = { rollingWindowSize: FOR_EVER_MS, rollingWindowBuckets: 1 }
  const buckets =
    window.type === 'time'
      ? { rollingWindowSize: window.ms, rollingWindowBuckets: window.ms / window.bucketMs }
      : unbounded
  const known: CircuitBreakerOptions = optionsOf(config)
  const { rollingWindowBucketMs: _bucketMs, maxConcurrent: _limit, ...options } = known
  return { ...options, ...buckets, idleTtlMs: Number.POSITIVE_INFINITY }
}

class OneKey implements Subject {
  readonly #registry: BreakerRegistry
  readonly #permits = new Map<string, number>()
  #openEvents = 0

  constructor(config: Config, time: VirtualTime) {
    this.#registry = new BreakerRegistry({ ...registryOptions(config), clock: { now: () => time.now() } })
    this.#registry.onStateChange = ({ name, to }) => {
      if (name === KEY && to === 'open') this.#openEvents++
    }
  }

  acquire(call: string): boolean {
    this.#useAnother()
    const permit = this.#registry.tryAcquire(KEY)
    if (permit !== 0) this.#permits.set(call, permit)
    return permit !== 0
  }

  settle(...[call, outcome, ms]: Parameters<Subject['settle']>): void {
    this.#useAnother()
    const permit = this.#permits.get(call) ?? 0
    if (outcome === 'ok') this.#registry.success(permit, ms)
    else if (outcome === 'ignore') this.#registry.ignore(permit)
    else this.#registry.failure(permit, ms)
  }

  release(call: string): void {
    this.#registry.release(this.#permits.get(call) ?? 0)
  }

  force(...[to, forMs]: Parameters<Subject['force']>): void {
    this.#registry.forceState(KEY, to, forMs === undefined ? {} : { forMs })
  }

  reset(): void {
    this.#registry.forceState(KEY, 'closed')
  }

  observe(): Observation {
    this.#useAnother()
    const { state, recent, slowCalls, consecutiveFailures, retryAfterMs } = this.#registry.getMetrics(KEY)
    return {
      state,
      total: recent.total,
      failed: recent.failures,
      slow: slowCalls,
      consecutive: consecutiveFailures,
      retryAfterMs,
      openEvents: this.#openEvents,
    }
  }

  isolate = (): never => notMapped('isolate')
  dispose = (): never => notMapped('dispose')
  exportImport = (): never => notMapped('exportImport')

  destroy(): void {
    this.#registry.destroy()
  }

  #useAnother(): void {
    const permit = this.#registry.tryAcquire(OTHER)
    if (permit === 0) this.#registry.forceState(OTHER, 'closed')
    else this.#registry.failure(permit, 1_000)
  }
}

export const oursRegistry: Implementation = {
  name: 'ours-registry',
  title: '@breakwater/breaker, a key of a registry',
  shows: ['permit', 'permitted', 'state', 'total', 'failed', 'slow', 'consecutive', 'retryAfterMs', 'openEvents'],
  settlesLater: false,
  inexpressible,
  create: ({ config }, time) => new OneKey(config, time),
}
