/**
 * The eligible slots in one dense array, the candidates in front, the blocked behind them: a draw or a scan of the
 * candidates never meets a blocked one, however many there are.
 *
 *   slots      [ 4 │ 0 │ 7 ┊ 2 │ 5 ]       position of slot 7: 2
 *               candidates  ┊ blocked
 *                        active = 3, size = 5
 *
 * Every change swaps at most three entries and reports each position that has a new holder through `onPlaced`.
 */
export class SlotList {
  slots: Uint16Array = new Uint16Array(16)
  /** Position by slot, -1 when it is not listed. */
  #positions: Int32Array = new Int32Array(16).fill(-1)
  active = 0
  size = 0
  readonly #onPlaced: ((position: number) => void) | undefined

  constructor(onPlaced?: (position: number) => void) {
    this.#onPlaced = onPlaced
  }

  /** -1 when the slot is not listed. */
  position(slot: number): number {
    return slot < this.#positions.length ? (this.#positions[slot] as number) : -1
  }

  add(slot: number): void {
    if (slot >= this.#positions.length) this.#positions = grown(this.#positions, slot)
    if (this.size === this.slots.length) {
      const larger = new Uint16Array(this.size * 2)
      larger.set(this.slots)
      this.slots = larger
    }
    this.#put(this.size, slot)
    this.size++
    this.swap(this.size - 1, this.active)
    this.active++
  }

  remove(slot: number): void {
    const position = this.position(slot)
    if (position === -1) return
    if (position < this.active) {
      this.active--
      this.swap(position, this.active)
      this.swap(this.active, this.size - 1)
    } else {
      this.swap(position, this.size - 1)
    }
    this.size--
    this.#positions[slot] = -1
  }

  block(slot: number, blocked: boolean): void {
    const position = this.position(slot)
    if (position === -1 || blocked !== position < this.active) return
    if (blocked) {
      this.active--
      this.swap(position, this.active)
    } else {
      this.swap(position, this.active)
      this.active++
    }
  }

  swap(first: number, second: number): void {
    if (first === second) return
    const slot = this.slots[first] as number
    this.#put(first, this.slots[second] as number)
    this.#put(second, slot)
  }

  #put(position: number, slot: number): void {
    this.slots[position] = slot
    this.#positions[slot] = position
    this.#onPlaced?.(position)
  }
}

function grown(words: Int32Array, index: number): Int32Array {
  const larger = new Int32Array(Math.max(index + 1, words.length * 2)).fill(-1)
  larger.set(words)
  return larger
}
