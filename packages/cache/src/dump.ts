import type { EntryParts } from './entry-cache.ts'
import type { Tags } from './tags.ts'

/** An entry on its way from one cache to another. */
export interface DumpedEntry<K, V> {
  readonly key: K
  readonly value: V
  /** What was left of its TTL, ms; absent if it had none. */
  readonly ttlMs?: number | undefined
  /** What a hit makes of that, ms; only from a cache with `sliding` or `idleMs`. */
  readonly renewMs?: number | undefined
  /** What was left of its life however often it is hit, ms; likewise, and if that has an end. */
  readonly maxAgeMs?: number | undefined
  /** Only from a cache with `maxWeight` or `maxBytes`. */
  readonly weight?: number | undefined
  readonly tags?: readonly string[] | undefined
}

/** What `dump` returns: plain data, JSON if keys and values are. */
export interface CacheDump<K, V> {
  /** Wall clock at the dump, ms since 1970: `load` takes the time since then off every TTL. */
  readonly at: number
  /** The first to be evicted first. */
  readonly entries: readonly DumpedEntry<K, V>[]
}

/** The live entries. O(size). */
export function dumpEntries<K, V>(
  { table, deadlines }: EntryParts<K, V>,
  tags: Tags,
  weighted: boolean,
): CacheDump<K, V> {
  const now = table.now()
  const entries: DumpedEntry<K, V>[] = []
  for (const slot of table.walk()) {
    const deadline = table.deadlineAt(slot)
    const label = tags.of(slot)
    entries.push({
      key: table.keyAt(slot),
      value: table.valueAt(slot),
      ...(deadline !== 0 && { ttlMs: deadline - now, ...deadlines.renewalOf(slot) }),
      ...(weighted && { weight: table.weightAt(slot) }),
      ...(label !== undefined && { tags: label.tags as readonly string[] }),
    })
  }
  return { at: Date.now(), entries: entries.reverse() }
}
