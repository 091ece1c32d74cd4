import type { Clock } from './clock.ts'
import { CircuitOpenError, withoutTrace } from './errors.ts'
import { checkNames, clock, functionOf, number, withMethods } from './option-checks.ts'
import { current } from './permit-sequence.ts'
import { PermitSlab } from './permit-slab.ts'
import { followPermit, type PermitSource, settleBy, sourceMethods } from './permit-source.ts'
import { rethrowLater } from './rethrow.ts'

/** A call on which incumbent and candidate disagreed. */
export interface ShadowDifference {
  readonly incumbent: 'admitted' | 'refused'
  readonly candidate: 'admitted' | 'refused'
  /** Whose answer the call got. */
  readonly decidedBy: 'incumbent' | 'candidate'
}

export interface ShadowOptions {
  /**
   * Share of calls the candidate decides, in percent, 0 to 100. Change it later with `setPercentage`.
   * @default 0
   */
  percentage?: number | undefined
  /** Called for each difference; an error it throws is rethrown in a microtask of its own. */
  onDifference?: ((difference: ShadowDifference) => void) | undefined
  /** @default Math.random */
  random?: (() => number) | undefined
  /** What `run` measures durations by, for slow calls of both. @default performance.now */
  clock?: Clock | undefined
}

/** What was compared so far. */
export interface ShadowReport {
  readonly calls: number
  readonly agreements: number
  /** The incumbent admitted, the candidate would not have (or did not). */
  readonly candidateRefused: number
  /** The candidate would have admitted (or did), the incumbent not. */
  readonly incumbentRefused: number
  readonly decidedByCandidate: number
  /** Agreements per call, 0 to 1; 1 when there were no calls. */
  readonly agreement: number
}

/**
 * Runs a candidate beside the incumbent on the same calls, to see what would change before it does.
 *
 * ```
 *              ┌─► incumbent.tryAcquire ─┐
 *   call ──────┤                         ├─► compare ─► the one in charge decides ─► the call ─► both are told
 *              └─► candidate.tryAcquire ─┘      └─► difference counted, reported
 * ```
 *
 * Who is in charge is drawn per call: `setPercentage` moves calls over step by step, and back at once. When the one in
 * charge refuses, no call is made and the other one's permit is given back; when it admits and the other refused, the
 * other one does not see the result, as it would not have. Both may be any `PermitSource`: a breaker with other
 * options, or an adapter of a breaker from another library.
 *
 * A trial must not harm: what the one not in charge throws is rethrown in a microtask and counts as a refusal. When the
 * candidate throws while it is in charge, the incumbent decides that call.
 *
 * Each breaker counts a call by its own `classify` and `slowCallDurationThresholdMs`. What belongs to the `run` of a
 * breaker does not apply: `timeout`, `maxQueued`, signals and fallbacks. A time limit has to be in `fn`.
 */
export class ShadowBreaker implements PermitSource {
  readonly #incumbent: PermitSource
  readonly #candidate: PermitSource
  readonly #onDifference: ((difference: ShadowDifference) => void) | undefined
  readonly #random: () => number
  readonly #permits: PermitSlab = new PermitSlab()
  readonly #clock: Clock
  /** Per slot the permits of both; 0 for a refusal. Doubles: foreign permits may be any number. */
  #pairs: Float64Array = new Float64Array(0)
  /** Permits whose call the candidate decides, by slot: 1. */
  #charge: Uint8Array = new Uint8Array(0)
  /** Who refused last. */
  #refusedBy: PermitSource
  #share: number
  #calls = 0
  #candidateRefused = 0
  #incumbentRefused = 0
  #decidedByCandidate = 0

  /** @throws TypeError, RangeError for bad options */
  constructor(incumbent: PermitSource, candidate: PermitSource, options: ShadowOptions = {}) {
    checkNames(options, ['percentage', 'onDifference', 'random', 'clock'])
    withMethods('incumbent', incumbent, sourceMethods)
    withMethods('candidate', candidate, sourceMethods)
    if (incumbent === candidate) throw new TypeError('candidate is the incumbent; expected another breaker')
    this.#incumbent = incumbent
    this.#candidate = candidate
    this.#refusedBy = incumbent
    this.#clock = clock(options.clock)
    this.#share = number('percentage', options.percentage, 0, 0, 100, 'closed') / 100
    this.#onDifference = functionOf('onDifference', options.onDifference, '(difference) => void')
    this.#random = functionOf('random', options.random, '() => number') ?? Math.random
  }

  /** Share of calls the candidate decides, in percent. */
  get percentage(): number {
    return this.#share * 100
  }

  /** @throws RangeError outside 0 to 100, TypeError when it is no number */
  setPercentage(percentage: number): void {
    if (percentage === undefined) throw new TypeError('percentage is undefined; expected a number from 0 to 100')
    this.#share = number('percentage', percentage, 0, 0, 100, 'closed') / 100
  }

