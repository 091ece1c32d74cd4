import type { Clock } from './clock.ts'
import { checkNames, clock, functionOf, integer, number } from './option-checks.ts'
import { current, PermitSequence } from './permit-sequence.ts'
import type { PermitSource } from './permit-source.ts'
import { TimeWindow } from './time-window.ts'

export interface AdaptiveThrottleOptions {
  /**
   * Requests per accepted one that pass unthrottled, above 1 to 100. 2 lets a backend that rejects everything see one
   * request in two of what it could take; less is stricter.
   * @default 2
   */
  multiplier?: number | undefined
  /**
   * Requests in the window before anything is refused, an integer from 1.
   * @default 10
   */
  minimumRequests?: number | undefined
  /**
   * Highest share refused, 0 to 1; what remains finds out that the backend works again.
   * @default 0.9
   */
  maxRejection?: number | undefined
  /**
   * Length of the window, in milliseconds, above 0.
   * @default 120000
   */
  windowMs?: number | undefined
  /** @default Math.random */
  random?: (() => number) | undefined
  /** @default performance.now */
  clock?: Clock | undefined
}

const names = ['multiplier', 'minimumRequests', 'maxRejection', 'windowMs', 'random', 'clock'] as const
const buckets = 20

/**
 * Client-side throttling: refuses a random share of calls that grows with the share the backend turns down,
 * `(requests - multiplier × accepts) / (requests + 1)`. Unlike a breaker it has no states: it follows the backend down
 * and up again. From "Handling Overload", Site Reliability Engineering, 2016. O(1), no timer.
 */
export class AdaptiveThrottle implements PermitSource {
  readonly #multiplier: number
  readonly #minimum: number
  readonly #maxRejection: number
  readonly #random: () => number
  readonly #clock: Clock
  /** Every request is a result: accepted ones are its successes, refused and failed ones its failures. */
  readonly #window: TimeWindow
  readonly #permits: PermitSequence = new PermitSequence()

  /** @throws TypeError, RangeError for bad options */
  constructor(options: AdaptiveThrottleOptions = {}) {
    checkNames(options, names)
    this.#multiplier = number('multiplier', options.multiplier, 2, 1, 100, 'open')
    this.#minimum = integer('minimumRequests', options.minimumRequests, 10, 1, 1_000_000)
    this.#maxRejection = number('maxRejection', options.maxRejection, 0.9, 0, 1, 'closed')
    this.#random = functionOf('random', options.random, '() => number') ?? Math.random
    this.#clock = clock(options.clock)
    const windowMs = number('windowMs', options.windowMs, 120_000, 0, Number.POSITIVE_INFINITY, 'open')
    this.#window = new TimeWindow(windowMs / buckets, buckets, this.#clock.now())
  }

  /** A permit, or 0. A call refused here counts as a request that was not accepted. */
  tryAcquire(): number {
    const probability = this.rejectionProbability()
    if (probability === 0 || this.#random() >= probability) return this.#permits.take()
    this.#window.record(false, false, this.#clock.now())
    return 0
  }

  /** The backend accepted the call. */
  success(permit: number): void {
    this.#record(permit, true)
  }

  /** The backend turned the call down, or could not answer. */
  failure(permit: number): void {
    this.#record(permit, false)
  }

  ignore(permit: number): void {
    this.#permits.settle(permit)
  }

  release(permit: number): void {
    this.#permits.settle(permit)
  }

  /** Share of calls refused now, 0 to `maxRejection`. */
  rejectionProbability(): number {
    const window = this.#window
    window.expire(this.#clock.now())
    const { total, failures } = window
    if (total < this.#minimum) return 0
    const surplus = total - this.#multiplier * (total - failures)
    return surplus <= 0 ? 0 : Math.min(this.#maxRejection, surplus / (total + 1))
  }

  #record(permit: number, accepted: boolean): void {
    if (this.#permits.settle(permit) === current) this.#window.record(accepted, false, this.#clock.now())
  }
}
