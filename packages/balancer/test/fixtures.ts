import { LoadBalancer, type LoadBalancerOptions } from '../src/index.ts'
import type { Candidates } from '../src/selection/selection.ts'

interface FakeClock {
  time: number
  now(): number
}

export function fakeClock(time = 0): FakeClock {
  return {
    time,
    now() {
      return this.time
    },
  }
}

/** mulberry32: the same numbers on every run. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A balancer over endpoints named by their ids, weight 1, taking turns unless told otherwise. */
export function balancerOf(ids: string, options: LoadBalancerOptions<string> = {}): LoadBalancer<string> {
  return new LoadBalancer(
    [...ids].map((id) => ({ id, value: `value of ${id}` })),
    { strategy: 'round-robin', session: { seed: [1, 2, 3, 4] }, random: seededRandom(1), ...options },
  )
}

export function selectMany(balancer: LoadBalancer<string>, times: number, exclude?: ReadonlySet<string>): string {
  let ids = ''
  for (let time = 0; time < times; time++) ids += balancer.select({ exclude })?.id ?? '-'
  return ids
}

export function countOf<K>(items: Iterable<K>): Map<K, number> {
  const counts = new Map<K, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

/** What a strategy is asked with, when only acceptance matters. */
export function candidates(
  accepts: (slot: number) => boolean = () => true,
  more: Partial<Candidates> = {},
): Candidates {
  return { accepts, unasked: false, panic: false, now: 0, keyed: false, keyA: 0, keyB: 0, ...more }
}
