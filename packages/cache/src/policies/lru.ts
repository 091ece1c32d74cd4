import { IndexList } from '../index-list.ts'
import type { EvictionPolicy } from './policy.ts'

/**
 * Exact least recently used: every read or write makes the entry the newest, the victim is the oldest.
 * Iterates most recently used first. Time: O(1) each. Space: 8 bytes per slot.
 */
export class LruPolicy implements EvictionPolicy {
  readonly #list: IndexList

  constructor(max: number) {
    this.#list = new IndexList(max)
  }

  get size(): number {
    return this.#list.length
  }

  insert(): number {
    return this.#list.insert()
  }

  touch(slot: number): void {
    this.#list.moveToNewest(slot)
  }

  remove(slot: number): void {
    this.#list.remove(slot)
  }

  victim(): number {
    return this.#list.oldest
  }

  replaceVictim(): number {
    const slot = this.#list.oldest
    this.#list.moveToNewest(slot)
    return slot
  }

  first(): number {
    return this.#list.newest
  }

  after(slot: number): number {
    return this.#list.older(slot)
  }

  clear(): void {
    this.#list.clear()
  }

  freeSlots(): number[] {
    return this.#list.freeSlots()
  }
}
