import { Circuit, type CircuitListener, type OverdueCalls } from './circuit.ts'
import type { CircuitState, StateChangeReason } from './events.ts'
import type { HalfOpenEpisode } from './half-open-episode.ts'
import type { IsolationHandle } from './isolation.ts'
import { openWaitMs } from './open-wait.ts'
import type { OutcomeWindow } from './outcome-window.ts'
import type { Settings } from './settings.ts'
import { isOpenToAll, none } from './state-data.ts'
import { tripReason } from './trip.ts'

/** Why an acquire was refused. */
export type RefusalReason = 'open' | 'half_open' | 'isolated' | 'concurrency' | 'destroyed'

/** What the present state decides by. */
export interface Sample {
  readonly total: number
  readonly failures: number
  readonly slow: number
}

/**
 * Admission and results of one circuit. The states themselves, with their diagram, are in circuit.ts.
 *
 * ```
 *   tryAcquire ──► generation ──► the call ──► settle | giveBack
 *                  (0: refused)                 exactly one of them; whoever hands out permits sees to that
 * ```
 */
export class StateMachine {
  readonly circuit: Circuit
  readonly #settings: Settings
  /** Calls in flight; counted only when there is a limit for them. */
  #inFlight = 0
  readonly #limit: number
  /** Why the last acquire was refused. */
  refusal: RefusalReason = 'open'

  constructor(settings: Settings, window: OutcomeWindow, overdue: OverdueCalls | undefined, listener: CircuitListener) {
    this.circuit = new Circuit(settings, window, overdue, listener)
    this.#settings = settings
    this.#limit = settings.maxConcurrent
  }

  /** A generation, or 0 when refused. While closed: one comparison. */
  tryAcquire(): number {
    const generation = this.circuit.freeGeneration
    return generation === none ? this.#admit() : generation
  }

  /** True when the result was of the present generation and is counted. */
  settle(generation: number, success: boolean, slow: boolean): boolean {
    if (this.#inFlight > 0) this.#inFlight--
    const circuit = this.circuit
    if (generation === circuit.recordingGeneration && generation !== none) {
      this.#record(success, slow)
      return true
    }
    const episode = this.#episode(generation)
    if (episode === undefined) return false
    circuit.failureRun = success ? 0 : circuit.failureRun + 1
    const next = episode.record(success, slow)
    if (next === 'open') circuit.open('probes-failed', circuit.lastNow)
    else if (next === 'closed') circuit.close('probes-succeeded', circuit.lastNow)
    return true
  }

  /** Takes a permit back without a result; true when it was of the present generation. */
  giveBack(generation: number): boolean {
    if (this.#inFlight > 0) this.#inFlight--
    if (generation === this.circuit.recordingGeneration) return generation !== none
    const episode = this.#episode(generation)
    episode?.giveBack()
    return episode !== undefined
  }

  force(to: CircuitState, reason: StateChangeReason, forMs?: number): void {
    const circuit = this.circuit
    if (circuit.retired) return
    const now = circuit.applyDue()
    if (to === 'closed') circuit.close(reason, now)
    else if (to === 'open') circuit.open(reason, now, forMs)
    else if (to === 'half_open') circuit.halfOpen(reason, now)
    else circuit.enterByHand(to, reason, now)
  }

  isolate(): IsolationHandle {
    return this.circuit.isolate()
  }

  state(): CircuitState {
    this.circuit.applyDue()
    return this.circuit.state.name
  }

  /** Milliseconds until an open circuit admits a probe, else 0. */
  remainingWaitMs(): number {
    const now = this.circuit.applyDue()
    const state = this.circuit.state
    return state.name === 'open' ? Math.max(0, state.until - now) : 0
  }

  /** Longest time until a half-open episode has come to a decision, or ends without one; else 0. */
  remainingEpisodeMs(): number {
    const now = this.circuit.applyDue()
    const state = this.circuit.state
    return state.name === 'half_open' ? Math.max(0, state.expiresAt - now) : 0
  }

  /** What `tryAcquire` would answer, without taking a permit or applying what is due. */
  wouldAdmit(): boolean {
    const { state, retired } = this.circuit
    if (retired || this.#inFlight >= this.#limit) return false
    if (isOpenToAll(state.name)) return true
    const now = this.#settings.clock.now()
    if (state.name === 'open') return this.circuit.isOver(state.until, now)
    if (state.name !== 'half_open') return false
    if (now < state.expiresAt) return state.permitsLeft > 0
    if (this.#settings.halfOpenMaxWaitTo === 'closed') return true
    // The wait of that opening is drawn when somebody acquires: until then, the longest it can be.
    return this.circuit.isOver(state.expiresAt + openWaitMs(this.circuit.opens + 1, this.#settings, 0), now)
  }

  /** Results the present state decides by: the probes while half-open, else the window. Live: read it at once. */
  sample(): Sample {
    const circuit = this.circuit
    const now = circuit.applyDue()
    circuit.drain()
    const state = circuit.state
    if (state.name === 'half_open') return state
    circuit.window.expire(now)
    return circuit.window
  }

  #admit(): number {
    const circuit = this.circuit
    if (circuit.retired) return this.#refuse('destroyed')
    const now = circuit.applyDue()
    if (this.#inFlight >= this.#limit) return this.#refuse('concurrency')
    if (circuit.overdue !== undefined && circuit.recordingGeneration !== none) {
      circuit.drain()
      circuit.window.expire(now)
      this.#trip()
    }
    const before = circuit.state
    if (before.name === 'open' && circuit.isOver(before.until, now)) circuit.halfOpen('wait-elapsed', now)
    // Read again: a listener of the transition may have forced another state.
    const state = circuit.state
    if (state.name === 'open' || state.name === 'isolated') return this.#refuse(state.name)
    if (state.name === 'half_open' && !state.take()) return this.#refuse('half_open')
    if (this.#limit < Number.POSITIVE_INFINITY) this.#inFlight++
    return state.generation
  }

  #refuse(reason: RefusalReason): 0 {
    this.refusal = reason
    return 0
  }

  #record(success: boolean, slow: boolean): void {
    const circuit = this.circuit
    const { window } = circuit
    circuit.drain()
    if (window.readsClock || slow) circuit.readClock()
    circuit.failureRun = success ? 0 : circuit.failureRun + 1
    window.record(success, slow, circuit.lastNow)
    // A success can trip, too: it may bring the volume to the minimum, or push older successes out of the window.
    if (!success || slow || this.#settings.tripOnSuccess) this.#trip()
  }

  #trip(): void {
    const circuit = this.circuit
    const { window, overdue, state } = circuit
    const late = overdue === undefined ? 0 : overdue.count(circuit.readClock())
    if (window.failures === 0 && window.slow === 0 && late === 0) return
    const reason = tripReason(window, late, circuit.failureRun, this.#settings)
    if (reason === undefined) return
    if (state.name !== 'metrics_only') {
      circuit.open(reason, circuit.readClock())
    } else if (!state.reported) {
      state.reported = true
      circuit.listener.onThreshold(reason, circuit.readClock())
    }
  }

  /** The half-open episode a generation belongs to, unless it is over. */
  #episode(generation: number): HalfOpenEpisode | undefined {
    const circuit = this.circuit
    if (generation !== circuit.generation || circuit.state.name !== 'half_open') return undefined
    circuit.applyDue()
    const state = circuit.state
    return state.name === 'half_open' && state.generation === generation ? state : undefined
  }
}
