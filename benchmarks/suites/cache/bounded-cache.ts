/** What every contender can do, under the names that all of them use: the loops call the library's own methods. */
export interface BoundedCache<K> {
  get(key: K): number | undefined
  set(key: K, value: number): unknown
}

export interface Subject {
  /** @param ttlMs undefined for none */
  make<K extends string | number>(max: number, ttlMs: number | undefined): BoundedCache<K>
}
