import type { CircuitState, StateChangeReason } from './events.ts'
import type { Settings } from './options.ts'
import type { OutcomeWindow } from './outcome-window.ts'
import { tripReason } from './trip.ts'

/** Admits everything; its results go into the window. */
interface Closed {
  readonly name: 'closed'
  readonly generation: number
}

/** Refuses everything until its wait is over. The window stays readable. */
interface Open {
  readonly name: 'open'
  readonly generation: number
  /** First moment at which an acquire becomes a probe (inclusive). */
  readonly until: number
}

/** Admits a limited number of probes and decides by their results alone. */
interface HalfOpen {
  readonly name: 'half_open'
  readonly generation: number
  /** Moment at which an undecided episode gives up and the circuit is open again (inclusive). */
  readonly expiresAt: number
  permitsLeft: number
  successes: number
  failures: number
}

/** Told about each transition, after it is complete. */
type TransitionListener = (from: CircuitState, to: CircuitState, reason: StateChangeReason, at: number) => void

/** No permit has this number, so no result matches it. */
const none = -1

/**
 * The states of one circuit and every way between them.
 *
 * ```
 *                    a trigger reached (trip.ts)
 *        ┌────────┐ ─────────────────────────────► ┌──────┐
 *        │ closed │                                │ open │ ◄──┐
 *        └────────┘                                └──────┘    │ enough probes failed,
 *            ▲                     first acquire      │        │ or expiresAt passed
 *            │                     at or after until  ▼        │
 *            │   all probes in, too few failed   ┌───────────┐ │
 *            └────────────────────────────────── │ half_open │─┘
 *                                                └───────────┘
 * ```
 *
 * Every transition begins a new **generation** and a permit is nothing but the generation it was given in: a
 * result of an older one fails one comparison and changes nothing. Time needs no timer: what is due is applied by
 * whoever looks or acquires next, dated to the moment it was due.
 */
export class StateMachine {
  readonly #settings: Settings
  readonly #window: OutcomeWindow
  readonly #onTransition: TransitionListener
  #state: Closed | Open | HalfOpen = { name: 'closed', generation: 1 }
  #generation = 1
  /** The generation while closed, else `none`: the hot path compares only this. */
  #closedGeneration = 1
  /** Failures since the last success or closing. Like the window it outlives the closed state it belongs to. */
  #failureRun = 0
  #retired = false
  /** Latest time read. With a count window a success reads no clock, so it may lag behind. */
  lastNow: number

  constructor(settings: Settings, window: OutcomeWindow, onTransition: TransitionListener) {
    this.#settings = settings
    this.#window = window
    this.#onTransition = onTransition
    this.lastNow = settings.clock.now()
  }

  /** A permit, or 0 when refused. While closed: one comparison. */
  tryAcquire(): number {
    const generation = this.#closedGeneration
    return generation === none ? this.#tryProbe() : generation
  }

