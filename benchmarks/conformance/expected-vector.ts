// Turns a random sequence into a vector: the naive model plays it and writes down what it saw after every step.
import { Oracle } from './implementations/oracle.ts'
import type { Config, Expectation, Observation, Step, Vector } from './vector.ts'

/** A clock that is moved by hand. */
class HandClock {
  #now = 0

  now(): number {
    return this.#now
  }

  advance(ms: number): void {
    this.#now += ms
  }
}

/** How many acquires of the step were admitted; undefined for steps that acquire nothing. */
function apply(oracle: Oracle, step: Step, index: number): number | undefined {
  const times = (n: number, once: (call: string) => boolean): number =>
    Array.from({ length: n }, (_, turn) => once(`step ${index}, ${turn}`)).filter(Boolean).length
  switch (step.op) {
    case 'acquire':
      return oracle.acquire(step.call) ? 1 : 0
    case 'acquireMany':
      return times(step.n, (call) => oracle.acquire(call))
    case 'call':
      return times(step.n ?? 1, (call) => {
        const admitted = oracle.acquire(call)
        if (admitted) oracle.settle(call, step.outcome, step.ms ?? 0)
        return admitted
      })
    case 'settle':
      return void oracle.settle(step.call, step.outcome, step.ms ?? 0)
    case 'release':
      return void oracle.release(step.call)
    case 'force':
      return void oracle.force(step.to, step.forMs)
    case 'reset':
      return void oracle.reset()
    case 'isolate':
      return void oracle.isolate(step.handle)
    case 'dispose':
      return void oracle.dispose(step.handle)
    case 'exportImport':
      return void oracle.exportImport(step.downMs)
    default:
      return undefined
  }
}

/**
 * Leaves out steps whose meaning the format does not say, judged by what has happened before them: an id is not taken
 * twice, nor a handle that is held; isolation by handle is not mixed with isolation by force; a breaker is not exported
 * while isolated, and a time window (which may or may not age meanwhile) not with `downMs`.
 */
class Sayable {
  readonly #config: Config
  readonly #calls = new Set<string>()
  readonly #handles = new Set<string>()

  constructor(config: Config) {
    this.#config = config
  }

  allows(step: Step, state: Observation['state']): boolean {
    if (step.op === 'acquire') {
      if (this.#calls.has(step.call)) return false
      this.#calls.add(step.call)
    }
    if (step.op === 'isolate') {
      if (state === 'isolated' && this.#handles.size === 0) return false
      if (this.#handles.has(step.handle)) return false
      this.#handles.add(step.handle)
    }
    if (step.op === 'dispose') this.#handles.delete(step.handle)
    if (step.op === 'reset' || step.op === 'force') this.#handles.clear()
    if (step.op === 'force' && step.to === 'isolated') return state !== 'isolated'
    if (step.op !== 'exportImport') return true
    if (state === 'isolated') return false
    // "0 remaining" and "one millisecond later" contradict each other.
    if (state === 'half_open' && this.#config.openBoundary === 'exclusive') return false
    return step.downMs === 0 || this.#config.window.type !== 'time'
  }
}

/** All that the format defines in that state. */
function expectation(oracle: Oracle, permitted: number | undefined, imported: boolean): Expectation {
  const { state, openEvents, thresholdEvents, rejected, consecutive, retryAfterMs, ...counts } = oracle.observe()
  return {
    ...(permitted === undefined ? {} : { permitted }),
    state,
    ...counts,
    ...(oracle.probed ? {} : { consecutive }),
    ...(state === 'open' ? { retryAfterMs: Math.ceil(retryAfterMs) } : {}),
    ...(imported ? {} : { openEvents, thresholdEvents, rejected }),
  }
}

export function expectedVector(config: Config, sequence: readonly Step[]): Vector {
  const clock = new HandClock()
  const oracle = new Oracle(config, clock)
  const sayable = new Sayable(config)
  const steps: Step[] = []
  let imported = false
  for (const step of sequence) {
    if (!sayable.allows(step, oracle.observe().state)) continue
    if (step.op === 'advance') clock.advance(step.ms)
    const permitted = apply(oracle, step, steps.length)
    imported ||= step.op === 'exportImport'
    steps.push({ ...step, expect: expectation(oracle, permitted, imported) })
  }
  return { id: 'random', title: 'random', config, steps }
}
