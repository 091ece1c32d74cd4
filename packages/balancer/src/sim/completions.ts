/**
 * Events in order of time, those of equal time in order of scheduling: a binary heap over three parallel arrays.
 *
 *            (2.0)              parent of i: (i - 1) >> 1
 *        (2.5)   (4.1)          times     2.0  2.5  4.1  3.3
 *     (3.3)                     payloads   17    4   88   51
 *
 * O(log n) per push and pop. It holds one entry per busy worker, so n is some hundreds.
 */
export class Completions {
  #times: Float64Array = new Float64Array(64)
  /** Number of the push, which decides between equal times. */
  #orders: Float64Array = new Float64Array(64)
  #payloads: Float64Array = new Float64Array(64)
  #size = 0
  #pushed = 0

  get size(): number {
    return this.#size
  }

  /** Time of the next event, Infinity when there is none. */
  get next(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] as number)
  }

  push(time: number, payload: number): void {
    if (this.#size === this.#times.length) this.#grow()
    const order = this.#pushed++
    let hole = this.#size++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      // Pushed later: goes below a parent of the same time.
      if ((this.#times[parent] as number) <= time) break
      this.#move(parent, hole)
      hole = parent
    }
    this.#write(hole, time, order, payload)
  }

  /** Takes the next event out and returns its payload. Only while `size` is above 0. */
  pop(): number {
    const payload = this.#payloads[0] as number
    const last = --this.#size
    const time = this.#times[last] as number
    const order = this.#orders[last] as number
    let hole = 0
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && this.#isBefore(child + 1, this.#times[child] as number, this.#orders[child] as number)) {
        child++
      }
      if (!this.#isBefore(child, time, order)) break
      this.#move(child, hole)
      hole = child
    }
    this.#write(hole, time, order, this.#payloads[last] as number)
    return payload
  }

  #isBefore(index: number, time: number, order: number): boolean {
    const own = this.#times[index] as number
    return own < time || (own === time && (this.#orders[index] as number) < order)
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from] as number
    this.#orders[to] = this.#orders[from] as number
    this.#payloads[to] = this.#payloads[from] as number
  }

  #write(index: number, time: number, order: number, payload: number): void {
    this.#times[index] = time
    this.#orders[index] = order
    this.#payloads[index] = payload
  }

  #grow(): void {
    this.#times = doubled(this.#times)
    this.#orders = doubled(this.#orders)
    this.#payloads = doubled(this.#payloads)
  }
}

function doubled(words: Float64Array): Float64Array {
  const larger = new Float64Array(words.length * 2)
  larger.set(words)
  return larger
}
