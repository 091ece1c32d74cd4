import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite'
import { Keyv } from 'keyv'
import * as vitest from 'vitest'
import { KeyvStore } from '../../src/facades/keyv.ts'
import { Cache } from '../../src/index.ts'

const { describe, expect, it } = vitest

describe('the test suite of keyv', () => {
  keyvTestSuite(vitest as never, Keyv, () => new KeyvStore({ max: 1000 }))
  keyvIteratorTests(vitest as never, Keyv, () => new KeyvStore({ max: 1000 }))
})

describe('KeyvStore', () => {
  it('is bounded', async () => {
    const store = new KeyvStore({ max: 2 })
    const keyv = new Keyv({ store })
    for (const key of 'abc') await keyv.set(key, key)
    expect(await keyv.get(['a', 'b', 'c'])).toEqual([undefined, 'b', 'c'])
    expect(store.cache.getCacheStats()).toMatchObject({ size: 2, evictions: 1 })
  })

  it('lets the cache expire what keyv gives a TTL', async () => {
    const clock = { time: 0, now: () => clock.time }
    const store = new KeyvStore({ max: 2, clock })
    await store.set('a', 1, 10)
    await store.set('b', 2, 0)
    clock.time = 10
    expect(await store.getMany(['a', 'b'])).toEqual([undefined, 2])
  })

  it('clears one namespace of a shared cache', async () => {
    const cache = new Cache<string, unknown>({ max: 10 })
    const one = new Keyv({ store: new KeyvStore(cache), namespace: 'one' })
    const two = new Keyv({ store: new KeyvStore(cache), namespace: 'two' })
    await one.set('a', 1)
    await two.set('a', 2)
    await one.clear()
    expect([await one.get('a'), await two.get('a')]).toEqual([undefined, 2])
    await one.disconnect()
    expect([await two.set('b', 3), await two.get('a'), await two.get('b')]).toEqual([true, 2, 3])
  })

  it('reports what is too heavy through keyv', async () => {
    const keyv = new Keyv({ store: new KeyvStore({ maxBytes: 100 }) })
    const errors: unknown[] = []
    keyv.on('error', (error) => errors.push(error))
    expect(await keyv.set('a', 'x'.repeat(1000))).toBe(false)
    expect(errors).toMatchObject([{ code: 'ERR_CACHE_OVERWEIGHT' }])
  })

  it('ends with keyv', async () => {
    const store = new KeyvStore({ max: 2 })
    const keyv = new Keyv({ store })
    await keyv.set('a', 1)
    await keyv.disconnect()
    expect(store.cache.size).toBe(0)
  })
})
