import { type Endpoint, Leaf } from './leaf.ts'

interface Entry<H> {
  readonly path: string
  readonly leaf: Leaf<H>
  readonly next: Entry<H> | null
}

/** Entries of one bucket that are compared one by one; with more the Map is asked. */
const LONGEST_CHAIN = 8
const FEWEST_BUCKETS = 16

/**
 * Routes without parameters, by their whole path. They win over every dynamic one, so they are asked first, and most
 * requests for a dynamic route must be turned away here quickly:
 *
 *   fingerprint(path): length and five characters
 *        │
 *   [ null │ ─●─ │ null │ ─●─ ]     at least four buckets per path
 *            │            └► "/api/health" ──► Leaf [GET]
 *            └► "/api/users" ──► Leaf [GET, POST] ──► "/api/teams" ──► Leaf
 *
 * A Map would compute the hash of the whole path, which a path cut from a buffer never has at hand: 49 ns for 22
 * characters on Node 24, where the fingerprint takes 5 and the comparison of the one candidate 4. Routes that agree in
 * length and all five characters too often are left to the Map.
 */
export class StaticTable<H> {
  readonly #leaves = new Map<string, Leaf<H>>()
  #buckets: (Entry<H> | null)[] = emptyBuckets(FEWEST_BUCKETS)
  #isCrowded = false
  /** Most dynamic paths with a long value end here. */
  #longest = 0

  find(method: number, path: string): Endpoint<H> | null {
    if (path.length > this.#longest) return null
    if (this.#isCrowded) {
      const leaf = this.#leaves.get(path)
      return leaf === undefined ? null : leaf.select(method)
    }
    const buckets = this.#buckets
    let entry = buckets[fingerprint(path) & (buckets.length - 1)] as Entry<H> | null
    while (entry !== null) {
      if (entry.path === path) return entry.leaf.select(method)
      entry = entry.next
    }
    return null
  }

  /** The leaf of a path, made on first use. Amortized O(1). */
  leaf(path: string): Leaf<H> {
    const known = this.#leaves.get(path)
    if (known !== undefined) return known
    const leaf = new Leaf<H>()
    this.#leaves.set(path, leaf)
    this.#longest = Math.max(this.#longest, path.length)
    if (this.#leaves.size * 4 > this.#buckets.length) this.#rebuild(this.#buckets.length * 4)
    else this.#insert(path, leaf)
    return leaf
  }

  clear(): void {
    this.#leaves.clear()
    this.#longest = 0
    this.#rebuild(FEWEST_BUCKETS)
  }

  #rebuild(size: number): void {
    this.#buckets = emptyBuckets(size)
    this.#isCrowded = false
    for (const [path, leaf] of this.#leaves) this.#insert(path, leaf)
  }

  #insert(path: string, leaf: Leaf<H>): void {
    const index = fingerprint(path) & (this.#buckets.length - 1)
    const next = this.#buckets[index] ?? null
    this.#buckets[index] = { path, leaf, next }
    let length = 1
    for (let entry = next; entry !== null; entry = entry.next) length++
    if (length > LONGEST_CHAIN) this.#isCrowded = true
  }
}

function emptyBuckets<H>(size: number): (Entry<H> | null)[] {
  return new Array<Entry<H> | null>(size).fill(null)
}

/** The same for equal strings; spreads the paths of an API, which differ at their end, in their middle and in length. */
function fingerprint(path: string): number {
  const length = path.length
  if (length < 4) return length
  const half = length >> 1
  return (
    length +
    path.charCodeAt(length - 1) * 31 +
    path.charCodeAt(length - 2) * 197 +
    path.charCodeAt(length - (length >> 2)) * 1093 +
    path.charCodeAt(half) * 7993 +
    path.charCodeAt(half - 1) * 50021
  )
}
