import { type Endpoint, Leaf } from './leaf.ts'
import type { PatternPart } from './pattern.ts'
import { compareSplits, type SplitSegment } from './split-segment.ts'

const SLASH = 47

/**
 * Routes with parameters, as a compressed radix tree (Morrison's PATRICIA, 1968, over characters). A node is a stretch
 * of literal text that its routes share; what follows it is tried in this order:
 *
 *   /api/users/:id   /api/users/:id/posts   /api/v:version   /api/:from-:to   /api/*
 *
 *   ""─"/api"─┬─ 1 literal ─ "/" ─┬─ 1 literal ─ "users/" ─ 3 param ─●─ 1 literal ─ "/posts" ●
 *             │                   ├─ 1 literal ─ "v" ────── 3 param ─●
 *             │                   └─ 2 split [:, "-", :] ●
 *             └─ 4 wildcard ●                                                        ● leaf: routes per method
 *
 * 1 the child with the next character · 2 segments that mix values and text, the most literal first · 3 one value up
 * to the next slash · 4 the end of the path, or a slash and the rest. A dead end goes back to the next alternative.
 * A node is entered at one position only (every edge but 1 ends where its segment ends), so that a search costs at
 * most O(path × nodes that can still match), never a power of the path's length: O(segments) for ordinary routes.
 */
class Node<H> {
  prefix: string
  leaf: Leaf<H> | null = null
  /** First characters of `children`, same order: scanned as numbers. */
  codes: number[] = []
  children: Node<H>[] = []
  splits: SplitEdge<H>[] = []
  param: Node<H> | null = null
  wildcard: Leaf<H> | null = null
  /** Highest priority in this subtree: nothing below can win once a route of this priority was found. */
  maxPriority = Number.NEGATIVE_INFINITY

  constructor(prefix: string) {
    this.prefix = prefix
  }
}

interface SplitEdge<H> {
  readonly split: SplitSegment
  readonly node: Node<H>
}

/** Finds one route at a time: the search keeps its state in fields, so that it allocates nothing. */
export class RadixTree<H> {
  #root = new Node<H>('')
  #spans = new Int32Array(0)
  /** Spans of the best route so far; the result of `find`. */
  #bestSpans = new Int32Array(0)
  #best: Endpoint<H> | null = null
  #bestPriority = Number.NEGATIVE_INFINITY
  #path = ''
  #method = 0

  /**
   * The best route for a method and a path; its values are then at `spans`: start and end, two numbers per value, valid
   * until the next call.
   */
  find(method: number, path: string): Endpoint<H> | null {
    this.#best = null
    this.#bestPriority = Number.NEGATIVE_INFINITY
    this.#path = path
    this.#method = method
    this.#visit(this.#root, 0, 0)
    const best = this.#best
    this.#best = null
    this.#path = ''
    return best
  }

  get spans(): Int32Array {
    return this.#bestSpans
  }

  /** The leaf of a pattern, its nodes made on first use and told the priority of the route to come. */
  leaf(parts: readonly PatternPart[], captures: number, priority: number): Leaf<H> {
    if (captures * 2 > this.#spans.length) {
      this.#spans = new Int32Array(captures * 2)
      this.#bestSpans = new Int32Array(captures * 2)
    }
    let node = this.#root
    node.maxPriority = Math.max(node.maxPriority, priority)
    for (const part of parts) {
      if (part.kind === 'literal') node = descend(node, part.text, priority)
      else if (part.kind === 'split') node = splitChild(node, part.split)
      else if (part.kind === 'param') {
        node.param ??= new Node('')
        node = node.param
      } else {
        node.wildcard ??= new Leaf()
        return node.wildcard
      }
      node.maxPriority = Math.max(node.maxPriority, priority)
    }
    node.leaf ??= new Leaf()
    return node.leaf
  }

  clear(): void {
    this.#root = new Node('')
    this.#spans = new Int32Array(0)
    this.#bestSpans = new Int32Array(0)
  }

