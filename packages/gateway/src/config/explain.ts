// zod's issues → sentences that name the bad value, what is allowed, the nearest known name and the fix.
import type { z } from 'zod'
import { maskCredentials, printable } from './excerpt.ts'
import { missingKey, unknownKey } from './hints.ts'
import type { IssueList } from './issue-list.ts'
import { exampleAt, knownKeys } from './shape.ts'
import type { Path } from './source.ts'
import { suggest } from './suggest.ts'

type Issue = z.core.$ZodIssue

const LIST = 'a list'

const NOUNS: Readonly<Record<string, string>> = {
  object: 'a mapping (key: value)',
  record: 'a mapping (name: …)',
  array: LIST,
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
}

/** Adds every zod issue of `input` to `list`. */
export function explain(issues: readonly Issue[], schema: z.ZodType, input: unknown, list: IssueList): void {
  for (const issue of issues) explainOne(issue, [], schema, input, list)
}

function explainOne(issue: Issue, base: Path, schema: z.ZodType, input: unknown, list: IssueList): void {
  const path = [...base, ...issue.path] as Path
  if (issue.code === 'unrecognized_keys') {
    const keys = knownKeys(schema, path)
    for (const key of issue.keys) list.add([...path, key], { ...unknownKey(path, key, keys), part: 'key' })
    return
  }
  const value = valueAt(input, path)
  if (value === undefined && path.length > 0) {
    if (isMisspelt(path, schema, input)) return
    list.add(path, missingKey(path))
    return
  }
  if (issue.code === 'invalid_key') {
    list.add(path, {
      message: `${show(path.at(-1))} cannot be the name of an upstream: a letter, then letters, digits, "_", "-" or "." (at most 64)`,
      fix: `write ${
        String(path.at(-1))
          .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
          .replace(/^[^A-Za-z]+/, '')
          .slice(0, 64) || 'api'
      }:`,
      part: 'key',
    })
    return
  }
  if (issue.code === 'invalid_union') {
    const branch = issue.errors.find((errors) => errors.some(isStructural))
    if (branch !== undefined) {
      for (const inner of branch) explainOne(inner, path, schema, input, list)
      return
    }
  }
  const found = list.source.written?.(path) ?? show(value)
  const hidden = list.source.written?.(path) === undefined ? '' : ' (its value is not shown)'
  if (issue.code === 'custom' && typeof issue.params?.reason === 'string') {
    const fix = hidden === '' ? issue.params.fix : undefined
    list.add(path, { message: `${issue.params.reason}; found ${found}${hidden}`, fix: fix ?? 'write another value' })
    return
  }
  const options = enumOf(issue)
  const suggestion = typeof value === 'string' && hidden === '' ? suggest(value, options) : undefined
  const expected = expectation(issue)
  list.add(path, {
    message: `expected ${expected}, found ${found}${hidden}`,
    suggestion,
    fix:
      suggestion === undefined
        ? remedy(expected, exampleAt(schema, path, expected), hidden === '' ? value : undefined, options)
        : `write ${suggestion}`,
  })
}

function remedy(expected: string, example: string | undefined, value: unknown, options: readonly string[]): string {
  if (example !== undefined) return `write, for example, ${example}`
  // YAML 1.2 has no other words for these two.
  const isYes = value === true || (typeof value === 'string' && /^(?:yes|on|true)$/i.test(value))
  const isNo = typeof value === 'string' && /^(?:no|off)$/i.test(value)
  if (isYes && expected.includes('a mapping')) return 'write {} for the defaults'
  if (isYes && expected.includes('true')) return 'write true'
  if (isNo && expected.includes('false')) return 'write false'
  if (expected.startsWith(LIST))
    return typeof value === 'string' ? `write [${show(value)}]` : 'write [ … ], or one "- " per line'
  if (expected.includes('a mapping')) return 'write { … }, or one "key: value" per line below it'
  if (expected.startsWith('at least one ')) return 'add one, or remove the key'
  return options.length > 1 ? 'write one of these' : `write ${expected}`
}

/** The value had the form of this branch of a union and was wrong inside: its own issues say more. */
function isStructural(issue: Issue): boolean {
  return (
    issue.path.length > 0 || issue.code === 'unrecognized_keys' || issue.code === 'custom' || issue.code === 'too_small'
  )
}

function expectation(issue: Issue): string {
  if (!/^(Invalid|Too) /.test(issue.message)) return issue.message
  if (issue.code === 'invalid_type') return NOUNS[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_value') return orList(issue.values.map(String))
  if (issue.code === 'invalid_union') return orList([...new Set(issue.errors.flat().map(expectation))])
  return issue.message
}

function enumOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  return issue.code === 'invalid_union' ? issue.errors.flat().flatMap(enumOf) : []
}

/** Long lists (HTTP methods) are cut: the suggestion names the one that was meant. */
function orList(words: readonly string[]): string {
  const shown = words.length > 12 ? [...words.slice(0, 12), '…'] : words
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`
}

/** A value in a message: short, printable, without passwords. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    const text = printable(maskCredentials(value))
    return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  }
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  return typeof value === 'object' ? 'a mapping' : typeof value === 'function' ? 'a function' : String(value)
}

/** A key that is missing because it is there with an error in its name, which is told already. */
function isMisspelt(path: Path, schema: z.ZodType, input: unknown): boolean {
  const parent = path.slice(0, -1)
  const keys = knownKeys(schema, parent)
  const written = Object.keys(Object(valueAt(input, parent)))
  return written.some((key) => !keys.includes(key) && suggest(key, keys) === path.at(-1))
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}
