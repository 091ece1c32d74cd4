/**
 * Several doubly linked lists over the keys; a key is in at most one of them.
 *
 *   node    0 … distinct - 1    distinct + i
 *           the keys            anchor of list i: next = newest, previous = oldest; an empty list points at itself
 *   where   list of the key, -1 = none
 *
 * Time: O(1) each.
 */
export class KeyLists {
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #where: Int8Array
  readonly #lengths: number[]
  readonly #distinct: number

  constructor(distinct: number, lists: number) {
    this.#distinct = distinct
    this.#next = new Int32Array(distinct + lists)
    this.#previous = new Int32Array(distinct + lists)
    this.#where = new Int8Array(distinct).fill(-1)
    this.#lengths = new Array<number>(lists).fill(0)
    for (let anchor = distinct; anchor < distinct + lists; anchor++) {
      this.#next[anchor] = anchor
      this.#previous[anchor] = anchor
    }
  }

  /** The list a key is in, -1 for none. */
  where(key: number): number {
    return this.#where[key] as number
  }

  length(list: number): number {
    return this.#lengths[list] as number
  }

  /** The oldest key; only of a list that is not empty. */
  oldest(list: number): number {
    return this.#previous[this.#distinct + list] as number
  }

  /** Adds a key that is in no list. */
  addNewest(list: number, key: number): void {
    const anchor = this.#distinct + list
    const second = this.#next[anchor] as number
    this.#next[key] = second
    this.#previous[key] = anchor
    this.#previous[second] = key
    this.#next[anchor] = key
    this.#where[key] = list
    this.#lengths[list] = (this.#lengths[list] as number) + 1
  }

  /** Takes a key out of its list. */
  remove(key: number): void {
    const list = this.#where[key] as number
    const next = this.#next[key] as number
    const previous = this.#previous[key] as number
    this.#next[previous] = next
    this.#previous[next] = previous
    this.#where[key] = -1
    this.#lengths[list] = (this.#lengths[list] as number) - 1
  }

  /** Makes a key the newest of a list, wherever it was. */
  move(key: number, list: number): void {
    this.remove(key)
    this.addNewest(list, key)
  }

  removeOldest(list: number): number {
    const key = this.oldest(list)
    this.remove(key)
    return key
  }
}
