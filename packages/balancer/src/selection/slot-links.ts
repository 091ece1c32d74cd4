/**
 * Circular doubly linked lists over slot numbers: any number of lists share two arrays, because a slot is in one list
 * at a time. A list is known by its head; the tail is what lies before the head.
 *
 *   head = 2      slot   0   1   2   3
 *   2 → 0 → 3     next   3   ·   0   2
 *   ↑_______|     prev   2   ·   3   0
 *
 * Every operation is O(1) and, once the arrays have grown to the highest slot, free of allocation.
 */
export class SlotLinks {
  #next: Int32Array = new Int32Array(16)
  #prev: Int32Array = new Int32Array(16)

  next(slot: number): number {
    return this.#next[slot] as number
  }

  /** Puts `slot` at the tail of the list of `head` (-1: an empty list) and returns the list's head. */
  append(head: number, slot: number): number {
    if (slot >= this.#next.length) this.#grow(slot)
    if (head === -1) {
      this.#next[slot] = slot
      this.#prev[slot] = slot
      return slot
    }
    const tail = this.#prev[head] as number
    this.#next[tail] = slot
    this.#prev[slot] = tail
    this.#next[slot] = head
    this.#prev[head] = slot
    return head
  }

  /** Takes `slot` out of the list of `head` and returns the list's head, -1 when nothing is left. */
  unlink(head: number, slot: number): number {
    const next = this.#next[slot] as number
    if (next === slot) return -1
    const prev = this.#prev[slot] as number
    this.#next[prev] = next
    this.#prev[next] = prev
    return head === slot ? next : head
  }

  /** Moves `slot` to the tail and returns the head. The usual case, the head itself, writes nothing. */
  rotate(head: number, slot: number): number {
    if (head === slot) return this.#next[slot] as number
    return this.append(this.unlink(head, slot), slot)
  }

  #grow(slot: number): void {
    const length = Math.max(slot + 1, this.#next.length * 2)
    const next = new Int32Array(length)
    const prev = new Int32Array(length)
    next.set(this.#next)
    prev.set(this.#prev)
    this.#next = next
    this.#prev = prev
  }
}
