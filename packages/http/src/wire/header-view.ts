import type { HeaderView } from '../handler.ts'

/** Reads the fields of a request when policy asks for them: engines that keep the head as bytes. */
export interface HeaderSource {
  /** All fields as received, `[name, value, …]`. */
  fields(): readonly string[]
  /** Value of one field, repeated ones joined by `, `; undefined without it. The name is in lower case. */
  field(name: string): string | undefined
}

const NO_FIELDS: readonly string[] = Object.freeze([])

/**
 * Fields of a request for policy: an index made on first look-up, nothing before. A Map, so that `__proto__` and
 * `constructor` are names like others.
 */
export class RequestHeaders implements HeaderView {
  #raw: readonly string[] | null = NO_FIELDS
  #source: HeaderSource | null = null
  #index: Map<string, string> | null = null

  get raw(): readonly string[] {
    this.#raw ??= this.#source?.fields() ?? NO_FIELDS
    return this.#raw
  }

  get(name: string): string | undefined {
    if (this.#source !== null) return this.#source.field(name)
    return (this.#index ?? this.#build()).get(name)
  }

  has(name: string): boolean {
    if (this.#source !== null) return this.#source.field(name) !== undefined
    return (this.#index ?? this.#build()).has(name)
  }

  /** Points the view at the fields of another message, `[name, value, name, value, …]`. O(1). */
  assign(fields: readonly string[] | HeaderSource): void {
    this.#index = null
    if ('field' in fields) {
      this.#raw = null
      this.#source = fields
    } else {
      this.#raw = fields
      this.#source = null
    }
  }

  #build(): Map<string, string> {
    const index = new Map<string, string>()
    const { raw } = this
    for (let i = 0; i < raw.length; i += 2) {
      const name = (raw[i] ?? '').toLowerCase()
      const value = raw[i + 1] ?? ''
      const before = index.get(name)
      index.set(name, before === undefined ? value : `${before}, ${value}`)
    }
    this.#index = index
    return index
  }
}
