/**
 * Decides who leaves: it numbers the slots and keeps their order, and knows neither keys, values, deadlines nor time.
 * The cache tells it what happens to a slot and asks for a victim when the bound is reached.
 * Slots are 1…max; 0 means "none" everywhere.
 */
export interface EvictionPolicy {
  /** Number of slots in use. */
  readonly size: number
  /**
   * Takes a slot for a new entry. The cache never asks for more than max at a time.
   * @param hash 32 bits of the key, equal for equal keys; 0 when the policy has no `hash`
   */
  insert(hash: number): number
  /** The entry was read or replaced. */
  touch(slot: number): void
  /** The entry left, for whatever reason; its slot may be handed out again. */
  remove(slot: number): void
  /** The slot to evict now, 0 when empty. Asked once for each eviction: it may give others another chance. */
  victim(): number
  /** In one step what `victim`, `remove` and `insert` do; the slot of both. */
  replaceVictim(hash: number): number
  /** First slot in the order of iteration, 0 when empty. */
  first(): number
  /** The slot after it in the order of iteration, 0 at the end. */
  after(slot: number): number
  /** Forgets every slot. */
  clear(): void
  /** Slots waiting to be used again, for tests of the structure. */
  freeSlots(): number[]
}
