import type { Clock } from './clock.ts'
import type { Settings } from './settings.ts'
import type { RefusalReason, StateMachine } from './states.ts'
import type { Deadline, TimerWheel } from './timer-wheel.ts'

/** A call that waits for its turn. Ends by admission, refusal, its time limit or its caller's signal. */
class Waiting implements Deadline {
  deadline = 0
  previous: Deadline | undefined = undefined
  next: Deadline | undefined = undefined
  slot = -1
  readonly admit: (generation: number) => void
  readonly refuse: (reason: unknown) => void
  readonly signal: AbortSignal | undefined
  readonly #line: WaitingLine
  readonly #reason: RefusalReason

  constructor(
    line: WaitingLine,
    reason: RefusalReason,
    signal: AbortSignal | undefined,
    admit: (generation: number) => void,
    refuse: (reason: unknown) => void,
  ) {
    this.#line = line
    this.#reason = reason
    this.signal = signal
    this.admit = admit
    this.refuse = refuse
    signal?.addEventListener('abort', this)
  }

  expire(): void {
    this.#line.leave(this)
    this.refuse(this.#line.refusal(this.#reason))
  }

  handleEvent(): void {
    this.#line.leave(this)
    this.refuse(this.signal?.reason)
  }
}

/**
 * Calls that wait while the concurrency limit is reached or all probes are taken: first come, first served, at most
 * `maxQueued`, none for longer than `queueTimeoutMs`.
 *
 * ```
 *   run() ─ refused ─► ┌───┬───┬───┐ ─ a call settled, the state changed ─► tryAcquire ─► admitted
 *                      │ 1 │ 2 │ 3 │                                              └─────► still refused: stay
 *                      └───┴───┴───┘ ─ circuit open or isolated: all are refused at once
 * ```
 */
export class WaitingLine {
  readonly #waiting: Set<Waiting> = new Set()
  readonly #settings: Settings
  readonly #machine: StateMachine
  readonly #clock: Clock
  readonly #wheel: TimerWheel
  /** Makes, and counts, the error of a refusal. */
  readonly refusal: (reason: RefusalReason) => Error
  #serving = false

  constructor(settings: Settings, machine: StateMachine, wheel: TimerWheel, refusal: (reason: RefusalReason) => Error) {
    this.#settings = settings
    this.#machine = machine
    this.#clock = settings.clock
    this.#wheel = wheel
    this.refusal = refusal
  }

  /** The generation of the call once it is admitted; call it after a refused acquire. */
  enter(signal: AbortSignal | undefined): Promise<number> {
    const reason = this.#machine.refusal
    const mayWait = reason === 'concurrency' || reason === 'half_open'
    if (!mayWait || this.#waiting.size >= this.#settings.maxQueued) return Promise.reject(this.refusal(reason))
    return new Promise((admit, refuse) => {
      const waiting = new Waiting(this, reason, signal, admit, refuse)
      this.#waiting.add(waiting)
      this.#wheel.add(waiting, this.#clock.now(), this.#settings.queueTimeoutMs)
    })
  }

  leave(waiting: Waiting): void {
    this.#waiting.delete(waiting)
    this.#wheel.remove(waiting)
    waiting.signal?.removeEventListener('abort', waiting)
  }

  /** A place may have become free, or the state may have changed. */
  serve(): void {
    // An acquire may change the state, which leads here again.
    if (this.#serving) return
    this.#serving = true
    for (const waiting of this.#waiting) {
      const generation = this.#machine.tryAcquire()
      if (generation === 0) {
        const reason = this.#machine.refusal
        if (reason === 'concurrency' || reason === 'half_open') break
        this.leave(waiting)
        waiting.refuse(this.refusal(reason))
      } else {
        this.leave(waiting)
        waiting.admit(generation)
      }
    }
    this.#serving = false
  }
}
