import { offAbort } from './abort-listeners.ts'
import type { FetchOptions, Loader } from './loading-options.ts'
import { NEVER } from './option-checks.ts'
import type { Label } from './tags.ts'

/** An entry past its TTL that may still be shown: its value survives here even if the entry is evicted meanwhile. */
export interface Stale<V> {
  readonly value: V
  /** When its TTL passed, clock time. */
  readonly deadline: number
  readonly label: Label | undefined
}

/** One caller of `fetch` that waits for a load. */
export interface Waiter<V> {
  readonly resolve: (value: V) => void
  readonly reject: (reason: unknown) => void
  readonly signal: AbortSignal | undefined
  /** How long past its TTL a value may stand in for this caller's load, ms. */
  readonly staleMs: number
  /** When it may do so for one that is still running, clock time. */
  readonly softAt: number
  leave: (() => void) | undefined
}

export interface Flight<K, V> {
  readonly key: K
  readonly loader: Loader<K, V>
  readonly options: FetchOptions<K, V> | undefined
  readonly controller: AbortController
  readonly waiters: Set<Waiter<V>>
  /** Tags of the entry to be; `born` when the loader is called. */
  readonly label: Label
  /** What waiters may get when the load fails or is slow; gone once the key changed. */
  stale: Stale<V> | undefined
  /** When it was asked for, then when its loader was called; clock time. */
  since: number
  /** The loader is being called: it has not returned yet. */
  starting: boolean
  /** Nobody waits for it any more: what its loader still brings is dropped. */
  done: boolean
  /** The key was deleted, cleared, set or invalidated after the load began: the result is delivered, not stored. */
  outdated: boolean
  /** Callers that came after that. Their load begins when this one has ended. */
  next: Flight<K, V> | undefined
  /** The first soft timeout to come of those who wait, clock time. */
  softAt: number
  softTimer: ReturnType<typeof setTimeout> | undefined
  hardTimer: ReturnType<typeof setTimeout> | undefined
}

/** What loads need of the cache that they fill. */
export interface LoadHost<K, V> {
  readonly softTimeoutMs: number
  readonly loadTimeoutMs: number
  readonly staleIfErrorMs: number
  now(): number
  /** Invalidations so far: the birth of a load that begins now. */
  version(): number
  /** Whether a tag of it was invalidated after its birth. */
  isInvalid(label: Label | undefined): boolean
  /** Stores a result, unless its tags were invalidated. Throws what the caller's own functions throw: the load failed. */
  store(flight: Flight<K, V>, value: V): void
  /** Reports the entries that left. Throws what `onDispose` throws. */
  flush(): void
  /** A load failed, whoever was told. */
  failed(flight: Flight<K, V>, error: unknown): void
}

export function createFlight<K, V>(
  host: LoadHost<K, V>,
  key: K,
  loader: Loader<K, V>,
  options: FetchOptions<K, V> | undefined,
  stale: Stale<V> | undefined,
): Flight<K, V> {
  return {
    key,
    loader,
    options,
    controller: new AbortController(),
    waiters: new Set(),
    label: { tags: options?.tags ?? [], born: host.version() },
    stale,
    since: host.now(),
    starting: false,
    done: false,
    outdated: false,
    next: undefined,
    softAt: NEVER,
    softTimer: undefined,
    hardTimer: undefined,
  }
}

/** Its time limit keeps the process alive while anybody waits. */
export function hold<K, V>({ hardTimer, waiters }: Flight<K, V>): void {
  // Browsers give a number.
  if (typeof hardTimer === 'object') hardTimer[waiters.size > 0 ? 'ref' : 'unref']()
}

/** Stops listening to the caller's signal. */
export function unlisten({ signal, leave }: Waiter<never> | Waiter<unknown>): void {
  if (signal !== undefined && leave !== undefined) offAbort(signal, leave)
}

/** The load is done: stops its timers, stops listening to its callers' signals and returns them, to be settled. */
export function release<K, V>(flight: Flight<K, V>): Waiter<V>[] {
  flight.done = true
  clearTimeout(flight.softTimer)
  clearTimeout(flight.hardTimer)
  const waiters = [...flight.waiters]
  flight.waiters.clear()
  for (const waiter of waiters) unlisten(waiter)
  return waiters
}

/** What the cache's own listeners throw is thrown outside every caller: none is to blame, none may lose a result. */
export function undisturbed(act: () => void): void {
  try {
    act()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
