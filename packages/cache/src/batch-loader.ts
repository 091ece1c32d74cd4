import type { Loader, LoaderContext } from './loading-options.ts'
import { amount, check, checkOptions, FUNCTION, type Rules } from './option-checks.ts'

/**
 * Loads many keys at once: returns a `Map` (a key that is not in it has the value `undefined`), or an array with the
 * value of each key at its place, where an `Error` fails that key alone. What it throws fails all of them.
 */
export type BulkLoader<K, V> = (keys: readonly K[], context: LoaderContext) => Bulk<K, V> | PromiseLike<Bulk<K, V>>
type Bulk<K, V> = ReadonlyMap<K, V> | readonly (V | Error)[]

export interface BatchOptions {
  /** How long keys are collected after the first, ms, 0…1 minute; 0 = until the running code is done. @default 0 */
  readonly windowMs?: number | undefined
  /** Most keys of one call; the next begins another. Integer, 1…1,000,000. @default 1000 */
  readonly maxKeys?: number | undefined
}

const RULES: Rules = { windowMs: amount('', 0, 60_000), maxKeys: amount('', 1, 1_000_000, true) }

interface Asked<K, V> {
  readonly key: K
  readonly signal: AbortSignal
  readonly resolve: (value: V) => void
  readonly reject: (reason: unknown) => void
}

/**
 * A loader for `fetch` that joins the keys asked for within a window into one call of `loadMany`. `fetch` sees to it
 * that each key is asked for once. `loadMany`'s signal aborts when nobody waits for any of its keys.
 * Throws `TypeError` or `RangeError` for bad arguments. Time: O(1) per key.
 */
export function batchLoader<K, V>(loadMany: BulkLoader<K, V>, options: BatchOptions = {}): Loader<K, V> {
  check('loadMany', loadMany, FUNCTION)
  checkOptions(options, RULES, 'batchLoader()', '{ windowMs: 5 }')
  const { windowMs = 0, maxKeys = 1000 } = options
  let batch: Asked<K, V>[] | undefined

  function begin(): Asked<K, V>[] {
    const begun: Asked<K, V>[] = []
    const end = (): void => {
      // It may have become full, and left, before.
      if (batch === begun) close()
    }
    // Callers wait for the window: its timer may keep the process alive.
    if (windowMs === 0) queueMicrotask(end)
    else setTimeout(end, windowMs)
    return begun
  }

  function close(): void {
    const asked = (batch ?? []).filter(({ signal }) => !signal.aborted)
    batch = undefined
    if (asked.length > 0) void loadAll(loadMany, asked)
  }

  return (key, { signal }) =>
    new Promise<V>((resolve, reject) => {
      batch ??= begin()
      if (batch.push({ key, signal, resolve, reject }) >= maxKeys) close()
    })
}

async function loadAll<K, V>(loadMany: BulkLoader<K, V>, asked: readonly Asked<K, V>[]): Promise<void> {
  const controller = new AbortController()
  let left = asked.length
  for (const { signal } of asked) {
    signal.addEventListener('abort', () => {
      if (--left === 0) controller.abort(signal.reason)
    })
  }
  try {
    const keys = asked.map(({ key }) => key)
    const bulk = await loadMany(keys, { signal: controller.signal, stale: undefined })
    const list = Array.isArray(bulk) ? (bulk as readonly (V | Error)[]) : undefined
    if (list === undefined ? typeof (bulk as ReadonlyMap<K, V>)?.get !== 'function' : list.length !== keys.length) {
      throw new TypeError(`loadMany must return a Map, or an array with a value for each of its ${keys.length} keys`)
    }
    asked.forEach(({ key, resolve, reject }, index) => {
      const value = list === undefined ? (bulk as ReadonlyMap<K, V>).get(key) : list[index]
      if (list !== undefined && value instanceof Error) reject(value)
      else resolve(value as V)
    })
  } catch (error) {
    for (const { reject } of asked) reject(error)
  }
}
