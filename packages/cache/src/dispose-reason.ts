/**
 * Why an entry left:
 * - `evict`: it was alive, and the policy chose it when a bound was reached (`set`, `fetch`, `resize`).
 * - `set`: `set` or a finished `fetch` put another value under its key, also when that is the same value again, or
 *   `set` with `ttlMs: 0` took its place with nothing, or a loaded value was too heavy to be stored in its place.
 * - `delete`: `delete` removed it while it was alive.
 * - `expire`: its TTL had passed, whatever call came upon it.
 * - `invalidate`: one of its tags had been invalidated, whatever call came upon it.
 * - `clear`: it was there, alive or not, at `clear` or `destroy`.
 */
export type DisposeReason = 'evict' | 'set' | 'delete' | 'expire' | 'invalidate' | 'clear'

/**
 * Called exactly once for every entry that was stored, after the call that removed it has changed the cache and before
 * it returns; it may call any method. What it throws is thrown by that call, whose change stays made; when the call is
 * the end of a load it becomes an uncaught exception, and the load's callers get their value all the same.
 */
export type DisposeListener<K, V> = (value: V, key: K, reason: DisposeReason) => void
