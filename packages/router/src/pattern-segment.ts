import { Constraint, type ValueTest } from './constraint.ts'
import { RouterError, show } from './errors.ts'
import { nearestName } from './nearest-name.ts'
import { SplitSegment } from './split-segment.ts'

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const CONSTRAINT_REFERENCE = /<([^<>/]*)>/y
/** RFC 3986 has no place for them; braces and `|` have messages of their own. */
const NO_URI_CHARACTER = '"<>\\^`'
const ESCAPE = /%[0-9A-Fa-f]{2}/y

type Constraints = ReadonlyMap<string, RegExp | ValueTest>

export interface SegmentTokens {
  /** Text before the first value. */
  readonly prefix: string
  readonly rest: { readonly kind: 'param' } | { readonly kind: 'split'; readonly split: SplitSegment } | null
}

export function parseSegment(
  segment: string,
  names: string[],
  source: string,
  constraints: Constraints,
): SegmentTokens {
  // literals[0] stands before the first parameter, literals[i] after the i-th.
  const literals: string[] = ['']
  const demands: (Constraint | null)[] = []
  let at = 0
  while (at < segment.length) {
    if (segment[at] === ':' && segment[at + 1] !== ':') {
      if (literals.length > 1 && literals.at(-1) === '') {
        fail(
          source,
          `${show(source)} has two parameters with nothing between them: put a character there, as in ":a-:b". ` +
            'For a colon in the path write "::".',
        )
      }
      const name = parseName(segment, at + 1, source)
      addName(name, names, source)
      at += 1 + name.length
      const constraint = parseConstraint(segment, at, source, constraints)
      demands.push(constraint)
      literals.push('')
      at += constraint?.text.length ?? 0
      if (constraint !== null && (segment[at] === '(' || segment[at] === '<')) {
        fail(source, `${show(source)} has two constraints for ":${name}": a parameter has one.`)
      }
      refuseModifier(segment, at, name, constraint?.text ?? '', source)
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
  if (after.length === 0 && suffix === '' && demands[0] === null) return { prefix, rest: { kind: 'param' } }
  return { prefix, rest: { kind: 'split', split: new SplitSegment(after, suffix, demands) } }
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
  return name
}

function parseConstraint(segment: string, at: number, source: string, known: Constraints): Constraint | null {
  if (segment[at] === '(') {
    const text = segment.slice(at, closingParenthesis(segment, at + 1, source))
    if (text === '()') fail(source, `${show(source)} has an empty constraint "()", which no value fits: leave it out.`)
    try {
      return new Constraint(text, new RegExp(text.slice(1, -1)))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      fail(source, `The constraint of ${show(source)} is no regular expression: ${reason}.`)
    }
  }
  CONSTRAINT_REFERENCE.lastIndex = at
  const reference = CONSTRAINT_REFERENCE.exec(segment)
  if (reference === null) {
    if (segment[at] === '<') fail(source, `${show(source)} has a constraint without its ">".`)
    return null
  }
  const [text, name = ''] = reference
  const test = known.get(name)
  if (test !== undefined) return new Constraint(text, test)
  const nearest = nearestName(name, [...known.keys()])
  const advice = nearest === undefined ? `Add ${show(name)} to the option "constraints".` : `Did you mean "${nearest}"?`
  return fail(source, `${show(source)} refers to a constraint ${show(name)} that the router does not have. ${advice}`)
}

/** `?`, `*` and `+` behind a parameter mean something in other routers. */
function refuseModifier(segment: string, at: number, name: string, constraint: string, source: string): void {
  const next = segment[at]
  if (next === '?') {
    const without = source.replace(`/:${name}${constraint}?`, '') || '/'
    const plain = source.replace(`:${name}${constraint}?`, `:${name}${constraint}`)
    fail(source, `${show(source)} has an optional parameter: register ${show(without)} and ${show(plain)}.`)
  }
  // A plus is an ordinary character (`/:a+:b`), at the end of a segment it is a repeat of some other router.
  if (next === '*' || (next === '+' && at + 1 === segment.length)) {
    fail(source, `${show(source)} repeats ":${name}": "/*" at the end of a pattern captures several segments.`)
  }
}

/** @returns the index behind the parenthesis that closes the one before `from` */
export function closingParenthesis(text: string, from: number, source: string): number {
  let depth = 1
  let isInClass = false
  for (let at = from; at < text.length; at++) {
    const char = text[at]
    if (char === '\\') at++
    else if (isInClass) isInClass = char !== ']'
    else if (char === '[') isInClass = true
    else if (char === '(') depth++
    else if (char === ')') depth--
    if (depth === 0) return at + 1
  }
  return fail(source, `${show(source)} has a constraint without its ")".`)
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
  if (char === '|') {
    fail(source, `${show(source)} has a "|": alternatives are two routes, or a constraint as in "/:name(a|b)".`)
  }
  if (NO_URI_CHARACTER.includes(char)) {
    const encoded = `%${code.toString(16).toUpperCase()}`
    fail(source, `${show(source)} has a ${show(char)}, which never stands in a path on the wire: write "${encoded}".`)
  }
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

export function addName(name: string, names: string[], source: string): void {
  if (names.includes(name)) fail(source, `${show(source)} names ":${name}" twice: give each parameter its own name.`)
  names.push(name)
}

export function fail(source: string, message: string): never {
  throw new RouterError('ERR_ROUTE_PATTERN', message, source)
}
