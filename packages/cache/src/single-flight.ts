import { onAbort } from './abort-listeners.ts'
import { CacheDestroyedError, LoadReentryError, LoadTimeoutError } from './errors.ts'
import {
  createFlight,
  type Flight,
  hold,
  type LoadHost,
  release,
  type Stale,
  undisturbed,
  unlisten,
  type Waiter,
} from './flight.ts'
import type { FetchOptions, Loader } from './loading-options.ts'
import { NEVER } from './option-checks.ts'
import type { CacheStats } from './stats.ts'

type LoadTotals = Pick<CacheStats, 'loads' | 'refreshes' | 'loadFailures' | 'loadMs' | 'staleServed'>

/** Timers take 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Loads in flight: one per key, each with the callers that wait for it. They live here and not in the eviction
 * list, so nothing that happens to entries can lose a result.
 *
 *   key ──► running load   { waiters a, b, c }   one loader; its signal aborts when the last of a, b, c left
 *               │
 *               └─ next ─► waiting load { waiters d, e }   came after delete / clear / set made the first one outdated:
 *                                                          they must not get the older answer, and may not start a
 *                                                          second loader; at most one such load per key
 *
 * A load without waiters is one in the background: it began for a stale or soon stale entry, or its waiters were given
 * the stale value because it was slow. It goes on by itself; it is aborted by a caller that joins it and leaves last, and
 * when its key changes.
 * Time: O(1) per call, O(waiters) when a load ends. Space: one record per load and per waiting caller; a timer for each
 * load with a time limit or with callers that a soft timeout may serve.
 */
export class SingleFlight<K, V> {
  readonly #flights: Map<K, Flight<K, V>> = new Map()
  /** What `getCacheStats` says of loads. */
  readonly totals: LoadTotals = { loads: 0, refreshes: 0, loadFailures: 0, loadMs: 0, staleServed: 0 }
  readonly #host: LoadHost<K, V>

  constructor(host: LoadHost<K, V>) {
    this.#host = host
  }

  /** Keys that are being loaded. */
  get size(): number {
    return this.#flights.size
  }

  has(key: K): boolean {
    return this.#flights.has(key)
  }

