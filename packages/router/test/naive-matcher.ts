// The oracle: every route is tried with a regular expression, the winner is found by comparing all that match, rule by
// rule as the documentation of Router gives them. It knows patterns only as the structures they were generated from.

export type Piece = { readonly text: string } | { readonly name: string; readonly constraint?: string }
/** Pieces of one segment: text and values alternate freely, but two values never touch. */
export type Segment = readonly Piece[]

export interface NaiveRoute {
  readonly method: string
  readonly segments: readonly Segment[]
  readonly wildcard: boolean
  readonly priority: number
  readonly id: number
}

export function render(route: NaiveRoute): string {
  const segments = route.segments.map((segment) =>
    segment
      .map((piece) => ('text' in piece ? piece.text.replaceAll(':', '::') : `:${piece.name}${piece.constraint ?? ''}`))
      .join(''),
  )
  if (route.wildcard) segments.push('*')
  return `/${segments.join('/')}`
}

/** Names erased, in a notation of its own: two routes with the same shape match the same paths. */
export function shape(route: NaiveRoute): string {
  const erased = route.segments.map((segment) =>
    segment.map((piece) => ('text' in piece ? piece.text : [piece.constraint])),
  )
  return JSON.stringify([erased, route.wildcard])
}

function expression(route: NaiveRoute): RegExp {
  const quote = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const body = route.segments
    .map((segment) => `/${segment.map((piece) => ('text' in piece ? quote(piece.text) : '([^/]+?)')).join('')}`)
    .join('')
  return new RegExp(`^${body}${route.wildcard ? '(?:/(.*))?' : ''}$`, 's')
}

/** What `<name>` stands for in the tests. */
export const namedConstraints: Readonly<Record<string, (value: string) => boolean>> = {
  short: (value) => value.length < 3,
  'no-dash': (value) => !value.includes('-'),
}

/** Values are cut first, then tested: a value that fails is not cut another way. */
function valuesOf(route: NaiveRoute, path: string): string[] | null {
  const cut = expression(route).exec(path)
  if (cut === null) return null
  const values = cut.slice(1).map((value) => decode(value ?? ''))
  const demands = route.segments.flat().flatMap((piece) => ('name' in piece ? [piece.constraint] : []))
  return demands.every((demand, i) => demand === undefined || meets(demand, values[i] as string)) ? values : null
}

function meets(constraint: string, value: string): boolean {
  const named = /^<(.*)>$/.exec(constraint)?.[1]
  if (named !== undefined) return namedConstraints[named]?.(value) ?? false
  return new RegExp(`^${constraint}$`).test(value)
}

export interface NaiveMatch {
  readonly id: number
  readonly values: readonly string[]
}

export function naiveMatch(routes: readonly NaiveRoute[], method: string, path: string): NaiveMatch | null {
  const candidates = routes.filter((route) => answers(route.method, method) && valuesOf(route, path) !== null)
  candidates.sort((a, b) => compare(a, b, method))
  const [best] = candidates
  if (best === undefined || !path.startsWith('/')) return null
  return { id: best.id, values: valuesOf(best, path) ?? [] }
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function answers(own: string, asked: string): boolean {
  return own === '*' || own === asked || (own === 'GET' && asked === 'HEAD')
}

/** Negative: `a` wins. */
function compare(a: NaiveRoute, b: NaiveRoute, method: string): number {
  const fixed = Number(isStatic(b)) - Number(isStatic(a))
  if (fixed !== 0) return fixed
  if (a.priority !== b.priority) return b.priority - a.priority
  const specific = compareSegments(a, b)
  if (specific !== 0) return specific
  const rank = (own: string): number => (own === method ? 0 : own === '*' ? 2 : 1)
  return rank(a.method) - rank(b.method)
}

function isStatic(route: NaiveRoute): boolean {
  return !route.wildcard && route.segments.every((segment) => segment.every((piece) => 'text' in piece))
}

function compareSegments(a: NaiveRoute, b: NaiveRoute): number {
  for (let i = 0; i < Math.max(a.segments.length, b.segments.length); i++) {
    const left = a.segments[i]
    const right = b.segments[i]
    // One pattern ends here with a wildcard: more segments are more specific.
    if (left === undefined) return 1
    if (right === undefined) return -1
    const order = compareSegment(left, right)
    if (order !== 0) return order
  }
  return Number(a.wildcard) - Number(b.wildcard)
}

function compareSegment(a: Segment, b: Segment): number {
  const [textA, restA] = head(a)
  const [textB, restB] = head(b)
  // Both match the same path: the longer beginning of text continues where the other has a value already.
  if (textA.length !== textB.length) return textB.length - textA.length
  // One is text to its end, then so is the other, or it is a value that would have to be empty.
  if (restA.length < 2 && restB.length < 2) return 0
  if (restA.length < 2) return 1
  if (restB.length < 2) return -1
  const weight = (segment: Segment): number => texts(segment).join('').length
  const count = (segment: Segment): number => segment.length - texts(segment).length
  if (weight(restA) !== weight(restB)) return weight(restB) - weight(restA)
  if (count(restA) !== count(restB)) return count(restA) - count(restB)
  if (constraints(restA).length !== constraints(restB).length) {
    return constraints(restB).length - constraints(restA).length
  }
  const order = compareTexts(texts(restA), texts(restB))
  return order !== 0 ? order : compareTexts(demandsOf(restA), demandsOf(restB))
}

function compareTexts(left: readonly string[], right: readonly string[]): number {
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const l = left[i] ?? ''
    const r = right[i] ?? ''
    if (l !== r) return l < r ? -1 : 1
  }
  return 0
}

function demandsOf(segment: Segment): string[] {
  return segment.flatMap((piece) => ('name' in piece ? [piece.constraint ?? ''] : []))
}

function constraints(segment: Segment): string[] {
  return demandsOf(segment).filter((constraint) => constraint !== '')
}

function texts(segment: Segment): string[] {
  return segment.flatMap((piece) => ('text' in piece ? [piece.text] : []))
}

/** The text at the beginning of a segment, and what follows from the first value on. */
function head(segment: Segment): [string, Segment] {
  const first = segment.findIndex((piece) => 'name' in piece)
  const end = first === -1 ? segment.length : first
  return [texts(segment.slice(0, end)).join(''), segment.slice(end)]
}
