import type { KeyIndex } from './key-index.ts'
import type { EvictionPolicy } from './policies/policy.ts'
import type { Deadlines } from './ttl.ts'
import type { Weights } from './weight.ts'

/** The structure of an `EntryTable`, for tests. */
export interface TableInspection {
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
}

/** O(slots). */
export function inspectTable<K>(
  policy: EvictionPolicy,
  index: KeyIndex<K>,
  top: number,
  keys: readonly (K | undefined)[],
  values: readonly unknown[],
  deadlines: Deadlines,
  weights: Weights | undefined,
): TableInspection {
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
  }
}
