import type { CircuitBreaker as Core } from '../circuit-breaker.ts'
import { monotonicClock } from '../clock.ts'
import type { Deadline, TimerWheel } from '../timer-wheel.ts'
import type { OpossumState } from './opossum-options.ts'

/** Tells of the end of the wait when nobody calls: opossum emits `halfOpen` then, and some wait for it. */
export class HalfOpenNotice implements Deadline {
  deadline = 0
  previous: Deadline | undefined = undefined
  next: Deadline | undefined = undefined
  slot = -1
  /** Whether it was told for the present opening. */
  told = false
  readonly #wheel: TimerWheel
  readonly #tell: () => void

  constructor(wheel: TimerWheel, tell: () => void) {
    this.#wheel = wheel
    this.#tell = tell
  }

  /** Only while somebody listens is there a timer. */
  opened(waitMs: number, listened: boolean): void {
    this.cancel()
    this.told = false
    if (listened) this.#wheel.add(this, monotonicClock.now(), waitMs)
  }

  /** The first probe is admitted. */
  halfOpened(): void {
    this.cancel()
    this.expire()
  }

  cancel(): void {
    this.#wheel.remove(this)
  }

  expire(): void {
    if (this.told) return
    this.told = true
    this.#tell()
  }
}

/** Puts a fresh core into the state that `toJSON` of another one described. */
export function restoreState(core: Core, state: OpossumState | undefined, resetTimeoutMs: number): void {
  if (state === undefined || state.closed !== false) return
  if (state.halfOpen) {
    core.forceState('open', { forMs: 0 })
    return
  }
  const since = state.lastTimerAt === undefined ? 0 : Math.max(0, Date.now() - state.lastTimerAt)
  core.forceState('open', { forMs: Math.max(0, resetTimeoutMs - since) })
}
