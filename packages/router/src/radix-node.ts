import type { Leaf } from './leaf.ts'
import { compareSplits, type SplitSegment } from './split-segment.ts'

/** Up to here a loop over numbers is faster than a call of `startsWith` (Node 24: 1.3 ns a character, the call 15 to 20). */
const LONGEST_LOOP = 16

export interface SplitEdge<H> {
  readonly split: SplitSegment
  readonly node: RadixNode<H>
}

/**
 * A stretch of literal text, and what can follow it. All nodes have one shape, whatever they stand for.
 *
 *   prefix "users/"     tail [115, 101, 114, 115, 47]     the first character is known to the parent
 *   children            [ node of "a" │ null │ null │ node of "d" ]     index: character code − firstCode
 */
export class RadixNode<H> {
  prefix: string
  /** Length of the prefix. */
  length: number
  /** Character codes of the prefix behind its first character; null if it is long. */
  tail: readonly number[] | null
  leaf: Leaf<H> | null = null
  wildcard: Leaf<H> | null = null
  firstCode = 0
  children: (RadixNode<H> | null)[] = []
  splits: SplitEdge<H>[] = []
  param: RadixNode<H> | null = null
  /** A value can begin here. */
  takesValues = false
  /** Highest priority in this subtree: nothing below can win once a route of this priority was found. */
  maxPriority: number = Number.NEGATIVE_INFINITY

  constructor(prefix: string) {
    this.prefix = prefix
    this.length = prefix.length
    this.tail = tailOf(prefix)
  }

  /** Does the path go on with this node's prefix? Its first character was compared when the node was chosen. */
  continues(path: string, at: number, end: number): boolean {
    const length = this.length
    if (at + length > end) return false
    const tail = this.tail
    if (tail === null) return path.startsWith(this.prefix, at)
    for (let i = 0; i < tail.length; i++) {
      if (path.charCodeAt(at + 1 + i) !== tail[i]) return false
    }
    return true
  }

  /** Walks down a literal and makes what is missing; nodes that share only the beginning of their text are cut in two. */
  descend(text: string, priority: number): RadixNode<H> {
    let node: RadixNode<H> = this
    let rest = text
    while (rest !== '') {
      const child = node.child(rest.charCodeAt(0))
      if (child === null) {
        const added = new RadixNode<H>(rest)
        added.maxPriority = priority
        node.#setChild(added)
        return added
      }
      const shared = sharedLength(child.prefix, rest)
      const next = shared < child.prefix.length ? node.#cut(child, shared) : child
      next.maxPriority = Math.max(next.maxPriority, priority)
      node = next
      rest = rest.slice(shared)
    }
    return node
  }

  child(code: number): RadixNode<H> | null {
    return this.children[code - this.firstCode] ?? null
  }

  /** The node behind a whole-segment value, made on first use. */
  paramChild(): RadixNode<H> {
    this.param ??= new RadixNode('')
    this.takesValues = true
    return this.param
  }

  /** The node behind a segment of values and text, made on first use. */
  splitChild(split: SplitSegment): RadixNode<H> {
    const known = this.splits.find((edge) => edge.split.equals(split))
    if (known !== undefined) return known.node
    const added = new RadixNode<H>('')
    this.splits.push({ split, node: added })
    this.splits.sort((a, b) => compareSplits(a.split, b.split))
    this.takesValues = true
    return added
  }

  #setChild(child: RadixNode<H>): void {
    const code = child.prefix.charCodeAt(0)
    if (this.children.length === 0) this.firstCode = code
    // Filled with null, never with holes: V8 reads a packed array without asking the prototype.
    for (; code < this.firstCode; this.firstCode--) this.children.unshift(null)
    while (this.children.length <= code - this.firstCode) this.children.push(null)
    this.children[code - this.firstCode] = child
  }

  #cut(child: RadixNode<H>, length: number): RadixNode<H> {
    const upper = new RadixNode<H>(child.prefix.slice(0, length))
    child.#shorten(child.prefix.slice(length))
    upper.#setChild(child)
    upper.maxPriority = child.maxPriority
    this.#setChild(upper)
    return upper
  }

  #shorten(prefix: string): void {
    this.prefix = prefix
    this.length = prefix.length
    this.tail = tailOf(prefix)
  }
}

function tailOf(prefix: string): number[] | null {
  if (prefix.length > LONGEST_LOOP) return null
  return Array.from(prefix.slice(1), (char) => char.charCodeAt(0))
}

function sharedLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}