  /** True when the result was of the present generation and is counted. */
  success(permit: number): boolean {
    if (permit !== this.#closedGeneration || permit === none) return this.#settleProbe(permit, true)
    this.#failureRun = 0
    this.#record(true)
    return true
  }

  /** As `success`. */
  failure(permit: number): boolean {
    if (permit !== this.#closedGeneration || permit === none) return this.#settleProbe(permit, false)
    this.#failureRun++
    this.#record(false)
    return true
  }

  /** Takes a permit back without a result; true when it was of the present generation. */
  giveBack(permit: number): boolean {
    if (permit === this.#closedGeneration) return permit !== none
    const state = this.#probing(permit)
    if (state === undefined) return false
    // A permit given back twice must not make room for more probes than the episode has.
    if (state.permitsLeft + state.successes + state.failures < this.#settings.halfOpenPermits) state.permitsLeft++
    return true
  }

  force(to: CircuitState, reason: StateChangeReason): void {
    if (this.#retired) return
    const now = this.#applyDue()
    if (to === 'closed') this.#close(reason, now)
    else if (to === 'open') this.#open(reason, now)
    else this.#halfOpen(reason, now)
  }

  /** Admits nothing and counts nothing from now on, without an event. */
  retire(): void {
    this.#retired = true
    this.#closedGeneration = none
    this.#state = { ...this.#state, generation: none }
    this.#window.clear()
  }

  get retired(): boolean {
    return this.#retired
  }

  state(): CircuitState {
    this.#applyDue()
    return this.#state.name
  }

  /** Whole milliseconds until an open circuit admits a probe, else 0. */
  retryAfterMs(): number {
    const now = this.#applyDue()
    return this.#state.name === 'open' ? Math.max(0, Math.ceil(this.#state.until - now)) : 0
  }

  /** What `tryAcquire` would answer, without taking a permit or applying what is due. */
  wouldAdmit(): boolean {
    const state = this.#state
    if (this.#retired) return false
    if (state.name === 'closed') return true
    const now = this.#settings.clock.now()
    if (state.name === 'open') return now >= state.until
    if (now < state.expiresAt) return state.permitsLeft > 0
    return now >= state.expiresAt + this.#settings.resetTimeoutMs
  }

  /** Results the present state decides by: the probes while half-open, else the window. */
  sample(): { total: number; failures: number } {
    const now = this.#applyDue()
    const state = this.#state
    if (state.name === 'half_open') return { total: state.successes + state.failures, failures: state.failures }
    this.#window.expire(now)
    return { total: this.#window.total, failures: this.#window.failures }
  }

  get failureRun(): number {
    return this.#failureRun
  }

  #record(success: boolean): void {
    const window = this.#window
    if (window.readsClock) this.lastNow = this.#settings.clock.now()
    window.record(success, this.lastNow)
    // A success can trip, too: it may bring the volume to the minimum, or push older successes out of the window.
    if (window.failures === 0) return
    const reason = tripReason(window, this.#failureRun, this.#settings)
    if (reason !== undefined) this.#open(reason, this.#readClock())
  }

  #tryProbe(): number {
    if (this.#retired) return 0
    const now = this.#applyDue()
    if (this.#state.name === 'open' && now >= this.#state.until) this.#halfOpen('wait-elapsed', now)
    // Read again: a listener of the transition may have forced another state.
    const state = this.#state
    if (state.name !== 'half_open') return state.name === 'closed' ? state.generation : 0
    if (state.permitsLeft === 0) return 0
    state.permitsLeft--
    return state.generation
  }

  #settleProbe(permit: number, success: boolean): boolean {
    const state = this.#probing(permit)
    if (state === undefined) return false
    if (success) state.successes++
    else state.failures++
    const { halfOpenEarly, halfOpenFailuresToOpen, halfOpenPermits } = this.#settings
    const complete = state.successes + state.failures >= halfOpenPermits
    if (!complete && !halfOpenEarly) return true
    if (state.failures >= halfOpenFailuresToOpen) this.#open('probes-failed', this.lastNow)
    else if (complete) this.#close('probes-succeeded', this.lastNow)
    return true
  }

  /** The half-open state a permit belongs to, unless it is over. */
  #probing(permit: number): HalfOpen | undefined {
    if (permit !== this.#generation || this.#state.name !== 'half_open') return undefined
    this.#applyDue()
    return this.#state.name === 'half_open' && this.#state.generation === permit ? this.#state : undefined
  }

  /** Ends a half-open state that has waited too long, as of the moment that was due. Returns the time. */
  #applyDue(): number {
    const now = this.#readClock()
    const state = this.#state
    if (state.name === 'half_open' && now >= state.expiresAt && !this.#retired) {
      this.#open('half-open-expired', state.expiresAt)
    }
    return now
  }

  #readClock(): number {
    this.lastNow = this.#settings.clock.now()
    return this.lastNow
  }

  #close(reason: StateChangeReason, at: number): void {
    this.#window.clear()
    this.#failureRun = 0
    this.#transitionTo({ name: 'closed', generation: this.#generation + 1 }, reason, at)
  }

  #open(reason: StateChangeReason, at: number): void {
    const until = at + this.#settings.resetTimeoutMs
    this.#transitionTo({ name: 'open', generation: this.#generation + 1, until }, reason, at)
  }

  #halfOpen(reason: StateChangeReason, at: number): void {
    const next: HalfOpen = {
      name: 'half_open',
      generation: this.#generation + 1,
      expiresAt: at + this.#settings.halfOpenMaxWaitMs,
      permitsLeft: this.#settings.halfOpenPermits,
      successes: 0,
      failures: 0,
    }
    this.#transitionTo(next, reason, at)
  }

  /** The only writer of the state. The listener is called last: by then every field agrees. */
  #transitionTo(next: Closed | Open | HalfOpen, reason: StateChangeReason, at: number): void {
    const from = this.#state.name
    this.#state = next
    this.#generation = next.generation
    this.#closedGeneration = next.name === 'closed' ? next.generation : none
    this.#onTransition(from, next.name, reason, at)
  }
}
