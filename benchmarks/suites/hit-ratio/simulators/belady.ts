/**
 * A set of integers 0 … n - 1 that finds its greatest one: a tree of 32-bit words.
 *
 *   level 1   bit w: word w of level 0 is not zero
 *   level 0   bit i of word w: the set holds 32 w + i
 *
 * Time: O(log32 n) each. Space: n / 8 bytes and a thirty-second of that.
 */
class BitTree {
  readonly #levels: Int32Array[] = []

  constructor(n: number) {
    let words = n
    do {
      words = Math.ceil(words / 32)
      this.#levels.push(new Int32Array(Math.max(1, words)))
    } while (words > 1)
  }

  add(value: number): void {
    let index = value
    for (const level of this.#levels) {
      const word = index >>> 5
      level[word] = (level[word] as number) | (1 << (index & 31))
      index = word
    }
  }

  remove(value: number): void {
    let index = value
    for (const level of this.#levels) {
      const word = index >>> 5
      const left = (level[word] as number) & ~(1 << (index & 31))
      level[word] = left
      if (left !== 0) return
      index = word
    }
  }

  /** Only when the set is not empty. */
  greatest(): number {
    let index = 0
    for (let depth = this.#levels.length - 1; depth >= 0; depth--) {
      const level = this.#levels[depth] as Int32Array
      index = index * 32 + 31 - Math.clz32(level[index] as number)
    }
    return index
  }
}

/** For each request the position of the next one of the same key, `requests.length` if there is none. */
function nextUses(requests: Int32Array, distinct: number): Int32Array {
  const next = new Int32Array(requests.length)
  const seenAt = new Int32Array(distinct).fill(requests.length)
  for (let at = requests.length - 1; at >= 0; at--) {
    const key = requests[at] as number
    next[at] = seenAt[key] as number
    seenAt[key] = at
  }
  return next
}

/**
 * Hits of the optimum that knows the future (Belady 1966): every miss is admitted and the key whose next use is
 * farthest leaves. No policy that admits every miss can do better. O(requests).
 */
export function beladyHits(requests: Int32Array, distinct: number, size: number): number {
  const next = nextUses(requests, distinct)
  const cached = new Uint8Array(distinct)
  const coming = new BitTree(requests.length)
  let neverAgain = 0
  let held = 0
  let hits = 0
  for (let at = 0; at < requests.length; at++) {
    const key = requests[at] as number
    if (cached[key] === 1) {
      hits++
      coming.remove(at)
    } else if (held < size) {
      held++
    } else if (neverAgain > 0) {
      neverAgain--
    } else {
      const farthest = coming.greatest()
      coming.remove(farthest)
      cached[requests[farthest] as number] = 0
    }
    const nextUse = next[at] as number
    if (nextUse === requests.length) {
      neverAgain++
      cached[key] = 0
    } else {
      cached[key] = 1
      coming.add(nextUse)
    }
  }
  return hits
}
