import { RouterError, show } from './errors.ts'
import { SplitSegment } from './split-segment.ts'

/**
 * A pattern as the tree reads it, from left to right:
 *
 *   /api/v:version/users   literal "/api/v" · param · literal "/users"
 *   /trips/:from-:to       literal "/trips/" · split [- ]
 *   /files/*               literal "/files" · wildcard          (so that it matches "/files" too)
 */
export type PatternPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** One value up to the end of the segment. */
  | { readonly kind: 'param' }
  /** Values and literals up to the end of the segment. */
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

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const ESCAPE = /%[0-9A-Fa-f]{2}/y
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i

/** @throws RouterError ERR_ROUTE_PATTERN */
export function parsePattern(source: unknown): Pattern {
  if (typeof source !== 'string') fail(String(source), `A pattern is a string, not ${show(source)}.`)
  if (!source.startsWith('/')) {
    const fix = source === '' || source === '*' ? `/${source}` : `/${source.replace(/^\.?\/*/, '')}`
    fail(source, `A pattern starts with "/": write ${show(fix)} instead of ${show(source)}.`)
  }
  const parts: PatternPart[] = []
  const names: string[] = []
  const segments = source.slice(1).split('/')
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
    if (segment === '' && !isLast) {
      fail(source, `${show(source)} has an empty segment: write ${show(source.replace(/\/{2,}/g, '/'))}.`)
    }
    if (DOT_SEGMENT.test(segment))
      fail(source, `${show(source)} has a "${segment}" segment: write the path it leads to.`)
    const tokens = parseSegment(segment, names, source)
    literal += `/${tokens.prefix}`
    if (tokens.rest === null) continue
    flush()
    parts.push(tokens.rest)
  }
  const staticPath = names.length === 0 ? literal : null
  flush()
  return { source, parts, names, staticPath }
}

const ONE = 'For one segment in the middle write a parameter such as ":name".'

interface SegmentTokens {
  readonly prefix: string
  readonly rest: PatternPart | null
}

function parseSegment(segment: string, names: string[], source: string): SegmentTokens {
  // literals[0] stands before the first parameter, literals[i] after the i-th.
  const literals: string[] = ['']
  let at = 0
  while (at < segment.length) {
    if (segment[at] === ':' && segment[at + 1] !== ':') {
      if (literals.length > 1 && literals.at(-1) === '') {
        fail(
          source,
          `${show(source)} has two parameters with nothing between them: put a character there, as in ":a-:b".`,
        )
      }
      const name = parseName(segment, at + 1, source)
      addName(name, names, source)
      literals.push('')
      at += 1 + name.length
      continue
    }
    const text = parseLiteral(segment, at, source)
    // `::` is a colon that starts no parameter.
    literals[literals.length - 1] += text === '::' ? ':' : text
    at += text.length
  }
  const [prefix = '', ...after] = literals
  if (after.length === 0) return { prefix, rest: null }
  const suffix = after.pop() ?? ''
  if (after.length === 0 && suffix === '') return { prefix, rest: { kind: 'param' } }
  return { prefix, rest: { kind: 'split', split: new SplitSegment(after, suffix) } }
}

function parseName(segment: string, at: number, source: string): string {
  NAME.lastIndex = at
  const name = NAME.exec(segment)?.[0]
  if (name === undefined) {
    fail(
      source,
      `A parameter of ${show(source)} has no valid name after ":": a name is a letter or "_", then letters, digits, "_". ` +
        'For a colon in the path write "::".',
    )
  }
  const next = segment[at + name.length]
  if (next === '(') fail(source, `${show(source)} has a constraint after ":${name}": check the value in the handler.`)
  if (next === '?') {
    const without = source.replace(`/:${name}?`, '') || '/'
    fail(
      source,
      `${show(source)} has an optional parameter: register ${show(without)} and ${show(source.replace('?', ''))}.`,
    )
  }
  if (next === '*' || next === '+') {
    // A plus is an ordinary character (`/:a+:b`), at the end of a segment it is a repeat of some other router.
    const repeats = next === '*' || at + name.length + 1 === segment.length
    if (repeats)
      fail(source, `${show(source)} repeats ":${name}": "/*" at the end of a pattern captures several segments.`)
  }
  return name
}

/** One character, one percent-escape or `::`. */
function parseLiteral(segment: string, at: number, source: string): string {
  const char = segment[at] as string
  const code = char.charCodeAt(0)
  if (char === ':') return '::'
  if (char === '*') {
    fail(source, `"*" must be a whole segment, and the last one: ${show(source)}. For part of a segment write ":name".`)
  }
  if (char === '{' || char === '}') fail(source, `${show(source)} has a "${char}": parameters are written ":name".`)
  if (char === '?' || char === '#') {
    fail(source, `${show(source)} has a "${char}": a pattern describes the path only, without query and fragment.`)
  }
  if (char === '%') {
    ESCAPE.lastIndex = at
    const encoded = ESCAPE.exec(segment)?.[0]
    if (encoded === undefined) fail(source, `${show(source)} has a "%" without two hexadecimal digits: write "%25".`)
    return encoded
  }
  if (code <= 0x20 || code >= 0x7f) {
    fail(
      source,
      `${show(source)} has a character that never stands in a path on the wire: write ${show(percentEncode(source))}.`,
    )
  }
  return char
}

function percentEncode(source: string): string {
  // A lone surrogate (no valid UTF-16) has no encoding; U+FFFD stands for it.
  return source.replace(/[^!-~]/gu, (char) => (/\p{Surrogate}/u.test(char) ? '%EF%BF%BD' : encodeURIComponent(char)))
}

function addName(name: string, names: string[], source: string): void {
  if (names.includes(name)) fail(source, `${show(source)} names ":${name}" twice: give each parameter its own name.`)
  names.push(name)
}

function fail(source: string, message: string): never {
  throw new RouterError('ERR_ROUTE_PATTERN', message, source)
}
