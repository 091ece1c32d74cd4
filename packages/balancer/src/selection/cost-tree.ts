import type { XorShift } from './xorshift.ts'

const NOWHERE = Number.POSITIVE_INFINITY

/**
 * The least of many costs, kept up to date: a tournament in one Float64Array, each node the lesser of its two children.
 *
 *                 4.5                node 1
 *            ┌─────┴─────┐
 *           4.5         9.8          nodes 2, 3
 *        ┌───┴──┐     ┌──┴───┐
 *      12.1    4.5   9.8    30.4     nodes 4 … 7: positions 0 … 3
 *
 * A change walks up until a parent stays as it is: O(log n), mostly two or three steps. The least is read at the top,
 * O(1); whose it is, O(log n). So comparing all of a thousand costs takes hardly longer than all of ten, where a scan
 * takes 2 µs. Positions without a cost hold infinity.
 */
export class CostTree {
  #width = 16
  #nodes: Float64Array = new Float64Array(32).fill(NOWHERE)
  readonly #pending: Int32Array = new Int32Array(64)

  /** Infinity when there is none. */
  get least(): number {
    return this.#nodes[1] as number
  }

  /** Makes room for positions below `count`; their costs must be set anew. */
  grow(count: number): void {
    let width = this.#width
    while (width < count) width *= 2
    if (width === this.#width) return
    this.#width = width
    this.#nodes = new Float64Array(2 * width).fill(NOWHERE)
  }

  /** Finite, or infinity for none. */
  set(position: number, cost: number): void {
    const nodes = this.#nodes
    let at = this.#width + position
    if (nodes[at] === cost) return
    nodes[at] = cost
    while (at > 1) {
      const left = nodes[at & ~1] as number
      const right = nodes[at | 1] as number
      const lesser = Math.min(left, right)
      at >>= 1
      if (nodes[at] === lesser) return
      nodes[at] = lesser
    }
  }

  /**
   * A position of the least cost among the first `count`, which are all that have one; -1 when there is none. Between
   * equals it is drawn; when all are equal, all are equally likely.
   */
  find(count: number, random: XorShift): number {
    const nodes = this.#nodes
    if (nodes[1] === NOWHERE) return -1
    let at = 1
    for (let half = this.#width >> 1, start = 0; half >= 1; half >>= 1) {
      const left = nodes[2 * at] as number
      const right = nodes[2 * at + 1] as number
      const goesRight = left === right ? this.#draw(count - start, half, random) : right < left
      at = goesRight ? 2 * at + 1 : 2 * at
      if (goesRight) start += half
    }
    return at - this.#width
  }

  /** The least cost that `accepts` takes, or -1. Asks in ascending order, so usually once; allocates nothing. */
  findAccepted(accepts: (position: number) => boolean, count: number, random: XorShift): number {
    const nodes = this.#nodes
    const pending = this.#pending
    let depth = 0
    pending[depth++] = 1
    let best = -1
    let least = NOWHERE
    while (depth > 0) {
      const at = pending[--depth] as number
      if ((nodes[at] as number) >= least) continue
      if (at >= this.#width) {
        if (!accepts(at - this.#width)) continue
        best = at - this.#width
        least = nodes[at] as number
        continue
      }
      const left = nodes[2 * at] as number
      const right = nodes[2 * at + 1] as number
      const rightFirst = left === right ? this.#drawAt(at, count, random) : right < left
      // The one on top is looked at first.
      pending[depth++] = rightFirst ? 2 * at : 2 * at + 1
      pending[depth++] = rightFirst ? 2 * at + 1 : 2 * at
    }
    return best
  }

  /** Whether to go right, of `left` positions in the whole, half of which at most on the left. */
  #draw(inSubtree: number, half: number, random: XorShift): boolean {
    if (inSubtree <= half) return false
    const onTheRight = inSubtree < 2 * half ? inSubtree - half : half
    return random.below(half + onTheRight) >= half
  }

  #drawAt(node: number, count: number, random: XorShift): boolean {
    const level = 31 - Math.clz32(node)
    const size = this.#width >> level
    return this.#draw(count - (node - (1 << level)) * size, size >> 1, random)
  }
}
