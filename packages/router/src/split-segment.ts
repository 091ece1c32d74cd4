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
 * going back: linear in the segment, whatever the client sends. The values are those of a lazy regular expression.
 */
export class SplitSegment {
  readonly between: readonly string[]
  readonly suffix: string
  /** Literal characters in all: the more, the more specific. */
  readonly weight: number

  constructor(between: readonly string[], suffix: string) {
    this.between = between
    this.suffix = suffix
    this.weight = between.reduce((sum, literal) => sum + literal.length, suffix.length)
  }

  /** Captured values. */
  get count(): number {
    return this.between.length + 1
  }

  /** Writes start and end of each value to `spans`, beginning at `slot`; false if the text `start…end` does not fit. */
  match(path: string, start: number, end: number, spans: Int32Array, slot: number): boolean {
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
    return true
  }

  equals(other: SplitSegment): boolean {
    return compareSplits(this, other) === 0
  }
}

/** More literal characters first; then fewer values; then by text: the order never depends on who registered first. */
export function compareSplits(a: SplitSegment, b: SplitSegment): number {
  if (a.weight !== b.weight) return b.weight - a.weight
  if (a.count !== b.count) return a.count - b.count
  for (let i = 0; i < a.between.length; i++) {
    const order = compareText(a.between[i] as string, b.between[i] as string)
    if (order !== 0) return order
  }
  return compareText(a.suffix, b.suffix)
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
