import { Cache } from '../cache.ts'
import type { CacheOptions } from '../options.ts'

/**
 * A store for keyv 5 and 6: `new Keyv({ store: new KeyvStore({ max: 10_000 }) })`. It has the methods that keyv asks
 * for and needs nothing of keyv. What was too heavy to be stored is an `error` event of keyv, as its other failures.
 * Time: O(1) per key; `clear` of a namespace and `iterator` O(size).
 */
export class KeyvStore {
  /** Set by keyv, which puts `namespace:` before every key. */
  namespace: string | undefined
  /** Keyv 5 iterates only over stores whose dialect it knows; it uses the name for nothing else. */
  readonly opts: { readonly dialect: string; readonly url: string } = { dialect: 'redis', url: '' }
  /** What holds the entries: for statistics, tags, `dump`. */
  readonly cache: Cache<string, unknown>

  readonly #isOwn: boolean

  /** Throws as `Cache` does. A cache that is given may be shared: `disconnect` leaves it as it is. */
  constructor(options: CacheOptions<string, unknown> | Cache<string, unknown>) {
    this.#isOwn = !(options instanceof Cache)
    this.cache = options instanceof Cache ? options : new Cache(options)
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    return this.cache.get(key) as Value | undefined
  }

  async getMany<Value>(keys: readonly string[]): Promise<(Value | undefined)[]> {
    return keys.map((key) => this.cache.get(key) as Value | undefined)
  }

  /** @param ttl ms; without one, or with 0, the cache's own */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    this.cache.set(key, value, ttl !== undefined && ttl > 0 ? { ttlMs: ttl } : undefined)
    return true
  }

  async has(key: string): Promise<boolean> {
    return this.cache.has(key)
  }

  async hasMany(keys: readonly string[]): Promise<boolean[]> {
    return keys.map((key) => this.cache.has(key))
  }

  async delete(key: string): Promise<boolean> {
    return this.cache.delete(key)
  }

  /** Of the namespace, if there is one. */
  async clear(): Promise<void> {
    if (this.namespace === undefined) this.cache.clear()
    else for (const key of this.#keys(this.namespace)) this.cache.delete(key)
  }

  async *iterator<Value>(namespace: string | undefined = this.namespace): AsyncGenerator<[string, Value], void> {
    for (const key of this.#keys(namespace)) {
      if (this.cache.has(key)) yield [key, this.cache.peek(key) as Value]
    }
  }

  /** Destroys the cache, if it is the store's own. */
  async disconnect(): Promise<void> {
    if (this.#isOwn) this.cache.destroy()
  }

  #keys(namespace: string | undefined): string[] {
    const keys = [...this.cache.keys()]
    return namespace === undefined ? keys : keys.filter((key) => key.startsWith(`${namespace}:`))
  }
}
