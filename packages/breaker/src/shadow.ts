import { CircuitOpenError, withoutTrace } from './errors.ts'
import { checkNames, functionOf, number } from './option-checks.ts'
import { current } from './permit-sequence.ts'
import { PermitSlab } from './permit-slab.ts'
import { followPermit, type PermitSource } from './permit-source.ts'

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
 */
export class ShadowBreaker implements PermitSource {
  readonly #incumbent: PermitSource
  readonly #candidate: PermitSource
  readonly #onDifference: ((difference: ShadowDifference) => void) | undefined
  readonly #random: () => number
  readonly #permits: PermitSlab = new PermitSlab()
  /** Per slot the permits of both; 0 for a refusal. */
  #pairs: Int32Array = new Int32Array(0)
  #share: number
  #calls = 0
  #candidateRefused = 0
  #incumbentRefused = 0
  #decidedByCandidate = 0

  /** @throws TypeError, RangeError for bad options */
  constructor(incumbent: PermitSource, candidate: PermitSource, options: ShadowOptions = {}) {
    checkNames(options, ['percentage', 'onDifference', 'random'])
    for (const [name, source] of Object.entries({ incumbent, candidate })) {
      if (typeof source?.tryAcquire !== 'function') throw new TypeError(`${name} has no tryAcquire(): number`)
    }
    if (incumbent === candidate) throw new TypeError('candidate is the incumbent; expected another breaker')
    this.#incumbent = incumbent
    this.#candidate = candidate
    this.#share = number('percentage', options.percentage, 0, 0, 100, 'closed') / 100
    this.#onDifference = functionOf('onDifference', options.onDifference, '(difference) => void')
    this.#random = functionOf('random', options.random, '() => number') ?? Math.random
  }

  /** Share of calls the candidate decides, in percent. */
  get percentage(): number {
    return this.#share * 100
  }

  /** @throws RangeError outside 0 to 100 */
  setPercentage(percentage: number): void {
    this.#share = number('percentage', percentage, 0, 0, 100, 'closed') / 100
  }

  tryAcquire(): number {
    const byCandidate = this.#share > 0 && this.#random() < this.#share
    const incumbent = this.#incumbent.tryAcquire()
    const candidate = this.#candidate.tryAcquire()
    this.#compare(incumbent !== 0, candidate !== 0, byCandidate)
    if ((byCandidate ? candidate : incumbent) === 0) {
      if (incumbent !== 0) this.#incumbent.release(incumbent)
      if (candidate !== 0) this.#candidate.release(candidate)
      return 0
    }
    const permit = this.#permits.take()
    const at = PermitSlab.slotOf(permit) * 2
    if (this.#pairs.length <= at) {
      const grown = new Int32Array(this.#permits.slots * 2)
      grown.set(this.#pairs)
      this.#pairs = grown
    }
    this.#pairs[at] = incumbent
    this.#pairs[at + 1] = candidate
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

  /** Calls `fn` if the one in charge admits it. A result is a success, an error a failure, to both. */
  run<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    const permit = this.tryAcquire()
    if (permit !== 0) return followPermit(this, permit, fn)
    return Promise.reject(withoutTrace(() => new CircuitOpenError('shadow', 0)))
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
      queueMicrotask(() => {
        throw error
      })
    }
  }

  #tell(permit: number, tell: (source: PermitSource, own: number) => void): void {
    if (this.#permits.settle(permit) !== current) return
    const at = PermitSlab.slotOf(permit) * 2
    const incumbent = this.#pairs[at] ?? 0
    const candidate = this.#pairs[at + 1] ?? 0
    if (incumbent !== 0) tell(this.#incumbent, incumbent)
    if (candidate !== 0) tell(this.#candidate, candidate)
  }
}
