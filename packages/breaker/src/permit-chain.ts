import { withMethods } from './option-checks.ts'
import { current } from './permit-sequence.ts'
import { PermitSlab } from './permit-slab.ts'
import { type PermitSource, settleBy, sourceMethods } from './permit-source.ts'

/**
 * Several sources as one: a call needs a permit of each, asked in order, and tells each how it ended. When one refuses,
 * those before it get theirs back. Put the cheapest refusal first: `new PermitChain([throttle, limit, breaker])`.
 */
export class PermitChain implements PermitSource {
  readonly #sources: readonly PermitSource[]
  readonly #slab: PermitSlab = new PermitSlab()
  /** Per slot the permits of its sources, one after the other. Doubles: foreign permits may be any number. */
  #permits: Float64Array = new Float64Array(0)

  /** @throws TypeError without at least one source, or for one that lacks a method */
  constructor(sources: readonly PermitSource[]) {
    if (!Array.isArray(sources) || sources.length === 0) throw new TypeError('sources is empty; expected at least one')
    this.#sources = sources.map((source, index) => withMethods(`sources[${index}]`, source, sourceMethods))
  }

  tryAcquire(): number {
    const permit = this.#slab.take()
    const width = this.#sources.length
    if (this.#permits.length < this.#slab.slots * width) {
      const grown = new Float64Array(this.#slab.slots * width)
      grown.set(this.#permits)
      this.#permits = grown
    }
    const first = PermitSlab.slotOf(permit) * width
    for (let i = 0; i < width; i++) {
      let taken = 0
      try {
        taken = this.#sources[i]?.tryAcquire() ?? 0
        this.#permits[first + i] = taken
      } finally {
        // Refused, or thrown: those before it get theirs back.
        if (taken === 0) this.#giveBack(permit, first, i)
      }
      if (taken === 0) return 0
    }
    return permit
  }

  success(permit: number, durationMs?: number): void {
    this.#settle(permit, (source, own) => source.success(own, durationMs))
  }

  failure(permit: number, durationMs?: number): void {
    this.#settle(permit, (source, own) => source.failure(own, durationMs))
  }

  ignore(permit: number): void {
    this.#settle(permit, (source, own) => source.ignore(own))
  }

  release(permit: number): void {
    this.#settle(permit, (source, own) => source.release(own))
  }

  /** Every source counts the call as it classifies it. */
  settle(permit: number, failed: boolean, outcome: unknown, durationMs?: number): void {
    this.#settle(permit, (source, own) => settleBy(source, own, failed, outcome, durationMs))
  }

  #giveBack(permit: number, first: number, taken: number): void {
    this.#slab.settle(permit)
    for (let i = taken - 1; i >= 0; i--) this.#sources[i]?.release(this.#permits[first + i] ?? 0)
  }

  #settle(permit: number, tell: (source: PermitSource, own: number) => void): void {
    if (this.#slab.settle(permit) !== current) return
    const width = this.#sources.length
    const first = PermitSlab.slotOf(permit) * width
    // A source may throw, or take a permit of this chain meanwhile: every one is told, of a copy.
    const own = this.#permits.slice(first, first + width)
    const faults: unknown[] = []
    for (const [index, source] of this.#sources.entries()) {
      try {
        tell(source, own[index] ?? 0)
      } catch (fault) {
        faults.push(fault)
      }
    }
    if (faults.length > 0) throw faults[0]
  }
}
