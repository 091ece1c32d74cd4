import { EventEmitter } from 'eventemitter3'
import { rethrowLater } from './rethrow.ts'

/**
 * States of a circuit. The first three follow the results; the others are entered by hand: `isolated` refuses
 * everything, `disabled` admits everything and records nothing, `metrics_only` records and reports, but never refuses.
 */
export type CircuitState = 'closed' | 'open' | 'half_open' | 'isolated' | 'disabled' | 'metrics_only'

/** Why a circuit changed its state. */
export type StateChangeReason =
  | 'failure-rate'
  | 'failure-count'
  | 'consecutive-failures'
  | 'slow-call-rate'
  | 'wait-elapsed'
  | 'probes-succeeded'
  | 'probes-failed'
  | 'half-open-expired'
  | 'forced'
  | 'reset'
  | 'isolated'
  | 'isolation-ended'

/** A new generation has begun. `from` equals `to` when a state was forced again. */
export interface StateChangeEvent {
  readonly name: string
  readonly from: CircuitState
  readonly to: CircuitState
  readonly reason: StateChangeReason
  /** Moment of the change, in milliseconds of the breaker's clock. */
  readonly at: number
}

/** A call counted as a success. */
export interface RequestSuccessEvent {
  readonly name: string
  /** Milliseconds the call took; undefined when a permit was settled without a duration. */
  readonly durationMs: number | undefined
}

/** A call counted as a failure. */
export interface RequestFailureEvent {
  readonly name: string
  readonly durationMs: number | undefined
  /** What the call threw; undefined for a result classified as failure and for a permit. */
  readonly error: unknown
}

/** While `metrics_only`, a trigger was reached that would have opened the circuit. At most once a stay. */
export interface ThresholdReachedEvent {
  readonly name: string
  readonly reason: StateChangeReason
  /** Milliseconds of the breaker's clock. */
  readonly at: number
}

/** `execute` answered with its fallback. */
export interface FallbackExecutedEvent {
  readonly name: string
  /** What the fallback was given: the refusal or the error of the call. */
  readonly error: unknown
  /** True when the call was refused and never made. */
  readonly rejected: boolean
}

/** Payload of each event of a `CircuitBreaker`. */
export interface BreakerEventMap {
  'state-change': StateChangeEvent
  'request-success': RequestSuccessEvent
  'request-failure': RequestFailureEvent
  'fallback-executed': FallbackExecutedEvent
  'threshold-reached': ThresholdReachedEvent
}

export type BreakerEventName = keyof BreakerEventMap
export type BreakerListener<K extends BreakerEventName> = (event: BreakerEventMap[K]) => void

type Handlers = { [K in BreakerEventName]: [event: BreakerEventMap[K]] }
const known: readonly string[] = [
  'state-change',
  'request-success',
  'request-failure',
  'fallback-executed',
  'threshold-reached',
]

/** The listeners of one breaker. Made at the first subscription: a breaker nobody listens to has no emitter. */
export class BreakerEvents {
  readonly #emitter: EventEmitter<Handlers> = new EventEmitter<Handlers>()
  /** True while somebody listens to single requests; only then calls carry what those events tell. */
  observesRequests = false

  on<K extends BreakerEventName>(event: K, listener: BreakerListener<K>): void {
    this.#check(event, listener)
    this.#emitter.on(event, listener as never)
    this.#look()
  }

  once<K extends BreakerEventName>(event: K, listener: BreakerListener<K>): void {
    this.#check(event, listener)
    this.#emitter.once(event, listener as never)
    this.#look()
  }

  off<K extends BreakerEventName>(event: K, listener: BreakerListener<K>): void {
    this.#emitter.removeListener(event, listener as never)
    this.#look()
  }

  removeAll(): void {
    this.#emitter.removeAllListeners()
    this.#look()
  }

  /**
   * Calls the listeners. One that throws cannot change the answer of the call that caused the event: its error is
   * rethrown in a microtask of its own, as an uncaught exception (what an EventTarget does, too).
   */
  emit<K extends BreakerEventName>(event: K, payload: BreakerEventMap[K]): void {
    try {
      this.#emitter.emit(event, ...([payload] as never))
    } catch (error) {
      rethrowLater(error)
    }
    this.#look()
  }

  #look(): void {
    const emitter = this.#emitter
    this.observesRequests = emitter.listenerCount('request-success') + emitter.listenerCount('request-failure') > 0
  }

  #check(event: string, listener: unknown): void {
    if (!known.includes(event)) throw new TypeError(`unknown event '${event}'; expected one of ${known.join(', ')}`)
    if (typeof listener !== 'function') throw new TypeError(`the listener of '${event}' is not a function`)
  }
}
