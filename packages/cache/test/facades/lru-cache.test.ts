import { LRUCache as Original } from 'lru-cache'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LRUCache } from '../../src/facades/lru-cache/lru-cache.ts'
import { deferred, settled } from '../harness.ts'

type Lru = typeof Original<string, number>
type Options = ConstructorParameters<Lru>[0]

/** Runs the same on lru-cache and on the facade. */
const both = (scenario: (create: (options: Options) => InstanceType<Lru>) => unknown): [unknown, unknown] => [
  scenario((options) => new LRUCache<string, number>(options as never) as unknown as InstanceType<Lru>),
  scenario((options) => new Original<string, number>(options)),
]

const outcome = async (promise: Promise<unknown>): Promise<unknown> => {
  const [{ status, ...rest }] = (await Promise.allSettled([promise])) as [PromiseSettledResult<unknown>]
  return [status, 'value' in rest ? rest.value : (rest as { reason?: Error }).reason?.message]
}

const thrown = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (error) {
    return [(error as Error).constructor.name, (error as Error).message]
  }
}

describe('the same as lru-cache', () => {
  it.each<[string, object]>([
    ['nothing', {}],
    ['max', { max: -1 }],
    ['max', { max: 1.5 }],
    ['max', { max: '5' }],
    ['maxSize', { maxSize: 1.5 }],
    ['maxEntrySize', { max: 1, maxEntrySize: -1 }],
    ['ttl', { max: 1, ttl: -1 }],
    ['ttl', { max: 1, ttl: 1.5 }],
    ['sizeCalculation without a size', { max: 1, sizeCalculation: () => 1 }],
    ['sizeCalculation', { maxSize: 1, sizeCalculation: 5 }],
    ['fetchMethod', { max: 1, fetchMethod: 5 }],
    ['memoMethod', { max: 1, memoMethod: 5 }],
    ['perf', { max: 1, perf: {} }],
  ])('refuses bad options: %s', (_, options) => {
    const [ours, theirs] = both((create) => thrown(() => create(options as Options)))
    expect(ours).toEqual(theirs)
  })

  it.each<[string, Options, object]>([
    ['a size where none is counted', { max: 1 }, { size: 1 }],
    ['no size where it is', { maxSize: 5 }, {}],
    ['a bad size', { maxSize: 5 }, { sizeCalculation: () => 0 }],
    ['a bad sizeCalculation', { maxSize: 5 }, { sizeCalculation: 5 }],
  ])('refuses %s', (_, options, setOptions) => {
    const [ours, theirs] = both((create) => thrown(() => create(options).set('a', 1, setOptions)))
    expect(ours).toEqual(theirs)
  })

  it('has the same properties and can change the defaults', () => {
    const [ours, theirs] = both((create) => {
      const cache = create({ max: 3, maxSize: 9, sizeCalculation: () => 2, ttl: 50 })
      cache.allowStale = true
      cache.ttl = 100
      cache.set('a', 1)
      const { max, maxSize, maxEntrySize, ttl, allowStale, updateAgeOnGet, noDisposeOnSet, size, calculatedSize } =
        cache
      const left = Math.ceil(cache.getRemainingTTL('a') / 100)
      return {
        max,
        maxSize,
        maxEntrySize,
        ttl,
        allowStale,
        updateAgeOnGet,
        noDisposeOnSet,
        size,
        calculatedSize,
        left,
        tag: String(cache),
      }
    })
    expect(ours).toEqual(theirs)
  })

  it('visits with forEach, rforEach and find', () => {
    const [ours, theirs] = both((create) => {
      const cache = create({ max: 3 })
      cache.set('a', 1).set('b', 2).set('c', 3)
      const seen: unknown[] = []
      cache.forEach(function (this: unknown, value, key, self) {
        seen.push(value, key, self === cache, this === cache)
      })
      cache.rforEach(function (this: unknown, value, key) {
        seen.push(value, key, this)
      }, 'self')
      return [seen, cache.find((value) => value < 3), [...cache.keys()]]
    })
    expect(ours).toEqual(theirs)
  })

  it('may delete while it iterates', () => {
    const [ours, theirs] = both((create) => {
      const cache = create({ max: 5 })
      for (const key of 'abcde') cache.set(key, 1)
      const seen: string[] = []
      for (const key of cache.keys()) {
        seen.push(key)
        cache.delete(key)
        cache.delete('b')
      }
      return [seen, cache.size]
    })
    expect(ours).toEqual(theirs)
  })

  it('memoizes', () => {
    const [ours, theirs] = both((create) => {
      const told: unknown[] = []
      const cache = create({
        max: 3,
        memoMethod(key, stale, { options, context }) {
          told.push(key, stale, options.ttl, context)
          return told.length
        },
      })
      const context = 'context' as never
      return [cache.memo('a', { context }), cache.memo('a'), cache.memo('a', { forceRefresh: true, ttl: 5 }), told]
    })
    expect(ours).toEqual(theirs)
    const [noneOurs, noneTheirs] = both((create) => thrown(() => create({ max: 1 }).memo('a')))
    expect(noneOurs).toEqual(noneTheirs)
  })

  describe('of fetch', () => {
    const clock = { time: 1000 }
    const perf = { now: () => clock.time }
    const down = (): unknown => Promise.reject(new Error('down'))
    /** Loads, or fails, over an entry that is missing, live or stale. */
    const scenario = (entry: 'missing' | 'live' | 'stale', answer: () => unknown, options: object, call: object) =>
      both(async (create) => {
        clock.time = 1000
        const told: unknown[] = []
        const cache = create({
          max: 3,
          perf,
          ttlResolution: 0,
          // lru-cache forgets to report what a failed load takes out: see below.
          dispose: (...args): void => {
            if (args[2] !== 'fetch') told.push(args)
          },
          fetchMethod: async (key, stale, { context }) => {
            told.push([key, stale, context])
            return answer() as number
          },
          ...options,
        })
        if (entry !== 'missing') cache.set('a', 1, { ttl: 5 })
        if (entry === 'stale') clock.time += 6
        const results = [await outcome(cache.fetch('a', { context: 'c' as never, ...call }))]
        await settled()
        results.push(cache.peek('a'), cache.peek('a', { allowStale: true }), [...cache.entries()], told)
        return results
      }) as [Promise<unknown>, Promise<unknown>]

    it.each<['missing' | 'live' | 'stale', string, () => unknown, object, object]>([
      ['missing', 'a value', () => 5, {}, {}],
      ['missing', 'undefined', () => undefined, {}, {}],
      ['missing', 'a failure', down, {}, {}],
      ['missing', 'a failure, stale allowed', down, { allowStaleOnFetchRejection: true }, {}],
      ['live', 'a value', () => 5, {}, {}],
      ['live', 'a value, forced', () => 5, {}, { forceRefresh: true }],
      ['live', 'a value, forced, stale allowed', () => 5, { allowStale: true }, { forceRefresh: true }],
      ['live', 'a failure, forced', down, {}, { forceRefresh: true }],
      ['live', 'a failure, forced, not deleting', down, { noDeleteOnFetchRejection: true }, { forceRefresh: true }],
      ['stale', 'a value', () => 5, {}, {}],
      ['stale', 'a value, stale allowed', () => 5, { allowStale: true }, {}],
      ['stale', 'a value with another TTL', () => 5, {}, { ttl: 77 }],
      ['stale', 'undefined', () => undefined, {}, {}],
      ['stale', 'a failure', down, {}, {}],
      ['stale', 'a failure, not deleting', down, {}, { noDeleteOnFetchRejection: true }],
      ['stale', 'a failure, stale allowed then', down, { allowStaleOnFetchRejection: true }, {}],
      ['stale', 'a failure, stale allowed at once', down, { allowStale: true }, {}],
      ['stale', 'a failure, both', down, { allowStale: true }, { allowStaleOnFetchRejection: true }],
    ])('over %s entry, with %s', async (entry, _, answer, options, call) => {
      const [ours, theirs] = scenario(entry, answer, options, call)
      expect(await ours).toEqual(await theirs)
    })

    it('without a fetchMethod is get', async () => {
      const [ours, theirs] = both((create) => create({ max: 1 }).set('a', 1).fetch('a'))
      expect(await ours).toEqual(await theirs)
    })

    it('is loaded once for all', async () => {
      const [ours, theirs] = both(async (create) => {
        let loads = 0
        const cache = create({ max: 3, fetchMethod: async () => ++loads })
        return Promise.all([cache.fetch('a'), cache.fetch('a'), cache.forceFetch('a')])
      })
      expect(await ours).toEqual(await theirs)
    })

    it('forceFetch refuses undefined', async () => {
      const [ours, theirs] = both((create) =>
        outcome(create({ max: 3, fetchMethod: async () => undefined }).forceFetch('a')),
      )
      expect(await ours).toEqual(await theirs)
    })

    it.each<[string, object]>([
      ['rejects with its reason', {}],
      ['goes on with ignoreFetchAbort', { ignoreFetchAbort: true }],
      ['returns stale with allowStaleOnFetchAbort', { allowStaleOnFetchAbort: true }],
      ['returns stale and goes on with both', { allowStaleOnFetchAbort: true, ignoreFetchAbort: true }],
    ])('aborted %s', async (_, options) => {
      const [ours, theirs] = both(async (create) => {
        clock.time = 1000
        const answer = deferred<number>()
        const cache = create({
          max: 3,
          perf,
          ttlResolution: 0,
          fetchMethod: () => answer.promise,
          noDeleteOnFetchRejection: true,
          ...options,
        })
        cache.set('a', 1, { ttl: 5 })
        clock.time += 6
        const controller = new AbortController()
        const fetched = outcome(cache.fetch('a', { signal: controller.signal }))
        await settled()
        controller.abort(new Error('gone'))
        await settled()
        answer.resolve(2)
        return fetched
      })
      expect(await ours).toEqual(await theirs)
    })
  })
})

