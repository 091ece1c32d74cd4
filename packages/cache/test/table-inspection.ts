import { type EntryCache, partsOf } from '../src/entry-cache.ts'

/** The structure of a cache. */
interface CacheInspection {
  readonly slots: readonly (readonly [unknown, number])[]
  /** Keys in the order of the list. */
  readonly keys: readonly unknown[]
  readonly order: readonly number[]
  readonly policySize: number
  readonly free: readonly number[]
  readonly top: number
  /** Whether free slots hold neither a value nor a deadline nor weight. */
  readonly emptied: boolean
  /** Of the slots in `order`. */
  readonly weights: readonly number[]
  readonly totalWeight: number
  /** Reports not yet made; 0 whenever no method is running. */
  readonly undisposed: number
}

/** O(slots). */
export function inspectCache<K, V>(cache: EntryCache<K, V>): CacheInspection {
  const { table, disposals } = partsOf(cache)
  const { policy, index, top, keys, values, deadlines, weights } = table.inspect()
  const order: number[] = []
  for (let slot = policy.first(); slot !== 0; slot = policy.after(slot)) order.push(slot)
  const free = policy.freeSlots()
  return {
    slots: index.pairs(),
    keys: order.map((slot) => keys[slot]),
    order,
    policySize: policy.size,
    free,
    top,
    emptied: free.every(
      (slot) => values[slot] === undefined && (!deadlines.inUse || deadlines.of(slot) === 0) && !weights?.of(slot),
    ),
    weights: order.map((slot) => weights?.of(slot) ?? 1),
    totalWeight: weights?.total ?? order.length,
    undisposed: disposals.pending.length,
  }
}
