import { Cache } from '@breakwater/cache'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { publicTrace } from './public-traces.ts'
import { clock, lru } from './simulators/queues.ts'
import { generateTrace, SYNTHETIC_TRACES } from './synthetic.ts'
import { loadTrace } from './traces/load.ts'

const SIMULATORS = { lru, clock }

/** Position of the first request whose outcome differs, -1 for none. */
function firstDifference(policy: 'lru' | 'clock', size: number, requests: ArrayLike<number>, distinct: number): number {
  const simulator = SIMULATORS[policy](size, distinct)
  const cache = new Cache<number, number>({ max: size, policy })
  for (let at = 0; at < requests.length; at++) {
    const key = requests[at] as number
    const hit = cache.get(key) !== undefined
    if (!hit) cache.set(key, at)
    if (hit !== simulator.request(key)) return at
  }
  return -1
}

describe('the package hits what the naive simulator hits', () => {
  for (const policy of ['lru', 'clock'] as const) {
    it(`${policy}, on random requests`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.nat(60), { maxLength: 500 }), (size, requests) => {
          expect(firstDifference(policy, size, requests, 61)).toBe(-1)
        }),
      )
    })

    for (const path of ['lirs/sprite.trace.gz', 'lirs/multi3.trace.gz', 'cache2k/web07.trace.xz']) {
      const file = publicTrace(path)
      it.skipIf(file === undefined)(`${policy}, on the whole of ${path}`, async () => {
        const trace = await loadTrace(file ?? '', path.startsWith('lirs') ? 'lirs' : 'cache2k')
        for (const size of [20, 600]) expect(firstDifference(policy, size, trace.requests, trace.distinct)).toBe(-1)
      })
    }

    it(`${policy}, on a seeded trace`, () => {
      const synthetic = SYNTHETIC_TRACES.find(({ name }) => name === 'scan')
      if (synthetic === undefined) throw new Error('no scan')
      const trace = generateTrace({ ...synthetic, requests: 200_000 })
      expect(firstDifference(policy, 1000, trace.requests, trace.distinct)).toBe(-1)
    })
  }
})
