// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references look like this in configuration files
// YAML and JSON by one parser (JSON is YAML), so that both have places for every key and value.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  type Document,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  type Scalar,
  visit,
  type YAMLParseError,
} from 'yaml'
import { addAliasProblem, MOST_ALIASED } from './aliases.ts'
import { ConfigError } from './config-error.ts'
import { interpolate } from './interpolate.ts'
import { IssueList } from './issue-list.ts'
import { jsonFault } from './json-syntax.ts'
import { configSchema } from './schema.ts'
import { convert } from './shape.ts'
import { ParsedSource, type Path, type ReadConfig } from './source.ts'

/** @throws ConfigError for syntax errors, duplicate keys, unset variables, an empty file */
export function parseText(file: string, text: string, env: Readonly<Record<string, string | undefined>>): ReadConfig {
  const lines = new LineCounter()
  const document: Document<ParsedNode> = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
  })
  const source = new ParsedSource(file, text, document, lines, env)
  const issues = new IssueList(source)
  const fault = isJson(file) && text.trim() !== '' ? jsonFault(text) : null
  if (fault === null) {
    addSyntaxErrors(document.errors, text, source, issues)
  } else {
    const { offset, expected, fix } = fault
    issues.addAt(source.at(offset, 1), [], { message: `this is not valid JSON: expected ${expected} here`, fix })
  }
  if (issues.isEmpty && document.contents === null) {
    issues.addAt({}, [], {
      message: 'the file is empty',
      fix: 'write upstreams: { api: { targets: ["http://127.0.0.1:3000"] } } and routes: [{ path: "/*", upstream: api }]',
    })
  }
  if (issues.isEmpty) interpolateScalars(document, text, source, issues)
  if (!issues.isEmpty) throw new ConfigError(issues.sorted())
  try {
    const input: unknown = document.toJS({ maxAliasCount: MOST_ALIASED })
    return { input: convertInterpolated(input, source), source }
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    addAliasProblem(document, source, issues)
    throw new ConfigError(issues.sorted(), { cause: error })
  }
}

/** After the first syntax error the parser guesses: what follows is mostly its consequence. */
function addSyntaxErrors(
  errors: readonly YAMLParseError[],
  text: string,
  source: ParsedSource,
  issues: IssueList,
): void {
  const duplicates = errors.filter((error) => error.code === 'DUPLICATE_KEY')
  const first = errors.find((error) => error.code !== 'DUPLICATE_KEY')
  for (const error of first === undefined ? duplicates : []) {
    const key = /^\S[^:\s]*/.exec(text.slice(error.pos[0], error.pos[0] + 64))?.[0] ?? ''
    issues.addAt(source.at(error.pos[0], key.length), [], {
      message: 'this key stands twice in the same mapping',
      fix: 'keep one of the two',
    })
  }
  if (first === undefined) return
  const offset = first.pos[0]
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  const line = text.slice(start, end === -1 ? text.length : end)
  issues.addAt(source.at(offset, 1), [], {
    message:
      first.code === 'MULTIPLE_DOCS'
        ? 'a configuration is one document, and here a second one begins'
        : `this is not valid ${isJson(source.file) ? 'JSON' : 'YAML'}: ${first.message.replace(/\.$/, '')}`,
    fix: syntaxFix(first, line),
  })
}

function isJson(file: string): boolean {
  return file.toLowerCase().endsWith('.json')
}

function syntaxFix({ code, message }: YAMLParseError, line: string): string {
  if (line.includes('${')) return 'inside { } and [ ] put references in quotes: "${VAR}"'
  if (code === 'TAB_AS_INDENT') return 'indent with spaces'
  if (message.startsWith('Flow ')) return 'close the "[" or "{" that was opened before this place'
  if (code === 'MISSING_CHAR') return 'close the quotes, or the bracket, that was opened before this place'
  if (code === 'MULTIPLE_DOCS') return 'keep one document: remove what follows "---"'
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return 'put quotes around a value that holds ": "'
  return 'look at this line and the one above it: indentation, a missing ":" or "-", quotes'
}

function interpolateScalars(
  document: Document<ParsedNode>,
  text: string,
  source: ParsedSource,
  issues: IssueList,
): void {
  const readFile = (path: string): string => readFileSync(resolve(dirname(source.file), path), 'utf8')
  visit(document, {
    Scalar(key, node: Scalar, ancestors) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      const written = node.value
      const result = interpolate(written, { env: source.env, readFile })
      node.value = result.text
      if (result.text !== written.replaceAll('$${', '${')) source.interpolated.set(node, written)
      const start = node.range?.[0] ?? 0
      for (const { message, fix, offset, length } of result.problems) {
        // Escapes in quoted scalars shift offsets: find the reference in the text itself.
        const at = text.indexOf(written.slice(offset, offset + length), start)
        issues.addAt(source.at(at === -1 ? start : at, length), pathOf(key, ancestors), { message, fix })
      }
    },
  })
}

/** Path of a visited scalar: the visitor gives containers and pairs, and the scalar's index if it stands in a list. */
function pathOf(key: number | string | null, ancestors: readonly unknown[]): Path {
  const path: (string | number)[] = []
  for (const [depth, ancestor] of ancestors.entries()) {
    const next = ancestors[depth + 1]
    if (isPair(ancestor)) path.push(String(isScalar(ancestor.key) ? ancestor.key.value : ancestor.key))
    else if (isSeq(ancestor)) path.push(next === undefined ? Number(key) : ancestor.items.indexOf(next))
  }
  return path
}

/** Interpolated text becomes a number or boolean where the schema wants one. */
function convertInterpolated(value: unknown, source: ParsedSource, path: Path = []): unknown {
  if (source.interpolated.size === 0) return value
  if (typeof value === 'string') {
    return source.written(path) === undefined ? value : convert(configSchema, path, value)
  }
  if (Array.isArray(value)) return value.map((item, index) => convertInterpolated(item, source, [...path, index]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, convertInterpolated(item, source, [...path, key])]),
  )
}
