import { type Endpoint, Leaf } from './leaf.ts'
import type { PatternPart } from './pattern.ts'
import { RadixNode } from './radix-node.ts'

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
 * 1 the child with the next character · 2 segments with text or a constraint, the most literal first · 3 one value up to
 * the next slash · 4 the end of the path, or a slash and the rest. A dead end goes back to the next alternative; where
 * there is none, the walk is a loop and no call. A node is entered at one position only (every edge but 1 ends where its
 * segment ends), so that a search costs at most O(path × nodes that can still match), never a power of the path's length:
 * O(segments) for ordinary routes.
 */
export class RadixTree<H> {
  #root = new RadixNode<H>('')
  /** Start and end of each value on the way to the current node. */
  #spans: number[] = []
  /** All routes have one priority: the first that is found is the best. */
  #isUniform = true
  #topPriority = Number.NEGATIVE_INFINITY
  /** Best route so far while others may have a higher priority. */
  #best: Endpoint<H> | null = null
  #bestPriority = Number.NEGATIVE_INFINITY
  #bestSpans: number[] = []
  #bestUsed = 0

  /**
   * The best route for a method and the first `end` characters of a path; a wildcard takes what is behind them too. The
   * values are then at `spans`: start and end, two numbers per value, valid until the next call.
   */
  find(method: number, path: string, end: number): Endpoint<H> | null {
    // Else `/*` would match the path that is empty, which no request has.
    if (end === 0) return null
    if (this.#isUniform) return this.#visit(this.#root, method, path, end, 0, 0)
    this.#best = null
    this.#bestPriority = Number.NEGATIVE_INFINITY
    return this.#visit(this.#root, method, path, end, 0, 0) ?? this.#takeBest()
  }

  get spans(): readonly number[] {
    return this.#spans
  }

  /** The leaf of a pattern, its nodes made on first use and told the priority of the route to come. */
  leaf(parts: readonly PatternPart[], captures: number, priority: number): Leaf<H> {
    while (this.#spans.length < captures * 2) {
      this.#spans.push(0)
      this.#bestSpans.push(0)
    }
    let node = this.#root
    this.#isUniform &&= node.maxPriority === Number.NEGATIVE_INFINITY || node.maxPriority === priority
    node.maxPriority = Math.max(node.maxPriority, priority)
    this.#topPriority = node.maxPriority
    for (const part of parts) {
      if (part.kind === 'literal') node = node.descend(part.text, priority)
      else if (part.kind === 'param') node = node.paramChild()
      else if (part.kind === 'split') node = node.splitChild(part.split)
      else {
        node.wildcard ??= new Leaf()
        return node.wildcard
      }
      node.maxPriority = Math.max(node.maxPriority, priority)
    }
    node.leaf ??= new Leaf()
    return node.leaf
  }

  clear(): void {
    this.#root = new RadixNode('')
    this.#spans = []
    this.#bestSpans = []
    this.#isUniform = true
    this.#topPriority = Number.NEGATIVE_INFINITY
  }

  /**
   * Searches below a node whose prefix ends at `from`; `used` is the next free place in the spans.
   * @returns a route that none can beat, or null: then the best of the others, if any, is in `#best`
   */
  #visit(
    start: RadixNode<H>,
    method: number,
    path: string,
    end: number,
    from: number,
    used: number,
  ): Endpoint<H> | null {
    let node = start
    let at = from
    let slot = used
    for (;;) {
      if (at === end) {
        if (node.leaf !== null) {
          const found = this.#consider(node.leaf, method, slot)
          if (found !== null) return found
        }
        if (node.wildcard === null) return null
        return this.#capture(node.wildcard, method, slot, path.length, path.length)
      }
      const code = path.charCodeAt(at)
      const index = code - node.firstCode
      if (index >= 0 && index < node.children.length) {
        const child = node.children[index] as RadixNode<H> | null
        if (child?.continues(path, at, end) && this.#mayWin(child)) {
          const next = at + child.length
          if (code === SLASH ? node.wildcard === null : !node.takesValues) {
            node = child
            at = next
            continue
          }
          const found = this.#visit(child, method, path, end, next, slot)
          if (found !== null) return found
        }
      }
      if (code === SLASH) {
        if (node.wildcard === null) return null
        return this.#capture(node.wildcard, method, slot, at + 1, path.length)
      }
      if (!node.takesValues) return null
      const stop = segmentEnd(path, at, end)
      const splits = node.splits
      for (let i = 0; i < splits.length; i++) {
        const edge = splits[i] as (typeof splits)[number]
        if (this.#mayWin(edge.node) && edge.split.match(path, at, stop, this.#spans, slot)) {
          const found = this.#visit(edge.node, method, path, end, stop, slot + edge.split.count * 2)
          if (found !== null) return found
        }
      }
      const param = node.param
      if (param === null || !this.#mayWin(param)) return null
      this.#spans[slot] = at
      this.#spans[slot + 1] = stop
      slot += 2
      node = param
      at = stop
    }
  }

  #mayWin(node: RadixNode<H>): boolean {
    return this.#isUniform || node.maxPriority > this.#bestPriority
  }

  #capture(leaf: Leaf<H>, method: number, slot: number, start: number, end: number): Endpoint<H> | null {
    this.#spans[slot] = start
    this.#spans[slot + 1] = end
    return this.#consider(leaf, method, slot + 2)
  }

  /** The route of a leaf if none can beat it; otherwise it is remembered if it beats those before. */
  #consider(leaf: Leaf<H>, method: number, used: number): Endpoint<H> | null {
    const endpoint = leaf.select(method)
    if (endpoint === null || this.#isUniform || endpoint.priority === this.#topPriority) return endpoint
    // Strictly higher only: what comes first in the order of the search wins among equals.
    if (endpoint.priority <= this.#bestPriority) return null
    this.#best = endpoint
    this.#bestPriority = endpoint.priority
    // A loop and no slice: a search allocates nothing.
    for (let i = 0; i < used; i++) this.#bestSpans[i] = this.#spans[i] as number
    this.#bestUsed = used
    return null
  }

  #takeBest(): Endpoint<H> | null {
    const best = this.#best
    if (best === null) return null
    for (let i = 0; i < this.#bestUsed; i++) this.#spans[i] = this.#bestSpans[i] as number
    return best
  }
}

function segmentEnd(path: string, from: number, end: number): number {
  const slash = path.indexOf('/', from + 1)
  return slash === -1 || slash > end ? end : slash
}
