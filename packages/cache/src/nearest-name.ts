/** The known name that needs the fewest single-letter edits; a name that contains the other counts as one edit. */
export function nearestName(unknown: string, known: readonly string[]): string {
  const edits = (name: string): number => {
    const a = unknown.toLowerCase()
    const b = name.toLowerCase()
    return a.includes(b) || b.includes(a) ? 1 : editDistance(a, b)
  }
  return known.reduce((best, name) => (edits(name) < edits(best) ? name : best))
}

/** Levenshtein distance in one row (Wagner and Fischer, 1974). Time: O(|a| |b|). */
function editDistance(a: string, b: string): number {
  const row = [...Array(b.length + 1).keys()]
  for (const letter of a) {
    let diagonal = row[0] as number
    row[0] = diagonal + 1
    for (let column = 1; column <= b.length; column++) {
      const above = row[column] as number
      row[column] = Math.min(diagonal + +(letter !== b[column - 1]), above + 1, (row[column - 1] as number) + 1)
      diagonal = above
    }
  }
  return row[b.length] as number
}
