import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Duel, KINDS, play } from './guard.ts'

const phase = fc.record({
  kind: fc.nat(KINDS - 1),
  length: fc.integer({ min: 1, max: 60 }),
  keys: fc.constantFrom(0.3, 0.9, 1.02, 1.1, 1.5, 2, 3, 8),
})

describe('the guard of the adaptive policy', () => {
  it('holds at every request of any sequence of phases, also of one that sees both caches', () => {
    fc.assert(
      fc.property(fc.constantFrom(32, 40, 100), fc.array(phase, { minLength: 1, maxLength: 6 }), (max, phases) => {
        const duel = new Duel(max)
        for (const [number, each] of phases.entries()) play(duel, each, number)
        expect(duel.excess).toBeLessThanOrEqual(0)
      }),
      { numRuns: 40 },
    )
  })

  it('holds for any requests at all', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(90), { minLength: 1, maxLength: 2000 }), fc.nat(50), (keys, step) => {
        const duel = new Duel(32)
        for (let round = 0; round < 5; round++) for (const key of keys) duel.request(key + step * round)
        expect(duel.excess).toBeLessThanOrEqual(0)
      }),
      { numRuns: 40 },
    )
  })

  it('holds when all keys have one hash', () => {
    const duel = new Duel(50)
    // Symbols go by their description, so the policy cannot tell these apart.
    const keys = new Map<number, symbol>()
    const cache = duel.cache as unknown as {
      get(key: symbol): number | undefined
      set(key: symbol, value: number): void
    }
    const symbolOf = (key: number): symbol => {
      const known = keys.get(key) ?? Symbol('same')
      keys.set(key, known)
      return known
    }
    for (let at = 0; at < 10_000; at++) {
      const key = Math.min(at % 150, 149 - (at % 150))
      duel.requests++
      if (duel.lru.delete(key)) duel.behind++
      else if (duel.lru.size === 50) duel.lru.delete(duel.lru.values().next().value as number)
      duel.lru.add(key)
      if (cache.get(symbolOf(key)) === undefined) cache.set(symbolOf(key), key)
      else duel.behind--
      expect(duel.behind).toBeLessThanOrEqual(0.01 * Math.max(5000, duel.requests))
    }
  })
})
