/** The known name with the fewest letters to change (Levenshtein 1966), for "did you mean". Time: O(names × length²). */
export function nearestName(typed: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined
  let fewest = Number.POSITIVE_INFINITY
  for (const name of known) {
    const changes = editDistance(typed.toLowerCase(), name.toLowerCase())
    if (changes < fewest) {
      fewest = changes
      nearest = name
    }
  }
  return nearest
}

function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 0; i < from.length; i++) {
    const current = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const substitute = (previous[j] ?? 0) + (from[i] === to[j] ? 0 : 1)
      current.push(Math.min(substitute, (previous[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1))
    }
    previous = current
  }
  return previous[to.length] ?? 0
}
