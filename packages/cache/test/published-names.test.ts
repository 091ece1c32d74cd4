import { describe, expect, it } from 'vitest'
import * as core from '../src/core.ts'
import * as keyv from '../src/facades/keyv.ts'
import * as lruCache from '../src/facades/lru-cache/lru-cache.ts'
import * as main from '../src/index.ts'
import { bundle, MANGLED } from './bundle.ts'

interface Entries {
  readonly main: typeof main
  readonly core: typeof core
  readonly keyv: typeof keyv
  readonly lruCache: typeof lruCache
}

const CODE = `
export * as main from './index.ts'
export * as core from './core.ts'
export * as keyv from './facades/keyv.ts'
export * as lruCache from './facades/lru-cache/lru-cache.ts'`

async function published(): Promise<Entries> {
  const file = Buffer.from(await bundle(CODE, true))
  return (await import(/* @vite-ignore */ `data:text/javascript;base64,${file.toString('base64')}`)) as Entries
}

/** Names on the objects of an instance that a caller may use, but for those that the build is told to replace. */
function names(instance: object): string[] {
  const found: string[] = []
  for (let at: object | null = instance; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    found.push(...Object.getOwnPropertyNames(at))
  }
  return found.sort()
}

function problemOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return String(error)
  }
  return 'none'
}

/** What can be seen of the package from outside. */
async function surface({ main, core, keyv, lruCache }: Entries): Promise<unknown> {
  let time = 0
  const clock = { now: () => time }
  const left: unknown[] = []
  const cache = new main.Cache<unknown, unknown>({
    maxBytes: 1000,
    ttlMs: 50,
    sliding: true,
    idleMs: 40,
    maxAgeMs: 90,
    clock,
    staleIfErrorMs: 1000,
    staleWhileRevalidateMs: 5,
    errorTtlMs: 10,
    negativeTtlMs: 5,
    purgeIntervalMs: 1000,
    onDispose: (value, key, reason) => left.push([value, key, reason]),
  })
  cache
    .set('tagged', 1, { tags: ['t'], weight: 5 })
    .set('plain', 2)
    .setMany([[3, 3]])
  const seen: unknown[] = [cache.dump().entries]
  cache.invalidateTag('t')
  seen.push([...cache], cache.getCacheStats())
  time = 51
  const fail = (): never => {
    throw new Error('down')
  }
  seen.push(await cache.fetch('plain', fail), await cache.fetch('other', () => 5, { tags: () => ['u'] }))
  const load = main.batchLoader<unknown, unknown>(
    (keys: readonly unknown[]) => new Map(keys.map((key) => [key, `${key}!`])),
  )
  seen.push(await Promise.all([cache.fetch('a', load), cache.fetch('b', load)]))
  const db = main.readThrough({ max: 9 }, { read: { load: (id: number) => id * 2, groups: ['g'] } })
  seen.push(await db.read(4), names(db), db.getCacheStats().loads)
  const small = new core.CoreCache<string, number>({ max: 40, policy: core.adaptive, ttlMs: 5, clock })
  for (let i = 0; i < 100; i++) small.set(`${i % 50}`, i)
  small.resize(2)
  seen.push([...small], small.getCacheStats())
  const store = new keyv.KeyvStore(cache as never)
  const classic = new lruCache.LRUCache<string, number>({ max: 5, ttl: 1000 })
  classic.set('a', 1)
  seen.push(
    classic.dump().map(([key, entry]) => [key, entry.value]),
    classic.get('a'),
    names(store),
  )
  for (const instance of [cache, small, store, classic]) seen.push(names(instance))
  for (const policy of [core.lru, core.clock]) seen.push(names(policy), policy.create(5).insert(0))
  for (const bad of [{ maximum: 1 }, { max: 5, loading: 1 }]) {
    seen.push(
      problemOf(() => new main.Cache(bad as never)),
      problemOf(() => new core.CoreCache(bad as never)),
    )
  }
  seen.push(
    problemOf(() => small.set('a', 1, { tll: 1 } as never)),
    await cache.fetch('a', fail, { x: 1 } as never).catch(String),
  )
  cache.destroy()
  return [...seen, left, await cache.fetch('z', load).catch((error: main.CacheError) => [error.code, names(error)])]
}

describe('the names of the published files', () => {
  it('are those of the source wherever they can be seen', async () => {
    expect(await surface(await published())).toEqual(await surface({ main, core, keyv, lruCache }))
  })

  it('are not those of the language', () => {
    const own = [
      [],
      '',
      new Map(),
      new Promise(() => {}),
      new AbortController().signal,
      new Error('e'),
      new Float64Array(1),
    ]
    const builtin = new Set([
      ...own.flatMap((value) => names(Object(value))),
      ...names(Array),
      ...names(Object),
      ...names(Math),
    ])
    expect(MANGLED.filter((name) => builtin.has(name))).toEqual([])
  })
})
