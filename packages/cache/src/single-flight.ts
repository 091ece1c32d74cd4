import { CacheDestroyedError } from './errors.ts'
import type { Loader } from './options.ts'
import type { Counters } from './stats.ts'

/** One caller of `fetch` that waits for a load. */
interface Waiter<V> {
  readonly resolve: (value: V) => void
  readonly reject: (reason: unknown) => void
  readonly signal: AbortSignal | undefined
  onAbort: (() => void) | undefined
}

interface Flight<K, V> {
  readonly key: K
  readonly loader: Loader<K, V>
  readonly ttlMs: number
  readonly controller: AbortController
  readonly waiters: Set<Waiter<V>>
  /** Nobody waits for it any more: what its loader still brings is dropped. */
  done: boolean
  /** The key was deleted, cleared or set after the load began: the result is delivered but not stored. */
  outdated: boolean
  /** Callers that came after that. Their load begins when this one has ended. */
  next: Flight<K, V> | undefined
}

/**
 * Loads in flight: at most one per key, each with the callers that wait for it. They live here and not in the eviction
 * list, so nothing that happens to entries can lose a result.
 *
 *   key ──► running load   { waiters a, b, c }   one loader; its signal aborts when the last of a, b, c left
 *               │
 *               └─ next ─► waiting load { waiters d, e }   came after delete / clear / set made the first one outdated:
 *                                                          they must not get the older answer, and may not start a
 *                                                          second loader; at most one such load per key
 *
 * Time: O(1) per call, O(waiters) when a load ends. Space: one record per load and per waiting caller.
 */
export class SingleFlight<K, V> {
  readonly #flights: Map<K, Flight<K, V>> = new Map()
  readonly #counters: Counters
  readonly #store: (key: K, value: V, ttlMs: number) => void

  /** @param store takes a result that is not outdated; what it throws is thrown outside every caller */
  constructor(counters: Counters, store: (key: K, value: V, ttlMs: number) => void) {
    this.#counters = counters
    this.#store = store
  }

  /** Keys with a load that somebody waits for. */
  get size(): number {
    return this.#flights.size
  }

  /** Waits for the load of `key`, beginning one with `loader` unless there is one to join. */
  join(key: K, loader: Loader<K, V>, ttlMs: number, signal: AbortSignal | undefined): Promise<V> {
    const running = this.#flights.get(key)
    let flight: Flight<K, V>
    if (running === undefined) {
      flight = createFlight(key, loader, ttlMs)
      this.#flights.set(key, flight)
    } else if (running.outdated) {
      running.next ??= createFlight(key, loader, ttlMs)
      flight = running.next
    } else {
      flight = running
    }
    const result = this.#wait(flight, signal)
    if (running === undefined) this.#start(flight)
    return result
  }

  /** The key was deleted: a load that runs is outdated. */
  outdate(key: K): void {
    const flight = this.#flights.get(key)
    if (flight !== undefined) flight.outdated = true
  }

  /** Everything was cleared. O(loads). */
  outdateAll(): void {
    for (const flight of this.#flights.values()) flight.outdated = true
  }

  /** The key was set: a load that runs is outdated, and callers whose load has not begun need none: they get `value`. */
  supersede(key: K, value: V): void {
    const flight = this.#flights.get(key)
    if (flight === undefined) return
    flight.outdated = true
    const waiting = flight.next
    if (waiting === undefined) return
    flight.next = undefined
    waiting.done = true
    for (const waiter of release(waiting)) waiter.resolve(value)
  }

  /** Rejects every waiter and aborts every loader with the same error. */
  destroy(): void {
    const flights = [...this.#flights.values()]
    this.#flights.clear()
    for (const flight of flights) {
      const error = new CacheDestroyedError()
      for (const each of flight.next === undefined ? [flight] : [flight, flight.next]) {
        each.done = true
        for (const waiter of release(each)) waiter.reject(error)
      }
      flight.controller.abort(error)
    }
  }

  #wait(flight: Flight<K, V>, signal: AbortSignal | undefined): Promise<V> {
    return new Promise<V>((resolve, reject) => {
      const waiter: Waiter<V> = { resolve, reject, signal, onAbort: undefined }
      if (signal !== undefined) {
        waiter.onAbort = () => this.#leave(flight, waiter, signal.reason)
        signal.addEventListener('abort', waiter.onAbort, { once: true })
      }
      flight.waiters.add(waiter)
    })
  }

  #leave(flight: Flight<K, V>, waiter: Waiter<V>, reason: unknown): void {
    flight.waiters.delete(waiter)
    waiter.reject(reason)
    if (flight.waiters.size !== 0 || flight.done) return
    flight.done = true
    const next = this.#vacate(flight)
    // A loader that ignores its signal must not hold up the next one, so that one does not wait for it.
    flight.controller.abort(reason)
    if (next !== undefined) this.#start(next)
  }

  #start(flight: Flight<K, V>): void {
    // The callers of a waiting load may have left while the one before it was being aborted.
    if (flight.done) return
    this.#counters.loads++
    let loading: Promise<V>
    try {
      const { key, loader, controller } = flight
      const result = loader(key, { signal: controller.signal })
      loading = new Promise<V>((resolve) => resolve(result))
    } catch (error) {
      this.#fail(flight, error)
      return
    }
    loading.then(
      (value) => this.#land(flight, value),
      (error: unknown) => this.#fail(flight, error),
    )
  }

  #land(flight: Flight<K, V>, value: V): void {
    if (flight.done) return
    flight.done = true
    const next = this.#vacate(flight)
    if (!flight.outdated) {
      try {
        this.#store(flight.key, value, flight.ttlMs)
      } catch (error) {
        // From the caller's onDispose. No waiter is to blame for it, and none may lose the result to it.
        queueMicrotask(() => {
          throw error
        })
      }
    }
    for (const waiter of release(flight)) waiter.resolve(value)
    if (next !== undefined) this.#start(next)
  }

  #fail(flight: Flight<K, V>, error: unknown): void {
    if (flight.done) return
    flight.done = true
    this.#counters.loadFailures++
    const next = this.#vacate(flight)
    for (const waiter of release(flight)) waiter.reject(error)
    if (next !== undefined) this.#start(next)
  }

  /** Takes a load that is done out of the map; returns the one that has its place now, to be started. */
  #vacate(flight: Flight<K, V>): Flight<K, V> | undefined {
    const { key, next } = flight
    const running = this.#flights.get(key)
    if (running !== flight) {
      if (running?.next === flight) running.next = undefined
      return undefined
    }
    if (next === undefined) this.#flights.delete(key)
    else this.#flights.set(key, next)
    return next
  }
}

function createFlight<K, V>(key: K, loader: Loader<K, V>, ttlMs: number): Flight<K, V> {
  const controller = new AbortController()
  return { key, loader, ttlMs, controller, waiters: new Set(), done: false, outdated: false, next: undefined }
}

/** Ends the waiting of a load's callers: stops listening to their signals and returns them, to be settled. */
function release<K, V>(flight: Flight<K, V>): Waiter<V>[] {
  const waiters = [...flight.waiters]
  flight.waiters.clear()
  for (const { signal, onAbort } of waiters) {
    if (signal !== undefined && onAbort !== undefined) signal.removeEventListener('abort', onAbort)
  }
  return waiters
}
