// The default policy on traffic made to hurt it: never more than a point below LRU at 100 requests per slot.
import { describe, expect, it } from 'vitest'
import { countHits } from './policies.ts'
import { generateTrace, SYNTHETIC_TRACES } from './synthetic.ts'

function difference(requests: Int32Array, size: number): number {
  const distinct = requests.reduce((most, key) => Math.max(most, key), 0) + 1
  const adaptive = countHits('default', size, requests, distinct)
  return (100 * (adaptive - countHits('lru', size, requests, distinct))) / requests.length
}

function trace(size: number, key: (at: number) => number): Int32Array {
  return Int32Array.from({ length: 102 * size }, (_, at) => key(at))
}

/** Numbers that look random but are the same every time. */
function scrambled(at: number): number {
  let mixed = Math.imul(at ^ 0x2545f491, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b)
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32
}

describe('at least LRU less one point', () => {
  for (const size of [100, 777, 3000]) {
    for (const [share, keys] of Object.entries({ half: 2, 'two thirds': 1.5, third: 3, 'nearly all': 1.03 })) {
      const length = Math.round(size * keys)
      it(`up and down, ${share} fits, ${size} entries`, () => {
        const requests = trace(size, (at) => Math.min(at % (2 * length), 2 * length - 1 - (at % (2 * length))))
        expect(difference(requests, size)).toBeGreaterThan(-1)
      })
    }

    for (const distance of [0.1, 0.45, 0.95]) {
      it(`every key once more after ${distance} × the size, ${size} entries`, () => {
        const back = 2 * Math.floor((distance * size) / 2) + 1
        const requests = trace(size, (at) => (at % 2 === 0 ? at : Math.max(0, at - back)))
        expect(difference(requests, size)).toBeGreaterThan(-1)
      })
    }

    for (const rounds of [2, 7, 25]) {
      it(`another working set every ${rounds} × the size, ${size} entries`, () => {
        const requests = trace(size, (at) => {
          const set = Math.floor(at / (rounds * size))
          return set * 2 * size + Math.floor(scrambled(at) * scrambled(at + 1e6) * 2 * size)
        })
        expect(difference(requests, size)).toBeGreaterThan(-1)
      })
    }

    it(`phases of loops and of recency, ${size} entries`, () => {
      const requests = trace(size, (at) => {
        const loop = Math.floor(at / (5 * size)) % 2 === 0
        if (loop) return at % Math.round(1.4 * size)
        const last = at - Math.floor(scrambled(at) * 0.9 * size)
        return 10 * size + Math.floor(last / 3)
      })
      expect(difference(requests, size)).toBeGreaterThan(-1)
    })
  }

  for (const synthetic of SYNTHETIC_TRACES) {
    const [least = 100] = synthetic.sizes
    it(`the synthetic trace ${synthetic.name}, ${least} entries`, () => {
      const { requests } = generateTrace({ ...synthetic, requests: 100 * least })
      expect(difference(requests, least)).toBeGreaterThan(-1)
    })
  }
})
