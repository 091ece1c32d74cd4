// The guard of the adaptive policy, measured from outside: the package's cache beside a naive LRU.
import { Cache } from '../../src/index.ts'
import { mixBits } from '../../src/policies/key-hash.ts'

/** Numbers 0 ≤ x < 1 that look random but are the same every time. */
export const scrambled = (at: number): number => (mixBits(at) >>> 0) * 2 ** -32

/** Both caches, request by request; a request is a lookup and, after a miss, a store. */
export class Duel {
  readonly max: number
  readonly lru: Set<number> = new Set()
  readonly cache: Cache<number, number>
  requests = 0
  /** LRU's hits less the cache's. */
  behind = 0
  /** Largest `behind`, in hits beyond what the guard allows at that moment; ≤ 0 while it holds. */
  excess: number = Number.NEGATIVE_INFINITY

  constructor(max: number) {
    this.max = max
    this.cache = new Cache({ max, policy: 'adaptive' })
  }

  request(key: number): void {
    this.requests++
    if (this.lru.delete(key)) this.behind++
    else if (this.lru.size === this.max) this.lru.delete(this.lru.values().next().value as number)
    this.lru.add(key)
    if (this.cache.get(key) === undefined) this.cache.set(key, key)
    else this.behind--
    this.excess = Math.max(this.excess, this.behind - 0.01 * Math.max(100 * this.max, this.requests))
  }
}

/** A stretch of traffic: what kind, how many requests per slot, and how many keys per slot it is about. */
export interface Phase {
  readonly kind: number
  readonly length: number
  readonly keys: number
}

export const KINDS = 8

/** Requests of one phase; every other phase has the same keys again. */
export function play(duel: Duel, { kind, length, keys }: Phase, number: number): void {
  const { max } = duel
  const n = Math.max(2, Math.round(keys * max))
  const base = (number % 2) * 1e6
  const fresh = 1e7 + number * 1e6
  for (let at = 0; at < length * max; at++) {
    const turn = at % (2 * n)
    if (kind === 0) duel.request(base + (at % n))
    else if (kind === 1) duel.request(base + Math.min(turn, 2 * n - 1 - turn))
    else if (kind === 2) duel.request(base + Math.floor(n * scrambled(at + number) ** 3))
    else if (kind === 3) duel.request(fresh + at)
    else if (kind === 4) duel.request(fresh + (at % 2 === 0 ? at : Math.max(0, at - 2 * Math.floor(n / 2) - 1)))
    else if (kind === 5) duel.request(fresh + Math.floor((at - Math.floor(scrambled(at) * n)) / 3))
    else if (kind === 6) duel.request(base + Math.floor(at / n) + Math.floor(n * scrambled(at)))
    else attack(duel, fresh + at, at)
  }
}

/** Knows both caches: asks for what LRU holds and the other does not, else for whatever widens that gap. */
function attack(duel: Duel, fresh: number, at: number): void {
  for (const key of duel.lru) {
    if (duel.cache.has(key)) continue
    duel.request(key)
    return
  }
  duel.request(scrambled(at) < 0.5 ? fresh : (duel.lru.values().next().value ?? fresh))
}
