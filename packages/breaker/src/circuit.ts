import type { CircuitState, StateChangeReason } from './events.ts'
import { HalfOpenEpisode } from './half-open-episode.ts'
import { type IsolationHandle, IsolationHandles } from './isolation.ts'
import { openWaitMs } from './open-wait.ts'
import type { OutcomeWindow } from './outcome-window.ts'
import { Pace, stride } from './pace.ts'
import type { Settings } from './settings.ts'
import { isOpenToAll, isRecording, none, type StateData } from './state-data.ts'

/** What a circuit tells its owner; each call comes after the circuit's own work is complete. */
export interface CircuitListener {
  onTransition(from: CircuitState, to: CircuitState, reason: StateChangeReason, at: number): void
  /** A trigger was reached while only measuring. */
  onThreshold(reason: StateChangeReason, at: number): void
  /** The generation has changed. Before anything else is told. */
  onGeneration(): void
  /** So many successes were recorded without a look at the clock. */
  onBatch(successes: number): void
}

/** Calls in flight that are slow already; see slow-in-flight.ts. */
export interface OverdueCalls {
  count(now: number): number
  clear(): void
}

/**
 * The state a circuit is in, and every way from one to another.
 *
 * ```
 *                    a trigger reached (trip.ts)
 *        ┌────────┐ ─────────────────────────────► ┌──────┐
 *        │ closed │                                │ open │ ◄──┐
 *        └────────┘                                └──────┘    │ enough probes failed,
 *            ▲                     first acquire      │        │ or expiresAt passed
 *            │                     after the wait     ▼        │
 *            │   all probes in, too few failed   ┌───────────┐ │
 *            └────────────────────────────────── │ half_open │─┘
 *                                                └───────────┘
 *   by hand only: isolated (refuses all), disabled (admits all, blind), metrics_only (admits all, reports)
 * ```
 *
 * Every transition begins a new **generation**, the number an admitted call is given; a result of an older one fails
 * one comparison and changes nothing. Time needs no timer: what is due is applied by whoever looks or acquires next,
 * dated to the moment it was due.
 */
export class Circuit {
  readonly settings: Settings
  readonly window: OutcomeWindow
  readonly overdue: OverdueCalls | undefined
  readonly listener: CircuitListener
  state: StateData = { name: 'closed', generation: 1 }
  generation = 1
  /** The generation while every acquire is admitted unseen, else `none`: all that the hot path compares. */
  freeGeneration: number
  /** The generation while results go into the window, else `none`. */
  recordingGeneration = 1
  /** Failures since the last success, closing or clearing. Like the window it outlives the closed state. */
  failureRun = 0
  /** Openings since the last close: the exponent of the backoff. */
  opens = 0
  retired = false
  /** Latest time read. A batch of successes reads no clock, so it may lag behind. */
  lastNow: number
  /**
   * Successes that may still be counted by taking one from here and doing nothing else:
   *
   * ```
   *   extendCredit ──► 63 ──► 62 ──► … ──► 0 ──► the next success goes the long way (clock, trip check)
   *                     └── drain(): 63 - credit of them happened; into window, totals and run with them
   * ```
   */
  credit = 0
  #granted = 0
  readonly #pace: Pace
  /** Successes batched before the last reading of the clock; see `extendCredit`. */
  #drained = 0
  readonly #isolation: IsolationHandles = new IsolationHandles()
  /** True when every acquire has to be looked at: to count calls in flight, or to notice those that are overdue. */
  readonly #watchesAcquires: boolean

  constructor(settings: Settings, window: OutcomeWindow, overdue: OverdueCalls | undefined, listener: CircuitListener) {
    this.settings = settings
    this.window = window
    this.overdue = overdue
    this.listener = listener
    this.#watchesAcquires = settings.maxConcurrent < Number.POSITIVE_INFINITY || overdue !== undefined
    this.freeGeneration = this.#watchesAcquires ? none : 1
    this.lastNow = settings.clock.now()
    this.#pace = new Pace(settings, window.resolutionMs, () => this.drain())
  }

  readClock(): number {
    this.lastNow = this.settings.clock.now()
    return this.lastNow
  }

