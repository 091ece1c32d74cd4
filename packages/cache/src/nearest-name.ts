/** The known name that needs the fewest single-letter edits; a name that contains the other counts as one edit. */
export function nearestName(unknown: string, known: readonly string[]): string {
  let best = ''
  let least = Number.POSITIVE_INFINITY
  for (const name of known) {
    const a = unknown.toLowerCase()
    const b = name.toLowerCase()
    const edits = a.includes(b) || b.includes(a) ? 1 : editDistance(a, b)
    if (edits < least) {
      least = edits
      best = name
    }
  }
  return best
}

/** Levenshtein distance in two rows (Wagner and Fischer, 1974). Time: O(|a| |b|). */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (above[column] as number) + 1, (current[column - 1] as number) + 1))
    }
    above = current
  }
  return above[b.length] as number
}
