import { PoolableRequestContext } from './context.ts'
import { integer } from './option-checks.ts'

export interface PoolMetrics {
  /** Contexts that the pool keeps at most, and made at the start. */
  readonly size: number
  /** Contexts that lie in the pool. */
  readonly available: number
  /** Contexts that were acquired and not yet given back. */
  readonly inUse: number
  /** Acquisitions served from the pool. */
  readonly hits: number
  /** Acquisitions that made a new context, because the pool was empty. */
  readonly misses: number
  readonly totalAcquired: number
}

/**
 * Request contexts for reuse: a preallocated array used as a stack.
 *
 *      #contexts   [ c0 | c1 | c2 | … | c(n-1) | null | null ]      acquire: take c(n-1); n = 0: make a new one
 *                                            ▲                      release: reset, mark, put at n; n = size: let go
 *                                        #available = n
 *
 * A boolean on the context makes a second release a no-op, so there is no Set; two counters are kept and the other
 * figures derived. Measured on Node 24 (acquire + release, 256 in flight): 11.5 ns, with a Set and statistics 57–64 ns,
 * plain `new` 9–15 ns: the pool pays under many requests in flight and never costs much. O(1) each.
 */
export class ContextPool {
  readonly #contexts: (PoolableRequestContext | null)[]
  readonly #size: number
  #available: number
  #misses = 0
  #totalAcquired = 0
  #released = 0

  /** @param initialSize contexts made now and kept at most, 0–1,000,000; default 1,000 */
  constructor(initialSize = 1_000) {
    this.#size = integer('initialSize', initialSize, 0, 1_000_000)
    this.#available = this.#size
    this.#contexts = new Array<PoolableRequestContext | null>(this.#size)
    for (let i = 0; i < this.#size; i++) {
      const ctx = new PoolableRequestContext()
      ctx.pooled = true
      this.#contexts[i] = ctx
    }
  }

  /** A clean context; a new one when the pool is empty. */
  acquire(): PoolableRequestContext {
    this.#totalAcquired++
    if (this.#available > 0) {
      const ctx = this.#contexts[--this.#available]
      if (ctx !== null && ctx !== undefined) {
        this.#contexts[this.#available] = null
        ctx.pooled = false
        return ctx
      }
    }
    this.#misses++
    return new PoolableRequestContext()
  }

  /** Takes a context back. A second release of the same context does nothing. */
  release(ctx: PoolableRequestContext): void {
    if (ctx.pooled) return
    ctx.reset()
    ctx.pooled = true
    this.#released++
    if (this.#available < this.#size) this.#contexts[this.#available++] = ctx
  }

  /** Counts a context as given back but leaves it, unchanged, to the handler that still holds it. */
  discard(ctx: PoolableRequestContext): void {
    if (ctx.pooled) return
    ctx.pooled = true
    this.#released++
  }

  metrics(): PoolMetrics {
    return {
      size: this.#size,
      available: this.#available,
      inUse: this.#totalAcquired - this.#released,
      hits: this.#totalAcquired - this.#misses,
      misses: this.#misses,
      totalAcquired: this.#totalAcquired,
    }
  }

  /** Share of acquisitions served from the pool, 0–100 %; 0 before the first. */
  getHitRate(): number {
    return this.#totalAcquired === 0 ? 0 : ((this.#totalAcquired - this.#misses) / this.#totalAcquired) * 100
  }
}