describe('other than lru-cache', () => {
  it('loses no result when its entry would be evicted', async () => {
    const [ours, theirs] = both(async (create) => {
      const first = deferred<number>()
      const cache = create({ max: 1, fetchMethod: (key) => (key === 'a' ? first.promise : Promise.resolve(2)) })
      const results = [outcome(cache.fetch('a')), outcome(cache.fetch('b'))]
      await settled()
      first.resolve(1)
      return Promise.all(results)
    })
    expect(await ours).toEqual([
      ['fulfilled', 1],
      ['fulfilled', 2],
    ])
    expect(await theirs).toEqual([
      ['rejected', 'evicted'],
      ['fulfilled', 2],
    ])
  })

  it.each<[string, (cache: InstanceType<Lru>) => void, string]>([
    ['deleted', (cache) => void cache.delete('a'), 'deleted'],
    ['cleared', (cache) => cache.clear(), 'deleted'],
    ['set', (cache) => void cache.set('a', 5), 'replaced'],
  ])('delivers the load of a key that is %s, without storing it', async (_, act, reason) => {
    const [ours, theirs] = both(async (create) => {
      const answer = deferred<number>()
      const cache = create({ max: 2, fetchMethod: () => answer.promise })
      const result = outcome(cache.fetch('a'))
      act(cache)
      answer.resolve(1)
      return [await result, cache.peek('a') === 1]
    })
    expect(await ours).toEqual([['fulfilled', 1], false])
    expect(await theirs).toEqual([['rejected', reason], false])
  })

  it('lets each caller leave alone', async () => {
    const [ours, theirs] = both(async (create) => {
      const answer = deferred<number>()
      const cache = create({ max: 2, fetchMethod: () => answer.promise })
      const controller = new AbortController()
      const results = [outcome(cache.fetch('a', { signal: controller.signal })), outcome(cache.fetch('a'))]
      controller.abort(new Error('gone'))
      answer.resolve(1)
      return Promise.all(results)
    })
    expect(await ours).toEqual([
      ['rejected', 'gone'],
      ['fulfilled', 1],
    ])
    expect(await theirs).toEqual([
      ['rejected', 'gone'],
      ['rejected', 'gone'],
    ])
  })

  it('reports what a failed load takes out', async () => {
    const [ours, theirs] = both(async (create) => {
      const told: unknown[] = []
      const cache = create({
        max: 2,
        fetchMethod: () => Promise.reject(new Error('down')),
        dispose: (...args) => told.push(args),
      })
      await outcome(cache.set('a', 1).fetch('a', { forceRefresh: true }))
      return [told, cache.size]
    })
    expect(await ours).toEqual([[[1, 'a', 'fetch']], 0])
    expect(await theirs).toEqual([[], 0])
  })

  it('keeps the old entry when a fetch is aborted', async () => {
    const [ours, theirs] = both(async (create) => {
      const cache = create({ max: 2, fetchMethod: () => new Promise(() => {}) })
      const controller = new AbortController()
      const result = outcome(cache.set('a', 1).fetch('a', { signal: controller.signal, forceRefresh: true }))
      await settled()
      controller.abort(new Error('gone'))
      return [await result, cache.peek('a')]
    })
    expect(await ours).toEqual([['rejected', 'gone'], 1])
    expect(await theirs).toEqual([['rejected', 'gone'], undefined])
  })

  it('answers from a live entry during a forced refresh', async () => {
    const [ours, theirs] = both(async (create) => {
      const answer = deferred<number>()
      const cache = create({ max: 2, fetchMethod: () => answer.promise })
      const results = [cache.set('a', 1).fetch('a', { forceRefresh: true }), cache.fetch('a')]
      answer.resolve(2)
      return Promise.all(results)
    })
    expect(await ours).toEqual([2, 1])
    expect(await theirs).toEqual([2, 2])
  })

  it('stores nothing of an aborted load without ignoreFetchAbort', async () => {
    const [ours, theirs] = both(async (create) => {
      const answer = deferred<number>()
      const cache = create({ max: 2, fetchMethod: () => answer.promise, allowStaleOnFetchAbort: true })
      const controller = new AbortController()
      const result = outcome(cache.set('a', 1).fetch('a', { signal: controller.signal, forceRefresh: true }))
      await settled()
      controller.abort(new Error('gone'))
      await settled()
      answer.resolve(2)
      await settled()
      return [await result, cache.peek('a')]
    })
    expect(await ours).toEqual([['fulfilled', 1], 1])
    expect(await theirs).toEqual([['fulfilled', 1], 2])
  })

  it('counts no load as an entry', async () => {
    const [ours, theirs] = both((create) => {
      const cache = create({ max: 2, fetchMethod: () => new Promise(() => {}) })
      void cache.fetch('a')
      return cache.size
    })
    expect([ours, theirs]).toEqual([0, 1])
  })

  it('takes ttl: Infinity for none', () => {
    const [ours, theirs] = both((create) =>
      thrown(() => create({ max: 1, ttl: Number.POSITIVE_INFINITY }).set('a', 1).getRemainingTTL('a')),
    )
    expect(ours).toBe(Number.POSITIVE_INFINITY)
    expect(theirs).toEqual(['TypeError', 'ttl must be a positive integer if specified'])
  })

  it('has the names of the types', () => {
    const left: string[] = []
    const dispose: LRUCache.Disposer<string, string> = (_, key) => void left.push(key)
    const sizeCalculation: LRUCache.SizeCalculator<string, string> = (value) => value.length
    const max: LRUCache.Count = 1
    const ttl: LRUCache.Milliseconds = 1000
    const onInsert: LRUCache.Inserter<string, string> = (_, key, reason) => void left.push(`${key} ${reason}`)
    const status: LRUCache.Status<string, string> = {}
    const options: LRUCache.OptionsMaxLimit<string, string> = {
      max,
      ttl,
      maxSize: 10,
      dispose,
      onInsert,
      sizeCalculation,
    }
    const cache = new LRUCache<string, string>(options)
    cache.set('a', 'x').set('b', 'y')
    expect([left, status]).toEqual([['a add', 'a', 'b add'], {}])
  })

  describe('purges by itself with one timer', () => {
    beforeEach(() => void vi.useFakeTimers())
    afterEach(() => void vi.useRealTimers())

    it('that is set while something can expire', () => {
      const left: string[] = []
      const cache = new LRUCache<string, number>({
        max: 10,
        ttl: 100,
        ttlAutopurge: true,
        dispose: (_, key, reason) => left.push(`${key} ${reason}`),
      })
      for (const key of 'abcd') cache.set(key, 1)
      cache.set('e', 1, { ttl: 1000 }).set('f', 1, { ttl: 0 })
      expect(vi.getTimerCount()).toBe(1)
      vi.advanceTimersByTime(200)
      expect(left).toEqual(['a expire', 'b expire', 'c expire', 'd expire'])
      expect(vi.getTimerCount()).toBe(1)
      vi.advanceTimersByTime(1000)
      expect([...cache.keys()]).toEqual(['f'])
      expect(vi.getTimerCount()).toBe(0)
      cache.set('g', 1).clear()
      expect(vi.getTimerCount()).toBe(0)
    })

    it('that is not put off by what is set meanwhile', () => {
      const cache = new LRUCache<number, number>({ max: 1000, ttl: 100, ttlAutopurge: true })
      let most = 0
      for (let key = 0; key < 60; key++) {
        cache.set(key, 1).set(-key, 1, { ttl: 99 - (key % 30) })
        most = Math.max(most, cache.size)
        vi.advanceTimersByTime(20)
      }
      // What a TTL and the longest wait between two purges bring in, two in 20 ms.
      expect(most).toBeLessThan(2 * ((100 + 102) / 20 + 1))
    })
  })
})
