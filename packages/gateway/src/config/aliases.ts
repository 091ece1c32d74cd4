// YAML aliases (`*name`) that cannot be resolved: what the parser refuses, and where it stands.
import { type Alias, type Document, type ParsedNode, visit } from 'yaml'
import type { IssueList } from './issue-list.ts'
import type { ParsedSource } from './source.ts'

/**
 * Most nodes that aliases may stand for, nested ones multiplied: enough for a thousand routes that share their settings,
 * too few for ten lines that expand to gigabytes.
 */
export const MOST_ALIASED = 10_000

/** Says why the aliases of a document could not be resolved: one without its anchor, or too many inside each other. */
export function addAliasProblem(document: Document<ParsedNode>, source: ParsedSource, issues: IssueList): void {
  const aliases: Alias[] = []
  visit(document, { Alias: (_, alias) => void aliases.push(alias) })
  const place = (alias: Alias | undefined): ReturnType<ParsedSource['at']> => {
    const [start = 0, end = start + 1] = alias?.range ?? []
    return source.at(start, end - start)
  }
  const unknown = aliases.find((alias) => alias.resolve(document) === undefined)
  if (unknown !== undefined) {
    issues.addAt(place(unknown), [], {
      message: `no anchor "&${unknown.source}" stands before this alias`,
      fix: `mark the value it stands for with &${unknown.source}, or put quotes around "*${unknown.source}"`,
    })
    return
  }
  const nested = aliases.find((alias) => holdsAlias(alias, document))
  issues.addAt(place(nested ?? aliases.at(-1)), [], {
    message: `the aliases of this file stand for more than ${MOST_ALIASED.toLocaleString('en-US')} values`,
    fix: 'write the values out instead of nesting aliases',
  })
}

function holdsAlias(alias: Alias, document: Document<ParsedNode>): boolean {
  let found = false
  visit(alias.resolve(document) ?? null, {
    Alias() {
      found = true
      return visit.BREAK
    },
  })
  return found
}
