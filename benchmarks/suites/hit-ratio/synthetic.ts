// Traces made by a seed: the same requests on every machine, so that anyone can repeat the table.

import type { Trace } from './traces/formats.ts'
import { KeyNumbers } from './traces/key-numbers.ts'
import { RequestList } from './traces/request-list.ts'

/** Pseudo-random numbers that are the same everywhere: xorshift128 (Marsaglia, "Xorshift RNGs", 2003). */
class Random {
  #a: number
  #b = 362_436_069
  #c = 521_288_629
  #d = 88_675_123

  constructor(seed: number) {
    this.#a = (123_456_789 ^ seed) | 1
    for (let round = 0; round < 20; round++) this.below(2)
  }

  /** 0 ≤ x < 1 */
  fraction(): number {
    const mixed = this.#a ^ (this.#a << 11)
    this.#a = this.#b
    this.#b = this.#c
    this.#c = this.#d
    this.#d = this.#d ^ (this.#d >>> 19) ^ mixed ^ (mixed >>> 8)
    return (this.#d >>> 0) / 2 ** 32
  }

  below(n: number): number {
    return Math.floor(this.fraction() * n)
  }
}

/** Rank 0 … n - 1 with probability ~ 1 / (rank + 1)^exponent, by bisection in the cumulated weights. */
function zipf(random: Random, n: number, exponent: number): () => number {
  const upTo = new Float64Array(n)
  let sum = 0
  for (let rank = 0; rank < n; rank++) {
    sum += 1 / (rank + 1) ** exponent
    upTo[rank] = sum
  }
  return () => {
    const point = random.fraction() * sum
    let low = 0
    let high = n - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((upTo[middle] as number) > point) high = middle
      else low = middle + 1
    }
    return low
  }
}

export interface SyntheticTrace {
  readonly name: string
  readonly what: string
  readonly sizes: readonly number[]
  readonly requests: number
  /** Key of each request in turn. */
  readonly generate: (random: Random) => () => number
}

function zigzag(keys: number): () => number {
  let at = -1
  let step = 1
  return () => {
    if (at + step < 0 || at + step >= keys) step = -step
    else at += step
    return at
  }
}

export const SYNTHETIC_TRACES: readonly SyntheticTrace[] = [
  {
    name: 'zipf',
    what: 'independent requests, Zipf 0.9 over 50,000 keys',
    sizes: [500, 2500, 5000],
    requests: 1_000_000,
    generate: (random) => zipf(random, 50_000, 0.9),
  },
  {
    name: 'loop',
    what: '2,000 keys in turn',
    sizes: [500, 1000, 1900],
    requests: 400_000,
    generate: () => {
      let at = -1
      return () => {
        at = (at + 1) % 2000
        return at
      }
    },
  },
  {
    name: 'scan',
    what: 'Zipf 0.9 over 20,000 keys, every 10,000 requests interrupted by 5,000 keys never seen again',
    sizes: [500, 1000, 4000],
    requests: 1_000_000,
    generate: (random) => {
      const draw = zipf(random, 20_000, 0.9)
      let count = 0
      let fresh = 20_000
      return () => (count++ % 15_000 < 10_000 ? draw() : fresh++)
    },
  },
  {
    name: 'shifting',
    what: 'Zipf 0.8 over a working set of 4,000 keys that is exchanged every 50,000 requests',
    sizes: [200, 1000, 2000],
    requests: 1_000_000,
    generate: (random) => {
      const draw = zipf(random, 4000, 0.8)
      let count = 0
      return () => Math.floor(count++ / 50_000) * 4000 + draw()
    },
  },
  {
    name: 'recency',
    what: 'mostly one of the last 1,000 distinct requests, else a new key: the home of LRU',
    sizes: [200, 1000, 2000],
    requests: 400_000,
    generate: (random) => {
      const last: number[] = []
      let fresh = 0
      return () => {
        const again = last.length > 0 && random.fraction() < 0.6
        const key = again ? (last[last.length - 1 - random.below(Math.min(1000, last.length))] as number) : fresh++
        last.push(key)
        if (last.length > 4000) last.splice(0, 2000)
        return key
      }
    },
  },
  {
    name: 'zigzag',
    what: '3,000 keys up and down: the farther back, the longer to wait',
    sizes: [300, 1500, 2400],
    requests: 450_000,
    generate: () => zigzag(3000),
  },
  {
    name: 'walk',
    what: 'a random walk of steps up to 40 over 20,000 keys',
    sizes: [200, 1000, 2000],
    requests: 400_000,
    generate: (random) => {
      let at = 10_000
      return () => {
        at = Math.min(19_999, Math.max(0, at + random.below(81) - 40))
        return at
      }
    },
  },
  {
    name: 'once-more',
    what: 'new keys, each asked for again once, 100 requests later, then never',
    sizes: [150, 500, 2000],
    requests: 400_000,
    generate: () => {
      let count = 0
      return () => {
        const at = count++
        return at % 2 === 0 || at < 101 ? at : at - 101
      }
    },
  },
]

export function generateTrace(synthetic: SyntheticTrace): Trace {
  const next = synthetic.generate(new Random(20_261_121))
  const keys = new KeyNumbers()
  const requests = new RequestList()
  for (let count = 0; count < synthetic.requests; count++) requests.push(keys.of(0, next()))
  return { name: synthetic.name, requests: requests.finish(), distinct: keys.count }
}
