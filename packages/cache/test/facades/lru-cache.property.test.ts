import fc from 'fast-check'
import { LRUCache as Original } from 'lru-cache'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { LRUCache } from '../../src/facades/lru-cache/lru-cache.ts'

interface Step {
  readonly name: string
  /** Time that passes before it. */
  readonly ms?: number
  readonly run: (cache: Original<string, number>) => unknown
}

/** A cache, what its listeners were told, and its clock. */
class Side {
  readonly log: unknown[] = []
  readonly cache: Original<string, number>
  readonly #clock: { time: number }

  constructor(create: (options: object) => Original<string, number>, options: object, clock: { time: number }) {
    this.#clock = clock
    this.cache = create({
      ...options,
      ttlResolution: 0,
      perf: { now: () => this.#clock.time },
      dispose: (...left: unknown[]) => this.log.push(['dispose', ...left]),
      disposeAfter: (...left: unknown[]) => this.log.push(['disposeAfter', ...left]),
      onInsert: (...entered: unknown[]) => this.log.push(['onInsert', ...entered]),
    })
  }

  /** Everything that can be asked without changing anything. */
  state(): unknown {
    const { cache } = this
    const keys = cache.dump().map(([key]) => key)
    return {
      dump: cache.dump().map(([key, { value, ttl = 0, size = 0 }]) => [key, value, ttl, size]),
      entries: [...cache],
      rentries: [...cache.rentries()],
      keys: [...cache.keys()],
      rkeys: [...cache.rkeys()],
      values: [...cache.values()],
      rvalues: [...cache.rvalues()],
      sizes: [cache.size, cache.calculatedSize],
      remaining: keys.map((key) => cache.getRemainingTTL(key)),
      info: keys.map((key) => cache.info(key)).map((entry) => [entry?.value, entry?.ttl, entry?.size]),
      log: this.log,
    }
  }
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', '__proto__')
const flag = fc.constantFrom(undefined, true, false)
const some = <T>(record: { [Name in keyof T]: T[Name] | undefined }): T =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T

const step = (sized: boolean): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .record({
          key,
          value: fc.nat(5),
          ttl: fc.constantFrom(undefined, 0, 3, 10),
          size: sized ? fc.constantFrom(1, 2, 3, 9, 12) : fc.constant(undefined),
          noUpdateTTL: flag,
        })
        .map(({ key: k, value, ...options }) => ({
          name: `set(${k}, ${value}, ${JSON.stringify(options)})`,
          run: (cache: Original<string, number>) => void cache.set(k, value, some(options)),
        })),
    },
    {
      weight: 4,
      arbitrary: fc
        .record({ key, allowStale: flag, updateAgeOnGet: flag, noDeleteOnStaleGet: flag })
        .map(({ key: k, ...o }) => ({
          name: `get(${k}, ${JSON.stringify(o)})`,
          run: (cache: Original<string, number>) => cache.get(k, some(o)),
        })),
    },
    fc.record({ key, allowStale: flag }).map(({ key: k, ...o }) => ({
      name: `peek(${k}, ${JSON.stringify(o)})`,
      run: (cache: Original<string, number>) => cache.peek(k, some(o)),
    })),
    fc.record({ key, updateAgeOnHas: flag }).map(({ key: k, ...o }) => ({
      name: `has(${k}, ${JSON.stringify(o)})`,
      run: (cache: Original<string, number>) => cache.has(k, some(o)),
    })),
    key.map((k) => ({ name: `delete(${k})`, run: (cache: Original<string, number>) => cache.delete(k) })),
    key.map((k) => ({
      name: `set(${k}, undefined)`,
      run: (cache: Original<string, number>) => void cache.set(k, undefined),
    })),
    fc.nat(5).map((n) => ({
      name: `find(${n})`,
      run: (cache: Original<string, number>) => cache.find((value) => value >= n),
    })),
    fc.constantFrom<Step>(
      { name: 'pop()', run: (cache) => cache.pop() },
      { name: 'purgeStale()', run: (cache) => cache.purgeStale() },
      { name: 'clear()', run: (cache) => cache.clear() },
      { name: 'load(dump())', run: (cache) => cache.load(cache.dump()) },
    ),
    {
      weight: 2,
      arbitrary: fc.constantFrom(1, 3, 4, 11).map((ms) => ({ name: `${ms} ms pass`, ms, run: () => undefined })),
    },
  )

describe('LRUCache', () => {
  // `dump` and `load` read the wall clock, which must not go on between the two sides.
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterAll(() => void vi.useRealTimers())

  it.each([
    ['of entries', false, { max: 4 }],
    ['of entries with a TTL', false, { max: 4, ttl: 5 }],
    [
      'of entries, sliding, stale values allowed',
      false,
      { max: 4, ttl: 5, updateAgeOnGet: true, updateAgeOnHas: true, allowStale: true },
    ],
    ['of entries, stale ones kept', false, { max: 4, ttl: 5, noDeleteOnStaleGet: true, noUpdateTTL: true }],
    ['of sizes', true, { maxSize: 10 }],
    ['of sizes and entries, with a largest entry', true, { max: 3, maxSize: 10, maxEntrySize: 9, ttl: 5 }],
    ['of time only', false, { ttl: 5, ttlAutopurge: false }],
  ])('answers what lru-cache answers: %s', (_, sized, options) => {
    fc.assert(
      fc.property(fc.array(step(sized), { maxLength: 60 }), (steps) => {
        const clock = { time: 1000 }
        const ours = new Side(
          (o) => new LRUCache<string, number>(o) as unknown as Original<string, number>,
          options,
          clock,
        )
        const theirs = new Side((o) => new Original<string, number>(o as never), options, clock)
        for (const { name, ms = 0, run } of steps) {
          clock.time += ms
          const expected = run(theirs.cache)
          expect({ [name]: run(ours.cache) }).toEqual({ [name]: expected })
          expect(ours.state()).toEqual(theirs.state())
        }
      }),
      { numRuns: 150 },
    )
  })
})
