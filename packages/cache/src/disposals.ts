import type { DisposeListener, DisposeReason } from './dispose-reason.ts'

interface Disposal<K, V> {
  readonly value: V
  readonly key: K
  readonly reason: DisposeReason
}

/**
 * Entries that left during the running operation. They are reported at its end, when the cache is whole again, so
 * that a listener may call any method of the cache. Without a listener nothing is kept.
 */
export class Disposals<K, V> {
  /** Reports not yet made. */
  pending: Disposal<K, V>[] = []
  readonly #listener: DisposeListener<K, V> | undefined

  constructor(listener: DisposeListener<K, V> | undefined) {
    this.#listener = listener
  }

  /** Whether anybody listens. */
  get wanted(): boolean {
    return this.#listener !== undefined
  }

  add(value: V, key: K, reason: DisposeReason): void {
    if (this.#listener !== undefined) this.pending.push({ value, key, reason })
  }

  /**
   * Calls the listener once for each entry. What it throws is thrown after the last call, so that one failure does not
   * keep the others from being reported: the error itself, or an `AggregateError` of several.
   */
  flush(): void {
    if (this.pending.length === 0 || this.#listener === undefined) return
    // A listener may change the cache: its own disposals are reported by that inner call, not by this loop.
    const batch = this.pending
    this.pending = []
    const errors: unknown[] = []
    for (const { value, key, reason } of batch) {
      try {
        this.#listener(value, key, reason)
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, `onDispose threw for ${errors.length} entries`)
  }
}
