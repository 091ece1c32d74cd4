// "Did you mean": the nearest known name, or nothing when none is near enough to be what was meant.

/**
 * Optimal string alignment distance (Damerau–Levenshtein without edits inside a swapped pair): insertions, deletions,
 * substitutions and swaps of neighbours that turn `a` into `b`. O(a·b) time, three rows of memory.
 *
 * R. Lowrance and R. A. Wagner, "An Extension of the String-to-String Correction Problem", J. ACM 22 (1975).
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** Longer inputs are not typing slips, and the distance is quadratic. */
const LONGEST = 64

/**
 * The candidate nearest to `word`, upper and lower case, `-` and `_` counted as equal; undefined when the distance is
 * above a third of the longer word (at least 1): `prot` → `port`, but `foo` → nothing. Ties go to the earlier candidate.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined
  const wanted = fold(word)
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    if (candidate === word || candidate.length > LONGEST) continue
    const folded = fold(candidate)
    const distance = editDistance(wanted, folded)
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, folded.length) / 3))
    // A word that is nothing but the error (`x` for `y`) suggests nothing.
    if (distance > limit || distance >= Math.max(wanted.length, folded.length)) continue
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, '')
}
