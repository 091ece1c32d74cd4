import { IntegerIndex } from './integer-index.ts'

/**
 * Keys → slots: integers of 32 bits in a table of their own, which costs a third of a `Map`, all others in a `Map`.
 *
 *   find(key) ─┬─ 32-bit integer ──► IntegerIndex ──not there, and some were refused──┐
 *              └─ anything else ───► Map ◄────────────────────────────────────────────┘
 *
 * Nobody chooses: the table is made when the first integer comes, and both may be in use. Keys are compared as in `Map`.
 */
export class KeyIndex<K> {
  readonly #others: Map<K, number> = new Map()
  readonly #capacity: number
  #integers: IntegerIndex | undefined
  /** Integers in the Map because the table refused them. */
  #refused = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** 0 if it is not there. */
  find(key: K): number {
    if (typeof key === 'number' && (key | 0) === key) {
      if (this.#integers === undefined) return 0
      const slot = this.#integers.find(key)
      if (slot !== 0 || this.#refused === 0) return slot
    }
    const slot = this.#others.get(key)
    return slot === undefined ? 0 : slot
  }

  /** Adds a key for which `find` has just returned 0. */
  insert(key: K, slot: number): void {
    if (typeof key === 'number' && (key | 0) === key) {
      if (this.#integers === undefined) {
        this.#integers = new IntegerIndex(this.#capacity)
        this.#integers.find(key)
      }
      if (this.#integers.insert(key, slot)) return
      this.#refused++
    }
    this.#others.set(key, slot)
  }

  /** Removes a key that is there. */
  delete(key: K): void {
    if (typeof key === 'number' && (key | 0) === key) {
      if (this.#integers?.delete(key) === true) return
      this.#refused--
    }
    this.#others.delete(key)
  }

  clear(): void {
    this.#others.clear()
    this.#integers?.clear()
    this.#refused = 0
  }

  /** Every key and slot, for tests of the structure. */
  pairs(): [unknown, number][] {
    return [...this.#others, ...(this.#integers?.pairs() ?? [])]
  }
}
