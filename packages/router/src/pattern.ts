import type { ValueTest } from './constraint.ts'
import { show } from './errors.ts'
import { addName, closingParenthesis, fail, parseSegment } from './pattern-segment.ts'
import type { SplitSegment } from './split-segment.ts'

/**
 * A pattern as the tree reads it, from left to right:
 *
 *   /api/v:version/users   literal "/api/v" · param · literal "/users"
 *   /trips/:from-:to       literal "/trips/" · split [- ]
 *   /users/:id(\d+)        literal "/users/" · split [(\d+)]
 *   /files/*               literal "/files" · wildcard          (so that it matches "/files" too)
 */
export type PatternPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** One value up to the end of the segment. */
  | { readonly kind: 'param' }
  /** Values and literals up to the end of the segment, or a value with a constraint. */
  | { readonly kind: 'split'; readonly split: SplitSegment }
  /** The end of the path, or `/` and all that follows. Always last. */
  | { readonly kind: 'wildcard' }

export interface Pattern {
  readonly source: string
  readonly parts: readonly PatternPart[]
  readonly names: readonly string[]
  /** The path that the pattern equals, or null if it captures anything. */
  readonly staticPath: string | null
}

export interface PatternOptions {
  readonly ignoreTrailingSlash: boolean
  readonly constraints: ReadonlyMap<string, RegExp | ValueTest>
}

/** The search goes at most as deep as a pattern is long: 2,048 calls take half of the stack of Node, 4,000 too much. */
const LONGEST = 2_048
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i
/** What a constraint stands behind, see {@link splitSegments}. */
const NAME_AND_PARENTHESIS = /:[A-Za-z_][A-Za-z0-9_]*\(/y

/** @throws RouterError ERR_ROUTE_PATTERN */
export function parsePattern(source: unknown, options: PatternOptions): Pattern {
  if (typeof source !== 'string') fail(String(source), `A pattern is a string, not ${show(source)}.`)
  if (!source.startsWith('/')) {
    const fix = source === '' || source === '*' ? `/${source}` : `/${source.replace(/^\.?\/*/, '')}`
    fail(source, `A pattern starts with "/": write ${show(fix)} instead of ${show(source)}.`)
  }
  if (source.length > LONGEST) {
    fail(source, `A pattern has at most ${LONGEST} characters, ${show(source)} has ${source.length}.`)
  }
  const parts: PatternPart[] = []
  const names: string[] = []
  const segments = splitSegments(source)
  if (options.ignoreTrailingSlash && segments.length > 1 && segments.at(-1) === '') segments.pop()
  let literal = ''
  const flush = (): void => {
    if (literal !== '') parts.push({ kind: 'literal', text: literal })
    literal = ''
  }
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    if (segment === '*') {
      if (!isLast)
        fail(source, `"*" stands only at the end of a pattern, in ${show(source)} something follows it. ${ONE}`)
      flush()
      addName('*', names, source)
      parts.push({ kind: 'wildcard' })
      break
    }
    if (segment === '' && (!isLast || source.endsWith('//'))) {
      fail(source, `${show(source)} has an empty segment: write ${show(source.replace(/\/{2,}/g, '/'))}.`)
    }
    if (DOT_SEGMENT.test(segment))
      fail(source, `${show(source)} has a "${segment}" segment: write the path it leads to.`)
    const { prefix, rest } = parseSegment(segment, names, source, options.constraints)
    literal += `/${prefix}`
    if (rest === null) continue
    flush()
    parts.push(rest)
  }
  const staticPath = names.length === 0 ? literal : null
  flush()
  return { source, parts, names, staticPath }
}

const ONE = 'For one segment in the middle write a parameter such as ":name".'

/** The text between the slashes; a slash in the expression of a constraint separates nothing. */
function splitSegments(source: string): string[] {
  const segments: string[] = []
  let start = 1
  let at = 1
  while (at < source.length) {
    NAME_AND_PARENTHESIS.lastIndex = at
    const head = NAME_AND_PARENTHESIS.exec(source)?.[0]
    if (head !== undefined) at = closingParenthesis(source, at + head.length, source)
    else if (source.startsWith('::', at)) at += 2
    else if (source[at] === '/') {
      segments.push(source.slice(start, at))
      at++
      start = at
    } else at++
  }
  segments.push(source.slice(start))
  return segments
}