  tryAcquire(): number {
    const drawn = this.#share > 0 && this.#random() < this.#share
    // In charge, the incumbent may throw: nothing is taken yet.
    const incumbent = drawn ? ask(this.#incumbent) : this.#incumbent.tryAcquire()
    const candidate = ask(this.#candidate)
    const byCandidate = drawn && candidate !== undefined
    this.#compare(Boolean(incumbent), Boolean(candidate), byCandidate)
    if (!(byCandidate ? candidate : incumbent)) {
      this.#refusedBy = byCandidate ? this.#candidate : this.#incumbent
      if (incumbent) this.#guard(byCandidate, () => this.#incumbent.release(incumbent))
      if (candidate) this.#guard(true, () => this.#candidate.release(candidate))
      return 0
    }
    const permit = this.#permits.take()
    const slot = PermitSlab.slotOf(permit)
    if (this.#charge.length <= slot) this.#grow(this.#permits.slots)
    this.#pairs[slot * 2] = incumbent ?? 0
    this.#pairs[slot * 2 + 1] = candidate ?? 0
    this.#charge[slot] = byCandidate ? 1 : 0
    return permit
  }

  success(permit: number, durationMs?: number): void {
    this.#tell(permit, (source, own) => source.success(own, durationMs))
  }

  failure(permit: number, durationMs?: number): void {
    this.#tell(permit, (source, own) => source.failure(own, durationMs))
  }

  ignore(permit: number): void {
    this.#tell(permit, (source, own) => source.ignore(own))
  }

  release(permit: number): void {
    this.#tell(permit, (source, own) => source.release(own))
  }

  /** Both count the call by what it threw or returned, each as it classifies it. */
  settle(permit: number, failed: boolean, outcome: unknown, durationMs?: number): void {
    this.#tell(permit, (source, own) => settleBy(source, own, failed, outcome, durationMs))
  }

  /** The error for the call refused last: that of the one that was in charge, with its name, state and hint. */
  refusal(): Error {
    return this.#refusedBy.refusal?.() ?? withoutTrace(() => new CircuitOpenError('shadow', 0))
  }

  /**
   * Calls `fn` if the one in charge admits it, and rejects with its error if not. The duration is measured and told to
   * both; each classifies what `fn` returned or threw. `fn` gets no signal and has no time limit.
   */
  run<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    if (typeof fn !== 'function') return Promise.reject(new TypeError('run() takes the function to call'))
    const permit = this.tryAcquire()
    return permit === 0 ? Promise.reject(this.refusal()) : followPermit(this, permit, fn, this.#clock)
  }

  report(): ShadowReport {
    const differences = this.#candidateRefused + this.#incumbentRefused
    return {
      calls: this.#calls,
      agreements: this.#calls - differences,
      candidateRefused: this.#candidateRefused,
      incumbentRefused: this.#incumbentRefused,
      decidedByCandidate: this.#decidedByCandidate,
      agreement: this.#calls === 0 ? 1 : (this.#calls - differences) / this.#calls,
    }
  }

  #compare(incumbent: boolean, candidate: boolean, byCandidate: boolean): void {
    this.#calls++
    if (byCandidate) this.#decidedByCandidate++
    if (incumbent === candidate) return
    if (incumbent) this.#candidateRefused++
    else this.#incumbentRefused++
    try {
      this.#onDifference?.({
        incumbent: incumbent ? 'admitted' : 'refused',
        candidate: candidate ? 'admitted' : 'refused',
        decidedBy: byCandidate ? 'candidate' : 'incumbent',
      })
    } catch (error) {
      rethrowLater(error)
    }
  }

  #tell(permit: number, tell: (source: PermitSource, own: number) => void): void {
    if (this.#permits.settle(permit) !== current) return
    const slot = PermitSlab.slotOf(permit)
    const incumbent = this.#pairs[slot * 2] ?? 0
    const candidate = this.#pairs[slot * 2 + 1] ?? 0
    const byCandidate = this.#charge[slot] === 1
    try {
      if (incumbent !== 0) this.#guard(byCandidate, () => tell(this.#incumbent, incumbent))
    } finally {
      // Always guarded: the candidate is on trial, even where it decides whether there is a call.
      if (candidate !== 0) this.#guard(true, () => tell(this.#candidate, candidate))
    }
  }

  /** Errors of the one not in charge are reported and do not reach the call. */
  #guard(guarded: boolean, act: () => void): void {
    try {
      act()
    } catch (error) {
      if (!guarded) throw error
      rethrowLater(error)
    }
  }

  #grow(slots: number): void {
    const pairs = new Float64Array(slots * 2)
    pairs.set(this.#pairs)
    this.#pairs = pairs
    const charge = new Uint8Array(slots)
    charge.set(this.#charge)
    this.#charge = charge
  }
}

/** A permit, 0, or undefined when the source threw, which is reported. */
function ask(source: PermitSource): number | undefined {
  try {
    return source.tryAcquire()
  } catch (error) {
    rethrowLater(error)
    return undefined
  }
}
