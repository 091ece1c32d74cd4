import { QueueFullError } from './errors.ts'

/** One caller of `acquire` that has no lease yet. */
interface Waiter<L> {
  /** Any endpoint will do: when it cannot be served, nobody can. */
  readonly plain: boolean
  readonly attempt: () => L | null
  readonly serve: (lease: L) => void
  readonly refuse: (error: unknown) => void
}

/**
 * Callers that wait because every endpoint is at its cap, in order of arrival and at most `max` of them.
 *
 *   lease ends ─► the first one that can be served takes the free place, before anybody else can
 *
 * A waiter that nobody can serve yet (its session's endpoint is still full) does not hold up those behind it. An abort
 * takes a waiter out at once. No timers: whoever waits no longer than x passes AbortSignal.timeout(x).
 */
export class Waiting<L> {
  readonly #max: number
  /** A Set keeps the order of arrival and forgets in O(1). */
  readonly #waiters = new Set<Waiter<L>>()
  #serving = false

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#waiters.size
  }

  get max(): number {
    return this.#max
  }

  /** Resolves with what `attempt` returns as soon as that is not null. Rejects with QueueFullError or the abort's reason. */
  wait(attempt: () => L | null, plain: boolean, signal: AbortSignal | undefined): Promise<L> {
    if (this.#waiters.size >= this.#max) return Promise.reject(new QueueFullError(this.#max))
    return new Promise<L>((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter)
        signal?.removeEventListener('abort', abort)
      }
      const abort = (): void => {
        leave()
        reject(signal?.reason)
      }
      const waiter: Waiter<L> = {
        plain,
        attempt,
        serve: (lease) => {
          leave()
          resolve(lease)
        },
        refuse: (error) => {
          leave()
          reject(error)
        },
      }
      this.#waiters.add(waiter)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** There may be room: serves whoever can be served, in order. O(1) beside those whose session has to wait. */
  serve(): void {
    // Serving takes leases, and a listener of theirs may end some: one round at a time.
    if (this.#waiters.size === 0 || this.#serving) return
    this.#serving = true
    try {
      for (const waiter of this.#waiters) {
        try {
          const lease = waiter.attempt()
          if (lease !== null) waiter.serve(lease)
          else if (waiter.plain) break
        } catch (error) {
          waiter.refuse(error)
        }
      }
    } finally {
      this.#serving = false
    }
  }

  /** Nobody will ever be served. */
  refuseAll(error: () => unknown): void {
    for (const waiter of this.#waiters) waiter.refuse(error())
  }
}
