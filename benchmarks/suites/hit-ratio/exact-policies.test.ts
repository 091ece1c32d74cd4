import { Cache } from '@breakwater/cache'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { clock, lru } from './simulators/queues.ts'

const KEYS = 40

it.each([
  ['lru', lru],
  ['clock', clock],
] as const)("the package's %s hits and misses where the naive simulator does, request by request", (policy, create) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(KEYS - 1), { minLength: 1, maxLength: 400 }),
      (size, requests) => {
        const simulator = create(size, KEYS)
        const cache = new Cache<number, true>({ max: size, policy })
        for (const [at, key] of requests.entries()) {
          const hit = cache.get(key) !== undefined
          if (!hit) cache.set(key, true)
          expect([at, hit]).toEqual([at, simulator.request(key)])
        }
      },
    ),
  )
})
