/** Levenshtein distance, one row at a time: O(a × b) time, O(b) space. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The known name that was probably meant: one that begins with what was typed, or differs in a third of its letters. */
export function nearestName(typed: string, known: readonly string[]): string | undefined {
  const begun = known.find((name) => typed.length >= 3 && name.startsWith(typed))
  if (begun !== undefined) return begun
  const [best] = known
    .map((name) => ({ name, edits: distance(typed.toLowerCase(), name) }))
    .filter(({ name, edits }) => edits <= Math.max(1, Math.floor(Math.max(name.length, typed.length) / 3)))
    .sort((a, b) => a.edits - b.edits)
  return best?.name
}

/** `; did you mean X?`, or nothing. */
export function suggestion(typed: string, known: readonly string[]): string {
  const nearest = nearestName(typed, known)
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}
