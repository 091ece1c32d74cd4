import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import { UpstreamTimeoutError } from '../errors.ts'
import type { ForwardTimeouts } from '../handler.ts'

/** Where a forwarded request stands. */
export type ForwardPhase = 'waiting' | 'uploading' | 'headers' | 'answering' | 'ending' | 'over'

const NONE: ForwardTimeouts = { headersMs: 0, idleMs: 0, totalMs: 0 }

/**
 * Phase and time-outs of one forwarded request: two deadlines, no timer.
 *
 *    waiting, headers: headersMs · uploading, answering, ending: idleMs, anew with every piece · all of it: totalMs
 */
export class ForwardClock {
  #timeouts: ForwardTimeouts
  readonly #phaseDeadline: Deadline
  readonly #totalDeadline: Deadline
  #phase: ForwardPhase = 'waiting'
  #isOutOfTime = false

  /** @param timeouts left out by an owner that calls `restart` before anything else */
  constructor(owner: DeadlineOwner, timeouts: ForwardTimeouts = NONE) {
    this.#timeouts = timeouts
    this.#phaseDeadline = new Deadline(owner)
    this.#totalDeadline = new Deadline(owner)
    deadlines.arm(this.#totalDeadline, timeouts.totalMs)
  }

  /** The next request of a clock that is used again. */
  restart(timeouts: ForwardTimeouts): void {
    this.#timeouts = timeouts
    this.#phase = 'waiting'
    this.#isOutOfTime = false
    if (timeouts.totalMs > 0) deadlines.arm(this.#totalDeadline, timeouts.totalMs)
  }

  get phase(): ForwardPhase {
    return this.#phase
  }

  /** The time for the whole exchange is used up: no further attempt. */
  get isOutOfTime(): boolean {
    return this.#isOutOfTime
  }

  enter(phase: ForwardPhase): void {
    this.#phase = phase
    if (phase === 'over') {
      deadlines.disarm(this.#phaseDeadline)
      deadlines.disarm(this.#totalDeadline)
      return
    }
    const waitsForHead = phase === 'waiting' || phase === 'headers'
    deadlines.arm(this.#phaseDeadline, waitsForHead ? this.#timeouts.headersMs : this.#timeouts.idleMs)
  }

  /** A piece of the body moved. */
  touch(): void {
    deadlines.touch(this.#phaseDeadline)
  }

  /** Nothing of the upstream is waited for until the next `enter`. */
  rest(): void {
    deadlines.disarm(this.#phaseDeadline)
  }

  /** What it means that a deadline of this clock passed. */
  expired(deadline: Deadline): UpstreamTimeoutError {
    const { headersMs, idleMs, totalMs } = this.#timeouts
    if (deadline === this.#totalDeadline) {
      this.#isOutOfTime = true
      return new UpstreamTimeoutError('total', totalMs)
    }
    switch (this.#phase) {
      case 'waiting':
        return new UpstreamTimeoutError('queue', headersMs)
      case 'headers':
        return new UpstreamTimeoutError('headers', headersMs)
      case 'uploading':
        return new UpstreamTimeoutError('upload', idleMs)
      default:
        return new UpstreamTimeoutError('idle', idleMs)
    }
  }
}
