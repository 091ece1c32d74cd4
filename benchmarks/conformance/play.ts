// Runs one vector on one implementation: a fresh breaker, the steps in order, every key of `expect` after its step.
import { isDeepStrictEqual } from 'node:util'
import type { Implementation, Subject } from './implementation.ts'
import type { Expectation, ExpectKey, Op, SettledAs, Step, Vector } from './vector.ts'
import { flushMicrotasks, VirtualTime } from './virtual-time.ts'

/** The first expectation that did not hold. */
export interface Mismatch {
  /** Index in `steps`, from 0. */
  readonly step: number
  readonly op: Op
  /** `error` when the implementation threw. */
  readonly key: ExpectKey | 'error'
  readonly expected: unknown
  readonly got: unknown
}

export type Verdict =
  | { readonly status: 'pass' }
  | { readonly status: 'fail'; readonly mismatch: Mismatch }
  | { readonly status: 'not-expressible'; readonly reason: string }

/** How many of the acquires of a step were admitted; undefined for steps that acquire nothing. */
type Permitted = number | undefined

class Player {
  readonly #implementation: Implementation
  readonly #subject: Subject
  readonly #time: VirtualTime

  constructor(implementation: Implementation, subject: Subject, time: VirtualTime) {
    this.#implementation = implementation
    this.#subject = subject
    this.#time = time
  }

  async play(step: Step, index: number): Promise<Permitted> {
    const subject = this.#subject
    switch (step.op) {
      case 'acquire':
        return (await this.#acquire(step.call)) ? 1 : 0
      case 'acquireMany':
        return this.#times(step.n, (turn) => this.#acquire(`step ${index}, ${turn}`))
      case 'call':
        return this.#times(step.n ?? 1, (turn) => this.#call(step.outcome, step.ms ?? 0, `step ${index}, ${turn}`))
      case 'settle':
        subject.settle(step.call, step.outcome, step.ms ?? 0)
        break
      case 'release':
        subject.release(step.call)
        break
      case 'advance':
        await this.#time.advance(step.ms)
        break
      case 'wallClock':
        this.#time.jumpWallClock(step.ms)
        break
      case 'force':
        subject.force(step.to, step.forMs)
        break
      case 'reset':
        subject.reset()
        break
      case 'isolate':
        subject.isolate(step.handle)
        break
      case 'dispose':
        subject.dispose(step.handle)
        break
      case 'exportImport':
        subject.exportImport(step.downMs)
        break
    }
    await this.#settled()
    return undefined
  }

  async #times(n: number, once: (turn: number) => Promise<boolean>): Promise<number> {
    let permitted = 0
    for (let turn = 0; turn < n; turn++) if (await once(turn)) permitted++
    return permitted
  }

  async #acquire(call: string): Promise<boolean> {
    const admitted = this.#subject.acquire(call)
    await this.#settled()
    return admitted
  }

  async #call(outcome: SettledAs, ms: number, name: string): Promise<boolean> {
    if (this.#subject.call !== undefined) {
      const admitted = this.#subject.call(outcome, ms)
      await this.#settled()
      return admitted
    }
    if (!(await this.#acquire(name))) return false
    this.#subject.settle(name, outcome, ms)
    await this.#settled()
    return true
  }

  async #settled(): Promise<void> {
    if (this.#implementation.settlesLater) await flushMicrotasks()
  }
}

function firstMismatch(
  expect: Expectation,
  shows: readonly ExpectKey[],
  seen: Readonly<Record<string, unknown>>,
): Pick<Mismatch, 'key' | 'expected' | 'got'> | undefined {
  for (const [key, expected] of Object.entries(expect) as [ExpectKey, unknown][]) {
    if (shows.includes(key) && !isDeepStrictEqual(seen[key], expected)) return { key, expected, got: seen[key] }
  }
  return undefined
}

/** Nothing that the vector expects can be seen. */
function blind(vector: Vector, shows: readonly ExpectKey[]): boolean {
  const keys = vector.steps.flatMap((step) => Object.keys(step.expect ?? {}) as ExpectKey[])
  return keys.length > 0 && !keys.some((key) => shows.includes(key))
}

/** Runs alone: the clocks and timers of the process are replaced meanwhile. */
export async function playVector(implementation: Implementation, vector: Vector): Promise<Verdict> {
  const reason = implementation.inexpressible(vector)
  if (reason !== undefined) return { status: 'not-expressible', reason }
  if (blind(vector, implementation.shows))
    return { status: 'not-expressible', reason: 'shows none of what is expected' }
  const time = new VirtualTime()
  time.install()
  let subject: Subject | undefined
  let index = -1
  try {
    subject = implementation.create(vector, time)
    const player = new Player(implementation, subject, time)
    for (const step of vector.steps) {
      index++
      const permitted = await player.play(step, index)
      if (step.expect === undefined) continue
      const answers = permitted === undefined ? {} : { permit: permitted > 0, permitted }
      const found = firstMismatch(step.expect, implementation.shows, { ...subject.observe(), ...answers })
      if (found !== undefined) return { status: 'fail', mismatch: { step: index, op: step.op, ...found } }
    }
    return { status: 'pass' }
  } catch (error) {
    const op = vector.steps[Math.max(0, index)]?.op ?? 'acquire'
    const got = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { status: 'fail', mismatch: { step: index, op, key: 'error', expected: 'no error', got } }
  } finally {
    subject?.destroy()
    time.uninstall()
  }
}
