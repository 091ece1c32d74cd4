import { type Endpoint, Leaf } from './leaf.ts'

/**
 * Routes without parameters, by their whole path:
 *
 *   "/api/users"  ──► Leaf [GET, POST]
 *   "/api/health" ──► Leaf [GET]
 *
 * One hash of the path instead of a walk. It is asked first: a static route wins over every dynamic one.
 */
export class StaticTable<H> {
  readonly #leaves = new Map<string, Leaf<H>>()

  find(method: number, path: string): Endpoint<H> | null {
    const leaf = this.#leaves.get(path)
    return leaf === undefined ? null : leaf.select(method)
  }

  /** The leaf of a path, made on first use. */
  leaf(path: string): Leaf<H> {
    let leaf = this.#leaves.get(path)
    if (leaf === undefined) {
      leaf = new Leaf()
      this.#leaves.set(path, leaf)
    }
    return leaf
  }

  clear(): void {
    this.#leaves.clear()
  }
}
