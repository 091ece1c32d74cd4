// Where a configuration came from: turns a JSON path into a place in a file. Plain objects have no places.

import type { Document } from 'yaml'
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
} from 'yaml'
import type { ConfigIssue } from './config-error.ts'
import { excerpt } from './excerpt.ts'

export type Path = readonly (string | number)[]

/** What is known about the origin of a configuration. Every member may be missing. */
export interface ConfigSource {
  /** Shown in front of messages. */
  readonly file?: string
  /** Read for defaults that depend on where the process runs. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Line, column and excerpt of a key or value; of the nearest parent if the path itself is not in the file. */
  locate?(path: Path, part: 'key' | 'value'): Pick<ConfigIssue, 'line' | 'column' | 'excerpt'>
  /** The text `${…}` as written, if the value at the path was interpolated: then the value itself is never shown. */
  written?(path: Path): string | undefined
}

/** What was in a file, before validation. */
export interface ReadConfig {
  readonly input: unknown
  readonly source: ConfigSource
}

/** A parsed YAML or JSON text whose nodes remember their offsets. */
export class ParsedSource implements ConfigSource {
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Scalars that were interpolated and what stood there before. Filled by interpolation. */
  readonly interpolated: Map<unknown, string> = new Map()
  readonly #text: string
  readonly #document: Document<ParsedNode>
  readonly #lines: LineCounter

  constructor(
    file: string,
    text: string,
    document: Document<ParsedNode>,
    lines: LineCounter,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.file = file
    this.env = env
    this.#text = text
    this.#document = document
    this.#lines = lines
  }

  locate(path: Path, part: 'key' | 'value'): Pick<ConfigIssue, 'line' | 'column' | 'excerpt'> {
    let node: Node | null | undefined = this.#document.contents
    let place: [number, number] = [node?.range?.[0] ?? 0, 0]
    for (const [depth, step] of path.entries()) {
      const found = this.#child(node, step)
      if (found === undefined) break
      const isLast = depth === path.length - 1
      const marked: Node | null = (isLast && part === 'key') || found.value === null ? found.key : found.value
      place = span(marked, place)
      node = found.value
    }
    return this.at(place[0], place[1])
  }

  written(path: Path): string | undefined {
    let node: Node | null | undefined = this.#document.contents
    for (const step of path) node = this.#child(node, step)?.value
    return node === null || node === undefined ? undefined : this.interpolated.get(this.#resolve(node))
  }

  /** Place of an offset in the text. */
  at(offset: number, length: number): Pick<ConfigIssue, 'line' | 'column' | 'excerpt'> {
    const { line, col } = this.#lines.linePos(Math.min(offset, this.#text.length))
    const shown = excerpt(this.#text, Math.max(line, 1), Math.max(col, 1), length)
    const place = { line: Math.max(line, 1), column: Math.max(col, 1) }
    return shown === undefined ? place : { ...place, excerpt: shown }
  }

  #child(parent: Node | null | undefined, step: string | number): { key: Node | null; value: Node | null } | undefined {
    const node = this.#resolve(parent)
    if (isSeq<Node>(node)) {
      const item = node.items[Number(step)]
      return item === undefined ? undefined : { key: item, value: item }
    }
    if (!isMap<Node, Node | null>(node)) return undefined
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
    return pair === undefined ? this.#merged(node.items, step) : { key: pair.key, value: pair.value }
  }

  /** `<<: *base`: the key stands in the mapping that is merged in. */
  #merged(
    pairs: readonly Pair<Node, Node | null>[],
    step: string | number,
  ): { key: Node | null; value: Node | null } | undefined {
    for (const { key, value } of pairs) {
      if (!isScalar(key) || (key.value !== '<<' && typeof key.value !== 'symbol')) continue
      const base = this.#resolve(value)
      for (const candidate of isSeq<Node>(base) ? base.items : [base]) {
        const found = this.#child(candidate, step)
        if (found !== undefined) return found
      }
    }
    return undefined
  }

  #resolve(node: Node | null | undefined): Node | null | undefined {
    return isAlias(node) ? (node as Alias).resolve(this.#document) : node
  }
}

/** A container is marked at its first character, a scalar over its whole length. */
function span(node: Node | null, fallback: [number, number]): [number, number] {
  const range = node?.range
  if (range === null || range === undefined) return fallback
  return [range[0], isScalar(node) || isAlias(node) ? range[1] - range[0] : 1]
}