  /** Searches below a node whose prefix ends at `at`; `slot` is the next free place in the spans. */
  #visit(node: Node<H>, at: number, slot: number): void {
    const path = this.#path
    const length = path.length
    if (at === length) {
      if (node.leaf !== null) this.#consider(node.leaf, slot)
      if (node.wildcard !== null) this.#capture(node.wildcard, slot, length, length)
      return
    }
    const code = path.charCodeAt(at)
    const codes = node.codes
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] !== code) continue
      const child = node.children[i] as Node<H>
      if (child.maxPriority > this.#bestPriority && continuesWith(path, at, child.prefix)) {
        this.#visit(child, at + child.prefix.length, slot)
        if (this.#bestPriority >= node.maxPriority) return
      }
      break
    }
    if (code === SLASH) {
      if (node.wildcard !== null) this.#capture(node.wildcard, slot, at + 1, length)
      return
    }
    const splits = node.splits
    const param = node.param
    if (param === null && splits.length === 0) return
    let end = at + 1
    while (end < length && path.charCodeAt(end) !== SLASH) end++
    for (let i = 0; i < splits.length; i++) {
      const { split, node: next } = splits[i] as SplitEdge<H>
      if (next.maxPriority > this.#bestPriority && split.match(path, at, end, this.#spans, slot)) {
        this.#visit(next, end, slot + split.count * 2)
      }
    }
    if (param !== null && param.maxPriority > this.#bestPriority) {
      this.#spans[slot] = at
      this.#spans[slot + 1] = end
      this.#visit(param, end, slot + 2)
    }
  }

  #capture(leaf: Leaf<H>, slot: number, start: number, end: number): void {
    this.#spans[slot] = start
    this.#spans[slot + 1] = end
    this.#consider(leaf, slot + 2)
  }

  /** Strictly higher only: what comes first in the order of the search wins among equals. */
  #consider(leaf: Leaf<H>, used: number): void {
    const endpoint = leaf.select(this.#method)
    if (endpoint === null || endpoint.priority <= this.#bestPriority) return
    this.#best = endpoint
    this.#bestPriority = endpoint.priority
    for (let i = 0; i < used; i++) this.#bestSpans[i] = this.#spans[i] as number
  }
}

function continuesWith(path: string, at: number, text: string): boolean {
  const length = text.length
  if (at + length > path.length) return false
  // The first character was compared when the child was chosen.
  for (let i = 1; i < length; i++) {
    if (path.charCodeAt(at + i) !== text.charCodeAt(i)) return false
  }
  return true
}

/** Walks down a literal; nodes that share only the beginning of their text are cut in two. */
function descend<H>(from: Node<H>, text: string, priority: number): Node<H> {
  let node = from
  let rest = text
  while (rest !== '') {
    const index = node.codes.indexOf(rest.charCodeAt(0))
    if (index === -1) {
      const added = new Node<H>(rest)
      node.codes.push(rest.charCodeAt(0))
      node.children.push(added)
      return added
    }
    const child = node.children[index] as Node<H>
    const shared = sharedLength(child.prefix, rest)
    if (shared < child.prefix.length) {
      const upper = new Node<H>(child.prefix.slice(0, shared))
      child.prefix = child.prefix.slice(shared)
      upper.codes.push(child.prefix.charCodeAt(0))
      upper.children.push(child)
      upper.maxPriority = child.maxPriority
      node.children[index] = upper
    }
    node = node.children[index] as Node<H>
    node.maxPriority = Math.max(node.maxPriority, priority)
    rest = rest.slice(shared)
  }
  return node
}

function splitChild<H>(node: Node<H>, split: SplitSegment): Node<H> {
  const known = node.splits.find((edge) => edge.split.equals(split))
  if (known !== undefined) return known.node
  const added = new Node<H>('')
  node.splits.push({ split, node: added })
  node.splits.sort((a, b) => compareSplits(a.split, b.split))
  return added
}

function sharedLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}
