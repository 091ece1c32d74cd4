import { current } from './permit-sequence.ts'
import { PermitSlab } from './permit-slab.ts'
import type { PermitSource } from './permit-source.ts'

/**
 * Several sources as one: a call needs a permit of each, asked in order, and tells each how it ended. When one refuses,
 * those before it get theirs back. Put the cheapest refusal first: `new PermitChain([throttle, limit, breaker])`.
 */
export class PermitChain implements PermitSource {
  readonly #sources: readonly PermitSource[]
  readonly #slab: PermitSlab = new PermitSlab()
  /** Per slot the permits of its sources, one after the other. */
  #permits: Int32Array = new Int32Array(0)

  /** @throws TypeError without at least one source */
  constructor(sources: readonly PermitSource[]) {
    if (!Array.isArray(sources) || sources.length === 0) throw new TypeError('sources is empty; expected at least one')
    this.#sources = [...sources]
  }

  tryAcquire(): number {
    const permit = this.#slab.take()
    const width = this.#sources.length
    if (this.#permits.length < this.#slab.slots * width) {
      const grown = new Int32Array(this.#slab.slots * width)
      grown.set(this.#permits)
      this.#permits = grown
    }
    const first = PermitSlab.slotOf(permit) * width
    for (let i = 0; i < width; i++) {
      const taken = this.#sources[i]?.tryAcquire() ?? 0
      this.#permits[first + i] = taken
      if (taken !== 0) continue
      while (--i >= 0) this.#sources[i]?.release(this.#permits[first + i] ?? 0)
      this.#slab.settle(permit)
      return 0
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

  #settle(permit: number, tell: (source: PermitSource, own: number) => void): void {
    if (this.#slab.settle(permit) !== current) return
    const width = this.#sources.length
    const first = PermitSlab.slotOf(permit) * width
    for (const [index, source] of this.#sources.entries()) tell(source, this.#permits[first + index] ?? 0)
  }
}
