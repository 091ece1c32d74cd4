/** Edits from one word to the other; two letters that changed places are one edit (optimal string alignment). O(a × b). */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let edits = Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, (before[j - 2] ?? 0) + 1)
      next.push(edits)
    }
    before = row
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
