import type { Entries } from './entries.ts'
import type { Entry } from './types.ts'

/** What `info` says. */
export function describe<K, V>(entries: Entries<K, V>, slot: number): Entry<V> {
  const left = entries.remaining(slot)
  return {
    value: entries.value(slot),
    ...(left !== Number.POSITIVE_INFINITY && { ttl: left, start: Date.now() }),
    ...sizeAt(entries, slot),
  }
}

/** Every entry, the oldest first, with `start` by the wall clock. O(size). */
export function dumpEntries<K, V>(entries: Entries<K, V>): [K, Entry<V>][] {
  const { slots, perf } = entries
  const offset = Date.now() - perf.now()
  return slots.list(false).map((slot) => {
    const ttl = slots.ttls?.[slot]
    const timed = ttl !== undefined && { ttl, start: Math.floor((slots.starts[slot] as number) + offset) }
    return [entries.key(slot), { value: entries.value(slot), ...timed, ...sizeAt(entries, slot) }]
  })
}

function sizeAt<K, V>({ slots }: Entries<K, V>, slot: number): { size: number } | undefined {
  return slots.sizes && { size: slots.sizes[slot] as number }
}
