import { monotonicClock } from './clock.ts'
import type { Settings } from './settings.ts'
import { atEndOfTurn, knowsTurns, type TurnListener } from './turn.ts'

/** Successes taken on one reading of the clock. A reading costs 35–60 ns, ten times what else a success costs. */
export const stride = 256
/** Results follow each other quickly when no more than this lies between two of them, ms. */
const quickMs = 0.01
/** So many quick results in a row before batching begins: single calls never pay for the end-of-turn notice. */
const quickRun = 4

/**
 * Decides whether successes may share one reading of the clock: only while they follow each other within microseconds
 * and within one turn of the event loop, where nothing can have been waited for. A batch never outlives its turn, so a
 * pause never dates a result back; the error is at most 2.6 ms.
 */
export class Pace implements TurnListener {
  readonly #onTurnEnd: () => void
  readonly #possible: boolean
  #last = Number.NEGATIVE_INFINITY
  #run = 0
  #armed = false

  constructor(settings: Settings, resolutionMs: number, onTurnEnd: () => void) {
    this.#onTurnEnd = onTurnEnd
    // Any other clock may be moved by hand: then every result has to ask it.
    this.#possible = knowsTurns && settings.clock === monotonicClock && resolutionMs >= stride * quickMs
  }

  /** Told the time of a result that read the clock; `count` results were recorded since the reading before. */
  isQuick(now: number, count: number): boolean {
    if (!this.#possible) return false
    const quick = now - this.#last <= quickMs * count
    this.#last = now
    if (!quick) {
      this.#run = 0
      return false
    }
    if (this.#run < quickRun) {
      this.#run++
      return false
    }
    if (!this.#armed) {
      this.#armed = true
      atEndOfTurn(this)
    }
    return true
  }

  endTurn(): void {
    this.#armed = false
    this.#run = 0
    this.#onTurnEnd()
  }
}
