import type { Clock } from './clock.ts'
import { checkNames, clock, integer, number } from './option-checks.ts'
import { current } from './permit-sequence.ts'
import { maxSlots, PermitSlab } from './permit-slab.ts'
import type { PermitSource } from './permit-source.ts'

export interface AdaptiveLimitOptions {
  /** Calls in flight allowed at first; an integer within `minLimit` and `maxLimit`. @default 20 */
  initialLimit?: number | undefined
  /** Lowest limit, an integer from 1. @default 1 */
  minLimit?: number | undefined
  /** Highest limit, an integer up to 262,144. @default 1000 */
  maxLimit?: number | undefined
  /**
   * How much longer than usual calls may take before the limit falls, 1 to 10: 1.5 tolerates half as much again.
   * @default 1.5
   */
  tolerance?: number | undefined
  /** Part of a change that is made at once, above 0 to 1; less is smoother and slower. @default 0.2 */
  smoothing?: number | undefined
  /** Factor of the limit for a sample with a failed call, above 0 to below 1. @default 0.9 */
  backoff?: number | undefined
  /** Calls a sample consists of, an integer from 1. @default 10 */
  sampleSize?: number | undefined
  /** @default performance.now */
  clock?: Clock | undefined
}

const names = [
  'initialLimit',
  'minLimit',
  'maxLimit',
  'tolerance',
  'smoothing',
  'backoff',
  'sampleSize',
  'clock',
] as const

/** Samples over which the usual duration is averaged: it has to be slow enough not to learn an overload. */
const longSamples = 600
/** Room for a short queue, so that the limit can find out whether more would work. */
const queueSize = 4

/**
 * Limits calls in flight to what the backend takes without queueing, and finds that number itself: while calls take as
 * long as usual the limit grows, and it falls by the ratio of usual to present duration when they take longer.
 *
 * ```
 *   gradient = clamp(tolerance × usual / present, 0.5, 1)      limit' = limit × gradient + 4, smoothed, within bounds
 * ```
 *
 * The Gradient2 algorithm of Netflix' concurrency-limits; in addition a sample with failures backs off, as its AIMD
 * limit does. O(1), no timer.
 */
export class AdaptiveLimit implements PermitSource {
  readonly #min: number
  readonly #max: number
  readonly #tolerance: number
  readonly #smoothing: number
  readonly #backoff: number
  readonly #sampleSize: number
  readonly #clock: Clock
  readonly #permits: PermitSlab = new PermitSlab()
  #startedAt: Float64Array = new Float64Array(0)
  #limit: number
  #inFlight = 0
  #usualMs = 0
  #samples = 0
  /** The sample under way. */
  #count = 0
  #sumMs = 0
  #failed = false
  #highest = 0

  /** @throws TypeError, RangeError for bad options */
  constructor(options: AdaptiveLimitOptions = {}) {
    checkNames(options, names)
    this.#max = integer('maxLimit', options.maxLimit, 1000, 1, maxSlots)
    this.#min = integer('minLimit', options.minLimit, 1, 1, this.#max)
    this.#limit = integer('initialLimit', options.initialLimit, clamp(20, this.#min, this.#max), this.#min, this.#max)
    this.#tolerance = number('tolerance', options.tolerance, 1.5, 1, 10, 'closed')
    this.#smoothing = number('smoothing', options.smoothing, 0.2, 0, 1, 'open')
    this.#backoff = number('backoff', options.backoff, 0.9, 0, 0.999, 'open')
    this.#sampleSize = integer('sampleSize', options.sampleSize, 10, 1, 1_000_000)
    this.#clock = clock(options.clock)
  }

  /** Calls in flight allowed now. */
  get limit(): number {
    return Math.floor(this.#limit)
  }

  get inFlight(): number {
    return this.#inFlight
  }

  tryAcquire(): number {
    if (this.#inFlight >= Math.floor(this.#limit)) return 0
    const permit = this.#permits.take()
    if (this.#startedAt.length < this.#permits.slots) {
      const grown = new Float64Array(this.#permits.slots)
      grown.set(this.#startedAt)
      this.#startedAt = grown
    }
    this.#startedAt[PermitSlab.slotOf(permit)] = this.#clock.now()
    this.#inFlight++
    if (this.#inFlight > this.#highest) this.#highest = this.#inFlight
    return permit
  }

  /** The call worked. Without `durationMs` its duration is measured from the acquire. */
  success(permit: number, durationMs?: number): void {
    if (this.#end(permit)) this.#sample(permit, durationMs, false)
  }

  /** The call failed or timed out: a sign of overload, whatever its duration. */
  failure(permit: number, durationMs?: number): void {
    if (this.#end(permit)) this.#sample(permit, durationMs, true)
  }

  ignore(permit: number): void {
    this.#end(permit)
  }

  release(permit: number): void {
    this.#end(permit)
  }

  #end(permit: number): boolean {
    if (this.#permits.settle(permit) !== current) return false
    this.#inFlight--
    return true
  }

  #sample(permit: number, durationMs: number | undefined, failed: boolean): void {
    const measured = durationMs ?? this.#clock.now() - (this.#startedAt[PermitSlab.slotOf(permit)] ?? 0)
    this.#sumMs += Math.max(0, measured)
    this.#failed ||= failed
    if (++this.#count < this.#sampleSize) return
    this.#adjust(this.#sumMs / this.#count)
    this.#count = 0
    this.#sumMs = 0
    this.#failed = false
    this.#highest = this.#inFlight
  }

  #adjust(presentMs: number): void {
    if (this.#failed) {
      this.#limit = clamp(this.#limit * this.#backoff, this.#min, this.#max)
      return
    }
    this.#samples = Math.min(this.#samples + 1, longSamples)
    // A plain average until there are enough samples for an exponential one.
    this.#usualMs += (presentMs - this.#usualMs) / this.#samples
    // After a drop in load the long average is far above what is usual now: let it come down faster.
    if (presentMs > 0 && this.#usualMs / presentMs > 2) this.#usualMs *= 0.95
    // Nobody asked for the present limit: nothing was learnt about it.
    if (this.#highest < this.#limit / 2) return
    const gradient = presentMs === 0 ? 1 : clamp((this.#tolerance * this.#usualMs) / presentMs, 0.5, 1)
    const next = this.#limit * gradient + queueSize
    this.#limit = clamp(this.#limit * (1 - this.#smoothing) + next * this.#smoothing, this.#min, this.#max)
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
