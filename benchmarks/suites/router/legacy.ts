// The router of the source documents: a Map of static paths per method, then a trie of segments. Written anew from the
// behaviour they describe, defects included (see legacy.test.ts), because others are measured against it.
//
//   "" ─ "api" ─ "users" ─┬─ :id ●        one parameter child per node: it keeps the name that came first
//                         └─ *   ●        the rest of the path, its value not kept
import { namesOf, type PreparedRouter, type RouteSpec, valueLength } from './design.ts'

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'] as const

export interface LegacyMatch<H> {
  readonly handler: H
  readonly params: Record<string, string>
}

class SegmentNode<H> {
  readonly children = new Map<string, SegmentNode<H>>()
  param: SegmentNode<H> | null = null
  paramName = ''
  wildcard: SegmentNode<H> | null = null
  handler: H | undefined = undefined
}

interface MethodTable<H> {
  readonly fixed: Map<string, H>
  readonly root: SegmentNode<H>
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

export class LegacyRouter<H> {
  readonly #tables = new Map<string, MethodTable<H>>()

  constructor() {
    for (const method of METHODS) this.#tables.set(method, { fixed: new Map(), root: new SegmentNode() })
  }

  /** The priority is taken and never read. */
  register(method: string, path: string, handler: H, _priority = 0): void {
    const table = this.#tables.get(method)
    // A method that is not in the list is lost without a word.
    if (table === undefined) return
    if (!path.includes('/:') && !path.includes('*')) {
      table.fixed.set(path, handler)
      return
    }
    let node = table.root
    for (const segment of segmentsOf(path)) node = childFor(node, segment)
    node.handler = handler
  }

  match(method: string, path: string): LegacyMatch<H> | null {
    const table = this.#tables.get(method)
    if (table === undefined) return null
    const fixed = table.fixed.get(path)
    if (fixed !== undefined) return { handler: fixed, params: {} }
    const params: Record<string, string> = {}
    const handler = search(table.root, segmentsOf(path), 0, params)
    return handler === undefined ? null : { handler, params }
  }
}

function childFor<H>(node: SegmentNode<H>, segment: string): SegmentNode<H> {
  if (segment.startsWith(':')) {
    if (node.param === null) {
      node.param = new SegmentNode()
      node.paramName = segment.slice(1)
    }
    return node.param
  }
  if (segment === '*') {
    node.wildcard ??= new SegmentNode()
    return node.wildcard
  }
  let child = node.children.get(segment)
  if (child === undefined) {
    child = new SegmentNode()
    node.children.set(segment, child)
  }
  return child
}

function search<H>(
  node: SegmentNode<H>,
  segments: readonly string[],
  index: number,
  params: Record<string, string>,
): H | undefined {
  const segment = segments[index]
  if (segment === undefined) return node.handler
  const child = node.children.get(segment)
  if (child !== undefined) {
    const found = search(child, segments, index + 1, params)
    if (found !== undefined) return found
  }
  if (node.param !== null) {
    const found = search(node.param, segments, index + 1, params)
    if (found !== undefined) {
      params[node.paramName] = segment
      return found
    }
  }
  return node.wildcard?.handler
}

export function prepare(routes: readonly RouteSpec[]): PreparedRouter {
  const router = new LegacyRouter<number>()
  for (const [index, { method, path }] of routes.entries()) router.register(method, path, index)
  // The wildcard's value is not there to be read.
  const names = routes.map(({ path }) => namesOf(path).filter((name) => name !== '*'))
  return {
    find(method, path) {
      const found = router.match(method, path)
      if (found === null) return -1
      return found.handler + valueLength(found.params, names[found.handler] as string[])
    },
    answer(method, path) {
      const found = router.match(method, path)
      return found && { route: found.handler, params: { ...found.params } }
    },
  }
}