  /** Waits for the load of `key`, beginning one with `loader` unless there is one to join. */
  join(key: K, loader: Loader<K, V>, options: FetchOptions<K, V> | undefined, stale: Stale<V> | undefined): Promise<V> {
    let running = this.#flights.get(key)
    if (running?.starting === true) throw new LoadReentryError(key)
    if (running?.outdated === false && this.#host.isInvalid(running.label)) {
      this.#void(running)
      running = this.#flights.get(key)
    }
    if (running === undefined) {
      const flight = createFlight(this.#host, key, loader, options, stale)
      this.#flights.set(key, flight)
      const result = this.#wait(flight, options)
      this.#start(flight)
      return result
    }
    if (running.outdated) running = running.next ??= createFlight(this.#host, key, loader, options, stale)
    // One that was forced began without.
    running.stale ??= stale
    return this.#wait(running, options)
  }

  /** Loads in the background unless the key is being loaded. Throws nothing. */
  refresh(key: K, loader: Loader<K, V>, options: FetchOptions<K, V> | undefined, stale: Stale<V>): void {
    if (this.#flights.has(key)) return
    const flight = createFlight(this.#host, key, loader, options, stale)
    this.#flights.set(key, flight)
    this.totals.refreshes++
    this.#start(flight)
  }

  /** The key was deleted: a load that runs is outdated. */
  outdate(key: K): void {
    const flight = this.#flights.get(key)
    if (flight !== undefined) this.#outdate(flight)
  }

  /** Everything was cleared. O(loads). */
  outdateAll(): void {
    for (const flight of [...this.#flights.values()]) this.#outdate(flight)
  }

  /** The key was set: a load that runs is outdated, and callers whose load has not begun need none: they get `value`. */
  supersede(key: K, value: V): void {
    const flight = this.#flights.get(key)
    if (flight === undefined) return
    this.#outdate(flight)
    const waiting = flight.next
    if (waiting === undefined) return
    flight.next = undefined
    for (const waiter of release(waiting)) waiter.resolve(value)
  }

  /** Rejects every waiter and aborts every loader with the same error. */
  destroy(): void {
    const flights = [...this.#flights.values()]
    this.#flights.clear()
    for (const flight of flights) {
      const error = new CacheDestroyedError()
      for (const each of [flight, flight.next]) {
        if (each !== undefined) for (const waiter of release(each)) waiter.reject(error)
      }
      flight.controller.abort(error)
    }
  }

  #wait(flight: Flight<K, V>, options: FetchOptions<K, V> | undefined): Promise<V> {
    return new Promise<V>((resolve, reject) => {
      const signal = options?.signal
      const staleMs = options?.forceRefresh === true ? 0 : (options?.staleIfErrorMs ?? this.#host.staleIfErrorMs)
      const softAt = flight.since + (options?.softTimeoutMs ?? this.#host.softTimeoutMs)
      const waiter: Waiter<V> = { resolve, reject, signal, staleMs, softAt, leave: undefined }
      if (flight.stale !== undefined && softAt < flight.softAt) {
        const left = softAt - this.#host.now()
        if (left <= 0 && this.#standIn(flight, waiter)) return
        this.#softenAt(flight, softAt, left)
      }
      if (signal !== undefined) {
        waiter.leave = () => this.#leave(flight, waiter, signal.reason)
        onAbort(signal, waiter.leave)
      }
      flight.waiters.add(waiter)
      hold(flight)
    })
  }

  /** Gives one waiter the stale value, if it may have it. */
  #standIn(flight: Flight<K, V>, waiter: Waiter<V>): boolean {
    const { stale } = flight
    if (stale === undefined || this.#host.now() - stale.deadline >= waiter.staleMs) return false
    if (this.#host.isInvalid(stale.label)) return false
    this.totals.staleServed++
    unlisten(waiter)
    waiter.resolve(stale.value)
    return true
  }

  /** The soft timeout: of those whose it is, who may be served with the stale value is; the load goes on. */
  #softenAt(flight: Flight<K, V>, softAt: number, ms: number): void {
    clearTimeout(flight.softTimer)
    flight.softAt = softAt
    flight.softTimer = setTimeout(
      () => {
        flight.softAt = NEVER
        for (const waiter of flight.waiters) {
          const next = waiter.softAt
          if (next <= softAt && this.#standIn(flight, waiter)) flight.waiters.delete(waiter)
          else if (next > softAt && next < flight.softAt) this.#softenAt(flight, next, next - softAt)
        }
        hold(flight)
      },
      Math.min(ms, LONGEST_TIMER_MS),
    )
  }

  /** Its key changed: what it brings is not stored, and the value from before the change stands in for nobody. */
  #outdate(flight: Flight<K, V>): void {
    flight.stale = undefined
    if (flight.next !== undefined) flight.next.stale = undefined
    this.#void(flight)
  }

  /** What it brings is not stored. */
  #void(flight: Flight<K, V>): void {
    flight.outdated = true
    // Nobody wants its result, and should it hang nobody could leave it: it must not hold up the next one.
    if (flight.waiters.size === 0) this.#abort(flight, undefined)
  }

  #leave(flight: Flight<K, V>, waiter: Waiter<V>, reason: unknown): void {
    flight.waiters.delete(waiter)
    waiter.reject(reason)
    if (flight.waiters.size === 0 && !flight.done) this.#abort(flight, reason)
  }

  #abort(flight: Flight<K, V>, reason: unknown): void {
    release(flight)
    const next = this.#vacate(flight)
    // A loader that ignores its signal must not hold up the next one, so that one does not wait for it.
    flight.controller.abort(reason)
    if (next !== undefined) this.#start(next)
  }

  #start(flight: Flight<K, V>): void {
    // The callers of a waiting load may have left while the one before it was being aborted.
    if (flight.done) return
    const { key, loader, controller, label, stale } = flight
    const limit = this.#host.loadTimeoutMs
    if (limit !== NEVER) {
      flight.hardTimer = setTimeout(() => this.#timeOut(flight, limit), Math.min(limit, LONGEST_TIMER_MS))
      hold(flight)
    }
    this.totals.loads++
    flight.since = this.#host.now()
    label.born = this.#host.version()
    let loading: Promise<V>
    flight.starting = true
    try {
      const result = loader(key, { signal: controller.signal, stale: stale?.value })
      loading = new Promise<V>((resolve) => resolve(result))
    } catch (error) {
      this.#fail(flight, error)
      return
    } finally {
      flight.starting = false
    }
    loading.then(
      (value) => this.#land(flight, value),
      (error: unknown) => this.#fail(flight, error),
    )
  }

  #land(flight: Flight<K, V>, value: V): void {
    if (flight.done) return
    try {
      if (!flight.outdated) this.#host.store(flight, value)
    } catch (error) {
      this.#fail(flight, error)
      return
    }
    this.totals.loadMs += this.#host.now() - flight.since
    const waiters = release(flight)
    const next = this.#vacate(flight)
    undisturbed(() => this.#host.flush())
    for (const waiter of waiters) waiter.resolve(value)
    if (next !== undefined) this.#start(next)
  }

  #timeOut(flight: Flight<K, V>, limit: number): void {
    const error = new LoadTimeoutError(flight.key, limit)
    this.#fail(flight, error)
    flight.controller.abort(error)
  }

  #fail(flight: Flight<K, V>, error: unknown): void {
    if (flight.done) return
    this.totals.loadFailures++
    this.totals.loadMs += this.#host.now() - flight.since
    const waiters = release(flight)
    const next = this.#vacate(flight)
    undisturbed(() => this.#host.failed(flight, error))
    for (const waiter of waiters) if (!this.#standIn(flight, waiter)) waiter.reject(error)
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
