import type { Flight, LoadHost, Stale } from '../../flight.ts'
import type { FetchOptions as FlightOptions, Loader } from '../../loading-options.ts'
import { SingleFlight } from '../../single-flight.ts'
import type { Entries } from './entries.ts'
import type { Fetcher, FetcherFetchOptions } from './types.ts'

/** What a flight is told: how its result is to be stored travels with it. */
interface CallOptions<K, V, FC> extends FlightOptions<K, V | undefined> {
  readonly call: FetcherFetchOptions<K, V, FC>
}

/** `fetch` of lru-cache over the single flight of this package. */
export class Fetches<K, V, FC> implements LoadHost<K, V | undefined> {
  readonly softTimeoutMs: number = Number.POSITIVE_INFINITY
  readonly loadTimeoutMs: number = Number.POSITIVE_INFINITY
  readonly staleIfErrorMs: number = 0
  readonly #flights: SingleFlight<K, V | undefined> = new SingleFlight(this)
  readonly #entries: Entries<K, V>
  readonly #fetchMethod: Fetcher<K, V, FC> | undefined

  constructor(entries: Entries<K, V>, fetchMethod: Fetcher<K, V, FC> | undefined) {
    this.#entries = entries
    this.#fetchMethod = fetchMethod
  }

  has(key: K): boolean {
    return this.#flights.has(key)
  }

  /** Keys that are being loaded. */
  get size(): number {
    return this.#flights.size
  }

  /** The key was set, or deleted when there is no value. */
  changed(key: K, value: V | undefined): void {
    if (value === undefined) this.#flights.outdate(key)
    else this.#flights.supersede(key, value)
  }

  outdateAll(): void {
    this.#flights.outdateAll()
  }

  /**
   * @param slot of the entry that is stale or to be refreshed, 0 for none
   * @param call the options of this call, the cache's filled in
   */
  async load(key: K, slot: number, context: FC, call: FetcherFetchOptions<K, V, FC>): Promise<V | undefined> {
    const { signal, ignoreFetchAbort, allowStaleOnFetchAbort } = call
    if (ignoreFetchAbort !== true && signal?.aborted === true) throw signal.reason
    const value = slot === 0 ? undefined : this.#entries.value(slot)
    const stale: Stale<V> | undefined = value === undefined ? undefined : { value, deadline: 0, label: undefined }
    const loader: Loader<K, V | undefined> = async (_, { signal: loaderSignal }) =>
      (await this.#fetchMethod?.(key, value, { signal: loaderSignal, options: call, context })) as V | undefined
    const options: CallOptions<K, V, FC> = {
      call,
      signal: ignoreFetchAbort === true && allowStaleOnFetchAbort !== true ? undefined : signal,
      staleIfErrorMs: call.allowStaleOnFetchRejection === true ? Number.POSITIVE_INFINITY : 0,
    }
    if (call.allowStale === true && stale !== undefined) {
      this.#flights.refresh(key, loader, options, stale)
      return value
    }
    if (ignoreFetchAbort === true && allowStaleOnFetchAbort === true) {
      // The load has to outlive a caller that leaves with the stale value.
      const lasting: CallOptions<K, V, FC> = { ...options, signal: undefined }
      this.#flights.join(key, loader, lasting, stale).catch(() => {})
    }
    try {
      return await this.#flights.join(key, loader, options, stale)
    } catch (error) {
      // What nothing can stand in for is no failure there: `undefined`.
      const aborted = signal?.aborted === true && error === signal.reason
      if (aborted ? allowStaleOnFetchAbort === true : call.allowStaleOnFetchRejection === true) return value
      throw error
    }
  }

  now(): number {
    return this.#entries.perf.now()
  }

  version(): number {
    return 0
  }

  isInvalid(): boolean {
    return false
  }

  store({ key, options }: Flight<K, V | undefined>, value: V | undefined): void {
    if (value !== undefined) this.#entries.set(key, value, (options as CallOptions<K, V, FC>).call)
  }

  failed({ key, options, outdated }: Flight<K, V | undefined>): void {
    const { noDeleteOnFetchRejection, allowStaleOnFetchRejection } = (options as CallOptions<K, V, FC>).call
    if (noDeleteOnFetchRejection !== true && allowStaleOnFetchRejection !== true && !outdated) {
      this.#entries.remove(key, 'fetch')
    }
  }

  flush(): void {
    this.#entries.flush()
  }
}
