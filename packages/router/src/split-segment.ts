import type { Constraint } from './constraint.ts'

/**
 * The rest of a segment that a parameter shares with literal text: `:from-:to`, `:name.json`, `:a.:b.gz`.
 *
 *   :from - :to .json          between = ["-"], suffix = ".json"
 *   └─┬─┘ ┬ └┬┘ └─┬─┘
 *     │   │  │    └ stands at the end of the segment
 *     │   │  └ what is left, at least one character
 *     │   └ first occurrence after at least one character
 *     └ at least one character
 *
 * Taking the first occurrence leaves the most room for the rest, so that a match is found if there is one, and without
 * going back: linear in the segment, whatever the client sends. The values are those of a lazy regular expression. A value
 * with a constraint is tested when all are cut; one that fails is not cut another way.
 */
export class SplitSegment {
  readonly between: readonly string[]
  readonly suffix: string
  /** What is demanded of each value; null if nothing is demanded of any. */
  readonly demands: readonly (Constraint | null)[] | null
  /** Captured values. */
  readonly count: number
  /** Literal characters in all: the more, the more specific. */
  readonly weight: number

  constructor(between: readonly string[], suffix: string, demands: readonly (Constraint | null)[]) {
    this.between = between
    this.suffix = suffix
    this.demands = demands.some((constraint) => constraint !== null) ? demands : null
    this.count = between.length + 1
    this.weight = between.reduce((sum, literal) => sum + literal.length, suffix.length)
  }

  /** Writes start and end of each value to `spans`, beginning at `slot`; false if the text `start…end` does not fit. */
  match(path: string, start: number, end: number, spans: number[], slot: number): boolean {
    const limit = end - this.suffix.length
    let from = start
    let next = slot
    for (let i = 0; i < this.between.length; i++) {
      const literal = this.between[i] as string
      const at = path.indexOf(literal, from + 1)
      if (at === -1 || at + literal.length >= limit) return false
      spans[next++] = from
      spans[next++] = at
      from = at + literal.length
    }
    if (from >= limit || !path.startsWith(this.suffix, limit)) return false
    spans[next++] = from
    spans[next] = limit
    return this.demands === null || meets(this.demands, path, spans, slot)
  }

  equals(other: SplitSegment): boolean {
    return compareSplits(this, other) === 0
  }
}

function meets(demands: readonly (Constraint | null)[], path: string, spans: readonly number[], slot: number): boolean {
  for (let i = 0; i < demands.length; i++) {
    const constraint = demands[i] ?? null
    const start = spans[slot + i * 2] as number
    if (constraint !== null && !constraint.accepts(path, start, spans[slot + i * 2 + 1] as number)) return false
  }
  return true
}

/**
 * More literal characters first; then fewer values; then more constraints; then by text: the order never depends on who
 * registered first.
 */
export function compareSplits(a: SplitSegment, b: SplitSegment): number {
  if (a.weight !== b.weight) return b.weight - a.weight
  if (a.count !== b.count) return a.count - b.count
  const constraints = demanded(b) - demanded(a)
  if (constraints !== 0) return constraints
  for (let i = 0; i < a.between.length; i++) {
    const order = compareText(a.between[i] as string, b.between[i] as string)
    if (order !== 0) return order
  }
  const suffixes = compareText(a.suffix, b.suffix)
  if (suffixes !== 0 || a.demands === null) return suffixes
  for (let i = 0; i < a.demands.length; i++) {
    const order = compareText(a.demands[i]?.text ?? '', b.demands?.[i]?.text ?? '')
    if (order !== 0) return order
  }
  return 0
}

function demanded(split: SplitSegment): number {
  return split.demands?.filter((constraint) => constraint !== null).length ?? 0
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
