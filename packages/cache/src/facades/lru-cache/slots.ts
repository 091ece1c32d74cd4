const FIRST_CAPACITY = 16

/**
 * Entries in slots 1, 2, 3 …, linked from the oldest to the newest; slot 0 is the knot where both ends meet.
 *
 *         ┌──────────────── newer ───────────────────┐
 *         ▼                                          │
 *   0 ⇄ oldest ⇄ … ⇄ newest ⇄ 0        slotOf: key ──► slot ──► keys[slot], values[slot], ttls[slot] …
 *
 * The links grow as slots are used, so a bound need not be known. Time: O(1) each. Space: 8 bytes per slot for the
 * links, 8 for each of the columns, those for TTL and size once used.
 */
export class Slots<K, V> {
  readonly slotOf: Map<K, number> = new Map()
  keys: (K | undefined)[] = [undefined]
  values: (V | undefined)[] = [undefined]
  /** Ms; 0 = without end. */
  ttls: number[] | undefined
  /** Clock time at which the TTL began. */
  starts: number[] = []
  sizes: number[] | undefined
  #newer: Uint32Array = new Uint32Array(FIRST_CAPACITY)
  #older: Uint32Array = new Uint32Array(FIRST_CAPACITY)
  #free: number[] = []

  get count(): number {
    return this.slotOf.size
  }

  /** 0 when empty. */
  get oldest(): number {
    return this.#newer[0] as number
  }

  /** 0 when empty. */
  get newest(): number {
    return this.#older[0] as number
  }

  /** Slots from one end to the other, as they are now. */
  list(fromNewest: boolean): number[] {
    const links = fromNewest ? this.#older : this.#newer
    const slots: number[] = []
    for (let slot = links[0] as number; slot !== 0; slot = links[slot] as number) slots.push(slot)
    return slots
  }

  insert(key: K, value: V): number {
    const slot = this.#free.pop() ?? this.keys.length
    if (slot === this.#newer.length) this.#grow()
    this.keys[slot] = key
    this.values[slot] = value
    this.slotOf.set(key, slot)
    this.#linkNewest(slot)
    return slot
  }

  touch(slot: number): void {
    if (slot === this.#older[0]) return
    this.#unlink(slot)
    this.#linkNewest(slot)
  }

  remove(slot: number): void {
    this.#unlink(slot)
    this.slotOf.delete(this.keys[slot] as K)
    this.keys[slot] = undefined
    this.values[slot] = undefined
    if (this.ttls !== undefined) this.ttls[slot] = 0
    if (this.sizes !== undefined) this.sizes[slot] = 0
    this.#free.push(slot)
  }

  clear(): void {
    this.slotOf.clear()
    this.keys = [undefined]
    this.values = [undefined]
    this.#free = []
    this.#newer[0] = 0
    this.#older[0] = 0
    this.starts = []
    if (this.ttls !== undefined) this.ttls = []
    if (this.sizes !== undefined) this.sizes = []
  }

  #linkNewest(slot: number): void {
    const last = this.#older[0] as number
    this.#newer[last] = slot
    this.#older[slot] = last
    this.#newer[slot] = 0
    this.#older[0] = slot
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot] as number
    const older = this.#older[slot] as number
    this.#newer[older] = newer
    this.#older[newer] = older
  }

  #grow(): void {
    const [newer, older] = [this.#newer, this.#older]
    this.#newer = new Uint32Array(newer.length * 2)
    this.#newer.set(newer)
    this.#older = new Uint32Array(older.length * 2)
    this.#older.set(older)
  }
}
