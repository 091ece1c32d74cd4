import { Cache } from './cache.ts'
import { type FetchOptions, TAGS } from './loading-options.ts'
import { check, checkOptions, FUNCTION, type Rule, type Rules, TTL } from './option-checks.ts'
import type { CacheOptions } from './options.ts'
import type { CacheStats } from './stats.ts'

// biome-ignore lint/suspicious/noExplicitAny: the parameters of any function; each keeps its own type
type Call = (...args: any[]) => unknown

/** A function whose results are cached, and how. */
export interface ReadDefinition<F extends Call> extends Pick<FetchOptions, 'ttlMs'> {
  /** Called with the arguments of the read when they are not cached. */
  readonly load: F
  /** Groups that the results belong to: `invalidate(group)` and writes take them out. @default none */
  readonly groups?: readonly string[] | undefined
  /** What tells one call's arguments from another's. @default the arguments, which then have to be primitive */
  readonly key?: ((...args: Parameters<F>) => string) | undefined
}

/** A function after which groups are no longer what they were. */
export interface WriteDefinition<F extends Call> {
  readonly run: F
  /** Groups it changes. */
  readonly invalidates: readonly string[]
}

type Reads = Readonly<Record<string, ReadDefinition<Call>>>
type Writes = Readonly<Record<string, WriteDefinition<Call>>>
type Promising<F extends Call> = (...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>

export type ReadThrough<R extends Reads, W extends Writes> = {
  readonly [Name in keyof R]: Promising<R[Name]['load']>
} & { readonly [Name in keyof W]: Promising<W[Name]['run']> } & {
  /** Takes every cached result of the groups out; what is being read meanwhile is not stored. O(groups). */
  invalidate(...groups: string[]): void
  /** Size, bound and totals of the cache that all reads share. O(1). */
  getCacheStats(): CacheStats
  /** Takes everything out. O(size). */
  clearAllCaches(): void
  /** Takes what has expired out and returns how much it was. O(size). */
  cleanupExpiredCache(): number
}

/** What the origin of these wrappers called CACHE_TTL. */
const DEFAULT_TTL_MS = 30_000

/** What is wrapped is looked at by its own name. */
const WRAPPED: Rule = ['', () => true]
const READ_RULES: Rules = { load: WRAPPED, groups: TAGS, key: FUNCTION, ttlMs: TTL }
const WRITE_RULES: Rules = { run: WRAPPED, invalidates: TAGS }

/**
 * Wraps functions that read from a slow place, and those that write to it: reads are cached, `undefined` and `null`
 * (not found) too, one runs at a time for the same arguments, and a write takes the groups it changes out, whether it
 * succeeds or fails, so that no read begun before its end is stored. All share one cache, of `options`, with a TTL of
 * 30 s unless they say otherwise. Throws `TypeError` or `RangeError` for bad arguments.
 */
export function readThrough<const R extends Reads, const W extends Writes = Record<never, never>>(
  options: CacheOptions<string, unknown>,
  reads: R,
  writes?: W,
): ReadThrough<R, W> {
  const cache = new Cache<string, unknown>({ ttlMs: DEFAULT_TTL_MS, ...options })
  const invalidate = (...groups: string[]): void => {
    for (const group of groups) cache.invalidateTag(group)
  }
  const wrapped: Record<string, unknown> = {
    invalidate,
    getCacheStats: () => cache.getCacheStats(),
    clearAllCaches: () => cache.clear(),
    cleanupExpiredCache: () => cache.purgeExpired(),
  }
  for (const [name, read] of Object.entries(reads)) {
    checkOptions(read, READ_RULES, name, '{ load }')
    const { load, groups, key = argumentsKey, ttlMs } = read
    add(name, load, async (...args) =>
      cache.fetch(`${name}(${key(...args)}`, () => load(...args), { tags: groups, ttlMs }),
    )
  }
  for (const [name, write] of Object.entries(writes ?? {})) {
    checkOptions(write, WRITE_RULES, name, '{ run, invalidates }')
    const { run, invalidates } = write
    check(`invalidates of ${name}`, invalidates, TAGS)
    add(name, run, async (...args) => {
      try {
        return await run(...args)
      } finally {
        invalidate(...invalidates)
      }
    })
  }
  return wrapped as ReadThrough<R, W>

  function add(name: string, inner: unknown, outer: Call): void {
    if (typeof inner !== 'function') throw new TypeError(`${name} must wrap a function, got ${typeof inner}`)
    if (Object.hasOwn(wrapped, name)) throw new TypeError(`There is already a function ${name}`)
    wrapped[name] = outer
  }
}

/** Differs whenever an argument differs in type or value. */
function argumentsKey(...args: unknown[]): string {
  return args.map(primitiveKey).join()
}

function primitiveKey(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if ((typeof value === 'object' && value !== null) || typeof value === 'function' || typeof value === 'symbol') {
    throw new TypeError(`Arguments are compared by value: give the read a key() for ${typeof value}s`)
  }
  return String(value)
}
