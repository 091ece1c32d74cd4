import type { HeaderView } from '../handler.ts'

/**
 * Fields of a request for policy: an index made on first look-up, nothing before. A Map, so that `__proto__` and
 * `constructor` are names like others.
 */
export class RequestHeaders implements HeaderView {
  #raw: readonly string[] = []
  #index: Map<string, string> | null = null

  get raw(): readonly string[] {
    return this.#raw
  }

  get(name: string): string | undefined {
    return (this.#index ?? this.#build()).get(name)
  }

  has(name: string): boolean {
    return (this.#index ?? this.#build()).has(name)
  }

  /** Points the view at the fields of another message, `[name, value, …]`. O(1). */
  assign(raw: readonly string[]): void {
    this.#raw = raw
    this.#index = null
  }

  #build(): Map<string, string> {
    const index = new Map<string, string>()
    for (let i = 0; i < this.#raw.length; i += 2) {
      const name = (this.#raw[i] ?? '').toLowerCase()
      const value = this.#raw[i + 1] ?? ''
      const before = index.get(name)
      index.set(name, before === undefined ? value : `${before}, ${value}`)
    }
    this.#index = index
    return index
  }
}