  /** Ends a half-open state that has waited too long, as of the moment that was due. Returns the time. */
  applyDue(): number {
    const now = this.readClock()
    const state = this.state
    if (state.name === 'half_open' && now >= state.expiresAt && !this.retired) {
      if (this.settings.halfOpenMaxWaitTo === 'open') this.open('half-open-expired', state.expiresAt)
      else this.close('half-open-expired', state.expiresAt)
    }
    return now
  }

  /** Whether a wait until `until` is over. */
  isOver(until: number, now: number): boolean {
    return this.settings.openBoundaryExclusive ? now > until : now >= until
  }

  /** Puts batched successes where they belong. Before any other result is recorded, any decision and any read. */
  drain(): void {
    const successes = this.#granted - this.credit
    this.credit = 0
    this.#granted = 0
    this.#drained = successes
    if (successes === 0) return
    this.failureRun = 0
    this.window.addSuccesses(successes, this.lastNow)
    this.listener.onBatch(successes)
  }

  /**
   * After a success was recorded: the next ones may be batched, up to the one that completes the minimum volume. More
   * successes can only lower a rate, so none of them can open the circuit.
   */
  extendCredit(): void {
    const { window } = this
    if (this.recordingGeneration === none || this.settings.maxConcurrent < Number.POSITIVE_INFINITY) return
    if (window.readsClock && !this.#pace.isQuick(this.lastNow, this.#drained + 1)) return
    const missing = this.settings.volumeThreshold - window.total
    this.credit = missing > 0 ? Math.min(missing, stride) - 1 : stride - 1
    this.#granted = this.credit
  }

  close(reason: StateChangeReason, at: number): void {
    this.clear()
    this.opens = 0
    this.#enter({ name: 'closed', generation: this.generation + 1 }, reason, at)
  }

  open(reason: StateChangeReason, at: number, forMs?: number): void {
    this.drain()
    this.opens++
    const until = at + (forMs ?? openWaitMs(this.opens, this.settings, this.settings.random()))
    this.#enter({ name: 'open', generation: this.generation + 1, until }, reason, at)
  }

  halfOpen(reason: StateChangeReason, at: number): void {
    this.drain()
    this.#enter(new HalfOpenEpisode(this.generation + 1, at, this.settings), reason, at)
  }

  enterByHand(to: 'isolated' | 'disabled' | 'metrics_only', reason: StateChangeReason, at: number): void {
    this.clear()
    const generation = this.generation + 1
    this.#enter(
      to === 'metrics_only' ? { name: to, generation, reported: false } : { name: to, generation },
      reason,
      at,
    )
  }

  /** Isolates the circuit until the last handle is disposed; see isolation.ts. */
  isolate(): IsolationHandle {
    const now = this.applyDue()
    if (this.state.name !== 'isolated' && !this.retired) this.enterByHand('isolated', 'isolated', now)
    return this.#isolation.take(() => this.close('isolation-ended', this.applyDue()))
  }

  /** Admits nothing and counts nothing from now on, without an event. */
  retire(): void {
    this.clear()
    this.#isolation.end()
    this.retired = true
    this.freeGeneration = none
    this.recordingGeneration = none
    this.generation = none
    this.listener.onGeneration()
  }

  /** Empties window and run, and what is watched in flight; batched successes still reach the totals. */
  clear(): void {
    this.drain()
    this.window.clear()
    this.failureRun = 0
  }

  /** The state of an imported snapshot: no transition, no event. */
  restore(state: StateData): void {
    this.#isolation.end()
    this.#set(state)
  }

  /** The only writer of the state besides `restore`. The listener is called last: by then every field agrees. */
  #enter(next: StateData, reason: StateChangeReason, at: number): void {
    const from = this.state.name
    if (from === 'isolated') this.#isolation.end()
    this.#set(next)
    this.listener.onTransition(from, next.name, reason, at)
  }

  #set(next: StateData): void {
    this.state = next
    this.generation = next.generation
    this.freeGeneration = isOpenToAll(next.name) && !this.#watchesAcquires ? next.generation : none
    this.recordingGeneration = isRecording(next.name) ? next.generation : none
    this.overdue?.clear()
    this.listener.onGeneration()
  }
}
